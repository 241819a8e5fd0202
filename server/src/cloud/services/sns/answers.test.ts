import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What the real service was seen to answer.

interface Call {
  headers: Record<string, string | string[] | undefined>
  body: string
}

let under: CloudUnderTest
let sns: SNS
let sqs: SQS
let server: Server
let url: string
const calls: Call[] = []
let count = 0

beforeAll(async () => {
  under = await startCloud()
  sns = new SNS(under.config())
  sqs = new SQS(under.config())
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      calls.push({ headers: request.headers, body })
      response.end()
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
})
afterAll(async () => {
  server.close()
  await under.stop()
})

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'no refusal',
    (error: { name: string; message: string }) =>
      `${error.name}: ${error.message}`.replace('Exception: ', ': '),
  )
const invalid = (what: string) => `InvalidParameter: Invalid parameter: ${what}`

async function topic(Attributes?: Record<string, string>): Promise<string> {
  const Name = `a-${++count}${Attributes?.['FifoTopic'] ? '.fifo' : ''}`
  return (await sns.createTopic({ Name, Attributes })).TopicArn!
}

async function queue(fifo = false) {
  const QueueName = `b-${++count}${fifo ? '.fifo' : ''}`
  const Attributes = fifo ? { FifoQueue: 'true' } : {}
  const { QueueUrl } = await sqs.createQueue({ QueueName, Attributes })
  const { region, account } = under.cloud
  return { QueueUrl: QueueUrl!, arn: `arn:aws:sqs:${region}:${account}:${QueueName}` }
}

describe('requests', () => {
  it('name topics and subscriptions of this region', async () => {
    const TopicArn = await topic()
    const elsewhere = TopicArn.replace(under.cloud.region, 'mars-west-1')
    expect(await refusal(sns.publish({ TopicArn: elsewhere, Message: 'x' }))).toBe(
      invalid('TopicArn'),
    )
    expect(await refusal(sns.getTopicAttributes({ TopicArn: elsewhere }))).toBe(invalid('TopicArn'))
    const leave = (SubscriptionArn: string) => refusal(sns.unsubscribe({ SubscriptionArn }))
    expect(await leave(`${TopicArn}x`)).toBe(invalid('SubscriptionId'))
    expect(await leave('a:b:c:d:e')).toBe(
      invalid('SubscriptionArn Reason: An ARN must have at least 6 elements, not 5'),
    )
    const confirm = (arn: string, Token: string) =>
      refusal(sns.confirmSubscription({ TopicArn: arn, Token }))
    expect(await confirm(elsewhere, 'a'.repeat(200))).toBe(invalid('Topic'))
    expect(await confirm(TopicArn, 'random')).toBe('InvalidParameter: Invalid token')
    expect(await confirm(`${TopicArn}-none`, 'a'.repeat(200))).toBe(invalid('Token'))
    const target = TopicArn.replace(/[^:]+$/, 'endpoint/APNS/a/12')
    expect(await refusal(sns.publish({ TargetArn: target, Message: 'x' }))).toBe(
      invalid('TargetArn Reason: No endpoint found for the target arn specified'),
    )
    expect(await refusal(sns.listTopics({ NextToken: 'nonsense' }))).toBe(invalid('NextToken'))
  })

  it('are tagged by other keys than those of AWS', async () => {
    const { TopicArn: ResourceArn } = await sns.createTopic({ Name: 'tagged' })
    const Tags = [{ Key: 'aws:owner', Value: 'me' }]
    expect(await refusal(sns.tagResource({ ResourceArn, Tags }))).toBe(
      'InvalidParameter: Invalid parameter: Tags Reason: aws: prefixed tag key names are not allowed for external use.',
    )
  })

  it('subscribe by protocols there are', async () => {
    const TopicArn = await topic()
    const subscribe = (Protocol: string, Endpoint: string) =>
      refusal(sns.subscribe({ TopicArn, Protocol, Endpoint }))
    expect(await subscribe('pigeon', 'x')).toBe(
      invalid('Amazon SNS does not support this protocol string: pigeon'),
    )
    const device = 'arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/1'
    expect(await subscribe('application', device)).toBe(
      invalid(`Endpoint Reason: Endpoint does not exist for endpoint arn${device}`),
    )
    const gone = { TopicArn: `${TopicArn}-gone`, Protocol: 'sqs', Endpoint: 'no ARN' }
    expect(await refusal(sns.subscribe(gone))).toBe('NotFound: Topic does not exist')
    expect(await subscribe('sms', 'nobody')).toBe('InvalidParameter: Invalid SMS endpoint: nobody')
    expect(await subscribe('sms', '15/55-1234567.')).toBe('no refusal')
    const fifo = await topic({ FifoTopic: 'true' })
    const made = await queue(true)
    const dead = await queue()
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn })
    const given = { TopicArn: fifo, Protocol: 'sqs', Endpoint: made.arn }
    const { SubscriptionArn } = await sns.subscribe(given)
    const set = { SubscriptionArn, AttributeName: 'RedrivePolicy', AttributeValue: RedrivePolicy }
    expect(await refusal(sns.setSubscriptionAttributes(set))).toBe(
      invalid(
        'RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.',
      ),
    )
  })
})

