import { open, rename } from 'node:fs/promises'
import { folded } from './trigrams.ts'

/** A file of a commit. */
export interface Doc {
  path: string
  /** The blob's, hex. */
  sha: string
}

/** Numbers at the start of a segment, each four bytes, little-endian. */
export const HEADER = {
  magic: 0x31_47_54_4d, // "MTG1"
  bytes: 32,
} as const

/**
 * Collects, trigram by trigram, the numbers of the files that hold it: differences as variable
 * length integers, which is about one byte for each.
 */
export class SegmentBuilder {
  readonly #docs: Doc[] = []
  readonly #slots = new Map<number, Postings>()
  readonly #pool: Postings[] = []
  /** Slot of each possible trigram: 64 MB of addresses, worth it when there is much to read. */
  readonly #table: Int32Array | undefined

  constructor({ isLarge }: { isLarge: boolean }) {
    this.#table = isLarge ? new Int32Array(1 << 24) : undefined
  }

  /** Files come in the order of their paths. */
  add(doc: Doc, bytes: Buffer): void {
    const number = this.#docs.push(doc) - 1
    if (bytes.length < 3) return
    let key = (folded[bytes[0]!]! << 8) | folded[bytes[1]!]!
    for (let at = 2; at < bytes.length; at++) {
      key = ((key << 8) | folded[bytes[at]!]!) & 0xff_ffff
      const postings = this.#postingsOf(key)
      if (postings.last !== number) postings.push(number)
    }
  }

  #postingsOf(key: number): Postings {
    const table = this.#table
    const known = table ? this.#pool[table[key]! - 1] : this.#slots.get(key)
    if (known) return known
    const postings = new Postings()
    this.#slots.set(key, postings)
    const slot = this.#pool.push(postings)
    if (table) table[key] = slot
    return postings
  }

  /** Writes the whole under another name first, so that a segment that is there is whole. */
  async finish(file: string): Promise<void> {
    const keys = Uint32Array.from(this.#slots.keys()).sort()
    const docs = docTable(this.#docs)
    const offsets = new Uint32Array(keys.length + 1)
    const counts = new Uint32Array(keys.length)
    keys.forEach((key, index) => {
      const postings = this.#slots.get(key)!
      counts[index] = postings.count
      offsets[index + 1] = offsets[index]! + postings.length
    })
    const header = Uint32Array.of(
      HEADER.magic,
      this.#docs.length,
      keys.length,
      docs.bytes.length,
      0,
      0,
      0,
      0,
    )
    const handle = await open(`${file}.new`, 'w')
    try {
      for (const part of [header, docs.offsets, keys, counts, offsets]) {
        await handle.write(Buffer.from(part.buffer, part.byteOffset, part.byteLength))
      }
      await handle.write(docs.bytes)
      for (const pieces of batches(keys, this.#slots)) await handle.write(pieces)
    } finally {
      await handle.close()
    }
    await rename(`${file}.new`, file)
  }
}

class Postings {
  last = -1
  count = 0
  length = 0
  bytes = new Uint8Array(4)

  push(number: number): void {
    let delta = number - this.last
    this.last = number
    this.count++
    if (this.length + 5 > this.bytes.length) this.#grow()
    while (delta > 127) {
      this.bytes[this.length++] = (delta & 127) | 128
      delta >>>= 7
    }
    this.bytes[this.length++] = delta
  }

  #grow(): void {
    const larger = new Uint8Array(this.bytes.length * 2 + 5)
    larger.set(this.bytes)
    this.bytes = larger
  }
}

function docTable(docs: Doc[]): { offsets: Uint32Array; bytes: Buffer } {
  const offsets = new Uint32Array(docs.length + 1)
  const pieces = docs.map(({ path, sha }) =>
    Buffer.concat([Buffer.from(sha, 'hex'), Buffer.from(path)]),
  )
  pieces.forEach((piece, index) => (offsets[index + 1] = offsets[index]! + piece.length))
  return { offsets, bytes: Buffer.concat(pieces) }
}

const WRITE_BYTES = 4 * 1024 * 1024

function* batches(keys: Uint32Array, slots: Map<number, Postings>): Generator<Buffer> {
  let pieces: Uint8Array[] = []
  let size = 0
  for (const key of keys) {
    const { bytes, length } = slots.get(key)!
    pieces.push(bytes.subarray(0, length))
    size += length
    if (size < WRITE_BYTES) continue
    yield Buffer.concat(pieces)
    pieces = []
    size = 0
  }
  yield Buffer.concat(pieces)
}
