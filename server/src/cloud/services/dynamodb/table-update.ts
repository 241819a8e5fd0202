import type { DynamoDb, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { AwsError } from '../../gateway/index.ts'
import { checkChanged, encryptionOf } from './encryption.ts'
import { changeReplicas } from './replicas.ts'
import { enqueueFill, enqueueTrim } from './jobs.ts'
import { describedTable, type DynamoParts } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import { checkedClass, streamOf } from './table-create.ts'
import { changedLimits, changedWarm, warmUnits } from './extra-throughput.ts'
import { changeIndexes, checkUpdates, refuseUncharged } from './index-updates.ts'
import { throughputOf } from './table-keys.ts'
import { describeTable, type Index, type Table } from './table-model.ts'
import { checkOneChange, refuseSameUnits, type UpdateInput } from './table-update-rules.ts'
import { refuseBusy } from './tables.ts'

export const tableUpdateOperations = (parts: DynamoParts) =>
  ({
    UpdateTable: (input, ctx) => updateTable(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

/** Changes during which a table stays ACTIVE. */
const quiet = new Set(['TableName', 'OnDemandThroughput', 'WarmThroughput'])

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
  const { throughput, tableClass, tableClassSinceMs } = table
  const limits = { ...next.onDemandLimits, ...input.OnDemandThroughput }
  const shown = {
    ...next,
    throughput,
    tableClass,
    tableClassSinceMs,
    sse: next.sse ?? table.sse,
    // A limit that is taken away is still told, as -1.
    ...(Object.keys(limits).length > 0 && { onDemandLimits: limits }),
  }
  const isQuiet = !Object.keys(input).some((name) => !quiet.has(name))
  const description = describeTable(shown, isQuiet ? 'ACTIVE' : 'UPDATING', counted)
  if (input.WarmThroughput) description.WarmThroughput!.Status = 'UPDATING'
  if (input.SSESpecification) description.SSEDescription!.Status = 'UPDATING'
  return { TableDescription: description }
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
    next.tableClass = checkedClass(input.TableClass)
    next.tableClassSinceMs = ctx.now
  }
  next.onDemandLimits = changedLimits(table.onDemandLimits, input.OnDemandThroughput, next.onDemand)
  if (input.WarmThroughput) next.warm = changedWarm(warmUnits(next), input.WarmThroughput)
  await parts.tables.save(next, async (tx) => {
    if (input.StreamSpecification) await enqueueTrim(parts.deps.kernel.jobs, tx, next, ctx.now)
    for (const id of touched) await enqueueFill(parts.deps.kernel.jobs, tx, next.id, id)
  })
  return next
}

function changeThroughput(table: Table, input: UpdateInput, now: number): void {
  const { BillingMode: mode, ProvisionedThroughput: given } = input
  const onDemand = mode === undefined ? table.onDemand : mode === 'PAY_PER_REQUEST'
  const wasOnDemand = table.onDemand
  const changes = given !== undefined || onDemand !== wasOnDemand
  if (!changes) return
  if (!onDemand && wasOnDemand) refuseUncharged(table, input)
  table.warm = warmUnits(table)
  table.indexes = table.indexes.map((index) => chargedAnew(index, wasOnDemand, onDemand))
  table.onDemand = onDemand
  if (onDemand && !wasOnDemand) table.onDemandSinceMs = now
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

/** What was warm stays so when an index is charged in another way; its own limits go. */
function chargedAnew(index: Index, wasOnDemand: boolean, onDemand: boolean): Index {
  if (!index.isGlobal || wasOnDemand === onDemand) return index
  const { onDemandLimits: _, ...left } = index
  const throughput = onDemand ? throughputOf(true, undefined) : index.throughput
  return { ...left, throughput, warm: warmUnits({ ...index, onDemand: wasOnDemand }) }
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
