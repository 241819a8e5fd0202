import { AwsError } from '../../gateway/index.ts'
import { changedLimits, changedWarm, refuseEmptyWarm, warmUnits } from './extra-throughput.ts'
import type { DynamoParts } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import { addedIndex, attributesOf, globalIndex, throughputOf } from './table-keys.ts'
import { type Index, keyNames, keySchema, type Table } from './table-model.ts'
import { refuseSameUnits, type UpdateInput } from './table-update-rules.ts'

type IndexUpdate = NonNullable<UpdateInput['GlobalSecondaryIndexUpdates']>[number]

/** Gives the ids of indexes that are to be filled or emptied. */
export function changeIndexes(parts: DynamoParts, table: Table, input: UpdateInput): number[] {
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
  const attributes = { ...attributesOf(input.AttributeDefinitions), ...table.attributes }
  const added = shaping.find(({ Create: create }) => create)?.Create
  if (added && !input.AttributeDefinitions) {
    throw badValue(`AttributeDefinitions is not specified for index: ${added.IndexName}`)
  }
  if (added) refuseRedefined(table, added.KeySchema!, attributesOf(input.AttributeDefinitions))
  const touched = updates.flatMap((update) => changeIndex(parts, table, attributes, update))
  refuseTooMany(table)
  const keys = [table.key, ...table.indexes.map(({ key }) => key)]
  const used = new Set(keys.flatMap(keyNames))
  // What only a deleted index used goes with it; what is given and no key has is passed over.
  table.attributes = Object.fromEntries(
    Object.entries(attributes).filter(([name]) => used.has(name)),
  )
  return touched
}

type KeySchema = NonNullable<NonNullable<IndexUpdate['Create']>['KeySchema']>
type Types = Table['attributes']

/** An attribute keeps the type that a key has given it. */
function refuseRedefined(table: Table, schema: KeySchema, types: Types): void {
  const isOther = (name: string) =>
    types[name] !== undefined &&
    table.attributes[name] !== undefined &&
    types[name] !== table.attributes[name]
  const other = schema.find(({ AttributeName: name }) => isOther(name!))?.AttributeName
  if (other === undefined) return
  const keys = [table.key, ...table.indexes.map(({ key }) => key)].map(keySchema)
  const existing = keys.find((key) => key.some(({ AttributeName: name }) => name === other))!
  throw badValue(
    'Attributes cannot be redefined. Please check that your attribute has the same type as ' +
      `previously defined. Existing schema: ${schemaText(existing, table.attributes)} ` +
      `New schema: ${schemaText(schema, types)}`,
  )
}

const schemaText = (schema: KeySchema, types: Types): string => {
  const elements = schema.map(
    ({ AttributeName: name, KeyType: type }) =>
      `SchemaElement: key{${name}:${types[name!]}:${type}}`,
  )
  return `Schema:[${elements.join(', ')}]`
}

/** What is wrong with the list of changes itself, told before the table is looked up. */
export function checkUpdates(updates: IndexUpdate[]): void {
  for (const { Update: update } of updates) {
    refuseEmptyWarm(update?.WarmThroughput, update?.IndexName ?? '')
  }
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
    const words = addedIndex(create.IndexName!)
    const made = { onDemand: table.onDemand, words, id: parts.tables.newId() }
    const index = globalIndex(create, made, attributes)
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
  const changed = updatedIndex(table, index, update!)
  table.indexes = table.indexes.map((one) => (one === index ? changed : one))
  return []
}

type Update = NonNullable<IndexUpdate['Update']>

/** An index with other units, limits or warmth. */
function updatedIndex({ onDemand }: Table, index: Index, update: Update): Index {
  const { name } = index
  const { ProvisionedThroughput: units, OnDemandThroughput: limits, WarmThroughput: warm } = update
  const hasLimits = limits !== undefined && Object.keys(limits).length > 0
  if (onDemand && !hasLimits && !warm) {
    throw badValue(
      `The only Updates for index: ${name} when TableThroughputMode is PAY_PER_REQUEST can ` +
        'be to OnDemandThroughput, WarmThroughput',
    )
  }
  const onDemandLimits = changedLimits(index.onDemandLimits, limits, onDemand, name)
  const throughput = units || !warm ? changedUnits(onDemand, index, units) : index.throughput
  const now = warmUnits({ ...index, onDemand })
  const { onDemandLimits: _, ...left } = index
  return {
    ...left,
    throughput,
    ...(onDemandLimits && { onDemandLimits }),
    warm: warm ? changedWarm(now, warm, name) : now,
  }
}

function changedUnits(onDemand: boolean, index: Index, given: Update['ProvisionedThroughput']) {
  const throughput = throughputOf(onDemand, given, addedIndex(index.name))
  // Without units of its own an index has just come from being charged on demand.
  if (!onDemand && index.throughput.ReadCapacityUnits > 0) {
    const what = `the index ${index.name}`
    refuseSameUnits({ what, of: `index ${index.name}` }, index.throughput, throughput)
  }
  return throughput
}

/** Provisioned from now on, each index must be told its units in the same request. */
export function refuseUncharged(table: Table, input: UpdateInput): void {
  const told = (input.GlobalSecondaryIndexUpdates ?? []).flatMap((one) =>
    one.Update?.ProvisionedThroughput ? [one.Update.IndexName] : [],
  )
  const untold = table.indexes.filter(({ name, isGlobal }) => isGlobal && !told.includes(name))
  if (untold.length === 0) return
  const names = untold.map(({ name }) => name).join(',')
  throw badValue(`ProvisionedThroughput must be specified for index: ${names}`)
}

const MOST_INDEXES = 20

/** An update tells it as a limit of the account, where CreateTable calls it invalid. */
function refuseTooMany({ indexes }: Table): void {
  if (indexes.filter(({ isGlobal }) => isGlobal).length <= MOST_INDEXES) return
  throw new AwsError(
    'LimitExceededException',
    'Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of ' +
      `${MOST_INDEXES}`,
  )
}
