import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type Doc, HEADER } from './segment-build.ts'

/** The file is no segment of this version: the index is made anew. */
export class NotSegment extends Error {
  override name = 'NotSegment'
}

/**
 * A segment open for reading. Its lists are read where they lie; the system's page cache is the only
 * one for them, so a thousand repositories cost no memory of ours.
 */
export class Segment {
  readonly docCount: number
  readonly #file: number
  readonly #docOffsets: Uint32Array
  readonly #keys: Uint32Array
  readonly #counts: Uint32Array
  readonly #offsets: Uint32Array
  readonly #docsAt: number
  readonly #postingsAt: number

  constructor(path: string) {
    this.#file = openSync(path, 'r')
    const header = this.#numbers(0, HEADER.bytes / 4)
    const [magic, docCount = 0, termCount = 0, docBytes = 0] = header
    if (magic !== HEADER.magic) {
      closeSync(this.#file)
      throw new NotSegment(path)
    }
    this.docCount = docCount
    let at: number = HEADER.bytes
    const next = (count: number) => {
      const numbers = this.#numbers(at, count)
      at += count * 4
      return numbers
    }
    this.#docOffsets = next(docCount + 1)
    this.#keys = next(termCount)
    this.#counts = next(termCount)
    this.#offsets = next(termCount + 1)
    this.#docsAt = at
    this.#postingsAt = at + docBytes
    const whole = this.#postingsAt + (this.#offsets[termCount] ?? 0)
    if (fstatSync(this.#file).size < whole) {
      closeSync(this.#file)
      throw new NotSegment(path)
    }
  }

  doc(number: number): Doc {
    const start = this.#docOffsets[number]!
    const bytes = this.#bytes(this.#docsAt + start, this.#docOffsets[number + 1]! - start)
    return { sha: bytes.toString('hex', 0, 20), path: bytes.toString('utf8', 20) }
  }

  *docs(): Generator<Doc> {
    for (let number = 0; number < this.docCount; number++) yield this.doc(number)
  }

  /** The number of a file's path, or -1. */
  find(path: string): number {
    const wanted = Buffer.from(path)
    let low = 0
    let high = this.docCount - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const order = Buffer.compare(Buffer.from(this.doc(middle).path), wanted)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Numbers of the files that hold every one of the trigrams, ascending. */
  candidates(trigrams: number[]): number[] {
    const terms = trigrams.map((key) => indexOf(this.#keys, key))
    if (terms.length === 0 || terms.includes(-1)) return []
    terms.sort((a, b) => this.#counts[a]! - this.#counts[b]!)
    let found = this.#list(terms[0]!)
    for (const term of terms.slice(1)) {
      // Looking into the few that are left is cheaper than another long list.
      if (found.length <= 20) break
      found = intersect(found, this.#list(term))
    }
    return found
  }

  close(): void {
    closeSync(this.#file)
  }

  #list(term: number): number[] {
    const start = this.#offsets[term]!
    const bytes = this.#bytes(this.#postingsAt + start, this.#offsets[term + 1]! - start)
    const numbers: number[] = []
    let number = -1
    for (let at = 0; at < bytes.length;) {
      let shift = 0
      let delta = 0
      let byte: number
      do {
        byte = bytes[at++]!
        delta |= (byte & 127) << shift
        shift += 7
      } while (byte > 127)
      number += delta
      numbers.push(number)
    }
    return numbers
  }

  #bytes(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    readSync(this.#file, bytes, 0, length, at)
    return bytes
  }

  #numbers(at: number, count: number): Uint32Array {
    const bytes = this.#bytes(at, count * 4)
    return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + count * 4))
  }
}

function indexOf(sorted: Uint32Array, key: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const at = sorted[middle]!
    if (at === key) return middle
    if (at < key) low = middle + 1
    else high = middle - 1
  }
  return -1
}

function intersect(one: number[], other: number[]): number[] {
  const both: number[] = []
  let at = 0
  for (const number of one) {
    while (at < other.length && other[at]! < number) at++
    if (other[at] === number) both.push(number)
  }
  return both
}
