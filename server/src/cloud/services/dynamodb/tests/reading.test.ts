import type { ScanCommandOutput } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
const T = 'reading'

beforeAll(async () => {
  cloud = await startDynamo()
  await cloud.db.createTable({
    TableName: T,
    AttributeDefinitions: [
      { AttributeName: 'a', AttributeType: 'S' },
      { AttributeName: 'b', AttributeType: 'N' },
      { AttributeName: 'c', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'a', KeyType: 'HASH' },
      { AttributeName: 'b', KeyType: 'RANGE' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'local',
        KeySchema: [
          { AttributeName: 'a', KeyType: 'HASH' },
          { AttributeName: 'c', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'global',
        KeySchema: [{ AttributeName: 'c', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['d'] },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  })
  const numbers = ['-100', '-2.5', '-2', '0', '0.001', '3', '20', '1e30']
  await cloud.db.batchWriteItem({
    RequestItems: {
      [T]: numbers.map((b, i) => ({
        PutRequest: {
          Item: {
            a: { S: 'p' },
            b: { N: b },
            c: { S: i % 2 ? 'odd' : 'even' },
            d: { N: String(i) },
            e: { S: 'x' },
          },
        },
      })),
    },
  })
})
afterAll(() => cloud.stop())

test('numbers sort as numbers, both ways', async () => {
  const asked = {
    TableName: T,
    KeyConditionExpression: 'a = :a AND b BETWEEN :low AND :high',
    ExpressionAttributeValues: { ':a': { S: 'p' }, ':low': { N: '-2.5' }, ':high': { N: '20' } },
    ProjectionExpression: 'b',
  }
  const up = await cloud.db.query(asked)
  expect(up.Items!.map(({ b }) => b!.N)).toEqual(['-2.5', '-2', '0', '0.001', '3', '20'])
  const down = await cloud.db.query({ ...asked, ScanIndexForward: false, Limit: 2 })
  expect(down.Items!.map(({ b }) => b!.N)).toEqual(['20', '3'])
  expect(down.LastEvaluatedKey).toEqual({ a: { S: 'p' }, b: { N: '3' } })
  const next = await cloud.db.query({
    ...asked,
    ScanIndexForward: false,
    ExclusiveStartKey: down.LastEvaluatedKey,
  })
  expect(next.Items!.map(({ b }) => b!.N)).toEqual(['0.001', '0', '-2', '-2.5'])
})

test('a global index shows what it projects, and pages', async () => {
  const asked = {
    TableName: T,
    IndexName: 'global',
    KeyConditionExpression: 'c = :c',
    FilterExpression: 'd > :d',
    ExpressionAttributeValues: { ':c': { S: 'odd' }, ':d': { N: '1' } },
    ReturnConsumedCapacity: 'INDEXES' as const,
  }
  const page = await cloud.db.query({ ...asked, Limit: 2 })
  expect(page).toMatchObject({ Count: 1, ScannedCount: 2 })
  expect(Object.keys(page.LastEvaluatedKey!).sort()).toEqual(['a', 'b', 'c'])
  expect(page.ConsumedCapacity).toEqual({
    TableName: T,
    CapacityUnits: 0.5,
    Table: { CapacityUnits: 0 },
    GlobalSecondaryIndexes: { global: { CapacityUnits: 0.5 } },
  })
  const rest = await cloud.db.query({ ...asked, ExclusiveStartKey: page.LastEvaluatedKey })
  const all = [...page.Items!, ...rest.Items!]
  expect(all.map(({ d }) => d!.N).sort()).toEqual(['3', '5', '7'])
  expect(Object.keys(all[0]!).sort()).toEqual(['a', 'b', 'c', 'd'])
})

test('a local index fetches what it lacks', async () => {
  const asked = {
    TableName: T,
    IndexName: 'local',
    KeyConditionExpression: 'a = :a AND begins_with(c, :c)',
    ExpressionAttributeValues: { ':a': { S: 'p' }, ':c': { S: 'od' } },
  }
  const own = await cloud.db.query(asked)
  expect(Object.keys(own.Items![0]!).sort()).toEqual(['a', 'b', 'c'])
  const whole = await cloud.db.query({ ...asked, Select: 'ALL_ATTRIBUTES' })
  expect(Object.keys(whole.Items![0]!).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('the segments of a scan are the whole table, each item once', async () => {
  await cloud.table('wide')
  const names = Array.from({ length: 60 }, (_, i) => `k${i}`)
  for (let i = 0; i < names.length; i += 20) {
    await cloud.db.batchWriteItem({
      RequestItems: {
        wide: names.slice(i, i + 20).map((a) => ({ PutRequest: { Item: { a: { S: a } } } })),
      },
    })
  }
  const seen: string[] = []
  for (let Segment = 0; Segment < 7; Segment++) {
    let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey']
    do {
      const page: ScanCommandOutput = await cloud.db.scan({
        TableName: 'wide',
        Segment,
        TotalSegments: 7,
        Limit: 4,
        ExclusiveStartKey,
      })
      seen.push(...page.Items!.map(({ a }) => a!.S!))
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
  }
  expect(seen.toSorted()).toEqual(names.toSorted())
})

test('a page ends at a megabyte', async () => {
  await cloud.table('big', { range: true })
  for (const b of ['1', '2', '3', '4']) {
    const Item = { a: { S: 'k' }, b: { S: b }, x: { S: 'x'.repeat(390_000) } }
    await cloud.db.putItem({ TableName: 'big', Item })
  }
  const page = await cloud.db.query({
    TableName: 'big',
    KeyConditions: { a: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'k' }] } },
    Select: 'COUNT',
  })
  expect(page).toMatchObject({ Count: 3, LastEvaluatedKey: { a: { S: 'k' }, b: { S: '3' } } })
})

test('an index made later holds what was there, and follows what comes', async () => {
  await cloud.table('later')
  const put = (a: string, g: string) =>
    cloud.db.putItem({ TableName: 'later', Item: { a: { S: a }, g: { S: g } } })
  await put('1', 'x')
  await put('2', 'y')
  const unfit = { number: { N: '1' }, empty: { S: '' }, long: { S: 'x'.repeat(2049) } }
  for (const [a, g] of Object.entries(unfit)) {
    await cloud.db.putItem({ TableName: 'later', Item: { a: { S: a }, g } })
  }
  await cloud.db.updateTable({
    TableName: 'later',
    AttributeDefinitions: [{ AttributeName: 'g', AttributeType: 'S' }],
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: 'byG',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      },
    ],
  })
  await put('3', 'x')
  await put('2', 'x')
  await expect
    .poll(async () => (await cloud.db.describeTable({ TableName: 'later' })).Table)
    .toMatchObject({ TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE' }] })
  const found = await cloud.db.query({
    TableName: 'later',
    IndexName: 'byG',
    KeyConditionExpression: 'g = :x',
    ExpressionAttributeValues: { ':x': { S: 'x' } },
  })
  expect(found.Items!.map(({ a }) => a!.S).sort()).toEqual(['1', '2', '3'])
  const held = async () => {
    const { Items } = await cloud.db.scan({ TableName: 'later', IndexName: 'byG' })
    return Items!.map(({ a }) => a!.S).sort()
  }
  expect(await held()).toEqual(['1', '2', '3'])
  const { ConsumedCapacity: used } = await cloud.db.deleteItem({
    TableName: 'later',
    Key: { a: { S: 'number' } },
    ReturnConsumedCapacity: 'INDEXES',
  })
  expect(used!.GlobalSecondaryIndexes).toBeUndefined()
  await put('empty', 'z')
  expect(await held()).toEqual(['1', '2', '3', 'empty'])
})

test('items past their time go', async () => {
  const { db, kernel } = cloud
  await cloud.table('ttl')
  const inAnHour = Math.floor(kernel.clock.now() / 1000) + 3600
  await db.putItem({ TableName: 'ttl', Item: { a: { S: 'old' }, t: { N: String(inAnHour) } } })
  await db.updateTimeToLive({
    TableName: 'ttl',
    TimeToLiveSpecification: { Enabled: true, AttributeName: 't' },
  })
  await db.putItem({
    TableName: 'ttl',
    Item: { a: { S: 'new' }, t: { N: String(inAnHour + 9e6) } },
  })
  kernel.clock.advance(3_700_000)
  await expect
    .poll(async () => (await db.scan({ TableName: 'ttl' })).Items)
    .toEqual([{ a: { S: 'new' }, t: { N: String(inAnHour + 9e6) } }])
})
