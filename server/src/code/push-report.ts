import { FLUSH, pktLine, PktReader, sideBand } from './pkt-line.ts'
import type { RefusedCommand } from './push-rules.ts'

/**
 * Passes on what `git receive-pack` says while it says it, but keeps its report back: the client is
 * told only when the push is on record, and our own refusals are added.
 */
export class PushReport {
  readonly #usesSideBand: boolean
  readonly #outer = new PktReader()
  readonly #held: Buffer[] = []

  constructor(usesSideBand: boolean) {
    this.#usesSideBand = usesSideBand
  }

  /** git has reported nothing so far. */
  get isSilent(): boolean {
    return this.#held.length === 0
  }

  /** Bytes to hand to the client now: progress and messages. */
  feed(bytes: Buffer): Buffer {
    if (!this.#usesSideBand) {
      this.#held.push(bytes)
      return Buffer.alloc(0)
    }
    this.#outer.feed(bytes)
    const passed: Buffer[] = []
    for (let packet = this.#outer.next(); packet; packet = this.#outer.next()) {
      if (packet.kind !== 'data') continue // the final flush is ours to write
      if (packet.payload[0] === 1) this.#held.push(packet.payload.subarray(1))
      else passed.push(pktLine(packet.payload))
    }
    return Buffer.concat(passed)
  }

  /** The end of the answer. `unpack ok` stands in for git where no command was left for it. */
  finish(refused: RefusedCommand[], wantsReport: boolean): Buffer {
    if (!wantsReport) return this.#usesSideBand ? FLUSH : Buffer.alloc(0)
    const said = Buffer.concat(this.#held)
    const lines = said.length > 0 ? withoutFlush(said) : pktLine('unpack ok\n')
    const ours = refused.map(({ command, reason }) => pktLine(`ng ${command.ref} ${reason}\n`))
    const report = Buffer.concat([lines, ...ours, FLUSH])
    return this.#usesSideBand ? Buffer.concat([sideBand(1, report), FLUSH]) : report
  }
}

function withoutFlush(report: Buffer): Buffer {
  return report.subarray(-4).equals(FLUSH) ? report.subarray(0, -4) : report
}
