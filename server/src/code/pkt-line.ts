/** A piece of git's wire: a line's payload, or one of the special packets. */
export type Packet = { kind: 'data'; payload: Buffer } | { kind: 'flush' | 'delimiter' | 'end' }

export const FLUSH = Buffer.from('0000')
const LARGEST_PAYLOAD = 65_516

/** The bytes are not pkt-lines. */
export class NotPktLines extends Error {
  override name = 'NotPktLines'
}

export function pktLine(payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

/** Bytes of one side-band channel, in as many packets as they need. */
export function sideBand(channel: 1 | 2 | 3, bytes: Buffer): Buffer {
  const packets: Buffer[] = []
  for (let at = 0; at < bytes.length; at += LARGEST_PAYLOAD - 1) {
    const part = bytes.subarray(at, at + LARGEST_PAYLOAD - 1)
    packets.push(pktLine(Buffer.concat([Buffer.from([channel]), part])))
  }
  return Buffer.concat(packets)
}

/** Takes bytes as they come and gives whole packets; what is left over stays in `rest`. */
export class PktReader {
  rest: Buffer = Buffer.alloc(0)

  feed(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
  }

  /** The next whole packet, or undefined until more bytes are fed. */
  next(): Packet | undefined {
    if (this.rest.length < 4) return undefined
    const head = this.rest.toString('latin1', 0, 4)
    if (!/^[0-9a-fA-F]{4}$/.test(head)) throw new NotPktLines('no packet length where one belongs')
    const length = Number.parseInt(head, 16)
    const special = (['flush', 'delimiter', 'end'] as const)[length]
    if (special) {
      this.rest = this.rest.subarray(4)
      return { kind: special }
    }
    if (length < 4) throw new NotPktLines('a packet of length 3')
    if (this.rest.length < length) return undefined
    const payload = this.rest.subarray(4, length)
    this.rest = this.rest.subarray(length)
    return { kind: 'data', payload }
  }
}
