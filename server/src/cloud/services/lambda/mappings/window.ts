import type { Database } from '../../../../kernel/index.ts'
import { parseColumn, stringify } from '../../../../kernel/index.ts'
import type { MappingRow, SourceRecord } from './model.ts'
import { checkpoints, checkpointSet } from './store.ts'

const MOST_STATE_BYTES = 1024 * 1024

/** A tumbling window under way, and what the function has made of its records so far. */
interface Kept {
  startMs: number
  state: unknown
}

/** What a call is told beside its records. */
export type WindowFacts = Record<string, unknown>

/** The tumbling windows of one shard, one after the other; they outlive a restart. */
export class ShardWindows {
  readonly #database: Database
  readonly #at: { uuid: string; shard: string }
  readonly #row: MappingRow
  readonly #shard: string
  readonly #lengthMs: number
  #kept: Kept | undefined

  constructor(database: Database, row: MappingRow, shard: string, lengthS: number) {
    this.#database = database
    this.#row = row
    this.#shard = shard
    this.#at = { uuid: row.uuid, shard: `${shard} window` }
    this.#lengthMs = lengthS * 1000
  }

  async load(): Promise<void> {
    const text = (await checkpoints(this.#database, this.#at.uuid)).get(this.#at.shard)
    this.#kept = text ? parseColumn<Kept>(text) : undefined
  }

  /** How many of the records, which come in order, are of the window under way; it begins with the first. */
  share(records: SourceRecord[]): number {
    const [first] = records
    if (!first) return 0
    this.#kept ??= { startMs: this.#startOf(first), state: {} }
    const { startMs } = this.#kept
    const other = records.findIndex((record) => this.#startOf(record) > startMs)
    return other < 0 ? records.length : other
  }

  /** Whether the window under way is over, by the clock. */
  isOver(now: number): boolean {
    return this.#kept !== undefined && now >= this.#kept.startMs + this.#lengthMs
  }

  facts(isFinal: boolean): WindowFacts {
    const { startMs, state } = this.#kept!
    const moment = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
    return {
      window: { start: moment(startMs), end: moment(startMs + this.#lengthMs) },
      state,
      shardId: this.#shard,
      eventSourceARN: this.#row.source_arn,
      isFinalInvokeForWindow: isFinal,
      isWindowTerminatedEarly: isFinal && this.isFull(),
    }
  }

  /** A state that grew too large ends its window early. */
  isFull(): boolean {
    return Buffer.byteLength(JSON.stringify(this.#kept?.state ?? {})) > MOST_STATE_BYTES
  }

  async remember(state: unknown): Promise<void> {
    if (!this.#kept) return
    this.#kept = { ...this.#kept, state: state ?? {} }
    await checkpointSet(this.#database, this.#at, stringify(this.#kept))
  }

  async close(): Promise<void> {
    this.#kept = undefined
    await checkpointSet(this.#database, this.#at, '')
  }

  #startOf({ arrivedAtMs }: SourceRecord): number {
    return Math.floor(arrivedAtMs / this.#lengthMs) * this.#lengthMs
  }
}
