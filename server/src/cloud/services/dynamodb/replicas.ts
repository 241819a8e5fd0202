import type { DynamoDb, Input, Output, RequestContext } from '../../gateway/index.ts'
import { enqueueExpiry, enqueueFill, enqueuePurge, enqueueTrim } from './jobs.ts'
import type { DynamoParts } from './parts.ts'
import { invalid } from './refusals.ts'
import { describeTable, type Group, type Table } from './table-model.ts'

type UpdateInput = Input<DynamoDb, 'UpdateTable'>
type ReplicaUpdate = NonNullable<UpdateInput['ReplicaUpdates']>[number]

const VIEW = 'NEW_AND_OLD_IMAGES'
const regionForm = /^[a-z]{2}(-[a-z]+)+-\d$/

/** Adds regions to a table or takes them away (global tables of version 2019.11.21). */
export async function changeReplicas(
  parts: DynamoParts,
  table: Table,
  input: UpdateInput,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'UpdateTable'>> {
  const statuses = new Map<string, 'CREATING' | 'DELETING' | 'UPDATING'>()
  let now = table
  for (const update of input.ReplicaUpdates!) {
    const region = regionOf(update)
    checkUpdate(parts, now, update, region)
    if (update.Create) {
      now = await addReplica(parts, now, region, ctx, input.MultiRegionConsistency)
      statuses.set(region, 'CREATING')
    } else if (update.Delete) {
      now = await dropReplica(parts, now, region, ctx)
      statuses.set(region, 'DELETING')
    } else statuses.set(region, 'UPDATING')
  }
  const description = describeTable(now, 'UPDATING', await parts.items.count(now.id))
  const others = now.group?.regions.filter((region) => region !== now.region) ?? []
  description.Replicas = [...new Set([...others, ...statuses.keys()])].map((RegionName) => ({
    RegionName,
    ReplicaStatus: statuses.get(RegionName) ?? ('ACTIVE' as const),
  }))
  return { TableDescription: description }
}

function regionOf({ Create: create, Delete: remove, Update: update }: ReplicaUpdate): string {
  const given = [create, remove, update].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw invalid('There are no actions specified in the Replica Update Action of the request.')
  }
  return given[0]!.RegionName!
}

function checkUpdate(
  { tables }: DynamoParts,
  { account, region: own, name, group }: Table,
  { Create: create }: ReplicaUpdate,
  region: string,
): void {
  if (region === own) {
    throw invalid(
      'Cannot add, delete, or update the local region through ReplicaUpdates. ' +
        'Use CreateTable, DeleteTable, or UpdateTable as required.',
    )
  }
  if (!regionForm.test(region)) throw invalid(`Region ${region} is not supported.`)
  const isMember = group?.regions.includes(region) ?? false
  if (!create) {
    if (isMember) return
    throw invalid(
      'Update global table operation failed because one or more replicas were not part of the ' +
        `global table. Please retry the request without these replicas: [${region}].`,
    )
  }
  if (tables.get({ account, region }, name, Number.MAX_SAFE_INTEGER) === undefined) return
  throw invalid(
    `Failed to create a the new replica of table with name: ‘${name}’ because one or more ` +
      'replicas already existed as tables.',
  )
}

async function addReplica(
  parts: DynamoParts,
  table: Table,
  region: string,
  ctx: RequestContext,
  consistency: Group['consistency'],
): Promise<Table> {
  const { tables, deps } = parts
  const newStream = () => ({ id: tables.newId(), viewType: VIEW, startedAtMs: ctx.now })
  if (table.stream && table.stream.viewType !== VIEW) {
    throw invalid(`Table ${table.name} must have its stream enabled with ${VIEW}`)
  }
  const own = { ...table, stream: table.stream ?? newStream() }
  const { recovery: _r, restored: _m, policy: _p, closedStreams: _c, ...rest } = own
  const { destinations: _d, insights: _i, ...shared } = rest
  const replica: Table = {
    ...shared,
    id: tables.newId(),
    region,
    uuid: crypto.randomUUID(),
    indexes: table.indexes.map((one) => ({ ...one, id: tables.newId(), isFilled: false })),
    stream: newStream(),
    createdAtMs: ctx.now,
    deletionProtected: false,
    tags: {},
  }
  const group: Group = table.group ?? {
    id: tables.newId(),
    regions: [table.region],
    version: '2019.11.21',
    consistency,
    createdAtMs: ctx.now,
  }
  const joined = await join(parts, own, replica, group, ctx.now)
  const { jobs, database } = deps.kernel
  await database.write(async (tx) => {
    for (const { id } of replica.indexes) await enqueueFill(jobs, tx, replica.id, id)
    if (replica.ttl) await enqueueExpiry(jobs, tx, replica.id, ctx.now)
    await enqueueTrim(jobs, tx, replica, ctx.now)
    if (!table.stream) await enqueueTrim(jobs, tx, own, ctx.now)
  })
  return joined
}

/**
 * Binds two tables together: from the first save on, writes of one go to both, so what is copied
 * then can only be what both already have, or what is older than the binding.
 */
export async function join(
  { tables, items, changes }: DynamoParts,
  table: Table,
  replica: Table,
  { regions, ...rest }: Group,
  now: number,
): Promise<Table> {
  const group: Group = { ...rest, regions: [...new Set([...regions, replica.region])] }
  const ready = { readyAtMs: now, updating: true }
  await tables.save({ ...replica, ...ready, group })
  for (const other of tables.replicasOf(table)) await tables.save({ ...other, group })
  const own = { ...table, ...ready, group }
  await tables.save(own)
  await items.apply([changes.copy(table.id, replica.id)])
  return own
}

/** Takes a region out of a table's group, and its table away. */
async function dropReplica(
  parts: DynamoParts,
  table: Table,
  region: string,
  ctx: RequestContext,
): Promise<Table> {
  const { tables, deps } = parts
  const gone = tables.replicasOf(table).find((one) => one.region === region)
  await leave(parts, table, region)
  if (gone) {
    const going: Table = { ...gone, group: undefined, goneAtMs: ctx.now }
    await tables.save(going, (tx) => enqueuePurge(deps.kernel.jobs, tx, going))
  }
  return tables.byId(table.id)!
}

/** The tables left in a group without one of its regions; the last one left stands alone. */
export async function leave({ tables }: DynamoParts, table: Table, region: string): Promise<void> {
  const { group } = table
  if (!group) return
  const regions = group.regions.filter((one) => one !== region)
  for (const one of [table, ...tables.replicasOf(table)]) {
    const stays = one.region !== region && regions.length > 1
    await tables.save({ ...one, group: stays ? { ...group, regions } : undefined })
  }
}
