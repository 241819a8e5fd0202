import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
let far: DynamoDB
let farStreams: DynamoDBStreams
beforeAll(async () => {
  cloud = await startDynamo()
  far = new DynamoDB({ ...cloud.config(), region: 'eu-west-1' })
  farStreams = new DynamoDBStreams({ ...cloud.config(), region: 'eu-west-1' })
})
afterAll(async () => {
  far.destroy()
  farStreams.destroy()
  await cloud.stop()
})

const active = (db: DynamoDB, TableName: string) =>
  vi.waitUntil(
    async () => {
      const { Table } = await db.describeTable({ TableName })
      return Table!.TableStatus === 'ACTIVE' && Table!
    },
    { timeout: 60_000 },
  )
const of = (db: DynamoDB, TableName: string, a: string) =>
  db.getItem({ TableName, Key: { a: { S: a } } }).then(({ Item }) => Item)

test('a replica has what there was, and every write of either region', async () => {
  const { db } = cloud
  await cloud.table('world', {
    AttributeDefinitions: [
      { AttributeName: 'a', AttributeType: 'S' },
      { AttributeName: 'g', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byG',
        KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  })
  await db.putItem({ TableName: 'world', Item: { a: { S: 'old' }, g: { S: 'x' } } })
  const made = await db.updateTable({
    TableName: 'world',
    ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }],
  })
  expect(made.TableDescription).toMatchObject({
    TableStatus: 'UPDATING',
    Replicas: [{ RegionName: 'eu-west-1', ReplicaStatus: 'CREATING' }],
  })
  const table = await active(db, 'world')
  expect(table).toMatchObject({
    GlobalTableVersion: '2019.11.21',
    Replicas: [{ RegionName: 'eu-west-1', ReplicaStatus: 'ACTIVE' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
  const replica = await active(far, 'world')
  expect(replica.TableArn).toContain(':eu-west-1:')
  expect(await of(far, 'world', 'old')).toMatchObject({ g: { S: 'x' } })

  await far.putItem({ TableName: 'world', Item: { a: { S: 'new' }, g: { S: 'x' } } })
  await db.deleteItem({ TableName: 'world', Key: { a: { S: 'old' } } })
  expect(await of(db, 'world', 'new')).toBeDefined()
  expect(await of(far, 'world', 'old')).toBeUndefined()
  for (const one of [db, far]) {
    const { Items } = await one.query({
      TableName: 'world',
      IndexName: 'byG',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { S: 'x' } },
    })
    expect(Items).toEqual([{ a: { S: 'new' }, g: { S: 'x' } }])
  }
  const { Shards } = (await farStreams.describeStream({ StreamArn: replica.LatestStreamArn }))
    .StreamDescription!
  const { ShardIterator } = await farStreams.getShardIterator({
    StreamArn: replica.LatestStreamArn,
    ShardId: Shards![0]!.ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const { Records } = await farStreams.getRecords({ ShardIterator })
  expect(Records!.map(({ eventName }) => eventName)).toEqual(['INSERT', 'REMOVE'])
})

test('writers of both regions lose nothing', async () => {
  const { db } = cloud
  const add = (one: DynamoDB) =>
    one.updateItem({
      TableName: 'world',
      Key: { a: { S: 'counter' } },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    })
  await Promise.all(Array.from({ length: 60 }, (_, i) => add(i % 2 ? db : far)))
  expect(await of(db, 'world', 'counter')).toMatchObject({ n: { N: '60' } })
  expect(await of(far, 'world', 'counter')).toMatchObject({ n: { N: '60' } })
})

test('a replica taken away goes with its table; what is wrong is refused', async () => {
  const { db } = cloud
  const change = (ReplicaUpdates: object[]) =>
    db.updateTable({ TableName: 'world', ReplicaUpdates })
  await expect(change([{ Create: { RegionName: cloud.cloud.region } }])).rejects.toThrow(
    'Cannot add, delete, or update the local region through ReplicaUpdates.',
  )
  await expect(change([{ Create: { RegionName: 'eu-west-1' } }])).rejects.toThrow(
    'one or more replicas already existed as tables.',
  )
  await change([{ Delete: { RegionName: 'eu-west-1' } }])
  await expect(far.describeTable({ TableName: 'world' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
  const table = await active(db, 'world')
  expect(table.Replicas).toBeUndefined()
  expect(await of(db, 'world', 'counter')).toBeDefined()
})

test('tables of the first version are bound by name', async () => {
  const { db } = cloud
  const shape = {
    TableName: 'legacy',
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' as const }],
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
    StreamSpecification: {
      StreamEnabled: true,
      StreamViewType: 'NEW_AND_OLD_IMAGES' as const,
    },
  }
  const ReplicationGroup = [{ RegionName: cloud.cloud.region }, { RegionName: 'eu-west-1' }]
  await db.createTable(shape)
  await expect(
    db.createGlobalTable({ GlobalTableName: 'legacy', ReplicationGroup }),
  ).rejects.toMatchObject({ name: 'TableNotFoundException' })
  await far.createTable(shape)
  await db.createGlobalTable({ GlobalTableName: 'legacy', ReplicationGroup })
  await far.putItem({ TableName: 'legacy', Item: { a: { S: 'k' } } })
  expect(await of(db, 'legacy', 'k')).toBeDefined()
  const { GlobalTables } = await db.listGlobalTables({})
  expect(GlobalTables).toEqual([{ GlobalTableName: 'legacy', ReplicationGroup }])
  const { GlobalTableDescription } = await far.describeGlobalTable({ GlobalTableName: 'legacy' })
  expect(GlobalTableDescription).toMatchObject({
    GlobalTableArn: 'arn:aws:dynamodb::000000000000:global-table/legacy',
    GlobalTableStatus: 'ACTIVE',
  })
  await expect(db.describeGlobalTable({ GlobalTableName: 'world' })).rejects.toMatchObject({
    name: 'GlobalTableNotFoundException',
  })
})
