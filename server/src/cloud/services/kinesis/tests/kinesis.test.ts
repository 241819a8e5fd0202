import { createHash, randomUUID } from 'node:crypto'
import {
  type GetRecordsOutput,
  Kinesis,
  type Shard,
  type ShardIteratorType,
} from '@aws-sdk/client-kinesis'
import { KMS } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let kinesis: Kinesis

beforeAll(async () => {
  under = await startCloud()
  kinesis = new Kinesis(under.config())
})
afterAll(() => under.stop())

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no refusal',
    (error: Error & { $metadata: { httpStatusCode: number } }) =>
      `${error.$metadata.httpStatusCode} ${error.name}: ${error.message}`,
  )

async function newStream(ShardCount = 1) {
  const StreamName = `s-${randomUUID()}`
  await kinesis.createStream({ StreamName, ShardCount })
  return StreamName
}

const iterator = async (
  StreamName: string,
  ShardIteratorType: ShardIteratorType,
  more: { ShardId?: string; StartingSequenceNumber?: string; Timestamp?: Date } = {},
) => {
  const ShardId = more.ShardId ?? 'shardId-000000000000'
  const given = { StreamName, ShardIteratorType, ...more, ShardId }
  return (await kinesis.getShardIterator(given)).ShardIterator!
}

async function readAll(StreamName: string, ShardId = 'shardId-000000000000') {
  const found: string[] = []
  let ShardIterator: string | undefined = await iterator(StreamName, 'TRIM_HORIZON', { ShardId })
  while (ShardIterator) {
    const page: GetRecordsOutput = await kinesis.getRecords({
      ShardIterator,
      Limit: 3,
    })
    found.push(...page.Records!.map(({ Data }) => Buffer.from(Data!).toString()))
    if (page.MillisBehindLatest === 0 && page.Records!.length === 0) break
    ShardIterator = page.NextShardIterator
  }
  return found
}

const put = (StreamName: string, text: string, PartitionKey = 'k') =>
  kinesis.putRecord({ StreamName, PartitionKey, Data: Buffer.from(text) })

const shardsOf = async (StreamName: string): Promise<Shard[]> =>
  (await kinesis.listShards({ StreamName })).Shards!

describe('streams', () => {
  it('are described as AWS describes them', async () => {
    const StreamName = await newStream(2)
    const { StreamDescription } = await kinesis.describeStream({ StreamName })
    const arn = `arn:aws:kinesis:${under.cloud.region}:000000000000:stream/${StreamName}`
    const { Shards, StreamCreationTimestamp, ...rest } = StreamDescription!
    expect(StreamCreationTimestamp).toBeInstanceOf(Date)
    expect(rest).toEqual({
      StreamName,
      StreamARN: arn,
      StreamStatus: 'ACTIVE',
      StreamModeDetails: { StreamMode: 'PROVISIONED' },
      HasMoreShards: false,
      RetentionPeriodHours: 24,
      EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
      EncryptionType: 'NONE',
    })
    expect(Shards!.map(({ ShardId, HashKeyRange }) => [ShardId, HashKeyRange])).toEqual([
      [
        'shardId-000000000000',
        { StartingHashKey: '0', EndingHashKey: '170141183460469231731687303715884105727' },
      ],
      [
        'shardId-000000000001',
        {
          StartingHashKey: '170141183460469231731687303715884105728',
          EndingHashKey: '340282366920938463463374607431768211455',
        },
      ],
    ])
    expect(Shards![0]!.SequenceNumberRange!.StartingSequenceNumber).toMatch(/^49\d{54}$/)
    const { StreamDescriptionSummary: summary } = await kinesis.describeStreamSummary({
      StreamARN: arn,
    })
    expect([summary!.OpenShardCount, summary!.ConsumerCount]).toEqual([2, 0])
    expect(await refusal(kinesis.createStream({ StreamName, ShardCount: 1 }))).toBe(
      `400 ResourceInUseException: Stream ${StreamName} under account 000000000000 already exists.`,
    )
    await kinesis.deleteStream({ StreamName })
    expect(await refusal(kinesis.describeStream({ StreamName }))).toBe(
      `400 ResourceNotFoundException: Stream ${StreamName} under account 000000000000 not found.`,
    )
  })

  it('refuse what the model forbids, all of it at once', async () => {
    expect(await refusal(kinesis.createStream({ StreamName: 'a b', ShardCount: 0 }))).toBe(
      "400 ValidationException: 2 validation errors detected: Value '0' at 'shardCount' failed to " +
        'satisfy constraint: Member must have value greater than or equal to 1; ' +
        "Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular " +
        'expression pattern: [a-zA-Z0-9_.-]+',
    )
  })

  it('keep tags, retention and monitoring', async () => {
    const StreamName = await newStream()
    await kinesis.addTagsToStream({ StreamName, Tags: { b: '2', a: '1' } })
    const { Tags, HasMoreTags } = await kinesis.listTagsForStream({ StreamName, Limit: 1 })
    expect([Tags, HasMoreTags]).toEqual([[{ Key: 'a', Value: '1' }], true])
    await kinesis.removeTagsFromStream({ StreamName, TagKeys: ['a'] })
    await kinesis.increaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours: 48 })
    const shorter = kinesis.increaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours: 30 })
    expect(await refusal(shorter)).toBe(
      '400 InvalidArgumentException: Requested retention period (30 hours) for stream ' +
        `${StreamName} can not be shorter than existing retention period (48 hours). Use ` +
        'DecreaseRetentionPeriod API.',
    )
    const short = kinesis.decreaseStreamRetentionPeriod({ StreamName, RetentionPeriodHours: 1 })
    expect(await refusal(short)).toBe(
      '400 InvalidArgumentException: Minimum allowed retention period is 24 hours. Requested ' +
        'retention period (1 hours) is too short.',
    )
    const on = await kinesis.enableEnhancedMonitoring({ StreamName, ShardLevelMetrics: ['ALL'] })
    expect(on.DesiredShardLevelMetrics).toHaveLength(7)
  })
})

