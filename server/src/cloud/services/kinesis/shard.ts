import type { ShardFacts } from './model.ts'

/** A shard at work: what its rows say, and who waits for its records. */
export class Shard {
  readonly facts: ShardFacts
  /** The next record's count. */
  next = 0
  /** Records that have their place and are not on disk yet. */
  pending = 0
  /** When the last record came; no record is older than the one before it. */
  lastAtMs = 0
  /** Records of the present second, where throughput is limited. */
  window = { second: 0, records: 0, bytes: 0, reads: 0 }
  readonly #waiting = new Set<() => void>()

  constructor(facts: ShardFacts) {
    this.facts = facts
  }

  take(now: number): { count: number; at: number } {
    this.lastAtMs = Math.max(this.lastAtMs, now)
    this.pending++
    return { count: this.next++, at: this.lastAtMs }
  }

  /** Called when records are on disk, or the shard was closed. */
  wake(): void {
    for (const run of this.#waiting) run()
  }

  /** Returns the function that stops waiting. */
  onWake(run: () => void): () => void {
    this.#waiting.add(run)
    return () => void this.#waiting.delete(run)
  }
}
