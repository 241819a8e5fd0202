import type { DynamoDb, Output, RequestContext } from '../../gateway/index.ts'
import type { ServiceDeps } from '../../deps.ts'
import { noTable } from './refusals.ts'
import type { BackupStore } from './store-backups.ts'
import type { ChangeStore } from './store-changes.ts'
import type { ItemStore } from './store-items.ts'
import type { StreamStore } from './store-streams.ts'
import type { TableStore } from './store-tables.ts'
import { nameOf, statusOf, type Table } from './table-model.ts'
import type { Item } from './item-types.ts'
import type { Writer } from './writer.ts'

/** What DynamoDB's operations stand on. */
export interface DynamoParts {
  deps: ServiceDeps
  tables: TableStore
  items: ItemStore
  streams: StreamStore
  changes: ChangeStore
  backups: BackupStore
  writer: Writer
}

/** A table whose items may be asked for: it is there, and no longer being made. */
export function tableOf({ tables }: DynamoParts, ctx: RequestContext, given?: string): Table {
  const table = tables.get(ctx, nameOf(given ?? ''), ctx.now)
  if (!table || table.goneAtMs !== undefined) throw noTable()
  const isFresh = table.restored !== undefined || table.importing || ctx.now < table.readyAtMs
  if (isFresh && statusOf(table, ctx.now) === 'CREATING') throw noTable()
  return table
}

/** The table itself, whatever its state. */
export function describedTable(
  { tables }: DynamoParts,
  ctx: RequestContext,
  given?: string,
): Table {
  const name = nameOf(given ?? '')
  const table = tables.get(ctx, name, ctx.now)
  if (!table) throw noTable(name)
  return table
}

type Metrics = NonNullable<Output<DynamoDb, 'PutItem'>['ItemCollectionMetrics']>

/** Only tables with a local index have item collections; their size is a guess, in GB. */
export function collectionMetrics(
  wanted: string | undefined,
  table: Table,
  item: Item,
): Metrics | undefined {
  if (wanted !== 'SIZE' || !table.indexes.some(({ isGlobal }) => !isGlobal)) return undefined
  const { hash } = table.key
  return { ItemCollectionKey: { [hash]: item[hash]! }, SizeEstimateRangeGB: [0, 1] }
}
