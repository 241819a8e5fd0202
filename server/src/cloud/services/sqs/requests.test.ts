import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsError, sign } from '../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'
import { mayReceive } from './receive.ts'
import { rulesOf } from './rules.ts'

// What the real service was seen to answer to requests that no SDK would send.

let under: CloudUnderTest
let sqs: SQS
let count = 0

beforeAll(async () => {
  under = await startCloud()
  sqs = new SQS(under.config())
})
afterAll(() => under.stop())

const queue = async () => (await sqs.createQueue({ QueueName: `r-${++count}` })).QueueUrl!

/** What a client without the SDK's own checks is told: type, message, and the old client's code. */
async function asked(operation: string, input: object) {
  const body = JSON.stringify(input)
  const headers = sign({
    method: 'POST',
    url: '/',
    headers: {
      host: new URL(under.url).host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
    },
    body,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: under.cloud.region,
    service: 'sqs',
    now: Date.now(),
  })
  const answer = await fetch(under.url, { method: 'POST', headers, body })
  const { __type: type, ...told } = (await answer.json()) as Record<string, string>
  const message = told['message'] ?? told['Message']
  return { type, message, code: answer.headers.get('x-amzn-query-error'), told }
}

describe('JSON', () => {
  it('has numbers and booleans for text', async () => {
    const QueueName = `r-${++count}.fifo`
    const Attributes = { FifoQueue: true, ContentBasedDeduplication: true, DelaySeconds: 5 }
    const { told } = await asked('CreateQueue', { QueueName, Attributes })
    const QueueUrl = told['QueueUrl']!
    const found = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })
    expect(found.Attributes).toMatchObject({ FifoQueue: 'true', DelaySeconds: '5' })
    const plain = await queue()
    const MessageAttributes = { a: { DataType: 'String', StringValue: 12.5 } }
    await asked('SendMessage', { QueueUrl: plain, MessageBody: false, MessageAttributes })
    const asking = { QueueUrl: plain, MessageAttributeNames: ['All'] }
    const { Messages } = await sqs.receiveMessage(asking)
    expect(Messages![0]).toMatchObject({
      Body: 'false',
      MessageAttributes: { a: { StringValue: '12.5' } },
    })
  })

  it.each<[string, object, string]>([
    ['SendMessage', { MessageBody: {} }, 'Start of structure or map found where not expected.'],
    ['SendMessage', { MessageBody: [] }, 'Start of list found where not expected'],
    ['SendMessage', { DelaySeconds: '5' }, 'STRING_VALUE can not be converted to an Integer'],
    ['SendMessage', { MessageAttributes: 'a' }, 'Expected map or null'],
    ['SendMessage', { MessageAttributes: { a: 1 } }, 'Expected null'],
    ['SendMessageBatch', { Entries: 'a' }, 'Expected list or null'],
  ])('is refused where a type is wrong: %s %j', async (operation, input, message) => {
    const found = await asked(operation, input)
    expect([found.type, found.message]).toEqual([
      'com.amazon.coral.service#SerializationException',
      message,
    ])
  })
})

