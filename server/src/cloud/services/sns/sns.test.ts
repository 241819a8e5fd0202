import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let sns: SNS
let sqs: SQS
let count = 0

beforeAll(async () => {
  under = await startCloud()
  sns = new SNS(under.config())
  sqs = new SQS(under.config())
})
afterAll(() => under.stop())

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'no refusal',
    (error: { name: string; message: string }) => `${error.name}: ${error.message}`,
  )

async function topic(Attributes?: Record<string, string>): Promise<string> {
  const Name = `t-${++count}${Attributes?.['FifoTopic'] ? '.fifo' : ''}`
  return (await sns.createTopic({ Name, Attributes })).TopicArn!
}

async function queue(fifo = false): Promise<{ QueueUrl: string; arn: string }> {
  const QueueName = `s-${++count}${fifo ? '.fifo' : ''}`
  const Attributes = fifo ? { FifoQueue: 'true' } : {}
  const { QueueUrl } = await sqs.createQueue({ QueueName, Attributes })
  const given = { QueueUrl, AttributeNames: ['QueueArn' as const] }
  const { Attributes: told } = await sqs.getQueueAttributes(given)
  return { QueueUrl: QueueUrl!, arn: told!.QueueArn! }
}

async function subscribed(TopicArn: string, Attributes: Record<string, string> = {}, fifo = false) {
  const made = await queue(fifo)
  const given = { TopicArn, Protocol: 'sqs', Endpoint: made.arn, Attributes }
  const { SubscriptionArn } = await sns.subscribe(given)
  return { ...made, SubscriptionArn: SubscriptionArn! }
}

async function received(QueueUrl: string) {
  const names = { MessageAttributeNames: ['All'], MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }
  return (await sqs.receiveMessage({ QueueUrl, ...names })).Messages ?? []
}

describe('topics', () => {
  it('have the attributes of AWS and are refused in SNS words', async () => {
    const TopicArn = await topic()
    const { Attributes } = await sns.getTopicAttributes({ TopicArn })
    expect(Attributes).toMatchObject({ TopicArn, SubscriptionsConfirmed: '0', DisplayName: '' })
    expect(JSON.parse(Attributes!['Policy']!)).toMatchObject({ Id: '__default_policy_ID' })
    expect(await refusal(sns.createTopic({ Name: 'a b' }))).toBe(
      'InvalidParameterException: Invalid parameter: Topic Name',
    )
    expect(await refusal(sns.getTopicAttributes({ TopicArn: `${TopicArn}x` }))).toBe(
      'NotFoundException: Topic does not exist',
    )
    expect(await refusal(sns.publish({ TopicArn, Message: '' }))).toBe(
      'InvalidParameterException: Invalid parameter: Empty message',
    )
    const given = { TopicArn, Protocol: 'pigeon', Endpoint: 'x' }
    expect(await refusal(sns.subscribe(given))).toBe(
      'InvalidParameterException: Invalid parameter: Amazon SNS does not support this protocol string: pigeon',
    )
    await sns.tagResource({ ResourceArn: TopicArn, Tags: [{ Key: 'a', Value: 'b' }] })
    expect((await sns.listTagsForResource({ ResourceArn: TopicArn })).Tags).toEqual([
      { Key: 'a', Value: 'b' },
    ])
    expect((await sns.listTopics({})).Topics).toContainEqual({ TopicArn })
  })

  it('keep e-mail subscriptions waiting', async () => {
    const TopicArn = await topic()
    const given = { TopicArn, Protocol: 'email', Endpoint: 'minji@example.com' }
    expect((await sns.subscribe(given)).SubscriptionArn).toBe('pending confirmation')
    const { Subscriptions } = await sns.listSubscriptionsByTopic({ TopicArn })
    expect(Subscriptions![0]!.SubscriptionArn).toBe('PendingConfirmation')
  })
})

