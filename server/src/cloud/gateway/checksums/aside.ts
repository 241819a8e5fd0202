import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { AsideAnswer, AsideOrder } from './aside-thread.ts'
import { type Checksum, createChecksum } from './checksum.ts'
import { type Berth, slotBytes, slots, sumMemory } from './sum-memory.ts'

/** Sums of a body that is too long to stop the main thread for. */
export interface ChecksumsAside {
  /** Settles when more may come; the piece must not change before the digests are here. */
  update(piece: Uint8Array): Promise<void> | void
  /** Base64, in the order of the names. Once. */
  digests(): Promise<string[]>
  /** The body broke off: nobody will ask. */
  drop(): void
}

/**
 * MD5 takes 1.3 ms for each MiB and CRC-64/NVME 0.8 ms: a thread does it, so that other requests are
 * answered meanwhile, and four bodies at once take 0.5 and 0.4 ms each. What has no thread beside it
 * (the cloud in a test's own process) sums here. Names are S3's, in lower case.
 */
export async function checksumsAside(names: string[]): Promise<ChecksumsAside> {
  const thread = sumThread()
  if (thread) return new CopiedAside(thread, names)
  const sums: Checksum[] = []
  for (const name of names) sums.push((await createChecksum(name))!)
  return {
    update: (piece) => sums.forEach((sum) => sum.update(piece)),
    digests: async () => sums.map((sum) => sum.digest()),
    drop: () => undefined,
  }
}

/** Undefined where this program has none beside it. */
export function sumThread(): SumThread | undefined {
  return script && (thread ??= new SumThread(script))
}

const script = scriptBeside(import.meta.url)
let thread: SumThread | undefined

function scriptBeside(here: string): URL | undefined {
  const name = here.endsWith('.ts') ? './aside-thread.ts' : './aside-thread.js'
  const url = new URL(name, here)
  return existsSync(url) ? url : undefined
}

/** A body of which the thread takes one run of memory after the other. */
export interface Summing {
  names: string[]
  /** Where it is known. */
  sizeBytes?: number
  /** The oldest run that isn't back yet is; also after the body was dropped. */
  summed(): void
  done(digests: string[]): void
  failed(error: Error): void
}

export class SumThread {
  readonly #worker: Worker
  readonly #bodies = new Map<number, Summing & { lent: number; isDropped: boolean }>()
  #count = 0
  #failure: Error | undefined

  constructor(url: URL) {
    const execArgv = ['--disable-warning=ExperimentalWarning']
    this.#worker = new Worker(url, { execArgv, workerData: sumMemory() })
    this.#worker.unref()
    this.#worker.on('message', (answer: AsideAnswer) => this.#take(answer))
    this.#worker.on('error', (error) => this.#fail(error))
  }

  /** Gives the body's number. */
  open(summing: Summing): number {
    const number = ++this.#count
    if (this.#failure) summing.failed(this.#failure)
    else this.#bodies.set(number, { ...summing, lent: 0, isDropped: false })
    return number
  }

  /** A multiple of 64 bytes but for the last, left alone until `summed`; false where the body has failed. */
  sum(number: number, at: number, length: number, isLast = false): boolean {
    const body = this.#bodies.get(number)
    if (!body) return false
    body.lent++
    const { names, sizeBytes = 0 } = body
    this.#post({ kind: 'sum', body: number, names, sizeBytes, at, length, isLast })
    return true
  }

  drop(number: number): void {
    const body = this.#bodies.get(number)
    if (!body) return
    body.isDropped = true
    if (body.lent === 0) this.#bodies.delete(number)
    this.#post({ kind: 'drop', body: number })
  }

  #post(order: AsideOrder): void {
    this.#worker.postMessage(order, [])
  }

  #take({ body: number, digests }: AsideAnswer): void {
    const body = this.#bodies.get(number)
    if (!body) return
    body.lent--
    if (digests || (body.isDropped && body.lent === 0)) this.#bodies.delete(number)
    body.summed()
    if (digests) body.done(digests)
  }

  /** Bodies that are with it fail; the next one gets a new thread. */
  #fail(error: Error): void {
    this.#failure = error
    if (thread === this) thread = undefined
    for (const body of this.#bodies.values()) {
      for (; body.lent > 0; body.lent--) body.summed()
      body.failed(error)
    }
    this.#bodies.clear()
  }
}

const waiting: (() => void)[] = []

/** Pieces that lie anywhere, copied to where the thread sees them. */
class CopiedAside implements ChecksumsAside {
  readonly #thread: SumThread
  readonly #number: number
  readonly #digests = Promise.withResolvers<string[]>()
  /** With the thread, the oldest first. */
  readonly #lent: Berth[] = []
  #pieces: Uint8Array[] = []
  #bytes = 0

  constructor(thread: SumThread, names: string[]) {
    this.#thread = thread
    const { promise, resolve, reject } = this.#digests
    // A body that breaks off has nobody who asks for them; whoever does is told.
    promise.catch(() => undefined)
    const summed = () => this.#giveBack()
    this.#number = thread.open({ names, summed, done: resolve, failed: reject })
  }

  /** A slot is taken when there is enough for it: a body that stops on its way holds none. */
  update(piece: Uint8Array): Promise<void> | void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
    if (this.#bytes > slotBytes) return this.#flush()
  }

  async digests(): Promise<string[]> {
    await this.#hand(this.#bytes, true)
    return this.#digests.promise
  }

  drop(): void {
    this.#thread.drop(this.#number)
  }

  async #flush(): Promise<void> {
    while (this.#bytes > slotBytes) await this.#hand(slotBytes, false)
  }

  async #hand(length: number, isLast: boolean): Promise<void> {
    let slot: Berth | undefined
    while (!(slot = slots.take())) await new Promise<void>((resolve) => waiting.push(resolve))
    this.#lent.push(slot)
    this.#fill(slot.bytes, length)
    if (!this.#thread.sum(this.#number, slot.at, length, isLast)) this.#giveBack()
  }

  #fill(target: Uint8Array, length: number): void {
    this.#bytes -= length
    for (let filled = 0; filled < length;) {
      const piece = this.#pieces[0]!
      const taken = piece.subarray(0, length - filled)
      target.set(taken, filled)
      filled += taken.length
      if (taken.length === piece.length) this.#pieces.shift()
      else this.#pieces[0] = piece.subarray(taken.length)
    }
  }

  #giveBack(): void {
    slots.give(this.#lent.shift()!)
    waiting.shift()?.()
  }
}
