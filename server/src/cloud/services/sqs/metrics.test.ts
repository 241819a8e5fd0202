import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
beforeAll(async () => {
  under = await startCloud()
})
afterAll(() => under.stop())

it('a queue tells CloudWatch each minute what happened and what lies in it', async () => {
  const sqs = new SQS(under.config())
  const cloudwatch = new CloudWatch(under.config())
  // Everything below falls into one minute.
  const { clock } = under.kernel
  clock.advance(60_000 - (clock.now() % 60_000) + 100)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'measured' })
  const bodies = ['one', 'three', 'eleven chars']
  const Entries = bodies.map((MessageBody, at) => ({ Id: String(at), MessageBody }))
  await sqs.sendMessageBatch({ QueueUrl, Entries })
  const { Messages } = await sqs.receiveMessage({ QueueUrl })
  await sqs.deleteMessage({ QueueUrl, ReceiptHandle: Messages![0]!.ReceiptHandle })
  const from = under.kernel.clock.now()
  const latest = async (MetricName: string, minutes: number) => {
    const { Datapoints } = await cloudwatch.getMetricStatistics({
      Namespace: 'AWS/SQS',
      MetricName,
      Dimensions: [{ Name: 'QueueName', Value: 'measured' }],
      StartTime: new Date(from - 120_000),
      EndTime: new Date(from + minutes * 60_000),
      Period: 60,
      Statistics: ['Sum'],
    })
    return Datapoints!
      .toSorted((a, b) => a.Timestamp!.getTime() - b.Timestamp!.getTime())
      .map(({ Sum }) => Sum)
  }
  under.kernel.clock.advance(60_000)
  await expect.poll(() => latest('NumberOfMessagesSent', 1)).toEqual([3])
  expect(await latest('NumberOfMessagesReceived', 1)).toEqual([1])
  expect(await latest('NumberOfMessagesDeleted', 1)).toEqual([1])
  expect(await latest('ApproximateNumberOfMessagesVisible', 1)).toEqual([2])
  expect(await latest('SentMessageSize', 1)).toEqual([20 / 3])
  under.kernel.clock.advance(60_000)
  await expect.poll(() => latest('ApproximateNumberOfMessagesVisible', 2)).toEqual([2, 2])
  expect(await latest('NumberOfMessagesSent', 2)).toEqual([3, 0])
})
