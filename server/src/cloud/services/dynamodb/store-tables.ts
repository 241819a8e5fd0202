import { type Database, parseColumn, stringify, type Transaction } from '../../../kernel/index.ts'
import type { DynamoTables } from './migrations.ts'
import type { Scope, Table, TableDefinition } from './table-model.ts'

/** All tables, kept in memory beside their rows: every request on items asks for one. */
export interface TableStore {
  get(scope: Scope, name: string, now: number): Table | undefined
  byId(id: number): Table | undefined
  /** The other tables of its group, in their regions. */
  replicasOf(table: Table): Table[]
  list(scope: Scope, now: number): Table[]
  /** The next number for a table or an index. */
  newId(): number
  /** Writes the table as it now is; `also` joins the transaction. */
  save(table: Table, also?: (tx: Transaction) => Promise<unknown>): Promise<void>
  /** Forgets the table for good; its items are gone by then. */
  forget(table: Table): Promise<void>
  clear(): Promise<void>
}

const placeOf = ({ account, region }: Scope, name: string) => `${account}/${region}/${name}`

export async function openTableStore(database: Database): Promise<TableStore> {
  const byName = new Map<string, Table>()
  const byId = new Map<number, Table>()
  let lastId = 0
  const keep = (table: Table) => {
    byId.set(table.id, table)
    // A table that is going may have a successor of the same name by now.
    if (table.goneAtMs === undefined || byName.get(placeOf(table, table.name))?.id === table.id) {
      byName.set(placeOf(table, table.name), table)
    }
    const { stream, closedStreams = [], destinations = [] } = table
    const streams = [...(stream ? [stream] : []), ...closedStreams, ...destinations]
    lastId = Math.max(
      lastId,
      table.id,
      table.group?.id ?? 0,
      ...[...table.indexes, ...streams].map(({ id }) => id),
    )
  }
  const drop = (table: Table) => {
    byId.delete(table.id)
    const place = placeOf(table, table.name)
    if (byName.get(place)?.id === table.id) byName.delete(place)
  }
  for (const table of await storedTables(database)) keep(table)
  lastId = Math.max(lastId, await lastNumber(database))
  const isThere = (table: Table | undefined, now: number) =>
    table !== undefined && (table.goneAtMs === undefined || now < table.goneAtMs)
  return {
    get(scope, name, now) {
      const table = byName.get(placeOf(scope, name))
      return isThere(table, now) ? table : undefined
    },
    byId: (id) => byId.get(id),
    replicasOf({ id, group, account, name }) {
      if (!group) return []
      return group.regions.flatMap((region) => {
        const other = byName.get(placeOf({ account, region }, name))
        return other?.group?.id === group.id && other.id !== id ? [other] : []
      })
    },
    list: ({ account, region }, now) =>
      [...byName.values()]
        .filter((table) => table.account === account && table.region === region)
        .filter((table) => isThere(table, now))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    newId: () => ++lastId,
    async save(table, also) {
      keep(table)
      await database.write(async (tx) => {
        await upsert(tx, table)
        await also?.(tx)
      })
    },
    async forget(table) {
      await database.write((tx) =>
        tx.tables<DynamoTables>().deleteFrom('dynamodb_table').where('id', '=', table.id).execute(),
      )
      drop(table)
    },
    async clear() {
      await empty(database)
      byName.clear()
      byId.clear()
    },
  }
}

async function storedTables(database: Database): Promise<Table[]> {
  const rows = await database
    .tables<DynamoTables>()
    .selectFrom('dynamodb_table')
    .selectAll()
    .orderBy('id')
    .execute()
  return rows.map(({ definition, ...row }) => ({
    ...row,
    ...parseColumn<TableDefinition>(definition),
  }))
}

/** Backups' items stand under numbers of the same kind, and those of tables being purged. */
async function lastNumber(database: Database): Promise<number> {
  const tables = database.tables<DynamoTables>()
  const [items, backups] = await Promise.all([
    tables
      .selectFrom('dynamodb_item')
      .select(({ fn }) => fn.max('table_id').as('last'))
      .executeTakeFirst(),
    tables
      .selectFrom('dynamodb_backup')
      .select(({ fn }) => fn.max('items_id').as('last'))
      .executeTakeFirst(),
  ])
  return Math.max(Number(items?.last ?? 0), Number(backups?.last ?? 0))
}

async function upsert(tx: Transaction, table: Table): Promise<void> {
  const { id, account, region, name, ...rest } = table
  const definition = stringify(rest satisfies TableDefinition)
  await tx
    .tables<DynamoTables>()
    .insertInto('dynamodb_table')
    .values({ id, account, region, name, definition })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ definition }))
    .execute()
}

async function empty(database: Database): Promise<void> {
  await database.write(async (tx) => {
    const tables = tx.tables<DynamoTables>()
    await tables.deleteFrom('dynamodb_item').execute()
    await tables.deleteFrom('dynamodb_entry').execute()
    await tables.deleteFrom('dynamodb_token').execute()
    await tables.deleteFrom('dynamodb_stream_record').execute()
    await tables.deleteFrom('dynamodb_change').execute()
    await tables.deleteFrom('dynamodb_backup').execute()
    await tables.deleteFrom('dynamodb_transfer').execute()
    await tables.deleteFrom('dynamodb_table').execute()
  })
}
