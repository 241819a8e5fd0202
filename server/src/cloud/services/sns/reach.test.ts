import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerify, X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { IAM } from '@aws-sdk/client-iam'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What goes out of the cloud: mail, text messages and pushes into the mailbox, and signatures.

let under: CloudUnderTest
let sns: SNS
let sqs: SQS

beforeAll(async () => {
  under = await startCloud()
  sns = new SNS(under.config())
  sqs = new SQS(under.config())
})
afterAll(() => under.stop())

const mailbox = async () => under.kernel.mailbox.list({ limit: 20 })

it('mails a confirmation, and after it the messages', async () => {
  const { TopicArn } = await sns.createTopic({
    Name: 'mail',
    Attributes: { DisplayName: '알림' },
  })
  const given = { TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }
  const { SubscriptionArn } = await sns.subscribe(given)
  expect(SubscriptionArn).toBe('pending confirmation')
  await sns.publish({ TopicArn, Message: 'too early' })
  const [asked, ...none] = await mailbox()
  expect(none).toEqual([])
  expect(asked).toMatchObject({
    to: ['ada@example.com'],
    subject: 'AWS Notification - Subscription Confirmation',
  })
  const link = /http\S+ConfirmSubscription\S+/.exec(asked!.text!)![0]
  expect((await fetch(link)).status).toBe(200)
  await sns.publish({ TopicArn, Message: '서버가 멈췄습니다', Subject: 'down' })
  const [told] = await mailbox()
  expect(told).toMatchObject({ from: '알림 <no-reply@sns.madang>', subject: 'down' })
  expect(told!.text).toContain('서버가 멈췄습니다')
  const leave = /http\S+Action=Unsubscribe\S+/.exec(told!.text!)![0]
  expect((await fetch(leave)).status).toBe(200)
  const { Subscriptions } = await sns.listSubscriptionsByTopic({ TopicArn })
  expect(Subscriptions).toEqual([])
})

it('signs what it sends, in both versions, by a certificate that it gives out', async () => {
  for (const [version, algorithm] of [
    ['1', 'RSA-SHA1'],
    ['2', 'RSA-SHA256'],
  ]) {
    const { TopicArn } = await sns.createTopic({
      Name: `signed-${version}`,
      Attributes: { SignatureVersion: version! },
    })
    const { QueueUrl } = await sqs.createQueue({ QueueName: `signed-${version}` })
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] })
    await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: Attributes!['QueueArn'] })
    await sns.publish({ TopicArn, Message: 'hello', Subject: 'a word' })
    const { Messages } = await sqs.receiveMessage({ QueueUrl })
    const body = JSON.parse(Messages![0]!.Body!) as Record<string, string>
    expect(Object.keys(body)).toEqual([
      'Type',
      'MessageId',
      'TopicArn',
      'Subject',
      'Message',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
      'UnsubscribeURL',
    ])
    const names = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
    const text = names.map((name) => `${name}\n${body[name]}\n`).join('')
    const pem = await (await fetch(body['SigningCertURL']!)).text()
    const { publicKey } = new X509Certificate(pem)
    const check = (of: string) =>
      createVerify(algorithm!).update(of).verify(publicKey, body['Signature']!, 'base64')
    expect([check(text), check(`${text}x`)]).toEqual([true, false])
  }
})

it('signs the confirmation that an HTTP endpoint gets', async () => {
  const got: Record<string, string>[] = []
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    got.push(JSON.parse(Buffer.concat(pieces).toString()) as Record<string, string>)
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { TopicArn } = await sns.createTopic({ Name: 'http' })
  const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint })
  await expect.poll(() => got.length).toBe(1)
  const [body] = got as [Record<string, string>]
  const names = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type']
  const text = names.map((name) => `${name}\n${body[name]}\n`).join('')
  const { publicKey } = new X509Certificate(await (await fetch(body['SigningCertURL']!)).text())
  const isTrue = createVerify('RSA-SHA1')
    .update(text)
    .verify(publicKey, body['Signature']!, 'base64')
  expect(isTrue).toBe(true)
  server.close()
})

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'no refusal',
    (error: { name: string; message: string }) => `${error.name}: ${error.message}`,
  )

