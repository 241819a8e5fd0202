import { isUtf8 } from 'node:buffer'
import type { Masks } from './masks.ts'

const LONGEST_LINE_BYTES = 256 * 1024
const LINE_END = Buffer.from('\n')
const NOTHING = Buffer.alloc(0)

/**
 * Cuts a program's output into whole lines, so that a secret is never cut in two by the way the
 * bytes arrive, and hands them on masked. `taken` counts the bytes handed on so far.
 */
export class LineWriter {
  readonly #masks: Masks
  readonly #write: (bytes: Buffer, taken: number) => void
  #rest: Buffer = NOTHING
  #taken: number

  constructor(masks: Masks, taken: number, write: (bytes: Buffer, taken: number) => void) {
    this.#masks = masks
    this.#taken = taken
    this.#write = write
  }

  /** The bytes may be overwritten afterwards; so may those that it hands on. */
  push(bytes: Buffer): void {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    const end = all.lastIndexOf(10) + 1
    if (end > 0) this.#emit(all.subarray(0, end))
    this.#rest = end === all.length ? NOTHING : Buffer.from(all.subarray(end))
    if (this.#rest.length > LONGEST_LINE_BYTES) this.#cutLongLine()
  }

  /** The last line, when it lacks its line end. */
  end(): void {
    const rest = this.#rest
    this.#rest = NOTHING
    if (rest.length === 0) return
    this.#taken += rest.length
    this.#write(Buffer.concat([this.#shown(rest), LINE_END]), this.#taken)
  }

  #emit(bytes: Buffer): void {
    this.#taken += bytes.length
    this.#write(this.#shown(bytes), this.#taken)
  }

  /** What is no UTF-8 is as decoding leaves it, so that pieces of the log read the same as all of it. */
  #shown(bytes: Buffer): Buffer {
    const masked = this.#masks.applyToBytes(bytes)
    return isUtf8(masked) ? masked : Buffer.from(masked.toString('utf8'))
  }

  #cutLongLine(): void {
    // A form that has only begun to arrive must stay behind whole.
    const most = this.#rest.length - this.#masks.longestBytes - 1
    const size = beforeCharacter(this.#rest, this.#masks.safeCut(this.#rest, most))
    if (size <= 0) return
    this.#emit(this.#rest.subarray(0, size))
    this.#rest = this.#rest.subarray(size)
  }
}

/** The place at or before `cut` where no character of UTF-8 is cut in two. */
function beforeCharacter(bytes: Buffer, cut: number): number {
  let place = cut
  while (place > cut - 4 && (bytes[place]! & 0xc0) === 0x80) place--
  return place > cut - 4 ? place : cut
}
