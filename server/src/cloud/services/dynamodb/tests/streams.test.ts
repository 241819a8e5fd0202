import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DynamoUnderTest, startDynamo } from './dynamodb-under-test.ts'

let cloud: DynamoUnderTest
let streams: DynamoDBStreams
const TableName = 'told'

beforeAll(async () => {
  cloud = await startDynamo()
  streams = new DynamoDBStreams(cloud.config())
  await cloud.table(TableName, {
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
})
afterAll(async () => {
  streams.destroy()
  await cloud.stop()
})

test('a stream tells each change once, in order, with its images', async () => {
  const { db } = cloud
  const { Table } = await db.describeTable({ TableName })
  const StreamArn = Table!.LatestStreamArn!
  const { StreamDescription } = await streams.describeStream({ StreamArn })
  expect(StreamDescription).toMatchObject({
    StreamArn,
    StreamStatus: 'ENABLED',
    StreamViewType: 'NEW_AND_OLD_IMAGES',
    TableName,
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
  })
  const { ShardId } = StreamDescription!.Shards![0]!
  const horizon = await streams.getShardIterator({
    StreamArn,
    ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const Key = { a: { S: 'k' } }
  await db.putItem({ TableName, Item: { ...Key, n: { N: '1' } } })
  await db.putItem({ TableName, Item: { ...Key, n: { N: '1' } } })
  await db.updateItem({
    TableName,
    Key,
    UpdateExpression: 'ADD n :n',
    ExpressionAttributeValues: { ':n': { N: '1' } },
  })
  await db.deleteItem({ TableName, Key })
  await db.deleteItem({ TableName, Key })
  const first = await streams.getRecords({ ShardIterator: horizon.ShardIterator, Limit: 1 })
  const rest = await streams.getRecords({ ShardIterator: first.NextShardIterator })
  const records = [...first.Records!, ...rest.Records!]
  expect(
    records.map(({ eventName, dynamodb }) => [eventName, dynamodb?.OldImage, dynamodb?.NewImage]),
  ).toEqual([
    ['INSERT', undefined, { ...Key, n: { N: '1' } }],
    ['MODIFY', { ...Key, n: { N: '1' } }, { ...Key, n: { N: '2' } }],
    ['REMOVE', { ...Key, n: { N: '2' } }, undefined],
  ])
  const after = await streams.getShardIterator({
    StreamArn,
    ShardId,
    ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
    SequenceNumber: records[1]!.dynamodb!.SequenceNumber,
  })
  const last = await streams.getRecords({ ShardIterator: after.ShardIterator })
  expect(last.Records).toEqual([records[2]])
})

test('a stream that is switched off ends, and is still listed', async () => {
  await cloud.db.updateTable({ TableName, StreamSpecification: { StreamEnabled: false } })
  const { Streams } = await streams.listStreams({ TableName })
  expect(Streams).toHaveLength(1)
  const { StreamDescription } = await streams.describeStream({ StreamArn: Streams![0]!.StreamArn })
  expect(StreamDescription).toMatchObject({ StreamStatus: 'DISABLED' })
  const missing = streams.describeStream({ StreamArn: `${Streams![0]!.StreamArn}x` })
  await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})
