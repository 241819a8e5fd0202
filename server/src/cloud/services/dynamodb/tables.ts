import type { DynamoDb, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { backUp } from './backups.ts'
import { encryptionOf } from './encryption.ts'
import { enqueuePurge, enqueueTrim } from './jobs.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { inUse, invalid } from './refusals.ts'
import { leave } from './replicas.ts'
import { newTable } from './table-create.ts'
import { type Counted, describeTable, nameOf, statusOf, type Table } from './table-model.ts'

/** AWS's own times, for those who asked for them. */
const REALISTIC_MS = 6000
const nothing: Counted = { items: 0, sizeBytes: 0 }

export const tableOperations = (parts: DynamoParts) =>
  ({
    async CreateTable(input, ctx) {
      const { tables, deps } = parts
      const table = newTable(input, ctx, tables.newId)
      if (tables.get(ctx, table.name, ctx.now)) {
        throw inUse(`Table already exists: ${table.name}`)
      }
      table.sse = await encryptionOf(input.SSESpecification, ctx)
      if (deps.settings.realistic) table.readyAtMs += REALISTIC_MS
      await tables.save(table, async (tx) => {
        await enqueueTrim(deps.kernel.jobs, tx, table, ctx.now)
      })
      return { TableDescription: describeTable(table, 'CREATING', nothing) }
    },

    async DescribeTable(input, ctx) {
      const table = describedTable(parts, ctx, input.TableName)
      const counted = await parts.items.count(table.id)
      return { Table: describeTable(table, statusOf(table, ctx.now), counted) }
    },

    ListTables(input, ctx) {
      const { ExclusiveStartTableName: start, Limit: limit = 100 } = input
      const names = parts.tables.list(ctx, ctx.now).map(({ name }) => name)
      const from = start === undefined ? names : names.filter((name) => name > start)
      const page = from.slice(0, limit)
      return {
        TableNames: page,
        ...(from.length > limit && { LastEvaluatedTableName: page.at(-1)! }),
      }
    },

    DeleteTable: (input, ctx) => deleteTable(parts, input.TableName, ctx),

    DescribeLimits: () => ({
      AccountMaxReadCapacityUnits: 80_000,
      AccountMaxWriteCapacityUnits: 80_000,
      TableMaxReadCapacityUnits: 40_000,
      TableMaxWriteCapacityUnits: 40_000,
    }),

    DescribeEndpoints: (_input, ctx) => ({
      Endpoints: [{ Address: new URL(ctx.originUrl).host, CachePeriodInMinutes: 1440 }],
    }),
  }) satisfies Operations<DynamoDb>

async function deleteTable(
  parts: DynamoParts,
  given: string | undefined,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'DeleteTable'>> {
  const { tables, deps } = parts
  const table = describedTable(parts, ctx, nameOf(given ?? ''))
  refuseBusy(table, ctx.now)
  if (table.deletionProtected) {
    throw invalid(
      'Resource cannot be deleted as it is currently protected against deletion. ' +
        'Disable deletion protection first.',
    )
  }
  if (table.recovery) {
    await backUp(parts, table, ctx.now, {
      name: `${table.name}$DeletedTableBackup`,
      type: 'SYSTEM',
    })
  }
  const goneAtMs = ctx.now + (deps.settings.realistic ? REALISTIC_MS : 0)
  await leave(parts, table, table.region)
  const going: Table = { ...table, group: undefined, goneAtMs }
  await tables.save(going, (tx) => enqueuePurge(deps.kernel.jobs, tx, going))
  const whole = describeTable({ ...going, indexes: [], stream: undefined }, 'DELETING', nothing)
  const { AttributeDefinitions: _a, KeySchema: _k, WarmThroughput: _w, ...short } = whole
  delete short.CreationDateTime
  return { TableDescription: short }
}

export function refuseBusy(table: Table, now: number): void {
  const doing = { CREATING: 'created', UPDATING: 'updated', DELETING: 'deleted' }
  const status = statusOf(table, now)
  if (status === 'ACTIVE') return
  throw inUse(
    'Attempt to change a resource which is still in use: ' +
      `Table is being ${doing[status]}: ${table.name}`,
  )
}
