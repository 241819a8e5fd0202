import type { Compilable } from 'kysely'
import type { Database } from '../../../kernel/index.ts'
import { Journal } from '../../journal.ts'
import type { KinesisTables, RecordRow } from './migrations.ts'
import type { Shard } from './shard.ts'

const sqlOf = (query: Compilable) => query.compile().sql

/** Records' rows, found by shard and count: appended, read in order, and trimmed at the front. */
export class RecordStore {
  readonly #database: Database
  readonly #journal: Journal
  readonly #sql: Record<'insert' | 'read' | 'first', string>

  constructor(database: Database) {
    this.#database = database
    this.#journal = new Journal(database)
    this.#sql = statements(database)
  }

  /** Resolves when the record is on disk. */
  append(row: RecordRow): Promise<void> {
    const { shard, count, at, partition_key: key, data, sealed } = row
    // Sent to the writer's thread with all the memory it is a view of: small ones share a pool of 8 KB.
    const own = data.buffer.byteLength > data.length ? new Uint8Array(data) : data
    return this.#journal.add(this.#sql.insert, [shard, count, at, key, own, sealed])
  }

  async read({ facts }: Shard, from: number, limit: number): Promise<RecordRow[]> {
    const parameters = [facts.rowId, from, limit]
    return this.#database.select<RecordRow>({ sql: this.#sql.read, parameters })
  }

  /**
   * The count of the first record that came at `atMs` or later; `next` when none did. Counts and times
   * go up together, so halving finds it.
   */
  async firstAt(shard: Shard, atMs: number): Promise<number> {
    let low = 0
    let high = shard.next
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = await this.#first(shard, middle)
      if (!row || row.at >= atMs) high = middle
      else low = row.count + 1
    }
    return low
  }

  async #first({ facts }: Shard, from: number): Promise<{ count: number; at: number } | undefined> {
    const parameters = [facts.rowId, from, 1]
    const [row] = await this.#database.select<RecordRow>({ sql: this.#sql.first, parameters })
    return row && { count: Number(row.count), at: Number(row.at) }
  }

  /** What a shard has, to go on after a start. */
  async last({ facts }: Shard): Promise<{ count: number; at: number } | undefined> {
    const row = await this.#database
      .tables<KinesisTables>()
      .selectFrom('kinesis_record')
      .select(['count', 'at'])
      .where('shard', '=', facts.rowId)
      .orderBy('count', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row && { count: Number(row.count), at: Number(row.at) }
  }

  async trim({ facts }: Shard, before: number): Promise<void> {
    await this.#database.write((tx) =>
      tx
        .tables<KinesisTables>()
        .deleteFrom('kinesis_record')
        .where('shard', '=', facts.rowId)
        .where('count', '<', before)
        .execute(),
    )
  }
}

function statements(database: Database) {
  const tables = database.tables<KinesisTables>()
  const row = { shard: 0, count: 0, at: 0, partition_key: '', data: new Uint8Array(), sealed: 0 }
  const ordered = tables
    .selectFrom('kinesis_record')
    .where('shard', '=', 0)
    .where('count', '>=', 0)
    .orderBy('count')
    .limit(1)
  return {
    insert: sqlOf(tables.insertInto('kinesis_record').values(row)),
    read: sqlOf(ordered.selectAll()),
    first: sqlOf(ordered.select(['count', 'at'])),
  }
}