describe('filter policies', () => {
  it('are refused with the compiler’s words and places', async () => {
    const { arn } = await queue()
    const { SubscriptionArn } = await sns.subscribe({
      TopicArn: await topic(),
      Protocol: 'sqs',
      Endpoint: arn,
    })
    const set = (AttributeValue: string) =>
      refusal(
        sns.setSubscriptionAttributes({
          SubscriptionArn,
          AttributeName: 'FilterPolicy',
          AttributeValue,
        }),
      )
    expect(await set('{ "key": [ { "suffix": 100 } ] }')).toBe(
      invalid(
        'FilterPolicy: suffix match pattern must be a string\n at [Source: (String)"{"key":[{"suffix":100}]}"; line: 1, column: 22]',
      ),
    )
    expect(await set('{"k":[{"anything-but":{"suffix":"x"}}]}')).toContain(
      'FilterPolicy: Unsupported anything-but pattern: suffix\n',
    )
    expect(await set('{"k":[{"anything-but":{"prefix":false}}]}')).toContain(
      'FilterPolicy: prefix match pattern must be a string\n',
    )
    expect(await set('{invalid')).toBe(
      invalid(
        "FilterPolicy: failed to parse JSON. Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 2]",
      ),
    )
    expect(await set('{"a":{"b":["x"]}}')).toBe(
      invalid('Filter policy scope MessageAttributes does not support nested filter policy'),
    )
    const six = Object.fromEntries([...'abcdef'].map((key) => [key, ['x']]))
    expect(await set(JSON.stringify(six))).toBe(
      invalid('FilterPolicy: Filter policy can not have more than 5 keys'),
    )
    const many = { a: Array.from({ length: 151 }, (_, index) => index) }
    expect(await set(JSON.stringify(many))).toBe(
      invalid('FilterPolicy: Filter policy is too complex'),
    )
  })
})

describe('what is published', () => {
  it('has attributes by the rules', async () => {
    const TopicArn = await topic()
    const publish = (name: string, value: object) => {
      const MessageAttributes = { [name]: { DataType: 'String', ...value } }
      return refusal(sns.publish({ TopicArn, Message: 'x', MessageAttributes }))
    }
    const wrong = (message: string) => `InvalidParameterValue: ${message}`
    expect(await publish('a', { BinaryValue: Buffer.from('x') })).toBe(
      wrong("The message attribute 'a' with type 'String' must use field 'String'."),
    )
    expect(await publish('a^b', { StringValue: 'x' })).toBe(
      wrong(
        "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
      ),
    )
    expect(await publish('.a', { StringValue: 'x' })).toBe(
      wrong("Invalid message attribute name starting with character '.' was found."),
    )
    expect(await publish('a..b', { StringValue: 'x' })).toBe(
      wrong("Message attribute name can not have successive '.' character."),
    )
    const form = new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn,
      Message: 'x',
      'MessageAttributes.entry.1.Name': 'a',
      'MessageAttributes.entry.1.Value.StringValue': 'x',
    }).toString()
    const headers = sign({
      method: 'POST',
      url: '/',
      headers: {
        host: new URL(under.url).host,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: form,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      region: under.cloud.region,
      service: 'sns',
      now: Date.now(),
    })
    const answer = await fetch(under.url, { method: 'POST', headers, body: form })
    expect(await answer.text()).toContain(
      "<Code>ValidationError</Code><Message>1 validation error detected: Value null at 'messageAttributes.a.member.dataType' failed to satisfy constraint: Member must not be null</Message>",
    )
  })

  it('counts attributes, and a bad entry refuses its batch', async () => {
    const TopicArn = await topic()
    const MessageAttributes = { k: { DataType: 'String', StringValue: 'x' } }
    const Message = 'a'.repeat(262_144 - 7)
    expect(await refusal(sns.publish({ TopicArn, Message, MessageAttributes }))).toBe(
      invalid('Message too long'),
    )
    const PublishBatchRequestEntries = [
      { Id: '1', Message: 'good' },
      { Id: '2', Message: '{}', MessageStructure: 'json' },
    ]
    expect(await refusal(sns.publishBatch({ TopicArn, PublishBatchRequestEntries }))).toBe(
      invalid('Message Structure - No default entry in JSON message body'),
    )
  })

  it('is refused alone for its subject', async () => {
    const PublishBatchRequestEntries = [
      { Id: '1', Message: 'good' },
      { Id: '2', Message: 'bad', Subject: 'two\nlines' },
    ]
    const { Successful, Failed } = await sns.publishBatch({
      TopicArn: await topic(),
      PublishBatchRequestEntries,
    })
    expect(Successful!.map(({ Id }) => Id)).toEqual(['1'])
    expect(Failed).toEqual([
      {
        Id: '2',
        Code: 'InvalidParameter',
        Message: 'Invalid parameter: Subject',
        SenderFault: true,
      },
    ])
  })

  it('goes raw to the dead-letter queue of a raw subscription', async () => {
    const TopicArn = await topic()
    const dead = await queue()
    const Endpoint = dead.arn.replace(/[^:]+$/, 'gone')
    const Attributes = {
      RawMessageDelivery: 'true',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }),
    }
    await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint, Attributes })
    const MessageAttributes = { n: { DataType: 'Number', StringValue: '1' } }
    await sns.publish({ TopicArn, Message: 'raw', MessageAttributes })
    const { Messages } = await sqs.receiveMessage({
      QueueUrl: dead.QueueUrl,
      MessageAttributeNames: ['All'],
    })
    expect(Messages![0]).toMatchObject({ Body: 'raw', MessageAttributes })
  })
})

