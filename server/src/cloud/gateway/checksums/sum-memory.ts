import { newMemory, type SharedMemory } from './wasm.ts'

// Memory that this thread fills, and the one of sums reads where it lies.

const PAGE_BYTES = 64 * 1024
/** The thread's own: states, ends of bodies, and behind them tables. */
export const scratchBytes = PAGE_BYTES
/** Sixteen of them, in a whole page. */
const tablesBytes = PAGE_BYTES

/** A run of it, lent to one body at a time. */
export interface Berth {
  /** Where in the memory. */
  at: number
  bytes: Uint8Array
}

/** What copies are made into: a message to the thread costs as much as the MD5 of 20 KB. */
export const slotBytes = 256 * 1024
const slotCount = 16
/** A whole body of middle size, or a ring for a longer one. */
export const berthBytes = 1024 * 1024
const berthCount = 16

const slotsAt = scratchBytes + tablesBytes
const berthsAt = slotsAt + slotCount * slotBytes
export const pageCount = (berthsAt + berthCount * berthBytes) / PAGE_BYTES

let memory: SharedMemory | undefined

/** Made when the first long body comes. */
export function sumMemory(): SharedMemory {
  return (memory ??= newMemory(pageCount))
}

export class Berths {
  readonly #free: Berth[] = []
  readonly #from: number
  readonly #count: number
  readonly #bytes: number
  #made = 0

  constructor(from: number, count: number, bytes: number) {
    this.#from = from
    this.#count = count
    this.#bytes = bytes
  }

  /** Undefined while all are lent. */
  take(): Berth | undefined {
    const free = this.#free.pop()
    if (free || this.#made === this.#count) return free
    const at = this.#from + this.#made++ * this.#bytes
    return { at, bytes: new Uint8Array(sumMemory().buffer, at, this.#bytes) }
  }

  give(berth: Berth): void {
    this.#free.push(berth)
  }
}

export const slots = new Berths(slotsAt, slotCount, slotBytes)
export const berths = new Berths(berthsAt, berthCount, berthBytes)
