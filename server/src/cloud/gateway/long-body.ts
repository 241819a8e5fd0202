import { createHash } from 'node:crypto'
import { type Berth, berths, type SumThread, sumThread } from './checksums/index.ts'

/** What is handed on at least: a system call for a file, and a message to a thread, for each. */
const handedBytes = 256 * 1024
/** Room for less is no reason to read on: what libuv reads into memory of its own must fit. */
const readBytes = 64 * 1024
const blockBytes = 64

/** Sums that are made while a body arrives. */
export interface Summing {
  /** The memory itself, each piece until the next is asked for. Throws at the end when another was signed. */
  pieces: AsyncIterable<Uint8Array>
  /** Base64, in the order of the names; once the last piece was read. */
  digests: Promise<string[]>
}

/**
 * A body that is read into memory which the thread of sums sees as well, a ring of a MiB: nobody copies it.
 * Who reads it by `for await` gets pieces that are his own.
 */
export class LongBody implements AsyncIterable<Uint8Array> {
  readonly sizeBytes: number
  readonly #berth: Berth
  readonly #onRoom: () => void
  /** Counted from the body's start. */
  #arrived = 0
  #read = 0
  #sent = 0
  #summed = 0
  #sums: { thread: SumThread; number: number; lengths: number[] } | undefined
  #check: ((sha256: string) => void) | undefined
  #failure: { error: unknown } | undefined
  #wake: (() => void) | undefined
  #readers = 0
  #isOver = false
  #isLeft = false
  #isGivenBack = false

  private constructor(sizeBytes: number, berth: Berth, onRoom: () => void) {
    this.sizeBytes = sizeBytes
    this.#berth = berth
    this.#onRoom = onRoom
  }

  /** Undefined while all memory of the kind is lent. `onRoom` is told when there may be room again. */
  static of(sizeBytes: number, onRoom: () => void): LongBody | undefined {
    const berth = berths.take()
    return berth && new LongBody(sizeBytes, berth, onRoom)
  }

  get isWhole(): boolean {
    return this.#arrived === this.sizeBytes
  }

  /** Whether it takes what comes next, whatever that is. */
  get hasRoom(): boolean {
    return this.#roomBytes >= Math.min(readBytes, this.sizeBytes - this.#arrived)
  }

  get #roomBytes(): number {
    const kept = this.#sums ? Math.min(this.#read, this.#summed) : this.#read
    const held = this.#isLeft ? 0 : this.#arrived - kept
    return Math.min(this.sizeBytes - this.#arrived, this.#berth.bytes.length - held)
  }

  /** Where what comes next is read to; `took` says how much came. */
  room(): Uint8Array {
    const { bytes } = this.#berth
    const at = this.#arrived % bytes.length
    return bytes.subarray(at, Math.min(bytes.length, at + this.#roomBytes))
  }

  took(length: number): void {
    this.#arrived += length
    this.#sendOn()
    if (this.#isReadable) this.#wake?.()
    if (this.isWhole) this.#settle()
  }

  /** Copies of this what is the body's; gives how much that was. */
  put(piece: Uint8Array): number {
    const length = Math.min(piece.length, this.#roomBytes)
    for (let at = 0; at < length;) {
      const room = this.room()
      const part = piece.subarray(at, Math.min(length, at + room.length))
      room.set(part)
      at += part.length
      this.took(part.length)
    }
    return length
  }

  /** Whoever reads it learns that no more will come. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake?.()
  }

  /** Nothing is read into its memory any more. */
  over(): void {
    this.#isOver = true
    this.#settle()
  }

  /** Nobody will read it any more: the rest is let pass. */
  leave(): void {
    this.#isLeft = true
    this.#settle()
    this.#onRoom()
  }

  /** What the whole must hash to; `check` throws. */
  claim(check: (sha256: string) => void): void {
    this.#check = check
  }

  /** To be asked before anything is read; undefined where this program has no thread for it. */
  summing(names: string[]): Summing | undefined {
    const thread = sumThread()
    if (!thread) return undefined
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    // A body that breaks off has nobody who awaits it; whoever does is told.
    promise.catch(() => undefined)
    const wanted = this.#check ? [...names, 'sha256'] : names
    const summed = () => {
      this.#summed += this.#sums!.lengths.shift()!
      this.#settle()
      this.#onRoom()
    }
    const number = thread.open({
      names: wanted,
      sizeBytes: this.sizeBytes,
      summed,
      done: resolve,
      failed: (error) => {
        // What still arrives goes to nobody: the thread that comes next has numbers of its own.
        this.#sums = undefined
        reject(error)
        this.#settle()
        this.#onRoom()
      },
    })
    this.#sums = { thread, number, lengths: [] }
    this.#sendOn()
    const drop = () => thread.drop(number)
    return { pieces: this.#summedPieces(promise, drop), digests: promise }
  }

  async *#summedPieces(digests: Promise<string[]>, drop: () => void): AsyncGenerator<Uint8Array> {
    let isDone = false
    try {
      yield* this.#lent()
      const sha256 = (await digests).at(-1)!
      isDone = true
      this.#check?.(Buffer.from(sha256, 'base64').toString('hex'))
    } finally {
      if (!isDone) drop()
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const hash = this.#check && createHash('sha256')
    for await (const piece of this.#lent()) {
      const own = Buffer.from(piece)
      hash?.update(own)
      yield own
    }
    if (hash) this.#check!(hash.digest('hex'))
  }

  async *#lent(): AsyncGenerator<Uint8Array> {
    const { bytes } = this.#berth
    this.#readers++
    try {
      while (this.#read < this.sizeBytes) {
        while (!this.#isReadable) {
          if (this.#failure) throw this.#failure.error
          await new Promise<void>((resolve) => (this.#wake = resolve))
        }
        const at = this.#read % bytes.length
        const piece = bytes.subarray(at, Math.min(bytes.length, at + this.#arrived - this.#read))
        yield piece
        this.#read += piece.length
        this.#onRoom()
      }
    } finally {
      this.#readers--
      this.#settle()
    }
  }

  get #isReadable(): boolean {
    const left = this.sizeBytes - this.#read
    return this.#arrived - this.#read >= Math.min(handedBytes, left)
  }

  #sendOn(): void {
    const { at: start, bytes } = this.#berth
    while (this.#sums && !this.#isLeft && this.#sent < this.sizeBytes) {
      const waits = this.#arrived - this.#sent
      if (waits < handedBytes && !this.isWhole) return
      const at = this.#sent % bytes.length
      const here = Math.min(waits, bytes.length - at)
      const isLast = this.#sent + here === this.sizeBytes
      const length = isLast ? here : here - (here % blockBytes)
      this.#sent += length
      this.#sums.lengths.push(length)
      this.#sums.thread.sum(this.#sums.number, start + at, length, isLast)
    }
  }

  /** The memory goes back when neither connection, nor reader, nor thread has to do with it. */
  #settle(): void {
    const isArriving = !this.isWhole && !this.#isOver
    const isSummed = (this.#sums?.lengths.length ?? 0) > 0
    if (isArriving || !this.#isLeft || this.#readers > 0 || isSummed || this.#isGivenBack) return
    this.#isGivenBack = true
    berths.give(this.#berth)
  }
}
