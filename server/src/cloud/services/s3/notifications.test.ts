import * as S3 from '@aws-sdk/client-s3'
import * as SNS from '@aws-sdk/client-sns'
import * as SQS from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
let sqs: SQS.SQSClient
let QueueUrl: string
let QueueArn: string
const Bucket = 'told'
const settles = { timeout: 60_000, interval: 100 }

const policyFor = (Resource: string, Action: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action, Resource }],
  })

async function queue(name: string, isOpen = true) {
  const { QueueUrl: url } = await sqs.send(new SQS.CreateQueueCommand({ QueueName: name }))
  const arn = `arn:aws:sqs:${cloud.cloud.region}:${cloud.cloud.account}:${name}`
  const Attributes = { Policy: policyFor(arn, 'sqs:SendMessage') }
  if (isOpen) await sqs.send(new SQS.SetQueueAttributesCommand({ QueueUrl: url, Attributes }))
  return { url: url!, arn }
}

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  sqs = new SQS.SQSClient(cloud.config())
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
  ;({ url: QueueUrl, arn: QueueArn } = await queue('news'))
})
afterAll(() => cloud.stop())

const listen = (NotificationConfiguration: S3.NotificationConfiguration, more: object = {}) =>
  s3.send(
    new S3.PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration,
      ...more,
    }),
  )
const put = (Key: string, Body = 'hello') => s3.send(new S3.PutObjectCommand({ Bucket, Key, Body }))

interface Told {
  eventName: string
  s3: { object: { sequencer: string } }
}

interface Message {
  Records: Told[]
  Subject?: string
  Message?: string
}

/** Takes everything out of a queue until `count` messages are there. */
async function take(count: number, url = QueueUrl) {
  const found: Message[] = []
  await expect
    .poll(async () => {
      const { Messages = [] } = await sqs.send(
        new SQS.ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
      )
      for (const { Body, ReceiptHandle } of Messages) {
        found.push(JSON.parse(Body!) as Message)
        await sqs.send(new SQS.DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }))
      }
      return found.length
    }, settles)
    .toBe(count)
  return found
}

describe('to a queue', () => {
  it('tells of what is put and removed, after a test event', async () => {
    await listen({
      QueueConfigurations: [
        {
          Id: 'all',
          QueueArn,
          Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'],
          Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
        },
      ],
    })
    const [test] = await take(1)
    expect(test).toMatchObject({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket })
    await put('elsewhere')
    const { $metadata } = await put('in/a b@한.txt')
    const [made] = await take(1)
    const [record] = made!.Records
    expect(record).toMatchObject({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: cloud.cloud.region,
      eventName: 'ObjectCreated:Put',
      responseElements: { 'x-amz-request-id': $metadata.requestId },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: 'all',
        bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
        object: {
          key: 'in/a+b%40%ED%95%9C.txt',
          size: 5,
          eTag: '5d41402abc4b2a76b9719d911017c592',
        },
      },
    })
    expect(record!.s3.object).not.toHaveProperty('versionId')
    const CopySource = encodeURI(`${Bucket}/in/a b@한.txt`)
    await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'in/copy', CopySource }))
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'in/copy' }))
    const both = (await take(2)).map(({ Records }) => Records[0]!)
    both.sort((a, b) => (a.s3.object.sequencer < b.s3.object.sequencer ? -1 : 1))
    expect(both.map(({ eventName }) => eventName)).toEqual([
      'ObjectCreated:Copy',
      'ObjectRemoved:Delete',
    ])
    expect(Object.keys(both[1]!.s3.object)).toEqual(['key', 'sequencer'])
  })

  it('refuses what it could not reach, naming each', async () => {
    const Events: S3.Event[] = ['s3:ObjectCreated:*']
    const closed = await queue('closed', false)
    const gone = QueueArn.replace('news', 'gone')
    const two = [
      {
        QueueArn: gone,
        Events,
        Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'a' }] } },
      },
      {
        QueueArn: closed.arn,
        Events,
        Filter: { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'b' }] } },
      },
    ]
    await expect(listen({ QueueConfigurations: two })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'Unable to validate the following destination configurations',
      ArgumentName1: gone,
      ArgumentValue1: 'The destination queue does not exist',
      ArgumentName2: closed.arn,
      ArgumentValue2:
        'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
    })
    const unparsed = { QueueConfigurations: [{ QueueArn: 'invalid-queue', Events }] }
    await expect(listen(unparsed)).rejects.toMatchObject({
      message: 'The ARN could not be parsed',
      ArgumentName: 'Queue',
      ArgumentValue: 'invalid-queue',
    })
    const overlapping = {
      QueueConfigurations: [
        { QueueArn, Events },
        { QueueArn, Events },
      ],
    }
    await expect(listen(overlapping)).rejects.toMatchObject({ name: 'InvalidArgument' })
    const skipped = { SkipDestinationValidation: true }
    await listen({ QueueConfigurations: [{ QueueArn: gone, Events }] }, skipped)
    const kept = await s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket }))
    expect(kept.QueueConfigurations).toMatchObject([{ QueueArn: gone, Events }])
    await listen({})
    const none = await s3.send(new S3.GetBucketNotificationConfigurationCommand({ Bucket }))
    expect(none.QueueConfigurations).toBeUndefined()
  })
})

