import type { Database, Statement } from '../../../kernel/index.ts'
import type { DynamoTables } from './migrations.ts'
import type { Change } from './writer.ts'

/** Copies items as they are, or as they were at a moment; and what each change took away. */
export interface ChangeStore {
  /** What the change took away, where the table can be brought back to a point in time. */
  record(change: Change): Statement[]
  /**
   * The items of `from` under the number `to`, in one statement: all of one moment. With `atMs`, as
   * they were then, by undoing what was recorded since.
   */
  copy(from: number, to: number, atMs?: number): Statement
  trim(tableId: number, beforeMs: number): Promise<void>
  /** Places whose items changed within the moments, each with what it was before. */
  changed(tableId: number, fromMs: number, toMs: number): Promise<Changed[]>
}

export interface Changed {
  pk: Buffer
  sk: Buffer
  before: string | null
  atMs: number
}

export function openChangeStore(database: Database, now: () => number): ChangeStore {
  let last = 0
  const insert = database
    .tables<DynamoTables>()
    .insertInto('dynamodb_change')
    .values({
      table_id: 0,
      pk: new Uint8Array(),
      sk: new Uint8Array(),
      seq: 0,
      at: 0,
      before: null,
      before_size: 0,
    })
    .compile().sql
  return {
    record({ table, place, before }) {
      if (!table.recovery) return []
      const at = now()
      last = Math.max(at * 1000, last + 1)
      const { text = null, sizeBytes = 0 } = before ?? {}
      return [
        { sql: insert, parameters: [table.id, place.pk, place.sk, last, at, text, sizeBytes] },
      ]
    },
    copy: (from, to, atMs) =>
      atMs === undefined ? copyOf(database, from, to) : copyAt(database, from, to, atMs),
    async trim(tableId, beforeMs) {
      const statement = database
        .tables<DynamoTables>()
        .deleteFrom('dynamodb_change')
        .where('table_id', '=', tableId)
        .where('at', '<', beforeMs)
        .compile()
      await database.apply([statement])
    },
    async changed(tableId, fromMs, toMs) {
      const rows = await database
        .tables<DynamoTables>()
        .selectFrom('dynamodb_change')
        .select(['pk', 'sk', 'before', 'at'])
        .where('table_id', '=', tableId)
        .where('at', '>', fromMs)
        .where('at', '<=', toMs)
        .orderBy('seq')
        .execute()
      const first = new Map<string, Changed>()
      for (const { pk, sk, before, at } of rows) {
        const [one, two] = [Buffer.from(pk), Buffer.from(sk)]
        const id = `${one.length}:${one.toString('latin1')}${two.toString('latin1')}`
        const known = first.get(id)
        if (known) known.atMs = at
        else first.set(id, { pk: one, sk: two, before, atMs: at })
      }
      return [...first.values()]
    },
  }
}

const columns = 'table_id, pk, sk, item, size, expires_at'
const overwrite =
  'on conflict (table_id, pk, sk) do update set item = excluded.item, size = excluded.size'

/** Values for a statement's marks; PostgreSQL must be told what a bare one is. */
function marks({ dialect }: Database) {
  const parameters: unknown[] = []
  const give = (value: number) => {
    parameters.push(value)
    return dialect === 'postgres' ? `$${parameters.length}::bigint` : '?'
  }
  return { parameters, give }
}

function copyOf(database: Database, from: number, to: number): Statement {
  const { parameters, give } = marks(database)
  const sql =
    `insert into dynamodb_item (${columns}) select ${give(to)}, pk, sk, item, size, cast(null as bigint) ` +
    `from dynamodb_item where table_id = ${give(from)} ${overwrite}`
  return { sql, parameters }
}

/** What wasn't changed since stands as it is; of the rest, what its first change took away. */
function copyAt(database: Database, from: number, to: number, atMs: number): Statement {
  const { parameters, give } = marks(database)
  const since = 'c.pk = i.pk and c.sk = i.sk and c.at >'
  const unchanged =
    `select ${give(to)}, i.pk, i.sk, i.item, i.size, cast(null as bigint) from dynamodb_item i ` +
    `where i.table_id = ${give(from)} and not exists (select 1 from dynamodb_change c ` +
    `where c.table_id = i.table_id and ${since} ${give(atMs)})`
  const undone =
    `select ${give(to)}, i.pk, i.sk, i.before, i.before_size, cast(null as bigint) from dynamodb_change i ` +
    `where i.table_id = ${give(from)} and i.at > ${give(atMs)} and i.before is not null ` +
    'and i.seq = (select min(c.seq) from dynamodb_change c where c.table_id = i.table_id ' +
    `and ${since} ${give(atMs)})`
  return {
    sql: `insert into dynamodb_item (${columns}) ${unchanged} union all ${undone}`,
    parameters,
  }
}