describe('refusals', () => {
  it('are named for old and new clients', async () => {
    const told = async (operation: string, input: object) => {
      const { type, code } = await asked(operation, input)
      return [type, code]
    }
    const QueueUrl = await queue()
    expect(await told('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 11 })).toEqual([
      'com.amazonaws.sqs#InvalidParameterValueException',
      'InvalidParameterValue;Sender',
    ])
    expect(await told('SendMessage', { QueueUrl })).toEqual([
      'com.amazonaws.sqs#MissingRequiredParameterException',
      'MissingParameter;Sender',
    ])
  })

  const must = 'MissingParameter: The request must contain the parameter'
  const value = 'InvalidParameterValue: Value'
  const handle = { Id: '1', ReceiptHandle: 'x' }
  const text = { DataType: 'String', StringValue: 'x' }
  const attributes = (MessageAttributes: object) => ({ MessageBody: 'x', MessageAttributes })
  const permission = { Label: 'x', Actions: ['SendMessage'], AWSAccountIds: ['123456789012'] }
  const invalid = 'InvalidParameterValue:'
  it.each<[string, object, string]>([
    ['SendMessageBatch', {}, `${must} Entries.`],
    ['DeleteMessageBatch', {}, `${must} Entries.`],
    ['ChangeMessageVisibilityBatch', {}, `${must} Entries.`],
    ['DeleteMessage', { ReceiptHandle: ' ' }, `${must} ReceiptHandle.`],
    [
      'ChangeMessageVisibility',
      { ...handle, VisibilityTimeout: -1 },
      `${value} -1 for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.`,
    ],
    [
      'ReceiveMessage',
      { VisibilityTimeout: 43_201 },
      `${value} 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.`,
    ],
    ['SetQueueAttributes', { Attributes: {} }, `${must} Attribute.Name.`],
    [
      'SetQueueAttributes',
      { Attributes: { DeduplicationScope: 'queue' } },
      'InvalidAttributeName: You can specify the DeduplicationScope only when FifoQueue is set to true.',
    ],
    [
      'GetQueueUrl',
      { QueueName: '' },
      `${value} for parameter QueueName is invalid. Reason: Must specify a queue name.`,
    ],
    ['CreateQueue', { QueueName: '' }, `${invalid} Queue name cannot be empty`],
    ['StartMessageMoveTask', {}, `${must} SourceArn.`],
    [
      'ListDeadLetterSourceQueues',
      { NextToken: 'nonsense' },
      `${invalid} Invalid or expired next token.`,
    ],
    ['RemovePermission', {}, `${must} Label.`],
    [
      'AddPermission',
      { ...permission, Actions: ['CreateQueue'] },
      `${value} SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.`,
    ],
    [
      'AddPermission',
      { ...permission, Actions: Array(8).fill('SendMessage') },
      'OverLimit: 8 Actions were found, maximum allowed is 7.',
    ],
    [
      'SendMessage',
      attributes({ '': text }),
      `${invalid} The request must contain non-empty message (user) attribute names.`,
    ],
    [
      'SendMessage',
      attributes({ a: {} }),
      `${invalid} The message (user) attribute 'a' must contain a non-empty message attribute value.`,
    ],
    [
      'SendMessage',
      attributes({ a: { ...text, DataType: 'Text' } }),
      `${invalid} The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    ],
    [
      'SendMessage',
      attributes({ a: { DataType: 'StringList', StringListValues: ['x'] } }),
      `${invalid} Message attribute list values in SendMessage operation are not supported.`,
    ],
    [
      'SendMessage',
      attributes({ 'AWS.a': text }),
      `${invalid} You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.`,
    ],
  ])('of %s %j', async (operation, input, message) => {
    const { code, message: told } = await asked(operation, { QueueUrl: await queue(), ...input })
    expect(`${code!.replace('AWS.SimpleQueueService.', '').split(';')[0]}: ${told}`).toBe(message)
  })

  it('of an entry that has no time to be hidden for', async () => {
    const QueueUrl = await queue()
    const { Failed } = await sqs.changeMessageVisibilityBatch({ QueueUrl, Entries: [handle] })
    expect(Failed![0]).toMatchObject({
      Code: 'MissingParameter',
      Message:
        'The request must contain the parameter ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout.',
    })
  })
})

it.each([
  ['a standard queue', {}, false, 'OverLimit: Too many messages in flight for this queue.'],
  ['a long poll at a standard queue', {}, true, false],
  ['a FIFO queue', { FifoQueue: 'true' }, false, false],
])(
  '%s with 120,000 messages in flight',
  (_name, attributes: Record<string, string>, waits, told) => {
    const receive = (inflight: number) => {
      const queue = {
        rules: rulesOf(attributes),
        counts: { ready: 1, delayed: 0, inflight, gone: 0 },
      }
      try {
        return mayReceive(queue, waits)
      } catch (error) {
        return `${(error as AwsError).code}: ${(error as AwsError).message}`
      }
    }
    expect([receive(119_999), receive(120_000)]).toEqual([true, told])
  },
)