it('keeps text messages where they can be read, and an account by its sandbox rules', async () => {
  const { MessageId } = await sns.publish({ PhoneNumber: '+821012345678', Message: '안녕하세요' })
  expect(MessageId).toMatch(/^[0-9a-f-]{36}$/)
  const [text] = await mailbox()
  expect(text).toMatchObject({ to: ['tel:+821012345678'], text: '안녕하세요', state: 'kept' })
  expect(await refusal(sns.publish({ PhoneNumber: '+invalid', Message: 'x' }))).toBe(
    'InvalidParameterException: Invalid parameter: PhoneNumber Reason: +invalid is not valid to publish to',
  )
  await sns.setSMSAttributes({ attributes: { DefaultSMSType: 'Transactional' } })
  const { attributes } = await sns.getSMSAttributes({ attributes: ['DefaultSMSType'] })
  expect(attributes).toEqual({ DefaultSMSType: 'Transactional' })
  const PhoneNumber = '+12065550100'
  await sns.createSMSSandboxPhoneNumber({ PhoneNumber })
  const code = /\d{6}/.exec((await mailbox())[0]!.text!)![0]
  expect(
    await refusal(sns.verifySMSSandboxPhoneNumber({ PhoneNumber, OneTimePassword: '0' })),
  ).toContain('VerificationException')
  await sns.verifySMSSandboxPhoneNumber({ PhoneNumber, OneTimePassword: code })
  expect((await sns.listSMSSandboxPhoneNumbers({})).PhoneNumbers).toEqual([
    { PhoneNumber, Status: 'Verified' },
  ])
})

it('registers devices once by their token, and keeps what is pushed to them', async () => {
  const made = await sns.createPlatformApplication({
    Name: 'app',
    Platform: 'GCM',
    Attributes: { PlatformCredential: 'secret' },
  })
  const { PlatformApplicationArn } = made
  expect(PlatformApplicationArn).toMatch(/^arn:aws:sns:[\w-]+:\d{12}:app\/GCM\/app$/)
  const { Attributes } = await sns.getPlatformApplicationAttributes({ PlatformApplicationArn })
  expect(Attributes).toEqual({ Enabled: 'true' })
  const device = { PlatformApplicationArn, Token: 'token-1' }
  const both = await Promise.all([
    sns.createPlatformEndpoint(device),
    sns.createPlatformEndpoint({ ...device, Token: 'token-2' }),
  ])
  const [EndpointArn] = both.map((one) => one.EndpointArn)
  expect((await sns.createPlatformEndpoint(device)).EndpointArn).toBe(EndpointArn)
  expect(await refusal(sns.createPlatformEndpoint({ ...device, CustomUserData: 'other' }))).toBe(
    `InvalidParameterException: Invalid parameter: Token Reason: Endpoint ${EndpointArn} already exists with the same Token, but different attributes.`,
  )
  const all = await sns.listEndpointsByPlatformApplication({ PlatformApplicationArn })
  expect(all.Endpoints).toHaveLength(2)
  const Message = JSON.stringify({ default: 'all', GCM: '{"notification":{"title":"hi"}}' })
  await sns.publish({ TargetArn: EndpointArn, Message, MessageStructure: 'json' })
  expect((await mailbox())[0]).toMatchObject({ text: '{"notification":{"title":"hi"}}' })
  await sns.setEndpointAttributes({ EndpointArn, Attributes: { Enabled: 'false' } })
  expect(await refusal(sns.publish({ TargetArn: EndpointArn, Message: 'x' }))).toContain(
    'EndpointDisabled',
  )
  await sns.deletePlatformApplication({ PlatformApplicationArn })
  expect(await refusal(sns.getEndpointAttributes({ EndpointArn }))).toContain('does not exist')
})

it('a publish to a FIFO topic that failed can be made again with the same id', async () => {
  const { TopicArn } = await sns.createTopic({
    Name: 'again.fifo',
    Attributes: { FifoTopic: 'true' },
  })
  const { QueueUrl } = await sqs.createQueue({
    QueueName: 'again.fifo',
    Attributes: { FifoQueue: 'true' },
  })
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['QueueArn'] })
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: Attributes!['QueueArn'] })
  const given = { TopicArn, MessageGroupId: 'g', MessageDeduplicationId: 'one' }
  // Refused before it was published: nothing is remembered of it.
  expect(await refusal(sns.publish({ ...given, Message: 'x'.repeat(300_000) }))).toContain(
    'too long',
  )
  const first = await sns.publish({ ...given, Message: 'now' })
  const again = await sns.publish({ ...given, Message: 'now' })
  expect(again.MessageId).toBe(first.MessageId)
  const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
  expect(Messages).toHaveLength(1)
})

