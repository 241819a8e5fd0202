import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { AsideAnswer, AsideOrder } from './aside-thread.ts'
import { type Checksum, createChecksum } from './checksum.ts'

/** Sums of a body that is too long to stop the main thread for. */
export interface ChecksumsAside {
  /** Settles when more may come; the piece must not change before. */
  update(piece: Uint8Array): Promise<void> | void
  /** Base64, in the order of the names. Once. */
  digests(): Promise<string[]>
  /** The body broke off: nobody will ask. */
  drop(): void
}

// A message to the thread costs as much as the MD5 of 20 KB.
const slotBytes = 256 * 1024
/** What may wait for the thread at once, of all bodies. */
const mostSlots = 16

/**
 * MD5 takes 1.6 ms for each MiB and CRC-64/NVME 1.1 ms: a thread does it, so that other requests are
 * answered meanwhile. What has no thread beside it (the cloud in a test's own process) sums here.
 * Names are S3's, in lower case.
 */
export async function checksumsAside(names: string[]): Promise<ChecksumsAside> {
  if (script) return new OnThread((thread ??= new SumThread(script)), names)
  const sums: Checksum[] = []
  for (const name of names) sums.push((await createChecksum(name))!)
  return {
    update: (piece) => sums.forEach((sum) => sum.update(piece)),
    digests: async () => sums.map((sum) => sum.digest()),
    drop: () => undefined,
  }
}

const script = scriptBeside(import.meta.url)
let thread: SumThread | undefined

function scriptBeside(here: string): URL | undefined {
  const name = here.endsWith('.ts') ? './aside-thread.ts' : './aside-thread.js'
  const url = new URL(name, here)
  return existsSync(url) ? url : undefined
}

/** Memory that both sides see, lent to one message at a time. */
interface Slot {
  number: number
  bytes: Uint8Array
}

interface Asked {
  resolve(digests: string[]): void
  reject(error: unknown): void
}

class SumThread {
  readonly #worker: Worker
  readonly #slots: Slot[] = []
  readonly #free: Slot[] = []
  readonly #waiting: (() => void)[] = []
  readonly #asked = new Map<number, Asked>()
  #bodies = 0
  #failure: Error | undefined

  constructor(url: URL) {
    this.#worker = new Worker(url, { execArgv: ['--disable-warning=ExperimentalWarning'] })
    this.#worker.unref()
    this.#worker.on('message', (answer: AsideAnswer) => this.#take(answer))
    this.#worker.on('error', (error) => this.#fail(error))
  }

  /** A number for a body that comes. */
  nextBody(): number {
    return ++this.#bodies
  }

  /** Hands pieces over, copied; waits while all slots are with the thread. */
  async sum(of: { body: number; names: string[] }, pieces: Uint8Array[], isLast = false) {
    let slot: Slot | undefined
    while (!(slot = this.#slot())) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    let length = 0
    for (const piece of pieces) {
      slot.bytes.set(piece, length)
      length += piece.length
    }
    this.#post({ kind: 'sum', ...of, slot: slot.number, length, isLast })
  }

  digests(body: number): Promise<string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    if (this.#failure) reject(this.#failure)
    else this.#asked.set(body, { resolve, reject })
    return promise
  }

  drop(body: number): void {
    this.#post({ kind: 'drop', body })
  }

  #post(order: AsideOrder): void {
    this.#worker.postMessage(order, [])
  }

  #slot(): Slot | undefined {
    if (this.#failure) throw this.#failure
    const free = this.#free.pop()
    if (free || this.#slots.length === mostSlots) return free
    const memory = new SharedArrayBuffer(slotBytes)
    const slot = { number: this.#slots.length, bytes: new Uint8Array(memory) }
    this.#slots.push(slot)
    this.#post({ kind: 'slot', slot: slot.number, memory })
    return slot
  }

  #take({ slot, body, digests }: AsideAnswer): void {
    this.#free.push(this.#slots[slot]!)
    this.#waiting.shift()?.()
    if (!digests) return
    this.#asked.get(body)?.resolve(digests)
    this.#asked.delete(body)
  }

  /** Bodies that are with it fail; the next one gets a new thread. */
  #fail(error: Error): void {
    this.#failure = error
    if (thread === this) thread = undefined
    for (const { reject } of this.#asked.values()) reject(error)
    for (const wake of this.#waiting) wake()
  }
}

class OnThread implements ChecksumsAside {
  readonly #thread: SumThread
  readonly #of: { body: number; names: string[] }
  #pieces: Uint8Array[] = []
  #bytes = 0

  constructor(thread: SumThread, names: string[]) {
    this.#thread = thread
    this.#of = { body: thread.nextBody(), names }
  }

  update(piece: Uint8Array): Promise<void> | void {
    if (this.#bytes + piece.length > slotBytes) return this.#flushed(piece)
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }

  /** A slot is taken when there is enough for it: a body that stops on its way holds none. */
  async #flushed(piece: Uint8Array): Promise<void> {
    const pieces = this.#pieces
    this.#pieces = []
    this.#bytes = 0
    if (pieces.length > 0) await this.#thread.sum(this.#of, pieces)
    let from = 0
    for (; piece.length - from > slotBytes; from += slotBytes) {
      await this.#thread.sum(this.#of, [piece.subarray(from, from + slotBytes)])
    }
    this.#pieces.push(piece.subarray(from))
    this.#bytes = piece.length - from
  }

  async digests(): Promise<string[]> {
    const [digests] = await Promise.all([
      this.#thread.digests(this.#of.body),
      this.#thread.sum(this.#of, this.#pieces, true),
    ])
    return digests
  }

  drop(): void {
    this.#thread.drop(this.#of.body)
  }
}