describe('publishing', () => {
  it('wraps messages for queues, or leaves them raw', async () => {
    const TopicArn = await topic()
    const wrapped = await subscribed(TopicArn)
    const raw = await subscribed(TopicArn, { RawMessageDelivery: 'true' })
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'x' } }
    const Message = JSON.stringify({ default: 'all', sqs: 'queues' })
    const said = { Message, MessageStructure: 'json', Subject: 'Hi', MessageAttributes }
    const { MessageId } = await sns.publish({ TopicArn, ...said })
    const [one] = await received(wrapped.QueueUrl)
    expect(JSON.parse(one!.Body!)).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn,
      Subject: 'Hi',
      Message: 'queues',
      MessageAttributes: { kind: { Type: 'String', Value: 'x' } },
    })
    const [two] = await received(raw.QueueUrl)
    expect(two).toMatchObject({ Body: 'queues', MessageAttributes: { kind: { StringValue: 'x' } } })
  })

  it('asks filter policies on attributes and bodies', async () => {
    const TopicArn = await topic()
    const policy = (value: object, scope = 'MessageAttributes') => ({
      FilterPolicy: JSON.stringify(value),
      FilterPolicyScope: scope,
      RawMessageDelivery: 'true',
    })
    const price = await subscribed(TopicArn, policy({ price: [{ numeric: ['>', 10, '<=', 20] }] }))
    const red = await subscribed(TopicArn, policy({ colour: [{ prefix: 'r' }, { exists: false }] }))
    const body = await subscribed(
      TopicArn,
      policy({ who: { name: [{ 'anything-but': ['mallory'] }] } }, 'MessageBody'),
    )
    const number = (StringValue: string) => ({ price: { DataType: 'Number', StringValue } })
    const colour = (StringValue: string) => ({ colour: { DataType: 'String', StringValue } })
    await sns.publish({ TopicArn, Message: 'p15', MessageAttributes: number('15') })
    await sns.publish({ TopicArn, Message: 'p10', MessageAttributes: number('10') })
    await sns.publish({ TopicArn, Message: 'red', MessageAttributes: colour('red') })
    await sns.publish({ TopicArn, Message: 'blue', MessageAttributes: colour('blue') })
    await sns.publish({
      TopicArn,
      Message: '{"who":{"name":"alice"}}',
      MessageAttributes: colour('z'),
    })
    await sns.publish({
      TopicArn,
      Message: '{"who":{"name":"mallory"}}',
      MessageAttributes: colour('z'),
    })
    const bodies = async (url: string) => (await received(url)).map(({ Body }) => Body)
    expect(await bodies(price.QueueUrl)).toEqual(['p15'])
    expect(await bodies(red.QueueUrl)).toEqual(['p15', 'p10', 'red'])
    expect(await bodies(body.QueueUrl)).toEqual(['{"who":{"name":"alice"}}'])
  })

  it.each([
    [
      'six digits of a number',
      { n: [100.123456789] },
      { n: 'Number' },
      ['100.1234567', '100.12345'],
    ],
    [
      'addresses of both kinds',
      { ip: [{ cidr: '10.0.0.0/8' }] },
      { ip: 'String' },
      ['10.1.2.3', '::1'],
    ],
  ])('filters by %s', async (_what, wanted, types, [fits, doesNot]) => {
    const TopicArn = await topic()
    const FilterPolicy = JSON.stringify(wanted)
    const { QueueUrl } = await subscribed(TopicArn, { FilterPolicy, RawMessageDelivery: 'true' })
    for (const [Message, StringValue] of Object.entries({ no: doesNot, yes: fits })) {
      const attributes = Object.entries(types).map(([name, DataType]) => [
        name,
        { DataType, StringValue },
      ])
      const MessageAttributes = Object.fromEntries(attributes)
      await sns.publish({ TopicArn, Message, MessageAttributes })
    }
    expect((await received(QueueUrl)).map(({ Body }) => Body)).toEqual(['yes'])
  })

  it.each([
    [{ 'a.b': ['x'] }, { a: { b: 'x' } }, { a: 'x' }],
    [{ a: { b: { c: ['x'] } } }, { 'a.b': { c: 'x' } }, { a: { c: 'x' } }],
    [{ a: [{ 'anything-but': ['x', 'y'] }] }, { a: ['x', 'z'] }, { a: ['x', 'y'] }],
    [{ a: { k: ['x'], n: [1] } }, { a: [[{ k: 'x', n: 1 }]] }, { a: [{ k: 'x' }, { n: 1 }] }],
  ])('filters bodies by %j', async (wanted, fits, doesNot) => {
    const TopicArn = await topic()
    const FilterPolicy = JSON.stringify(wanted)
    const given = { FilterPolicy, FilterPolicyScope: 'MessageBody', RawMessageDelivery: 'TRUE' }
    const { QueueUrl } = await subscribed(TopicArn, given)
    for (const one of [doesNot, fits]) await sns.publish({ TopicArn, Message: JSON.stringify(one) })
    expect((await received(QueueUrl)).map(({ Body }) => Body)).toEqual([JSON.stringify(fits)])
  })

  it("passes on the publisher's trace", async () => {
    const TopicArn = await topic()
    const { QueueUrl } = await subscribed(TopicArn)
    const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
    const traced = new SNS(under.config())
    traced.middlewareStack.add(
      (next) => (given) => {
        const request = given.request as { headers: Record<string, string> }
        request.headers['x-amzn-trace-id'] = trace
        return next(given)
      },
      { step: 'build' },
    )
    await traced.publish({ TopicArn, Message: 'traced' })
    const asked = { QueueUrl, MessageSystemAttributeNames: ['AWSTraceHeader' as const] }
    const { Messages } = await sqs.receiveMessage(asked)
    expect(Messages![0]!.Attributes).toEqual({ AWSTraceHeader: trace })
  })

  it('keeps order and takes a message once on FIFO topics', async () => {
    const TopicArn = await topic({ FifoTopic: 'true', ContentBasedDeduplication: 'true' })
    const { QueueUrl } = await subscribed(TopicArn, { RawMessageDelivery: 'true' }, true)
    const given = { TopicArn, MessageGroupId: 'g' }
    await Promise.all(['a', 'b', 'a', 'c'].map((Message) => sns.publish({ ...given, Message })))
    const bodies = (await received(QueueUrl)).map(({ Body }) => Body)
    expect([...bodies].sort()).toEqual(['a', 'b', 'c'])
    expect(await refusal(sns.publish({ TopicArn, Message: 'x' }))).toBe(
      'InvalidParameterException: Invalid parameter: The MessageGroupId parameter is required for FIFO topics',
    )
  })

  it('takes batches, and puts what no queue takes into the dead-letter queue', async () => {
    const TopicArn = await topic()
    const dead = await queue()
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn })
    const gone = await subscribed(TopicArn, { RedrivePolicy })
    await sqs.deleteQueue({ QueueUrl: gone.QueueUrl })
    const { Successful, Failed } = await sns.publishBatch({
      TopicArn,
      PublishBatchRequestEntries: [{ Id: 'a', Message: 'one' }],
    })
    expect([Successful!.length, Failed!.length]).toEqual([1, 0])
    expect(JSON.parse((await received(dead.QueueUrl))[0]!.Body!)).toMatchObject({ Message: 'one' })
  })
})

