import { AwsError } from '../../gateway/index.ts'
import type { DynamoDb, Input, Operations, RequestContext } from '../../gateway/index.ts'
import { enqueueFill } from './jobs.ts'
import type { DynamoParts } from './parts.ts'
import { invalid } from './refusals.ts'
import { join, leave } from './replicas.ts'
import { type Group, statusOf, type Table } from './table-model.ts'
import { applyUpdate } from './table-update.ts'

const PAGE = 100

/** The operations of version 2017.11.29: tables made alike in each region, then bound together. */
export const globalTableOperations = (parts: DynamoParts) =>
  ({
    async CreateGlobalTable(input, ctx) {
      const regions = (input.ReplicationGroup ?? []).map(({ RegionName: region }) => region!)
      const [first, ...others] = regions.map((region) =>
        memberTable(parts, ctx, input.GlobalTableName!, region),
      )
      if (!first) throw invalid('ReplicationGroup must not be empty')
      if (first.group) throw exists(first.name)
      const group: Group = {
        id: parts.tables.newId(),
        regions: [first.region],
        version: '2017.11.29',
        createdAtMs: ctx.now,
      }
      await parts.tables.save({ ...first, group })
      for (const other of others) await bind(parts, parts.tables.byId(first.id)!, other, ctx)
      return { GlobalTableDescription: described(parts.tables.byId(first.id)!, 'CREATING') }
    },

    async UpdateGlobalTable(input, ctx) {
      const table = globalTable(parts, ctx, input.GlobalTableName!)
      for (const { Create: create, Delete: remove } of input.ReplicaUpdates ?? []) {
        const now = parts.tables.byId(table.id)!
        if (create) await addRegion(parts, now, create.RegionName!, ctx)
        if (remove) await removeRegion(parts, now, remove.RegionName!)
      }
      return { GlobalTableDescription: described(parts.tables.byId(table.id)!, 'UPDATING') }
    },

    DescribeGlobalTable(input, ctx) {
      const table = globalTable(parts, ctx, input.GlobalTableName!)
      return { GlobalTableDescription: described(table, 'ACTIVE') }
    },

    ListGlobalTables(input, ctx) {
      const {
        ExclusiveStartGlobalTableName: start,
        Limit: limit = PAGE,
        RegionName: region,
      } = input
      const scope = { account: ctx.account, region: region ?? ctx.region }
      const all = parts.tables
        .list(scope, ctx.now)
        .filter(({ group, name }) => isLegacy(group) && (start === undefined || name > start))
      const page = all.slice(0, limit)
      return {
        GlobalTables: page.map(({ name, group }) => ({
          GlobalTableName: name,
          ReplicationGroup: group!.regions.map((RegionName) => ({ RegionName })),
        })),
        ...(all.length > limit && { LastEvaluatedGlobalTableName: page.at(-1)!.name }),
      }
    },

    DescribeGlobalTableSettings(input, ctx) {
      return settingsOf(parts, globalTable(parts, ctx, input.GlobalTableName!), ctx.now)
    },

    UpdateGlobalTableSettings: (input, ctx) => updateSettings(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

type SettingsInput = Input<DynamoDb, 'UpdateGlobalTableSettings'>

async function updateSettings(parts: DynamoParts, input: SettingsInput, ctx: RequestContext) {
  const table = globalTable(parts, ctx, input.GlobalTableName!)
  for (const one of [table, ...parts.tables.replicasOf(table)]) {
    await applyUpdate(parts, one, regionUpdate(input, one), ctx)
  }
  return settingsOf(parts, parts.tables.byId(table.id)!, ctx.now)
}

function regionUpdate(input: SettingsInput, { name, region, throughput }: Table) {
  const writes = input.GlobalTableProvisionedWriteCapacityUnits
  const own = input.ReplicaSettingsUpdate?.find((one) => one.RegionName === region)
  const reads = own?.ReplicaProvisionedReadCapacityUnits
  return {
    TableName: name,
    ...(input.GlobalTableBillingMode && { BillingMode: input.GlobalTableBillingMode }),
    ...((reads ?? writes) !== undefined && {
      ProvisionedThroughput: {
        ReadCapacityUnits: reads ?? throughput.ReadCapacityUnits,
        WriteCapacityUnits: writes ?? throughput.WriteCapacityUnits,
      },
    }),
    ...(own?.ReplicaTableClass && { TableClass: own.ReplicaTableClass }),
  }
}

const isLegacy = (group: Group | undefined): boolean => group?.version === '2017.11.29'

const exists = (name: string) =>
  new AwsError(
    'GlobalTableAlreadyExistsException',
    `Global table with name: '${name}' already exists.`,
  )

function globalTable({ tables }: DynamoParts, ctx: RequestContext, name: string): Table {
  const table = tables.get(ctx, name, ctx.now)
  if (table && isLegacy(table.group)) return table
  throw new AwsError(
    'GlobalTableNotFoundException',
    `Global table with name: '${name}' does not exist.`,
  )
}

/** A region's own table of the name, fit to be bound. */
function memberTable(
  { tables }: DynamoParts,
  { account, now }: RequestContext,
  name: string,
  region: string,
): Table {
  const table = tables.get({ account, region }, name, now)
  if (!table) throw new AwsError('TableNotFoundException', `Table not found: ${name}`)
  if (table.stream?.viewType === 'NEW_AND_OLD_IMAGES') return table
  throw invalid(
    `Table ${name} in region ${region} must have its stream enabled with NEW_AND_OLD_IMAGES`,
  )
}

/** Tables are bound only while they are empty, and of one shape. */
async function bind(
  parts: DynamoParts,
  table: Table,
  other: Table,
  { now }: RequestContext,
): Promise<void> {
  const { items } = await parts.items.count(other.id)
  if (items > 0) throw invalid(`Table ${other.name} in region ${other.region} is not empty`)
  const shape = ({ key, attributes, indexes }: Table) =>
    JSON.stringify([key, attributes[key.hash], indexes.map(({ name }) => name)])
  if (shape(table) !== shape(other)) {
    throw invalid(`Tables named ${table.name} differ in their keys or indexes between regions`)
  }
  const unfilled = other.indexes.map((index) => ({ ...index, isFilled: false }))
  await join(parts, table, { ...other, indexes: unfilled }, table.group!, now)
  const { jobs, database } = parts.deps.kernel
  await database.write(async (tx) => {
    for (const { id } of unfilled) await enqueueFill(jobs, tx, other.id, id)
  })
}

async function addRegion(
  parts: DynamoParts,
  table: Table,
  region: string,
  ctx: RequestContext,
): Promise<void> {
  if (table.group!.regions.includes(region)) {
    throw new AwsError(
      'ReplicaAlreadyExistsException',
      `Failed to add the replica: region ${region} is already part of the global table.`,
    )
  }
  await bind(parts, table, memberTable(parts, ctx, table.name, region), ctx)
}

async function removeRegion(parts: DynamoParts, table: Table, region: string): Promise<void> {
  if (!table.group!.regions.includes(region)) {
    throw new AwsError(
      'ReplicaNotFoundException',
      `Failed to remove the replica: region ${region} is not part of the global table.`,
    )
  }
  await leave(parts, table, region)
}

function described({ name, account, group }: Table, shown: 'CREATING' | 'UPDATING' | 'ACTIVE') {
  return {
    ReplicationGroup: (group?.regions ?? []).map((RegionName) => ({
      RegionName,
      ReplicaStatus: 'ACTIVE' as const,
    })),
    GlobalTableArn: `arn:aws:dynamodb::${account}:global-table/${name}`,
    ...(group && { CreationDateTime: new Date(group.createdAtMs) }),
    GlobalTableStatus: shown,
    GlobalTableName: name,
  }
}

function settingsOf({ tables }: DynamoParts, table: Table, now: number) {
  const all = [table, ...tables.replicasOf(table)]
  return {
    GlobalTableName: table.name,
    ReplicaSettings: all.map((one) => ({
      RegionName: one.region,
      ReplicaStatus: statusOf(one, now) as 'ACTIVE',
      ...(one.onDemand && {
        ReplicaBillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' as const },
      }),
      ReplicaProvisionedReadCapacityUnits: one.throughput.ReadCapacityUnits,
      ReplicaProvisionedWriteCapacityUnits: one.throughput.WriteCapacityUnits,
      ...(one.indexes.some(({ isGlobal }) => isGlobal) && {
        ReplicaGlobalSecondaryIndexSettings: one.indexes
          .filter(({ isGlobal }) => isGlobal)
          .map(({ name, throughput }) => ({
            IndexName: name,
            IndexStatus: 'ACTIVE' as const,
            ProvisionedReadCapacityUnits: throughput.ReadCapacityUnits,
            ProvisionedWriteCapacityUnits: throughput.WriteCapacityUnits,
          })),
      }),
    })),
  }
}