it('leaves the group of a FIFO topic behind at a standard queue', async () => {
  const TopicArn = await topic({ FifoTopic: 'true', ContentBasedDeduplication: 'true' })
  const { QueueUrl, arn } = await queue()
  const Attributes = { RawMessageDelivery: 'TrUe' }
  const { SubscriptionArn } = await sns.subscribe({
    TopicArn,
    Protocol: 'sqs',
    Endpoint: arn,
    Attributes,
  })
  const told = await sns.getSubscriptionAttributes({ SubscriptionArn })
  expect(told.Attributes).toMatchObject({ RawMessageDelivery: 'true' })
  const again = await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: arn, Attributes })
  expect(again.SubscriptionArn).toBe(SubscriptionArn)
  const unnamed = { SubscriptionArn: `${TopicArn}:nobody` }
  expect(await refusal(sns.getSubscriptionAttributes(unnamed))).toBe(invalid('SubscriptionId'))
  await sns.publish({ TopicArn, Message: 'x', MessageGroupId: 'g' })
  const asked = { QueueUrl, MessageSystemAttributeNames: ['All' as const] }
  const { Messages } = await sqs.receiveMessage(asked)
  expect(Messages![0]!.Attributes).not.toHaveProperty('MessageGroupId')
})

describe('refusals in the words of the service', () => {
  const retries = (given: object) => ({ healthyRetryPolicy: { numRetries: 3, ...given } })
  const place = 'DeliveryPolicy: healthyRetryPolicy.'
  it.each([
    [{}, `${place}minDelayTarget must be specified`],
    [{ minDelayTarget: 1 }, `${place}maxDelayTarget must be specified`],
    [
      { minDelayTarget: 0, maxDelayTarget: 1 },
      `${place}minDelayTarget must be greater than or equal to 1`,
    ],
    [
      { minDelayTarget: 2, maxDelayTarget: 1 },
      `${place}maxDelayTarget must be greater than or equal to minDelayTarget`,
    ],
    [
      { minDelayTarget: 1, maxDelayTarget: 2, numRetries: 101 },
      `${place}numRetries must be less than or equal to 100`,
    ],
    [
      { minDelayTarget: 1, maxDelayTarget: 2, numMaxDelayRetries: 4 },
      `${place}numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries`,
    ],
  ])('a subscription that retries as %j', async (given, message) => {
    const Attributes = { DeliveryPolicy: JSON.stringify(retries(given)) }
    const asked = { TopicArn: await topic(), Protocol: 'http', Endpoint: url, Attributes }
    expect(await refusal(sns.subscribe(asked))).toBe(invalid(`Attributes Reason: ${message}`))
  })

  it('topics, tags, permissions and texts', async () => {
    const TopicArn = await topic()
    const policy = { minDelayTarget: '1', maxDelayTarget: 2, numRetries: 1 }
    const set = {
      TopicArn,
      AttributeName: 'DeliveryPolicy',
      AttributeValue: JSON.stringify({ http: { defaultHealthyRetryPolicy: policy } }),
    }
    expect(await refusal(sns.setTopicAttributes(set))).toBe(
      invalid(
        'DeliveryPolicy: http.defaultHealthyRetryPolicy.minDelayTarget type mismatch, expecting integer, received a string',
      ),
    )
    const TracingConfig = { TopicArn, AttributeName: 'TracingConfig', AttributeValue: 'Sometimes' }
    expect(await refusal(sns.setTopicAttributes(TracingConfig))).toBe(
      invalid('TracingConfig: Invalid value [Sometimes]. Must be Active or PassThrough.'),
    )
    const Tags = [{ Key: 'k'.repeat(129), Value: '' }]
    expect(await refusal(sns.tagResource({ ResourceArn: TopicArn, Tags }))).toMatch(
      /Value 'k+' at 'tags\.1\.member\.key' failed to satisfy constraint: Member must have length less than or equal to 128$/,
    )
    const permission = { TopicArn, Label: 'l', AWSAccountId: ['someone'], ActionName: ['Publish'] }
    expect(await refusal(sns.addPermission(permission))).toBe(
      invalid('A provided account ID is not valid'),
    )
    const raw = { Protocol: 'email', Endpoint: 'a@b.c', Attributes: { RawMessageDelivery: 'true' } }
    expect(await refusal(sns.subscribe({ TopicArn, ...raw }))).toBe(
      invalid(
        'Attributes Reason: Delivery protocol [email] does not support raw message delivery.',
      ),
    )
    expect(await refusal(sns.createSMSSandboxPhoneNumber({ PhoneNumber: '1234567890' }))).toContain(
      "Value '1234567890' at 'phoneNumber' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(\\+[0-9]{8,}|[0-9]{0,9})$",
    )
    expect(await refusal(sns.checkIfPhoneNumberIsOptedOut({ phoneNumber: '+1555x' }))).toBe(
      invalid('PhoneNumber Reason: input incorrectly formatted'),
    )
  })

  it('applications and their devices', async () => {
    const Attributes = { PlatformCredential: 'secret', PlatformPrincipal: 'id' }
    const application = { Name: 'refused', Platform: 'ADM', Attributes }
    const { PlatformApplicationArn } = await sns.createPlatformApplication(application)
    expect(await sns.createPlatformApplication(application)).toMatchObject({
      PlatformApplicationArn,
    })
    const other = { ...application, Attributes: { ...Attributes, EventDeliveryFailure: 'x' } }
    expect(await refusal(sns.createPlatformApplication(other))).toBe(
      invalid(
        'Name Reason: An application with the same name but different properties already exists',
      ),
    )
    const rate = { PlatformApplicationArn, Attributes: { SuccessFeedbackSampleRate: '101' } }
    expect(await refusal(sns.setPlatformApplicationAttributes(rate))).toBe(
      invalid(
        'Attributes Reason: Invalid value for attribute: SuccessFeedbackSampleRate: 101 value provided is not an integer between 0-100',
      ),
    )
    const off = { PlatformApplicationArn, Token: 't', Attributes: { Enabled: 'false' } }
    const { EndpointArn: TargetArn } = await sns.createPlatformEndpoint(off)
    const said = { TargetArn, Message: 'no JSON', MessageStructure: 'json' }
    expect(await refusal(sns.publish(said))).toBe('EndpointDisabled: Endpoint is disabled')
    expect(await refusal(sns.createPlatformEndpoint({ PlatformApplicationArn, Token: '' }))).toBe(
      invalid('Token Reason: cannot be empty'),
    )
  })
})

