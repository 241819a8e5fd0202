import type { DynamoDb, Input } from '../../gateway/index.ts'
import { createdLimits, createdWarm } from './extra-throughput.ts'
import { badValue, invalid } from './refusals.ts'
import {
  type Index,
  type IndexKey,
  type Key,
  keyNames,
  keyParts,
  type KeyType,
  type Throughput,
} from './table-model.ts'

export type CreateInput = Input<DynamoDb, 'CreateTable'>
type Schema = NonNullable<CreateInput['KeySchema']>
type LocalInput = NonNullable<CreateInput['LocalSecondaryIndexes']>[number]
export type GlobalInput = NonNullable<CreateInput['GlobalSecondaryIndexes']>[number]
export type Attributes = Record<string, KeyType>

const LOCAL_LIMIT = 5
const GLOBAL_LIMIT = 20
const ATTRIBUTES_LIMIT = 4
const UNITS_LIMIT = 1_000_000_000_000

export function attributesOf(given: CreateInput['AttributeDefinitions']): Attributes {
  const attributes: Attributes = {}
  for (const { AttributeName: name, AttributeType: type } of given ?? []) {
    if (attributes[name!] !== undefined) {
      throw invalid(`Attribute Name is duplicated: ${name}`)
    }
    attributes[name!] = type as KeyType
  }
  return attributes
}

/** A table's key schema of two elements, checked in DynamoDB's order. */
export function keyOfSchema(schema: Schema, attributes: Attributes): Key {
  const names = schema.map(({ AttributeName: name }) => name!)
  const [first, second] = schema
  if (names.length > Object.keys(attributes).length) {
    throw invalid('Invalid KeySchema: Some index key attribute have no definition')
  }
  if (names.some((name) => attributes[name] === undefined)) throw undefinedKeys(names, attributes)
  if (second && names[0] === names[1]) {
    throw invalid('Both the Hash Key and the Range Key element in the KeySchema have the same name')
  }
  if (first!.KeyType !== 'HASH') throw notHashFirst()
  if (second && second.KeyType !== 'RANGE') {
    throw invalid('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type')
  }
  return { hash: names[0]!, range: names[1] }
}

const notHashFirst = () =>
  invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type')

const undefinedKeys = (names: string[], attributes: Attributes) =>
  badValue(
    'Some index key attributes are not defined in AttributeDefinitions. ' +
      `Keys: [${names.join(', ')}], AttributeDefinitions: [${Object.keys(attributes).join(', ')}]`,
  )

/** Every defined attribute is part of some key. */
export function checkAllUsed(attributes: Attributes, keys: (Key | IndexKey)[]): void {
  const defined = Object.keys(attributes)
  const used = new Set(keys.flatMap(keyNames))
  if (defined.every((name) => used.has(name))) return
  if (keys.length === 1) {
    throw badValue(
      'Number of attributes in KeySchema does not exactly match number of attributes defined ' +
        'in AttributeDefinitions',
    )
  }
  throw badValue(
    'Some AttributeDefinitions are not used. ' +
      `AttributeDefinitions: [${defined.join(', ')}], keys used: [${[...used].join(', ')}]`,
  )
}

/** What is said of an index whose throughput doesn't go with the billing mode, by operation. */
export interface IndexWords {
  index: string
  /** On demand, throughput was given all the same. */
  excess: string
  /** Provisioned, and none was given. */
  lack: string
}

export const createdIndex = (index: string): IndexWords => ({
  index,
  excess:
    `ProvisionedThroughput should not be specified for index: ${index} when BillingMode is ` +
    'PAY_PER_REQUEST',
  lack: `ProvisionedThroughput is not specified for index: ${index}`,
})

/** An index that is added to a table. */
export const addedIndex = (index: string): IndexWords => ({
  index,
  excess:
    'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: ' +
    `${index} when BillingMode is PAY_PER_REQUEST`,
  lack: `Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: ${index}`,
})

const tableWords = {
  excess:
    'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is ' +
    'PAY_PER_REQUEST',
  lack: 'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
}

export function throughputOf(
  onDemand: boolean,
  given: CreateInput['ProvisionedThroughput'],
  words?: IndexWords,
): Throughput {
  const { excess, lack } = words ?? tableWords
  if (onDemand) {
    if (!given) return { ReadCapacityUnits: 0, WriteCapacityUnits: 0 }
    throw badValue(excess)
  }
  if (!given) throw badValue(lack)
  const units = {
    ReadCapacityUnits: given.ReadCapacityUnits!,
    WriteCapacityUnits: given.WriteCapacityUnits!,
  }
  for (const [name, value] of Object.entries(units)) {
    if (value <= UNITS_LIMIT) continue
    const place = words === undefined ? '' : ` for index ${words.index}`
    throw invalid(`Given value ${value} for ${name} is out of bounds${place}`)
  }
  return units
}