it('tells a topic, and by it a queue', async () => {
  const sns = new SNS.SNSClient(cloud.config())
  const { TopicArn } = await sns.send(new SNS.CreateTopicCommand({ Name: 'changes' }))
  const toTopic = { TopicConfigurations: [{ TopicArn, Events: ['s3:ObjectTagging:*' as const] }] }
  await expect(listen(toTopic)).rejects.toMatchObject({
    ArgumentName1: TopicArn,
    ArgumentValue1: expect.stringContaining('destination topic do not allow S3'),
  })
  await sns.send(
    new SNS.SetTopicAttributesCommand({
      TopicArn,
      AttributeName: 'Policy',
      AttributeValue: policyFor(TopicArn!, 'sns:Publish'),
    }),
  )
  const behind = await queue('behind-topic')
  const Attributes = {
    Policy: policyFor(behind.arn, 'sqs:SendMessage').replace('s3.amazonaws', 'sns.amazonaws'),
  }
  await sqs.send(new SQS.SetQueueAttributesCommand({ QueueUrl: behind.url, Attributes }))
  await sns.send(new SNS.SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: behind.arn }))
  await listen(toTopic)
  await put('tagged')
  const TagSet = [{ Key: 'a', Value: 'b' }]
  await s3.send(new S3.PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }))
  const [test, told] = await take(2, behind.url)
  expect(test!.Subject).toBe('Amazon S3 Notification')
  const [record] = (JSON.parse(told!.Message!) as Message).Records
  expect(record).toMatchObject({ eventVersion: '2.3', eventName: 'ObjectTagging:Put' })
  expect(Object.keys(record!.s3.object)).toEqual(['key', 'eTag'])
  await listen({})
})

it('tells a form from a put, and of an ACL that changed', async () => {
  const Rules = [{ ObjectOwnership: 'ObjectWriter' as const }]
  await s3.send(new S3.PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }))
  await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket }))
  const Statement = [
    {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await s3.send(new S3.PutBucketPolicyCommand({ Bucket, Policy }))
  const Events: S3.Event[] = ['s3:ObjectCreated:Post', 's3:ObjectAcl:Put']
  await listen({ QueueConfigurations: [{ QueueArn, Events }] })
  await take(1)
  const form = new FormData()
  form.append('key', 'by-form')
  form.append('file', new Blob(['hello']), 'a.txt')
  await put('by-put')
  const answer = await fetch(`${cloud.url}/${Bucket}`, { method: 'POST', body: form })
  expect(answer.status).toBe(204)
  const [post] = await take(1)
  expect(post!.Records[0]).toMatchObject({ eventName: 'ObjectCreated:Post' })
  await s3.send(new S3.PutObjectAclCommand({ Bucket, Key: 'by-put', ACL: 'public-read' }))
  const [acl] = await take(1)
  expect(acl!.Records[0]).toMatchObject({ eventName: 'ObjectAcl:Put' })
  await listen({})
})

it('refuses a function that is not there', async () => {
  const LambdaFunctionArn = `arn:aws:lambda:${cloud.cloud.region}:${cloud.cloud.account}:function:no`
  const Events: S3.Event[] = ['s3:ObjectCreated:*']
  const given = { LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events }] }
  await expect(listen(given)).rejects.toMatchObject({
    ArgumentName1: `${LambdaFunctionArn}, null`,
    ArgumentValue1: `Not authorized to invoke function [${LambdaFunctionArn}]`,
  })
})
