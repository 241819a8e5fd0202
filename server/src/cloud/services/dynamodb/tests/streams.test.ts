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

/** Sends what the SDK does not check by itself, and gives the refusal. */
async function refusal(operation: string, input: object): Promise<string> {
  const send = streams as unknown as Record<string, (input: object) => Promise<unknown>>
  return send[operation]!(input).then(
    () => 'not refused',
    (error: Error) => `${error.name}: ${error.message}`,
  )
}

async function streamOf(name: string, StreamViewType: 'NEW_IMAGE' | 'KEYS_ONLY') {
  await cloud.table(name, { StreamSpecification: { StreamEnabled: true, StreamViewType } })
  const { Table } = await cloud.db.describeTable({ TableName: name })
  const StreamArn = Table!.LatestStreamArn!
  const { StreamDescription } = await streams.describeStream({ StreamArn })
  const { ShardId, SequenceNumberRange: range } = StreamDescription!.Shards![0]!
  return { StreamArn, ShardId, first: range!.StartingSequenceNumber! }
}

test('a record counts its keys and its images, in the units items are counted in', async () => {
  const { StreamArn, ShardId } = await streamOf('sized', 'NEW_IMAGE')
  const Item = { a: { S: '101' }, Message: { S: 'New item!' } }
  await cloud.db.putItem({ TableName: 'sized', Item })
  const { ShardIterator } = await streams.getShardIterator({
    StreamArn,
    ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const { Records } = await streams.getRecords({ ShardIterator })
  expect(Records![0]!.dynamodb!.SizeBytes).toBe(4 + 4 + 16)
})

test('iterators say what they lack', async () => {
  const { StreamArn, ShardId, first } = await streamOf('iterated', 'KEYS_ONLY')
  const wrong = 'ValidationException: One or more parameter values were invalid:'
  const at = { StreamArn, ShardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER' }
  const latest = { ...at, ShardIteratorType: 'LATEST' }
  expect(await refusal('getShardIterator', at)).toBe(`${wrong} Invalid SequenceNumber`)
  expect(await refusal('getShardIterator', { ...latest, SequenceNumber: first })).toBe(
    `${wrong} SequenceNumber should not be passed for this iterator type`,
  )
  expect(await refusal('getShardIterator', { ...at, SequenceNumber: '9'.repeat(25) })).toBe(
    'ValidationException: Invalid SequenceNumber for the shard',
  )
  expect(await refusal('getShardIterator', { ...at, SequenceNumber: first })).toBe('not refused')
  expect(await refusal('getShardIterator', { ...latest, ShardId: 'shardId-none' })).toBe(
    'ResourceNotFoundException: Requested resource not found: Shard does not exist',
  )
  expect(await refusal('describeStream', { StreamArn: 'fake-stream' })).toBe(
    'ValidationException: Invalid StreamArn',
  )
  expect(await refusal('getRecords', { ShardIterator: 'fake' })).toBe(
    'ValidationException: Invalid ShardIterator',
  )
  expect(await refusal('listStreams', { Limit: 0 })).toContain(
    "Value '0' at 'limit' failed to satisfy constraint",
  )
})

test('streams are listed in pages, each once', async () => {
  const listed: string[] = []
  let start: string | undefined
  do {
    const page = await streams.listStreams({ Limit: 1, ExclusiveStartStreamArn: start })
    listed.push(...page.Streams!.map(({ StreamArn }) => StreamArn!))
    start = page.LastEvaluatedStreamArn
  } while (start)
  expect(listed).toEqual([...new Set(listed)].sort())
  expect(listed.length).toBeGreaterThan(2)
})

test('a stream that was switched off is still the latest; another one has a name of its own', async () => {
  const { StreamArn } = await streamOf('toggled', 'NEW_IMAGE')
  const toggled = { TableName: 'toggled' }
  await cloud.db.updateTable({ ...toggled, StreamSpecification: { StreamEnabled: false } })
  const off = await cloud.db.describeTable(toggled)
  expect(off.Table).toMatchObject({ LatestStreamArn: StreamArn })
  expect(off.Table).not.toHaveProperty('StreamSpecification')
  await cloud.db.updateTable({
    ...toggled,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  })
  const on = await cloud.db.describeTable(toggled)
  expect(on.Table!.LatestStreamArn).not.toBe(StreamArn)
  const { Streams } = await streams.listStreams(toggled)
  expect(Streams).toHaveLength(2)
})

test('iterators grow old, records are trimmed', async () => {
  const { StreamArn, ShardId } = await streamOf('aged', 'KEYS_ONLY')
  await cloud.db.putItem({ TableName: 'aged', Item: { a: { S: 'k' } } })
  const from = { StreamArn, ShardId }
  const horizon = { ...from, ShardIteratorType: 'TRIM_HORIZON' as const }
  const { ShardIterator } = await streams.getShardIterator(horizon)
  const { Records } = await streams.getRecords({ ShardIterator })
  const SequenceNumber = Records![0]!.dynamodb!.SequenceNumber
  await cloud.kernel.clock.advance(16 * 60_000)
  expect(await refusal('getRecords', { ShardIterator })).toMatch(/^ExpiredIteratorException/)
  await cloud.kernel.clock.advance(24 * 3_600_000)
  const gone = { ...from, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber }
  expect(await refusal('getShardIterator', gone)).toBe(
    'TrimmedDataAccessException: The data you are trying to access has been trimmed',
  )
  const { ShardIterator: later } = await streams.getShardIterator(horizon)
  const { Records: left } = await streams.getRecords({ ShardIterator: later })
  expect(left).toEqual([])
})
