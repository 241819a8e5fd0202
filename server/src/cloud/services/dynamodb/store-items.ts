import { CompiledQuery } from 'kysely'
import type { Database, Statement } from '../../../kernel/index.ts'
import { createHotItems, noHotItems } from './hot-items.ts'
import { type Place, Stored } from './item-key.ts'
import type { DynamoTables } from './migrations.ts'
import { itemOf } from './value.ts'

/** An item with where it lies; `entry` is its place in the index it was found by. */
export interface Found {
  pk: Buffer
  sk: Buffer
  stored: Stored
  entry?: { pk: Buffer; sk: Buffer }
}

/** A piece of a table or an index, in order. */
export interface Range {
  /** The table's id, or the index's. */
  of: number
  isIndex: boolean
  /** One partition; else all of them between the two bounds (segments of a scan). */
  partition?: Buffer
  partitionFrom?: Buffer
  partitionBefore?: Buffer
  sortFrom?: { bytes: Buffer; inclusive: boolean }
  sortTo?: { bytes: Buffer; inclusive: boolean }
  backward: boolean
  /** Continue behind this one. */
  after?: { pk: Buffer; sk: Buffer; base?: { pk: Buffer; sk: Buffer } }
}

interface Row {
  pk: Uint8Array
  sk: Uint8Array
  item: string
  size: number
  entry_pk?: Uint8Array
  entry_sk?: Uint8Array
}

/** Rows of items and of indexes. Statements keep their text, so the database prepares them once. */
export interface ItemStore {
  /** At once where it was read of late. */
  get(tableId: number, place: Place): Stored | undefined | Promise<Stored | undefined>
  /** At most `limit` items of the range. */
  page(range: Range, limit: number): Promise<Found[]>
  count(tableId: number): Promise<{ items: number; sizeBytes: number }>
  /** Items whose time to live ended between the two seconds. */
  expired(tableId: number, fromS: number, toS: number, limit: number): Promise<Found[]>
  put(tableId: number, place: Place, stored: Stored, expiresAtS: number | null): Statement
  remove(tableId: number, place: Place): Statement
  enter(indexId: number, tableId: number, entry: Place, base: Place): Statement
  leave(indexId: number, entry: Place, base: Place): Statement
  /** Up to `limit` rows of a table or an index that is no more; the number that went. */
  purge(of: { tableId: number } | { indexId: number }, limit: number): Promise<number>
  /** `changed`: ids of the items it concerns; without them it may be any. */
  apply(statements: Statement[], changed?: string[]): Promise<unknown>
  /** The store was changed past this. */
  forget(): void
}

export function openItemStore(database: Database): ItemStore {
  const texts = statementTexts(database)
  const query = <R>(sql: string, parameters: readonly unknown[]) =>
    database.select<R>({ sql, parameters })
  const hot = database.dialect === 'sqlite' ? createHotItems() : noHotItems
  const read = async (tableId: number, { id, pk, sk }: Place) => {
    const since = hot.moment()
    const [row] = await query<Row>(texts.get, [tableId, pk, sk])
    if (!row) return undefined
    const stored = storedOf(row)
    hot.keep(id, new Stored(row.item, row.size, itemOf), since)
    return stored
  }
  return {
    get(tableId, place) {
      const kept = hot.get(place.id)
      // An object of its own: what is inside is parsed by each, so that nobody changes another's.
      if (kept) return new Stored(kept.text, kept.sizeBytes, itemOf)
      return read(tableId, place)
    },
    async page(range, limit) {
      const { sql, parameters } = rangeQuery(range, limit, texts.mark)
      return (await query<Row>(sql, parameters)).map(foundOf)
    },
    async count(tableId) {
      const [row] = await query<{ items: number; size: number }>(texts.count, [tableId])
      return { items: Number(row!.items), sizeBytes: Number(row!.size) }
    },
    async expired(tableId, fromS, toS, limit) {
      return (await query<Row>(texts.expired, [tableId, fromS, toS, limit])).map(foundOf)
    },
    put: (tableId, { pk, sk }, { text, sizeBytes }, expiresAtS) => ({
      sql: texts.put,
      parameters: [tableId, pk, sk, text, sizeBytes, expiresAtS],
    }),
    remove: (tableId, { pk, sk }) => ({ sql: texts.remove, parameters: [tableId, pk, sk] }),
    enter: (indexId, tableId, entry, base) => ({
      sql: texts.enter,
      parameters: [indexId, entry.pk, entry.sk, base.pk, base.sk, tableId],
    }),
    leave: (indexId, entry, base) => ({
      sql: texts.leave,
      parameters: [indexId, entry.pk, entry.sk, base.pk, base.sk],
    }),
    purge: (of, limit) => purge(database, of, limit).finally(hot.clear),
    apply(statements, changed) {
      const landed = database.apply(statements)
      if (changed) hot.changing(changed, landed)
      else landed.then(hot.clear, hot.clear)
      return landed
    },
    forget: hot.clear,
  }
}

const storedOf = (row: Row) => new Stored(row.item, row.size, itemOf)