describe('HTTP endpoints', () => {
  it('get the content type they ask for, a farewell, and a link back', async () => {
    const TopicArn = await topic({
      DeliveryPolicy: '{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}',
    })
    const told = (await sns.getTopicAttributes({ TopicArn })).Attributes!
    expect(told['DeliveryPolicy']).toBe(
      '{"http":{"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"application/json"}}}',
    )
    expect(JSON.parse(told['EffectiveDeliveryPolicy']!)).toMatchObject({
      http: {
        defaultHealthyRetryPolicy: { numRetries: 3 },
        defaultRequestPolicy: { headerContentType: 'application/json' },
      },
    })
    await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: url })
    const call = async (index: number) => {
      await expect.poll(() => calls.length).toBeGreaterThan(index)
      return calls[index]!
    }
    const first = JSON.parse((await call(0)).body) as Record<string, string>
    expect(calls[0]!.headers['content-type']).toBe('text/plain; charset=UTF-8')
    await fetch(first['SubscribeURL']!)
    await sns.publish({ TopicArn, Message: 'hello' })
    const notification = await call(1)
    expect(notification.headers['content-type']).toBe('application/json')
    const { UnsubscribeURL } = JSON.parse(notification.body) as Record<string, string>
    await fetch(UnsubscribeURL!)
    const last = await call(2)
    expect(last.headers['x-amz-sns-message-type']).toBe('UnsubscribeConfirmation')
    const subscriptions = async () =>
      (await sns.listSubscriptionsByTopic({ TopicArn })).Subscriptions!.length
    expect(await subscriptions()).toBe(0)
    const { SubscribeURL, Message } = JSON.parse(last.body) as Record<string, string>
    expect(Message).toMatch(/^You have chosen to deactivate subscription arn:aws:sns:/)
    await fetch(SubscribeURL!)
    expect(await subscriptions()).toBe(1)
  })
})
