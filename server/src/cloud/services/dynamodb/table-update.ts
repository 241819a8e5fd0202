import type { DynamoDb, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { checkChanged, encryptionOf } from './encryption.ts'
import { changeReplicas } from './replicas.ts'
import { enqueueFill, enqueueTrim } from './jobs.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import { streamOf } from './table-create.ts'
import {
  attributesOf,
  checkAllUsed,
  checkIndexes,
  globalIndex,
  throughputOf,
} from './table-keys.ts'
import { describeTable, keyNames, type Table } from './table-model.ts'
import { checkOneChange, refuseSameUnits, type UpdateInput } from './table-update-rules.ts'
import { refuseBusy } from './tables.ts'

type IndexUpdate = NonNullable<UpdateInput['GlobalSecondaryIndexUpdates']>[number]

export const tableUpdateOperations = (parts: DynamoParts) =>
  ({
    UpdateTable: (input, ctx) => updateTable(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

const unbuilt = ['VectorIndexUpdates', 'GlobalTableWitnessUpdates'] as const

async function updateTable(
  parts: DynamoParts,
  input: UpdateInput,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'UpdateTable'>> {
  const refused = unbuilt.find((name) => (input as Record<string, unknown>)[name] !== undefined)
  if (refused) {
    throw new AwsError('NotImplemented', `${refused} is not implemented by Madang.`, {
      status: 501,
    })
  }
  checkOneChange(input)
  checkUpdates(input.GlobalSecondaryIndexUpdates ?? [])
  const table = describedTable(parts, ctx, input.TableName)
  refuseBusy(table, ctx.now)
  if (input.ReplicaUpdates?.length) return changeReplicas(parts, table, input, ctx)
  const next = await applyUpdate(parts, table, input, ctx)
  // What makes the items' places is the same in all regions; streams and protection are each one's.
  if (input.StreamSpecification === undefined && input.DeletionProtectionEnabled === undefined) {
    for (const other of parts.tables.replicasOf(next)) await applyUpdate(parts, other, input, ctx)
  }
  const counted = await parts.items.count(table.id)
  // The answer still shows what is being changed; only indexes and streams are new at once.
  const { throughput, tableClass, tableClassSinceMs, sse } = table
  const shown = { ...next, throughput, tableClass, tableClassSinceMs, sse }
  return { TableDescription: describeTable(shown, 'UPDATING', counted) }
}

/** Makes the changes of one table, whatever region it is in. */
export async function applyUpdate(
  parts: DynamoParts,
  table: Table,
  input: UpdateInput,
  ctx: RequestContext,
): Promise<Table> {
  const next: Table = { ...table, readyAtMs: ctx.now, updating: true }
  changeThroughput(next, input, ctx.now)
  const touched = changeIndexes(parts, next, input)
  changeStream(next, input, ctx.now, parts.tables.newId)
  if (input.SSESpecification) {
    next.sse = await encryptionOf(input.SSESpecification, ctx, table.region)
    checkChanged(table.sse, next.sse)
  }
  if (input.DeletionProtectionEnabled !== undefined) {
    next.deletionProtected = input.DeletionProtectionEnabled
  }
  if (input.TableClass) {
    next.tableClass = input.TableClass
    next.tableClassSinceMs = ctx.now
  }
  if (input.OnDemandThroughput) next.onDemandLimits = input.OnDemandThroughput
  if (input.WarmThroughput) next.warm = input.WarmThroughput
  await parts.tables.save(next, async (tx) => {
    if (input.StreamSpecification) await enqueueTrim(parts.deps.kernel.jobs, tx, next, ctx.now)
    for (const id of touched) await enqueueFill(parts.deps.kernel.jobs, tx, next.id, id)
  })
  return next
}

function changeThroughput(table: Table, input: UpdateInput, now: number): void {
  const { BillingMode: mode, ProvisionedThroughput: given } = input
  const onDemand = mode === undefined ? table.onDemand : mode === 'PAY_PER_REQUEST'
  if (onDemand && !table.onDemand) {
    table.onDemandSinceMs = now
    for (const index of table.indexes) index.throughput = throughputOf(true, undefined)
  }
  const wasOnDemand = table.onDemand
  const changes = given !== undefined || onDemand !== wasOnDemand
  table.onDemand = onDemand
  if (!changes) return
  const units = throughputOf(onDemand, given)
  const { ReadCapacityUnits: reads, WriteCapacityUnits: writes } = table.throughput
  if (!onDemand && !wasOnDemand) {
    refuseSameUnits({ what: 'the table', of: 'the table' }, table.throughput, units)
  }
  if (units.ReadCapacityUnits > reads || units.WriteCapacityUnits > writes)
    table.increasedAtMs = now
  if (units.ReadCapacityUnits < reads || units.WriteCapacityUnits < writes)
    table.decreasedAtMs = now
  table.throughput = units
}

/** Gives the ids of indexes that are to be filled or emptied. */
function changeIndexes(parts: DynamoParts, table: Table, input: UpdateInput): number[] {
  const updates = input.GlobalSecondaryIndexUpdates ?? []
  if (updates.length === 0) return []
  const shaping = updates.filter((update) => update.Create || update.Delete)
  if (shaping.length > 1) {
    throw new AwsError(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously ' +
        'per table',
    )
  }
  const attributes = { ...table.attributes, ...attributesOf(input.AttributeDefinitions) }
  const touched = updates.flatMap((update) => changeIndex(parts, table, attributes, update))
  checkIndexes(table.indexes)
  const keys = [table.key, ...table.indexes.map(({ key }) => key)]
  const used = new Set(keys.flatMap(keyNames))
  // What only a deleted index used goes with it; what was given now must be used.
  const given = attributesOf(input.AttributeDefinitions)
  if (shaping.some(({ Create: create }) => create)) checkAllUsed(given, keys)
  table.attributes = Object.fromEntries(
    Object.entries(attributes).filter(([name]) => used.has(name)),
  )
  return touched
}

/** What is wrong with the list of changes itself, told before the table is looked up. */
function checkUpdates(updates: IndexUpdate[]): void {
  const names = updates.map((one) => {
    const actions = [one.Update, one.Create, one.Delete].filter((action) => action !== undefined)
    if (actions.length === 0) {
      throw badValue(
        'One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, ' +
          'GlobalSecondaryIndexUpdate.Delete must not be null',
      )
    }
    if (actions.length > 1) {
      throw badValue(
        'Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object',
      )
    }
    return actions[0]!.IndexName
  })
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw badValue(
    `Only one global secondary index update per index is allowed simultaneously. Index: ${twice}`,
  )
}

function changeIndex(
  parts: DynamoParts,
  table: Table,
  attributes: Table['attributes'],
  { Create: create, Delete: remove, Update: update }: IndexUpdate,
): number[] {
  if (create) {
    const index = globalIndex(create, table.onDemand, attributes, parts.tables.newId())
    if (table.indexes.some(({ name }) => name === index.name)) {
      throw invalid('Attempting to create an index which already exists')
    }
    table.indexes = [...table.indexes, { ...index, isFilled: false }]
    return [index.id]
  }
  const name = remove?.IndexName ?? update?.IndexName
  const index = table.indexes.find((one) => one.name === name)
  if (!index) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Requested resource not found: Index ${name} for table ${table.name}`,
    )
  }
  if (!index.isGlobal) {
    const verb = remove ? 'delete' : 'update'
    throw invalid(`Cannot ${verb} an index that is not a GlobalSecondaryIndex: ${name}`)
  }
  if (remove) {
    table.indexes = table.indexes.filter((one) => one !== index)
    return [index.id]
  }
  if (table.onDemand && !update?.OnDemandThroughput && !update?.WarmThroughput) {
    throw badValue(
      `The only Updates for index: ${index.name} when TableThroughputMode is PAY_PER_REQUEST can ` +
        'be to OnDemandThroughput, WarmThroughput',
    )
  }
  const throughput = throughputOf(table.onDemand, update?.ProvisionedThroughput, index.name)
  if (!table.onDemand) {
    refuseSameUnits(
      { what: `the index ${index.name}`, of: `index ${index.name}` },
      index.throughput,
      throughput,
    )
  }
  table.indexes = table.indexes.map((one) => (one === index ? { ...index, throughput } : one))
  return []
}

function changeStream(table: Table, input: UpdateInput, now: number, newId: () => number): void {
  const given = input.StreamSpecification
  if (!given) return
  if (given.StreamEnabled && !given.StreamViewType) {
    throw badValue('If stream is being enabled then UpdateViewType is required')
  }
  if (!given.StreamEnabled && given.StreamViewType) {
    throw badValue('If stream is being disabled, then UpdateViewType must not be specified')
  }
  if (given.StreamEnabled && table.stream) {
    throw invalid(`Table already has an enabled stream: TableName: ${table.name}`)
  }
  if (!given.StreamEnabled && !table.stream) {
    throw invalid(`Table has no stream to disable: TableName: ${table.name}`)
  }
  if (table.group) throw badValue('Disabling Stream is not allowed for a Global Table replica.')
  if (table.stream) {
    table.closedStreams = [...(table.closedStreams ?? []), { ...table.stream, closedAtMs: now }]
  }
  table.stream = streamOf(input, now, newId)
}
