import { randomUUID } from 'node:crypto'
import { Kinesis, type ShardIteratorType } from '@aws-sdk/client-kinesis'
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

const iterator = (
  StreamName: string,
  ShardIteratorType: ShardIteratorType,
  StartingSequenceNumber?: string,
) =>
  kinesis.getShardIterator({
    StreamName,
    ShardIteratorType,
    ShardId: 'shardId-000000000000',
    StartingSequenceNumber,
  })

describe('refusals in the words of the service', () => {
  const missing = 'arn:aws:kinesis:ap-northeast-2:000000000000:stream/none'
  const illegal =
    "because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'."
  const lengths =
    '[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]'
  const cases: [string, (StreamName: string) => Promise<unknown>, string][] = [
    [
      'a listing of no stream',
      () => kinesis.listShards({}),
      'InvalidArgumentException: Either NextToken or StreamName should be provided.',
    ],
    [
      'a consumer without its stream',
      () => kinesis.describeStreamConsumer({ ConsumerName: 'c' }),
      'InvalidArgumentException: Both streamARN and consumer name must be provided if consumerARN is not provied.',
    ],
    [
      'the policy of a missing stream',
      () => kinesis.getResourcePolicy({ ResourceARN: missing }),
      `ResourceNotFoundException: Stream ${missing} under account 000000000000 not found.`,
    ],
    [
      'no tags',
      (StreamName) => kinesis.addTagsToStream({ StreamName, Tags: {} }),
      "ValidationException: 1 validation error detected: Value '{}' at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'a tag without a key',
      (StreamName) => kinesis.addTagsToStream({ StreamName, Tags: { '': 'v' } }),
      `ValidationException: 1 validation error detected: Value '{=v}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: ${lengths}`,
    ],
    [
      'a tag with a percent sign',
      (StreamName) => kinesis.addTagsToStream({ StreamName, Tags: { a: '5%' } }),
      `InvalidArgumentException: Failed to add tags to stream NAME under account 000000000000 ${illegal}`,
    ],
    [
      'too many tags',
      (StreamName) =>
        kinesis.addTagsToStream({
          StreamName,
          Tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, ''])),
        }),
      'InvalidArgumentException: Failed to add tags to stream NAME under account 000000000000 because a given stream cannot have more than 50 tags associated with it.',
    ],
    [
      'a consumer with a percent sign in a tag',
      async (StreamName) => {
        const { StreamARN } = (await kinesis.describeStreamSummary({ StreamName }))
          .StreamDescriptionSummary!
        return kinesis.registerStreamConsumer({ StreamARN, ConsumerName: 'c', Tags: { a: '5%' } })
      },
      `InvalidArgumentException: Failed to add tags to stream NAME under account 000000000000 ${illegal}`,
    ],
    [
      'an empty key of a tag to remove',
      (StreamName) => kinesis.removeTagsFromStream({ StreamName, TagKeys: [''] }),
      `ValidationException: 1 validation error detected: Value '[]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: ${lengths}`,
    ],
    [
      'an iterator of no type',
      (StreamName) => iterator(StreamName, 'SOMEWHERE' as ShardIteratorType),
      "ValidationException: 1 validation error detected: Value 'SOMEWHERE' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
    ],
    [
      'a number of another form',
      (StreamName) => iterator(StreamName, 'AT_SEQUENCE_NUMBER', '7'.repeat(60)),
      `InvalidArgumentException: StartingSequenceNumber ${'7'.repeat(60)} used in GetShardIterator on shard shardId-000000000000 in stream NAME under account 000000000000 is invalid.`,
    ],
    [
      'a number from the future',
      (StreamName) =>
        kinesis.putRecord({
          StreamName,
          PartitionKey: 'k',
          Data: Buffer.from(''),
          SequenceNumberForOrdering: String(
            BigInt(`0x2${'0'.repeat(9)}0${'0'.repeat(16)}001ffffffff000000002`),
          ),
        }),
      `InvalidArgumentException: ExclusiveMinimumSequenceNumber ${BigInt(`0x2${'0'.repeat(26)}001ffffffff000000002`)} used in PutRecord on stream NAME under account 000000000000 is invalid.`,
    ],
  ]
  let StreamName: string
  beforeAll(async () => {
    StreamName = await newStream()
  })
  it.each(cases)('%s', async (_, ask, text) => {
    expect(await refusal(ask(StreamName))).toBe(`400 ${text.replace('NAME', StreamName)}`)
  })
  it('take the oldest numbers for an order', async () => {
    const given = { StreamName, PartitionKey: 'k', Data: Buffer.from('') }
    await kinesis.putRecord({ ...given, SequenceNumberForOrdering: '0' })
  })
})

