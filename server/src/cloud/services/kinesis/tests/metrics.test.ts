import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let kinesis: Kinesis
let cloudwatch: CloudWatch
beforeAll(async () => {
  under = await startCloud()
  kinesis = new Kinesis(under.config())
  cloudwatch = new CloudWatch(under.config())
})
afterAll(() => under.stop())

const nextMinute = () => {
  const { clock } = under.kernel
  clock.advance(60_000 - (clock.now() % 60_000) + 100)
}

async function sum(MetricName: string, StreamName: string, ShardId?: string) {
  const now = under.kernel.clock.now()
  const { Datapoints } = await cloudwatch.getMetricStatistics({
    Namespace: 'AWS/Kinesis',
    MetricName,
    Dimensions: [
      { Name: 'StreamName', Value: StreamName },
      ...(ShardId ? [{ Name: 'ShardId', Value: ShardId }] : []),
    ],
    StartTime: new Date(now - 300_000),
    EndTime: new Date(now + 60_000),
    Period: 300,
    Statistics: ['Sum'],
  })
  return Datapoints!.reduce((all, { Sum = 0 }) => all + Sum, 0)
}

it('tells CloudWatch what went into a stream and out of it, by shard where it is monitored', async () => {
  nextMinute()
  const StreamName = 'measured'
  await kinesis.createStream({ StreamName, ShardCount: 1 })
  await kinesis.enableEnhancedMonitoring({ StreamName, ShardLevelMetrics: ['IncomingBytes'] })
  await kinesis.putRecord({ StreamName, PartitionKey: 'a', Data: Buffer.from('five!') })
  const Records = ['ab', 'abc'].map((text) => ({ PartitionKey: 'b', Data: Buffer.from(text) }))
  await kinesis.putRecords({ StreamName, Records })
  const ShardId = 'shardId-000000000000'
  const start = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
  const { ShardIterator } = await kinesis.getShardIterator(start)
  await kinesis.getRecords({ ShardIterator })
  nextMinute()
  await expect.poll(() => sum('IncomingBytes', StreamName)).toBe(10)
  expect(await sum('IncomingRecords', StreamName)).toBe(3)
  expect(await sum('PutRecord.Success', StreamName)).toBe(1)
  expect(await sum('PutRecords.SuccessfulRecords', StreamName)).toBe(2)
  expect(await sum('GetRecords.Records', StreamName)).toBe(3)
  expect(await sum('GetRecords.Bytes', StreamName)).toBe(10)
  expect(await sum('IncomingBytes', StreamName, ShardId)).toBe(10)
  expect(await sum('IncomingRecords', StreamName, ShardId)).toBe(0)
})

it('an on-demand stream opens shards when more than half of what it takes was written', async () => {
  nextMinute()
  const StreamName = 'growing'
  await kinesis.createStream({
    StreamName,
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    MaxRecordSizeInKiB: 10_240,
  })
  const Data = Buffer.alloc(9 * 1024 * 1024)
  // 14 × 9 MiB in a minute are 2.1 MiB a second: five shards for twice that.
  for (let at = 0; at < 14; at++) {
    await kinesis.putRecord({ StreamName, PartitionKey: String(at), Data })
  }
  nextMinute()
  const open = async () => {
    const { StreamDescriptionSummary: told } = await kinesis.describeStreamSummary({ StreamName })
    return told!.OpenShardCount
  }
  await expect.poll(open).toBe(5)
  const { Shards } = await kinesis.listShards({ StreamName })
  expect(Shards!.filter((one) => !one.SequenceNumberRange!.EndingSequenceNumber)).toHaveLength(5)
})