describe('records', () => {
  it('come back in order, with numbers that go up', async () => {
    const StreamName = await newStream()
    const numbers: bigint[] = []
    for (let n = 0; n < 7; n++) {
      const { SequenceNumber, ShardId } = await put(StreamName, `r${n}`)
      expect(ShardId).toBe('shardId-000000000000')
      numbers.push(BigInt(SequenceNumber!))
    }
    expect(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)).toBe(true)
    expect(await readAll(StreamName)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6'])
    const StartingSequenceNumber = String(numbers[4])
    const read = async (type: ShardIteratorType, more = {}) => {
      const ShardIterator = await iterator(StreamName, type, more)
      const { Records } = await kinesis.getRecords({ ShardIterator, Limit: 2 })
      return Records!.map(({ Data }) => Buffer.from(Data!).toString())
    }
    expect(await read('AT_SEQUENCE_NUMBER', { StartingSequenceNumber })).toEqual(['r4', 'r5'])
    expect(await read('AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber })).toEqual(['r5', 'r6'])
    expect(await read('LATEST')).toEqual([])
    expect(await read('AT_TIMESTAMP', { Timestamp: new Date(0) })).toEqual(['r0', 'r1'])
  })

  it('go to shards by their hash key, many at once', async () => {
    const StreamName = await newStream(4)
    const Records = Array.from({ length: 20 }, (_, n) => ({
      PartitionKey: `key-${n}`,
      Data: Buffer.from(`d${n}`),
    }))
    const answer = await kinesis.putRecords({ StreamName, Records })
    expect(answer.FailedRecordCount).toBe(0)
    const shards = await shardsOf(StreamName)
    for (const [n, { ShardId }] of answer.Records!.entries()) {
      const hash = BigInt(`0x${createHash('md5').update(`key-${n}`).digest('hex')}`)
      const { HashKeyRange } = shards.find((shard) => shard.ShardId === ShardId)!
      expect(hash >= BigInt(HashKeyRange!.StartingHashKey!)).toBe(true)
      expect(hash <= BigInt(HashKeyRange!.EndingHashKey!)).toBe(true)
    }
    const explicit = { StreamName, PartitionKey: 'k', Data: Buffer.from('x') }
    const last = String((1n << 128n) - 1n)
    const placed = await kinesis.putRecord({ ...explicit, ExplicitHashKey: last })
    expect(placed.ShardId).toBe('shardId-000000000003')
    const beyond = kinesis.putRecord({ ...explicit, ExplicitHashKey: String(1n << 128n) })
    expect(await refusal(beyond)).toMatch(/^400 InvalidArgumentException: Invalid ExplicitHashKey/)
  })

  it('are refused when too large', async () => {
    const StreamName = await newStream()
    const big = { StreamName, PartitionKey: 'k', Data: Buffer.alloc(1_048_577) }
    expect(await refusal(kinesis.putRecord(big))).toMatch(
      /^400 ValidationException: 1 validation error detected: Value at 'data' failed to satisfy/,
    )
    const StreamARN = `arn:aws:kinesis:${under.cloud.region}:000000000000:stream/${StreamName}`
    await kinesis.updateMaxRecordSize({ StreamARN, MaxRecordSizeInKiB: 2048 })
    await kinesis.putRecord(big)
    const Records = Array.from({ length: 6 }, () => ({
      PartitionKey: 'k',
      Data: Buffer.alloc(2_000_000),
    }))
    expect(await refusal(kinesis.putRecords({ StreamName, Records }))).toMatch(
      /^400 InvalidArgumentException: Records size exceeds 10 MB limit/,
    )
  })

  it('refuse iterators that are none, of another shard, or old', async () => {
    const StreamName = await newStream(2)
    const { SequenceNumber } = await kinesis.putRecord({
      StreamName,
      PartitionKey: 'k',
      Data: Buffer.from('x'),
      ExplicitHashKey: '0',
    })
    const wrong = iterator(StreamName, 'AT_SEQUENCE_NUMBER', {
      ShardId: 'shardId-000000000001',
      StartingSequenceNumber: SequenceNumber!,
    })
    expect(await refusal(wrong)).toBe(
      '400 InvalidArgumentException: Invalid StartingSequenceNumber. It encodes ' +
        'shardId-000000000000, while it was used in a call to a shard with shardId-000000000001',
    )
    expect(await refusal(iterator(StreamName, 'LATEST', { ShardId: 'shardId-000000000009' }))).toBe(
      '400 ResourceNotFoundException: Shard shardId-000000000009 in stream ' +
        `${StreamName} under account 000000000000 does not exist`,
    )
    const quoted = `"${await iterator(StreamName, 'LATEST')}"`
    expect((await kinesis.getRecords({ ShardIterator: quoted })).Records).toEqual([])
    expect(await refusal(kinesis.getRecords({ ShardIterator: 'nonsense' }))).toBe(
      '400 InvalidArgumentException: Invalid ShardIterator.',
    )
  })
})

describe('shards', () => {
  it('split and merge, and their readers find the successors', async () => {
    const StreamName = await newStream()
    await put(StreamName, 'before')
    const ShardToSplit = 'shardId-000000000000'
    const NewStartingHashKey = String(1n << 127n)
    expect(
      await refusal(kinesis.splitShard({ StreamName, ShardToSplit, NewStartingHashKey: '1' })),
    ).toMatch(/is not both greater than one plus the shard's StartingHashKey 0 and less than/)
    await kinesis.splitShard({ StreamName, ShardToSplit, NewStartingHashKey })
    const [parent, low, high] = await shardsOf(StreamName)
    expect(parent!.SequenceNumberRange!.EndingSequenceNumber).toMatch(/^49\d{54}$/)
    expect([low!.ParentShardId, high!.ParentShardId]).toEqual([ShardToSplit, ShardToSplit])
    expect(high!.HashKeyRange!.StartingHashKey).toBe(NewStartingHashKey)
    const ShardIterator = await iterator(StreamName, 'TRIM_HORIZON')
    const page = await kinesis.getRecords({ ShardIterator })
    expect(page.Records).toHaveLength(1)
    expect(page.NextShardIterator).toBeUndefined()
    expect(page.ChildShards!.map(({ ShardId }) => ShardId)).toEqual([low!.ShardId, high!.ShardId])
    expect((await put(StreamName, 'after')).ShardId).not.toBe(ShardToSplit)
    const merge = { StreamName, ShardToMerge: low!.ShardId, AdjacentShardToMerge: high!.ShardId }
    await kinesis.mergeShards(merge)
    const merged = (await shardsOf(StreamName)).at(-1)!
    expect([merged.ParentShardId, merged.AdjacentParentShardId]).toEqual([
      low!.ShardId,
      high!.ShardId,
    ])
    expect(merged.HashKeyRange).toEqual(parent!.HashKeyRange)
    const again = kinesis.splitShard({ StreamName, ShardToSplit, NewStartingHashKey })
    expect(await refusal(again)).toMatch(
      /^400 InvalidArgumentException: Shard shardId-000000000000 in stream .* has already been merged/,
    )
  })

  it('are scaled evenly, to the double at most', async () => {
    const StreamName = await newStream(2)
    const scale = (TargetShardCount: number) =>
      kinesis.updateShardCount({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' })
    expect(await refusal(scale(5))).toBe(
      '400 LimitExceededException: UpdateShardCount cannot scale up over double your current open ' +
        'shard count. Current open shard count: 2, Target shard count: 5',
    )
    expect(await refusal(scale(10_001))).toBe(
      '400 LimitExceededException: Target shard count or number of open shards cannot be greater ' +
        'than 10000. Current open shard count: 2, Target shard count: 10001',
    )
    const answer = await scale(3)
    expect([answer.CurrentShardCount, answer.TargetShardCount]).toEqual([2, 3])
    const latest = await kinesis.listShards({ StreamName, ShardFilter: { Type: 'AT_LATEST' } })
    expect(latest.Shards).toHaveLength(3)
    const keys = latest.Shards!.map(({ HashKeyRange }) => BigInt(HashKeyRange!.StartingHashKey!))
    expect(keys[0]).toBe(0n)
    const { OpenShardCount } = (await kinesis.describeStreamSummary({ StreamName }))
      .StreamDescriptionSummary!
    expect(OpenShardCount).toBe(3)
  })

  it('reach a new count by splits and merges, so that a reader of any of them comes to all that follow', async () => {
    const StreamName = await newStream(4)
    await kinesis.updateShardCount({
      StreamName,
      TargetShardCount: 5,
      ScalingType: 'UNIFORM_SCALING',
    })
    const all = await shardsOf(StreamName)
    // Four halves of four, and three merges between the new borders.
    expect(all).toHaveLength(4 + 8 + 3)
    const open = all.filter(({ SequenceNumberRange: range }) => !range!.EndingSequenceNumber)
    const starts = open.map(({ HashKeyRange: range }) => BigInt(range!.StartingHashKey!))
    const width = (1n << 128n) / 5n
    expect(starts.sort((a, b) => (a < b ? -1 : 1))).toEqual(
      [0n, 1n, 2n, 3n, 4n].map((n) => width * n),
    )
    const reached = new Set<string>()
    const follow = async (ShardId: string): Promise<void> => {
      reached.add(ShardId)
      const ShardIterator = await iterator(StreamName, 'TRIM_HORIZON', { ShardId })
      const { ChildShards = [] } = await kinesis.getRecords({ ShardIterator })
      for (const child of ChildShards) await follow(child.ShardId!)
    }
    for (const first of all.slice(0, 4)) await follow(first.ShardId!)
    expect([...reached].sort()).toEqual(all.map(({ ShardId }) => ShardId!).sort())
  })

  it('are merged only as a lower one with the next', async () => {
    const StreamName = await newStream(3)
    const merge = (low: number, high: number | string) =>
      kinesis.mergeShards({
        StreamName,
        ShardToMerge: `shardId-00000000000${low}`,
        AdjacentShardToMerge: typeof high === 'string' ? high : `shardId-00000000000${high}`,
      })
    const not = (low: number, high: number) =>
      `400 InvalidArgumentException: Shards shardId-00000000000${low} and shardId-00000000000${high} in ` +
      `stream ${StreamName} under account 000000000000 are not an adjacent pair of shards eligible for merging`
    expect(await refusal(merge(1, 0))).toBe(not(1, 0))
    expect(await refusal(merge(0, 2))).toBe(not(0, 2))
    expect(await refusal(merge(0, '2147483648'))).toBe(
      `400 ResourceNotFoundException: Could not find shard 2147483648 in stream ${StreamName} under ` +
        'account 000000000000.',
    )
    await merge(0, 1)
  })

  it('are listed page by page', async () => {
    const StreamName = await newStream(5)
    const first = await kinesis.listShards({ StreamName, MaxResults: 3 })
    expect(first.Shards).toHaveLength(3)
    const second = await kinesis.listShards({ NextToken: first.NextToken })
    expect(second.Shards!.map(({ ShardId }) => ShardId)).toEqual([
      'shardId-000000000003',
      'shardId-000000000004',
    ])
    expect(second.NextToken).toBeUndefined()
  })
})

describe('enhanced fan-out', () => {
  it('gives records as they come, to the end of the shard', async () => {
    const StreamName = await newStream()
    const StreamARN = `arn:aws:kinesis:${under.cloud.region}:000000000000:stream/${StreamName}`
    const { Consumer } = await kinesis.registerStreamConsumer({ StreamARN, ConsumerName: 'c' })
    expect(Consumer!.ConsumerStatus).toBe('CREATING')
    const { ConsumerARN } = Consumer!
    expect(ConsumerARN).toMatch(new RegExp(`^${StreamARN}/consumer/c:\\d+$`))
    await put(StreamName, 'old')
    const given = {
      ConsumerARN,
      ShardId: 'shardId-000000000000',
      StartingPosition: { Type: 'TRIM_HORIZON' },
    } as const
    const { EventStream } = await kinesis.subscribeToShard(given)
    expect(await refusal(kinesis.subscribeToShard(given))).toMatch(/^400 ResourceInUseException/)
    const seen: string[] = []
    let children = 0
    for await (const { SubscribeToShardEvent: event } of EventStream!) {
      for (const { Data } of event!.Records!) seen.push(Buffer.from(Data!).toString())
      children = event!.ChildShards?.length ?? 0
      if (seen.length === 1) await put(StreamName, 'new')
      if (seen.length === 2 && children === 0) {
        const NewStartingHashKey = String(1n << 127n)
        await kinesis.splitShard({ StreamName, ShardToSplit: given.ShardId, NewStartingHashKey })
      }
    }
    expect([seen, children]).toEqual([['old', 'new'], 2])
    const listed = await kinesis.listStreamConsumers({ StreamARN })
    expect(listed.Consumers!.map(({ ConsumerStatus }) => ConsumerStatus)).toEqual(['ACTIVE'])
    await kinesis.deregisterStreamConsumer({ ConsumerARN })
    expect(await refusal(kinesis.describeStreamConsumer({ ConsumerARN }))).toMatch(
      /^400 ResourceNotFoundException: Consumer arn:aws:kinesis:.*, account 000000000000 not found\.$/,
    )
  })
})

it('an encrypted stream needs its key to be read', async () => {
  const kms = new KMS(under.config())
  const { KeyMetadata } = await kms.createKey({})
  const KeyId = KeyMetadata!.KeyId!
  const StreamName = await newStream()
  await put(StreamName, 'plain')
  await kinesis.startStreamEncryption({ StreamName, EncryptionType: 'KMS', KeyId })
  const { EncryptionType } = await put(StreamName, 'sealed')
  expect(EncryptionType).toBe('KMS')
  const ShardIterator = await iterator(StreamName, 'TRIM_HORIZON')
  const { Records } = await kinesis.getRecords({ ShardIterator })
  expect(
    Records!.map(({ EncryptionType, Data }) => [EncryptionType, String(Buffer.from(Data!))]),
  ).toEqual([
    [undefined, 'plain'],
    ['KMS', 'sealed'],
  ])
  const texts = Array.from({ length: 30 }, (_, n) => `n${n}`)
  const entries = texts.map((text) => ({ PartitionKey: 'k', Data: Buffer.from(text) }))
  await kinesis.putRecords({ StreamName, Records: entries })
  expect((await readAll(StreamName)).slice(2)).toEqual(texts)
  await kms.disableKey({ KeyId })
  under.kernel.clock.advance(6 * 60_000)
  const later = new Kinesis({ ...under.config(), systemClockOffset: 6 * 60_000 })
  const refused = later.putRecord({ StreamName, PartitionKey: 'k', Data: Buffer.from('x') })
  expect(await refusal(refused)).toBe(`400 KMSDisabledException: ${KeyMetadata!.Arn} is disabled.`)
  expect(await refusal(later.getRecords({ ShardIterator }))).toMatch(
    /^400 ExpiredIteratorException: Iterator expired\. The iterator was created at time /,
  )
})