export function localKey(given: LocalInput, tableKey: Key, attributes: Attributes): IndexKey {
  const name = given.IndexName!
  if (tableKey.range === undefined) {
    throw badValue(
      'Table KeySchema does not have a range key, which is required when specifying a ' +
        'LocalSecondaryIndex',
    )
  }
  refuseUndefined(given.KeySchema!, attributes)
  const key = keyParts(keyOfSchema(given.KeySchema!, attributes))
  if (key.range.length === 0) {
    throw badValue(`Index KeySchema does not have a range key for index: ${name}`)
  }
  if (key.hash[0] !== tableKey.hash) {
    throw badValue(
      'Index KeySchema does not have the same leading hash key as table KeySchema for index: ' +
        `${name}. index hash key: ${key.hash[0]}, table hash key: ${tableKey.hash}`,
    )
  }
  return key
}

export const localIndex = (
  given: LocalInput,
  tableKey: Key,
  attributes: Attributes,
  id: number,
): Index => ({
  id,
  name: given.IndexName!,
  isGlobal: false,
  key: localKey(given, tableKey, attributes),
  projection: projectionOf(given),
  throughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
  isFilled: true,
})

/** A global index as it is made; `words` are the operation's, for a table itself made `onDemand`. */
export function globalIndex(
  given: GlobalInput,
  { onDemand, words, id }: { onDemand: boolean; words: IndexWords; id: number },
  attributes: Attributes,
): Index {
  const name = given.IndexName!
  const key = globalKey(given.KeySchema!, attributes)
  const projection = projectionOf(given)
  const throughput = throughputOf(onDemand, given.ProvisionedThroughput, words)
  const onDemandLimits = createdLimits(given.OnDemandThroughput, onDemand, name)
  const warm = createdWarm(given.WarmThroughput, throughput, onDemand, name)
  return {
    id,
    name,
    isGlobal: true,
    key,
    projection,
    throughput,
    isFilled: true,
    ...(onDemandLimits && { onDemandLimits }),
    ...(warm && { warm }),
  }
}

function refuseUndefined(schema: Schema, attributes: Attributes): void {
  const names = schema.map(({ AttributeName: name }) => name!)
  if (names.some((name) => attributes[name] === undefined)) throw undefinedKeys(names, attributes)
}

/** A global index's key may have four attributes of each kind, those that partition first. */
export function globalKey(schema: Schema, attributes: Attributes): IndexKey {
  refuseUndefined(schema, attributes)
  const ofKind = (kind: 'HASH' | 'RANGE') =>
    schema.flatMap(({ AttributeName: name, KeyType: type }) => (type === kind ? [name!] : []))
  const [hash, range] = [ofKind('HASH'), ofKind('RANGE')]
  if (hash.length <= 1 && range.length <= 1) return keyParts(keyOfSchema(schema, attributes))
  if (schema[0]!.KeyType !== 'HASH') throw notHashFirst()
  const names = [...hash, ...range]
  if (new Set(names).size < names.length) {
    throw invalid('The KeySchema contains multiple key attributes with the same name')
  }
  if (schema.some(({ AttributeName: name }, i) => name !== names[i])) {
    throw badValue('All HASH key attributes must precede RANGE key attributes in the KeySchema')
  }
  for (const [kind, list] of Object.entries({ HASH: hash, RANGE: range })) {
    if (list.length <= ATTRIBUTES_LIMIT) continue
    throw badValue(`The KeySchema exceeds the maximum allowed number of ${kind} key attributes`)
  }
  return { hash, range }
}

function projectionOf({ Projection: given }: { Projection?: LocalInput['Projection'] }) {
  const { ProjectionType: type, NonKeyAttributes: attributes } = given ?? {}
  if (!type) throw badValue('Unknown ProjectionType: null')
  if (type === 'INCLUDE' && !attributes) {
    throw badValue('ProjectionType is INCLUDE, but NonKeyAttributes is not specified')
  }
  if (type !== 'INCLUDE' && attributes) {
    throw badValue(`ProjectionType is ${type}, but NonKeyAttributes is specified`)
  }
  const twice = attributes?.find((name, i) => attributes.indexOf(name) !== i)
  if (twice !== undefined) throw badValue(`Duplicate element in NonKeyAttributes: ${twice}`)
  return { type, attributes: attributes ?? [] }
}

export function checkIndexes(indexes: Index[]): void {
  const names = indexes.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw badValue(`Duplicate index name: ${twice}`)
  if (indexes.filter(({ isGlobal }) => !isGlobal).length > LOCAL_LIMIT) {
    throw badValue('Number of LocalSecondaryIndexes exceeds per-table limit of 5')
  }
  if (indexes.filter(({ isGlobal }) => isGlobal).length > GLOBAL_LIMIT) {
    throw badValue('GlobalSecondaryIndex count exceeds the per-table limit of 20')
  }
}
