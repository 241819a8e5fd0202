import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

// Texts and their order are those of public suites that were run against the real service.
let cloud: DynamoUnderTest
const TableName = 'orders'
beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.table(TableName, {
    range: true,
    AttributeDefinitions: ['a', 'b', 'c'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S' as const,
    })),
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byC',
        KeySchema: [{ AttributeName: 'c', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  await cloud.db.putItem({ TableName, Item: { a: { S: 'k' }, b: { S: '1' }, c: { S: 'x' } } })
})
afterAll(() => cloud.stop())

async function refusal(operation: string, input: object): Promise<string> {
  const send = cloud.db as unknown as Record<string, (input: object) => Promise<unknown>>
  return send[operation]!({ TableName, ...input }).then(
    () => 'not refused',
    (error: Error) => error.message,
  )
}

const is = (operator: string, ...values: object[]) => ({
  ComparisonOperator: operator,
  AttributeValueList: values,
})
const partition = { a: is('EQ', { S: 'k' }) }
const wrong = 'One or more parameter values were invalid: '
const detected = (message: string) => `1 validation error detected: ${message}`

describe('Expected', () => {
  const Key = { a: { S: 'k' }, b: { S: '1' } }
  test.each([
    [
      { x: { Value: { S: 'v' }, AttributeValueList: [{ S: 'v' }] } },
      `${wrong}Value and AttributeValueList cannot be used together for Attribute: x`,
    ],
    [
      { x: { AttributeValueList: [{ S: 'v' }] } },
      `${wrong}AttributeValueList can only be used with a ComparisonOperator for Attribute: x`,
    ],
    [
      { x: is('IN', { S: 'v' }, { N: '1' }) },
      `${wrong}AttributeValues inside AttributeValueList must be of same type`,
    ],
    [
      { x: { Exists: true, ComparisonOperator: 'EQ', Value: { S: 'v' } } },
      `${wrong}Exists and ComparisonOperator cannot be used together for Attribute: x`,
    ],
  ])('%j is refused', async (Expected, message) => {
    expect(await refusal('deleteItem', { Key, Expected })).toBe(detected(message))
  })

  test.each([
    [is('NOT_CONTAINS', { S: 'v' }), 'The conditional request failed'],
    [is('NE', { S: 'v' }), 'not refused'],
  ])('of an attribute that is not there %j is told %s', async (missing, message) => {
    expect(await refusal('updateItem', { Key, Expected: { missing } })).toBe(message)
  })

  test('a conjunction needs two conditions', async () => {
    const one = { c: { Exists: false } }
    const lone = { Key, ConditionalOperator: 'OR' }
    expect(await refusal('deleteItem', lone)).toBe(
      detected('ConditionalOperator cannot be used without Filter or Expected'),
    )
    expect(await refusal('deleteItem', { ...lone, Expected: one })).toBe(
      detected(
        'ConditionalOperator can only be used when Filter or Expected has two or more elements',
      ),
    )
    // Told before the missing key condition is.
    expect(await refusal('query', { ConditionalOperator: 'AND' })).toBe(
      'ConditionalOperator cannot be used without Filter or Expected',
    )
  })
})

describe('KeyConditions', () => {
  test.each([
    [{ b: is('NE', { S: '1' }) }, 'Query condition missed key schema element: a'],
    [{ a: is('NE', { S: 'k' }) }, 'Attempted conditional constraint is not an indexable operation'],
    [{ a: is('LT', { N: '1' }) }, `${wrong}Condition parameter type does not match schema type`],
    [{ a: is('LT', { S: 'k' }) }, 'Query key condition not supported'],
    [{ ...partition, c: is('NOT_NULL') }, 'Query condition missed key schema element: b'],
    [
      { ...partition, b: is('CONTAINS', { S: '1' }) },
      'Attempted conditional constraint is not an indexable operation',
    ],
  ])('%j is refused', async (KeyConditions, message) => {
    expect(await refusal('query', { KeyConditions })).toBe(message)
  })

  test('what a key cannot do is the table’s affair', async () => {
    const KeyConditions = { a: is('NE', { S: 'k' }) }
    expect(await refusal('query', { TableName: 'nosuch', KeyConditions })).toBe(
      'Requested resource not found',
    )
  })
})