it('remembers over a restart what a FIFO topic took', async () => {
  const home = await mkdtemp(join(tmpdir(), 'madang-sns-'))
  const ids: (string | undefined)[] = []
  for (const group of ['g', 'g', 'h']) {
    const cloud = await startCloud({ home })
    const topics = new SNS(cloud.config())
    const Attributes = { FifoTopic: 'true', FifoThroughputScope: 'MessageGroup' }
    const { TopicArn } = await topics.createTopic({ Name: 'kept.fifo', Attributes })
    const said = { MessageGroupId: group, MessageDeduplicationId: 'one', Message: group }
    ids.push((await topics.publish({ TopicArn, ...said })).MessageId)
    await cloud.stop()
  }
  await rm(home, { recursive: true })
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
})

it('takes only policies about what a topic may give away', async () => {
  const { TopicArn } = await sns.createTopic({ Name: 'scope' })
  const set = (Action: string | string[]) => {
    const given = { Effect: 'Allow', Principal: '*', Action, Resource: TopicArn }
    const AttributeValue = JSON.stringify({ Version: '2012-10-17', Statement: [given] })
    return sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue })
  }
  for (const action of ['sns:CreateTopic', 'sns:SetSubscriptionAttributes', 's3:GetObject']) {
    expect(await refusal(set(['sns:Publish', action]))).toContain(
      'Policy statement action out of service scope!',
    )
  }
  await set(['SNS:Publish', 'sns:Subscribe', 'SNS:Receive'])
})

async function fifoQueue(QueueName: string) {
  const Attributes = { FifoQueue: 'true' }
  const { QueueUrl } = await sqs.createQueue({ QueueName, Attributes })
  return { QueueUrl: QueueUrl!, arn: `arn:aws:sqs:${under.cloud.region}:000000000000:${QueueName}` }
}

async function received(QueueUrl: string): Promise<Record<string, string>[]> {
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
  for (const { ReceiptHandle } of Messages) await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
  return Messages.map(({ Body }) => JSON.parse(Body!) as Record<string, string>)
}

it('plays an archive again to who comes later, and what is new after it', async () => {
  const ArchivePolicy = '{"MessageRetentionPeriod":"7"}'
  const Attributes = { FifoTopic: 'true', ContentBasedDeduplication: 'true', ArchivePolicy }
  const { TopicArn } = await sns.createTopic({ Name: 'kept.fifo', Attributes })
  const began = (await sns.getTopicAttributes({ TopicArn })).Attributes!['BeginningArchiveTime']!
  const MessageGroupId = 'g'
  for (const Message of ['one', 'two']) await sns.publish({ TopicArn, Message, MessageGroupId })
  await expect(sns.deleteTopic({ TopicArn })).rejects.toThrow('Cannot delete a topic')
  const { QueueUrl, arn: Endpoint } = await fifoQueue('late.fifo')
  const ReplayPolicy = JSON.stringify({ PointType: 'Timestamp', StartingPoint: began })
  const { SubscriptionArn } = await sns.subscribe({
    TopicArn,
    Protocol: 'sqs',
    Endpoint,
    Attributes: { ReplayPolicy },
  })
  const status = async () =>
    (await sns.getSubscriptionAttributes({ SubscriptionArn })).Attributes!['ReplayStatus']
  await expect.poll(status, { timeout: 60_000 }).toBe('Completed')
  await sns.publish({ TopicArn, Message: 'three', MessageGroupId })
  const seen = await received(QueueUrl)
  expect(seen.map(({ Message, Replayed }) => [Message, Replayed])).toEqual([
    ['one', 'true'],
    ['two', 'true'],
    ['three', undefined],
  ])
  const bad = (policy: object) =>
    sns.setSubscriptionAttributes({
      SubscriptionArn,
      AttributeName: 'ReplayPolicy',
      AttributeValue: JSON.stringify(policy),
    })
  await expect(bad({ PointType: 'Place', StartingPoint: began })).rejects.toThrow('PointType')
  await expect(bad({ PointType: 'Timestamp', StartingPoint: 'x' })).rejects.toThrow('StartingPoint')
  await sns.setTopicAttributes({ TopicArn, AttributeName: 'ArchivePolicy', AttributeValue: '{}' })
  const { Attributes: after } = await sns.getTopicAttributes({ TopicArn })
  expect(after).not.toHaveProperty('BeginningArchiveTime')
  await sns.deleteTopic({ TopicArn })
})