function foundOf(row: Row): Found {
  const { pk, sk, entry_pk: entryPk, entry_sk: entrySk } = row
  const found = { pk: Buffer.from(pk), sk: Buffer.from(sk), stored: storedOf(row) }
  if (!entryPk || !entrySk) return found
  return { ...found, entry: { pk: Buffer.from(entryPk), sk: Buffer.from(entrySk) } }
}

type Mark = (position: number) => string

function statementTexts({ dialect }: Database) {
  const mark: Mark = dialect === 'postgres' ? (position) => `$${position}` : () => '?'
  const marks = (count: number) => Array.from({ length: count }, (_, i) => mark(i + 1)).join(', ')
  const place = `table_id = ${mark(1)} and pk = ${mark(2)} and sk = ${mark(3)}`
  return {
    mark,
    get: `select item, size from dynamodb_item where ${place}`,
    put:
      `insert into dynamodb_item (table_id, pk, sk, item, size, expires_at) values (${marks(6)}) ` +
      'on conflict (table_id, pk, sk) do update set item = excluded.item, ' +
      'size = excluded.size, expires_at = excluded.expires_at',
    remove: `delete from dynamodb_item where ${place}`,
    count:
      'select count(*) as items, coalesce(sum(size), 0) as size from dynamodb_item ' +
      `where table_id = ${mark(1)}`,
    expired:
      'select pk, sk, item, size from dynamodb_item ' +
      `where table_id = ${mark(1)} and expires_at is not null and expires_at >= ${mark(2)} ` +
      `and expires_at <= ${mark(3)} order by expires_at limit ${mark(4)}`,
    enter:
      'insert into dynamodb_entry (index_id, pk, sk, base_pk, base_sk, table_id) ' +
      `values (${marks(6)}) on conflict do nothing`,
    leave:
      `delete from dynamodb_entry where index_id = ${mark(1)} and pk = ${mark(2)} ` +
      `and sk = ${mark(3)} and base_pk = ${mark(4)} and base_sk = ${mark(5)}`,
  }
}

/** The select of a range: over items alone, or over entries with their items. */
function rangeQuery(range: Range, limit: number, mark: Mark): Statement {
  const { isIndex, backward } = range
  const parameters: unknown[] = []
  const give = (value: unknown) => {
    parameters.push(value)
    return mark(parameters.length)
  }
  const order = isIndex ? ['e.pk', 'e.sk', 'e.base_pk', 'e.base_sk'] : ['i.pk', 'i.sk']
  const [pk, sk] = order as [string, string]
  const where = [`${isIndex ? 'e.index_id' : 'i.table_id'} = ${give(range.of)}`]
  if (range.partition) where.push(`${pk} = ${give(range.partition)}`)
  if (range.partitionFrom) where.push(`${pk} >= ${give(range.partitionFrom)}`)
  if (range.partitionBefore) where.push(`${pk} < ${give(range.partitionBefore)}`)
  const { sortFrom, sortTo, after } = range
  if (sortFrom) where.push(`${sk} ${sortFrom.inclusive ? '>=' : '>'} ${give(sortFrom.bytes)}`)
  if (sortTo) where.push(`${sk} ${sortTo.inclusive ? '<=' : '<'} ${give(sortTo.bytes)}`)
  if (after) {
    const { base } = after
    const values = [after.pk, after.sk, ...(isIndex ? [base!.pk, base!.sk] : [])].map(give)
    where.push(`(${order.join(', ')}) ${backward ? '<' : '>'} (${values.join(', ')})`)
  }
  const from = isIndex
    ? 'i.pk, i.sk, i.item, i.size, e.pk as entry_pk, e.sk as entry_sk from dynamodb_entry e ' +
      'join dynamodb_item i on i.table_id = e.table_id and i.pk = e.base_pk and i.sk = e.base_sk'
    : 'i.pk, i.sk, i.item, i.size from dynamodb_item i'
  const by = order.map((column) => `${column} ${backward ? 'desc' : 'asc'}`).join(', ')
  const sql = `select ${from} where ${where.join(' and ')} order by ${by} limit ${give(limit)}`
  return { sql, parameters }
}

/** Rows go in pieces, so that other writes get in between. */
async function purge(
  database: Database,
  of: { tableId: number } | { indexId: number },
  limit: number,
): Promise<number> {
  const table = 'tableId' in of ? 'dynamodb_item' : 'dynamodb_entry'
  const [column, id] = 'tableId' in of ? ['table_id', of.tableId] : ['index_id', of.indexId]
  return database.write(async (tx) => {
    const outcome = await tx
      .tables<DynamoTables>()
      .executeQuery(
        CompiledQuery.raw(
          database.dialect === 'postgres'
            ? `delete from ${table} where ctid in (select ctid from ${table} where ${column} = $1 limit $2)`
            : `delete from ${table} where rowid in (select rowid from ${table} where ${column} = ? limit ?)`,
          [id, limit],
        ),
      )
    return Number(outcome.numAffectedRows ?? 0)
  })
}