describe('start keys', () => {
  const [plain, prefix] = [
    'The provided key element does not match the schema',
    'The provided starting key is invalid',
  ]
  const whole = { a: { S: 'k' }, b: { S: '1' } }
  test.each([
    ['query', { KeyConditions: partition }, { a: { S: 'k' } }, prefix],
    ['query', { KeyConditions: partition }, { ...whole, b: { N: '1' } }, plain],
    ['query', { KeyConditions: partition }, { ...whole, b: { N: 'x' } }, numeric('x')],
    ['scan', {}, { a: { S: 'k' } }, `${prefix}: ${plain}`],
    ['scan', {}, { ...whole, b: { N: '1' } }, `${prefix}: ${plain}`],
    ['scan', { IndexName: 'byC' }, whole, prefix],
    ['scan', { IndexName: 'byC' }, { ...whole, c: { N: '1' } }, plain],
  ])('%s %j from %j', async (operation, more, ExclusiveStartKey, message) => {
    expect(await refusal(operation, { ...more, ExclusiveStartKey })).toBe(message)
  })

  test('a segment goes on in itself', async () => {
    const answers = await Promise.all(
      [0, 1, 2, 3].map((Segment) =>
        refusal('scan', { Segment, TotalSegments: 4, ExclusiveStartKey: whole }),
      ),
    )
    const refused = answers.filter((answer) => answer !== 'not refused')
    expect(refused).toHaveLength(3)
    expect(refused[0]).toMatch(
      /^The provided starting key is invalid: Invalid ExclusiveStartKey\. Please use ExclusiveStartKey with correct Segment\. TotalSegments: 4 Segment: \d$/,
    )
  })
})

function numeric(text: string): string {
  return `The parameter cannot be converted to a numeric value: ${text}`
}

test('a selection needs attributes, or an index', async () => {
  const counted = '1 validation error detected: '
  expect(await refusal('scan', { Select: 'SPECIFIC_ATTRIBUTES' })).toBe(
    `${counted}Must specify the AttributesToGet or ProjectionExpression when choosing to get ` +
      'SPECIFIC_ATTRIBUTES',
  )
  expect(await refusal('scan', { Select: 'COUNT', AttributesToGet: ['a'] })).toBe(
    `${counted}Cannot specify the AttributesToGet when choosing to get only the Count`,
  )
  expect(await refusal('scan', { Select: 'ALL_PROJECTED_ATTRIBUTES' })).toBe(
    `${counted}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
  )
  const both = { Select: 'ALL_PROJECTED_ATTRIBUTES', ProjectionExpression: 'a' }
  expect(await refusal('scan', both)).toBe(
    `${counted}Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES`,
  )
})

test('what was used is told under the name that was given', async () => {
  const { Table } = await cloud.db.describeTable({ TableName })
  const arn = Table!.TableArn!
  const { Responses, ConsumedCapacity } = await cloud.db.batchGetItem({
    RequestItems: { [arn]: { Keys: [{ a: { S: 'k' }, b: { S: '1' } }] } },
    ReturnConsumedCapacity: 'TOTAL',
  })
  expect(Object.keys(Responses!)).toEqual([arn])
  expect(ConsumedCapacity).toEqual([{ TableName: arn, CapacityUnits: 0.5 }])
  const got = await cloud.db.scan({ TableName: arn, ReturnConsumedCapacity: 'TOTAL' })
  expect(got.ConsumedCapacity).toEqual({ TableName: arn, CapacityUnits: 0.5 })
})
