import type { Masks } from './masks.ts'

const LONGEST_LINE_BYTES = 256 * 1024

/**
 * Cuts a program's output into whole lines, so that a secret is never cut in two by the way the
 * bytes arrive, and hands them on masked. `taken` counts the bytes handed on so far.
 */
export class LineWriter {
  readonly #masks: Masks
  readonly #write: (text: string, taken: number) => void
  #rest: Buffer = Buffer.alloc(0)
  #taken: number

  constructor(masks: Masks, taken: number, write: (text: string, taken: number) => void) {
    this.#masks = masks
    this.#taken = taken
    this.#write = write
  }

  push(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    const end = all.lastIndexOf(10) + 1
    if (end > 0) this.#emit(all.subarray(0, end))
    this.#rest = all.subarray(end)
    if (this.#rest.length > LONGEST_LINE_BYTES) this.#cutLongLine()
  }

  /** The last line, when it lacks its line end. */
  end(): void {
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    if (rest.length === 0) return
    this.#taken += rest.length
    this.#write(this.#masks.apply(rest.toString('utf8')) + '\n', this.#taken)
  }

  #emit(bytes: Buffer): void {
    this.#taken += bytes.length
    this.#write(this.#masks.apply(bytes.toString('utf8')), this.#taken)
  }

  #cutLongLine(): void {
    const text = this.#rest.toString('utf8')
    // A form that has only begun to arrive must stay behind whole.
    const cut = this.#masks.safeCut(text, text.length - this.#masks.longest - 1)
    const size = Buffer.byteLength(text.slice(0, cut))
    if (size === 0) return
    this.#emit(this.#rest.subarray(0, size))
    this.#rest = this.#rest.subarray(size)
  }
}