it('logs what became of its deliveries, as the role a topic names for it', async () => {
  const iam = new IAM(under.config())
  const logs = new CloudWatchLogs(under.config())
  const statement = (more: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })
  const { Role } = await iam.createRole({
    RoleName: 'feedback',
    AssumeRolePolicyDocument: statement({
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
  })
  const policy = statement({ Action: 'logs:*', Resource: '*' })
  await iam.putRolePolicy({ RoleName: 'feedback', PolicyName: 'p', PolicyDocument: policy })
  const { TopicArn } = await sns.createTopic({
    Name: 'told',
    Attributes: {
      SQSSuccessFeedbackRoleArn: Role!.Arn!,
      SQSSuccessFeedbackSampleRate: '100',
      SQSFailureFeedbackRoleArn: Role!.Arn!,
    },
  })
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'told' })
  const there = `arn:aws:sqs:${under.cloud.region}:000000000000:told`
  for (const Endpoint of [there, `${there}-gone`]) {
    await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint })
  }
  const { MessageId } = await sns.publish({ TopicArn, Message: 'hello' })
  const line = async (group: string) => {
    const logGroupName = `sns/${under.cloud.region}/000000000000/told${group}`
    const { events } = await logs.filterLogEvents({ logGroupName })
    expect(events).toHaveLength(1)
    return JSON.parse(events![0]!.message!) as Record<string, Record<string, unknown>>
  }
  const { Messages } = await sqs.receiveMessage({ QueueUrl })
  const good = await line('')
  expect(good).toMatchObject({
    notification: {
      messageMD5Sum: '5d41402abc4b2a76b9719d911017c592',
      messageId: MessageId,
      topicArn: TopicArn,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/) as string,
    },
    delivery: { destination: there, attempts: 1, statusCode: 200 },
    status: 'SUCCESS',
  })
  expect(String(good['delivery']!['providerResponse'])).toContain(Messages![0]!.MessageId!)
  const failed = await line('/Failure')
  expect(failed).toMatchObject({ delivery: { destination: `${there}-gone`, statusCode: 400 } })
  expect(String(failed['delivery']!['providerResponse'])).toContain('The specified queue')
})

it('asks about a subscription by its topic', async () => {
  const iam = new IAM(under.config())
  const subscription = async (Name: string) => {
    const { TopicArn } = await sns.createTopic({ Name })
    const to = { Protocol: 'sms', Endpoint: '+821012345678', ReturnSubscriptionArn: true }
    return { TopicArn, SubscriptionArn: (await sns.subscribe({ TopicArn, ...to })).SubscriptionArn }
  }
  const own = await subscription('own')
  const other = await subscription('other')
  await iam.createUser({ UserName: 'reader' })
  await iam.putUserPolicy({
    UserName: 'reader',
    PolicyName: 'own-topic',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'sns:*', Resource: own.TopicArn }],
    }),
  })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'reader' })
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey!
  const reader = new SNS(
    under.config({ accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }),
  )
  const { SubscriptionArn } = own
  const { Attributes } = await reader.getSubscriptionAttributes({ SubscriptionArn })
  expect(Attributes!['TopicArn']).toBe(own.TopicArn)
  await reader.unsubscribe({ SubscriptionArn })
  const asked = reader.getSubscriptionAttributes({ SubscriptionArn: other.SubscriptionArn })
  await expect(asked).rejects.toThrow(
    `is not authorized to perform: SNS:GetSubscriptionAttributes on resource: ${other.TopicArn}`,
  )
})