describe('HTTP endpoints', () => {
  let server: Server
  const seen: { type: string; body: string }[] = []
  let status = 200
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (piece) => (body += String(piece)))
      request.on('end', () => {
        seen.push({ type: String(request.headers['x-amz-sns-message-type']), body })
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => void server.close())

  it('confirm by the link, then get notifications, again after a failure', async () => {
    const TopicArn = await topic()
    const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const made = await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint })
    expect(made.SubscriptionArn).toBe('pending confirmation')
    await expect.poll(() => seen.length).toBe(1)
    const asked = JSON.parse(seen[0]!.body) as { SubscribeURL: string }
    const confirmed = await (await fetch(asked.SubscribeURL)).text()
    expect(confirmed).toContain('<ConfirmSubscriptionResult><SubscriptionArn>')
    status = 500
    await sns.publish({ TopicArn, Message: 'hello' })
    await expect.poll(() => seen.length).toBe(2)
    status = 200
    const again = () => {
      under.kernel.clock.advance(20_000)
      return seen.length
    }
    await expect.poll(again).toBeGreaterThan(2)
    const got = JSON.parse(seen[2]!.body) as { UnsubscribeURL: string }
    expect(got).toMatchObject({ Type: 'Notification', Message: 'hello' })
    expect((await fetch(got.UnsubscribeURL)).status).toBe(200)
    expect((await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions).toEqual([])
  })

  it('confirm by a link in whichever region their topic is', async () => {
    const away = new SNS({ ...under.config(), region: 'eu-central-1' })
    const { TopicArn } = await away.createTopic({ Name: 'away' })
    const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await away.subscribe({ TopicArn, Protocol: 'http', Endpoint })
    const asked = () => seen.find(({ body }) => body.includes(TopicArn!))?.body
    await expect.poll(asked).toBeTruthy()
    const { SubscribeURL } = JSON.parse(asked()!) as { SubscribeURL: string }
    const elsewhere = SubscribeURL.replace('eu-central-1', 'us-west-2')
    expect(await (await fetch(elsewhere)).text()).toContain('Invalid parameter: Topic<')
    // The token says whose it is, whatever topic stands beside it.
    const beside = await fetch(SubscribeURL.replace(':away', ':other'))
    expect(await beside.text()).toContain(`<SubscriptionArn>${TopicArn}:`)
  })
})

it('alarms of CloudWatch publish to topics', async () => {
  const TopicArn = await topic()
  const { QueueUrl } = await subscribed(TopicArn, { RawMessageDelivery: 'true' })
  const cloudwatch = new CloudWatch(under.config())
  await cloudwatch.putMetricAlarm({
    AlarmName: 'hot',
    AlarmActions: [TopicArn],
    MetricName: 'temperature',
    Namespace: 'Oven',
    Statistic: 'Maximum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 100,
    ComparisonOperator: 'GreaterThanThreshold',
  })
  const reason = { StateValue: 'ALARM' as const, StateReason: 'testing' }
  await cloudwatch.setAlarmState({ AlarmName: 'hot', ...reason })
  let body: string | undefined
  const look = async () => (body ??= (await received(QueueUrl))[0]?.Body)
  await expect.poll(look).toBeDefined()
  expect(JSON.parse(body!)).toMatchObject({
    AlarmName: 'hot',
    NewStateValue: 'ALARM',
    NewStateReason: 'testing',
    Trigger: { MetricName: 'temperature', Statistic: 'MAXIMUM', Threshold: 100 },
  })
})
