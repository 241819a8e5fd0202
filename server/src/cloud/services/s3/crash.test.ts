import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3 } from '@aws-sdk/client-s3'
import { SQS } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { startCloudProcess } from '../../tests/cloud-process.ts'
import { startCloud } from '../../tests/cloud-under-test.ts'

const Policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
    },
  ],
})

interface Told {
  Records?: { s3: { object: { key: string } } }[]
}

async function keysTold(sqs: SQS, QueueUrl: string, into: Set<string>): Promise<void> {
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
  for (const { Body, ReceiptHandle } of Messages) {
    for (const { s3 } of (JSON.parse(Body!) as Told).Records ?? []) into.add(s3.object.key)
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
  }
}

it('kill -9 loses no object that was answered, and no word of it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-s3-'))
  const { child, url, gone } = await startCloudProcess(home)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const config = { endpoint: url, region: 'ap-northeast-2', credentials, maxAttempts: 1 }
  const before = new S3({ ...config, forcePathStyle: true })
  const queues = new SQS(config)
  const Bucket = 'kept'
  await before.createBucket({ Bucket })
  const { QueueUrl } = await queues.createQueue({ QueueName: 'news', Attributes: { Policy } })
  const QueueArn = 'arn:aws:sqs:ap-northeast-2:000000000000:news'
  const QueueConfigurations = [{ QueueArn, Events: ['s3:ObjectCreated:*' as const] }]
  const NotificationConfiguration = { QueueConfigurations }
  await before.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration })
  const answered: string[] = []
  const writer = async (from: number) => {
    for (let n = from; ; n += 4) {
      await before.putObject({ Bucket, Key: `k${n}`, Body: `body ${n}` })
      answered.push(`k${n}`)
      if (answered.length >= 60) child.kill('SIGKILL')
    }
  }
  await Promise.allSettled([0, 1, 2, 3].map(writer))
  await gone
  const under = await startCloud({ home })
  const s3 = new S3({ ...under.config(), forcePathStyle: true })
  const sqs = new SQS(under.config())
  const { Contents = [] } = await s3.listObjectsV2({ Bucket })
  const kept = new Set(Contents.map(({ Key }) => Key!))
  expect(answered.filter((key) => !kept.has(key))).toEqual([])
  const told = new Set<string>()
  const untold = async () => {
    await keysTold(sqs, QueueUrl!, told)
    return [...kept].filter((key) => !told.has(key))
  }
  await expect.poll(untold, { interval: 50 }).toEqual([])
  await under.stop()
  await rm(home, { recursive: true, force: true })
})