it('a stream that places its records needs no partition key, and uses all of its shards', async () => {
  const StreamName = await newStream(2)
  const { StreamARN } = (await kinesis.describeStreamSummary({ StreamName }))
    .StreamDescriptionSummary!
  const strategy = (RecordDistributionStrategy: 'AUTO' | 'USER_PARTITION_KEY') =>
    kinesis.updateStreamRecordDistributionStrategy({ StreamARN, RecordDistributionStrategy })
  expect(await refusal(strategy('AUTO'))).toMatch(/^400 InvalidArgumentException: /)
  await kinesis.updateStreamMode({ StreamARN, StreamModeDetails: { StreamMode: 'ON_DEMAND' } })
  await strategy('AUTO')
  const Records = ['a', 'b', 'c', 'd'].map((text) => ({ Data: Buffer.from(text) }))
  const answer = await kinesis.putRecords({ StreamName, Records })
  expect(new Set(answer.Records!.map(({ ShardId }) => ShardId)).size).toBe(2)
  const summary = async () =>
    (await kinesis.describeStreamSummary({ StreamName })).StreamDescriptionSummary!
  expect((await summary()).RecordDistributionStrategy).toBe('AUTO')
  await strategy('USER_PARTITION_KEY')
  expect((await summary()).RecordDistributionStrategy).toBe('USER_PARTITION_KEY')
  const onDemand = `400 ValidationException: Request is invalid. Stream ${StreamName} under account 000000000000 is in On-Demand mode.`
  const [ShardToSplit, AdjacentShardToMerge] = ['shardId-000000000000', 'shardId-000000000001']
  expect(
    await Promise.all(
      [
        kinesis.splitShard({ StreamName, ShardToSplit, NewStartingHashKey: '10' }),
        kinesis.mergeShards({ StreamName, ShardToMerge: ShardToSplit, AdjacentShardToMerge }),
        kinesis.updateShardCount({
          StreamName,
          TargetShardCount: 4,
          ScalingType: 'UNIFORM_SCALING',
        }),
      ].map(refusal),
    ),
  ).toEqual([onDemand, onDemand, onDemand])
  const keyless = kinesis.putRecord({ StreamName, Data: Buffer.from('e') })
  expect(await refusal(keyless)).toBe(
    "400 ValidationException: 1 validation error detected: Value null at 'partitionKey' failed to " +
      'satisfy constraint: Member must not be null',
  )
})

it('an account commits itself to a least throughput for a day at least', async () => {
  const set = async (Status: 'ENABLED' | 'DISABLED') =>
    (await kinesis.updateAccountSettings({ MinimumThroughputBillingCommitment: { Status } }))
      .MinimumThroughputBillingCommitment!
  const now = async () =>
    (await kinesis.describeAccountSettings({})).MinimumThroughputBillingCommitment!
  expect(await now()).toEqual({ Status: 'DISABLED' })
  const begun = await set('ENABLED')
  expect(begun.Status).toBe('ENABLED')
  const DAY_MS = 24 * 3_600_000
  expect(begun.EarliestAllowedEndAt!.getTime() - begun.StartedAt!.getTime()).toBe(DAY_MS)
  expect(await set('DISABLED')).toEqual({ ...begun, Status: 'ENABLED_UNTIL_EARLIEST_ALLOWED_END' })
  expect((await set('ENABLED')).StartedAt).toEqual(begun.StartedAt)
})
