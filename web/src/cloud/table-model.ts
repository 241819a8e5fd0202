import type { Attribute } from './item-json.ts'

interface KeyPart {
  AttributeName: string
  KeyType: 'HASH' | 'RANGE'
}

interface Index {
  IndexName: string
  KeySchema: KeyPart[]
  IndexStatus?: string
}

/** What DescribeTable says, as far as the page shows it. */
export interface Table {
  TableName: string
  TableStatus: string
  TableArn: string
  CreationDateTime: string
  ItemCount?: number
  TableSizeBytes?: number
  KeySchema: KeyPart[]
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[]
  BillingModeSummary?: { BillingMode: string }
  ProvisionedThroughput?: { ReadCapacityUnits?: number; WriteCapacityUnits?: number }
  GlobalSecondaryIndexes?: Index[]
  LocalSecondaryIndexes?: Index[]
  StreamSpecification?: { StreamEnabled: boolean; StreamViewType?: string }
}

export interface Keys {
  partition: string
  sort: string | undefined
}

/** The keys of the table or of one of its indexes. */
export function keysOf(table: Table, index?: string | null): Keys {
  const schema = indexesOf(table).find((entry) => entry.IndexName === index)?.KeySchema
  const parts = schema ?? table.KeySchema
  const named = (type: KeyPart['KeyType']) =>
    parts.find(({ KeyType }) => KeyType === type)?.AttributeName
  return { partition: named('HASH') ?? '', sort: named('RANGE') }
}

export function indexesOf(table: Table): Index[] {
  return [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])]
}

const typeOf = (table: Table, name: string) =>
  table.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType ??
  'S'

/** `id (S)`, as AWS writes it. */
export function keyText(table: Table, name: string | undefined): string {
  return name === undefined ? '' : `${name} (${typeOf(table, name)})`
}

interface Question {
  index: string | null
  partition: string
  sort: string
}

/** The input of a query: the partition, and what the sort key begins with (numbers: what it is). */
export function queryInput(table: Table, asked: Question): Record<string, unknown> {
  const keys = keysOf(table, asked.index)
  const value = (name: string, text: string): Attribute => ({ [typeOf(table, name)]: text })
  const sort = asked.sort !== '' ? keys.sort : undefined
  const condition = sort && typeOf(table, sort) === 'S' ? 'begins_with(#s, :s)' : '#s = :s'
  return {
    ...(asked.index ? { IndexName: asked.index } : {}),
    KeyConditionExpression: sort ? `#p = :p AND ${condition}` : '#p = :p',
    ExpressionAttributeNames: { '#p': keys.partition, ...(sort ? { '#s': sort } : {}) },
    ExpressionAttributeValues: {
      ':p': value(keys.partition, asked.partition),
      ...(sort ? { ':s': value(sort, asked.sort) } : {}),
    },
  }
}
