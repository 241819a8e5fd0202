import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let home: string
let under: CloudUnderTest
let sqs: SQS
let count = 0

async function open() {
  under = await startCloud({ home, allowReset: true })
  sqs = new SQS(under.config())
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'madang-sqs-'))
  await open()
})
afterAll(async () => {
  await under.stop()
  await rm(home, { recursive: true, force: true })
})

async function queue(Attributes: Record<string, string> = {}): Promise<string> {
  const suffix = Attributes['FifoQueue'] ? '.fifo' : ''
  const { QueueUrl } = await sqs.createQueue({ QueueName: `q-${++count}${suffix}`, Attributes })
  return QueueUrl!
}

const send = (QueueUrl: string, MessageBody: string, more: object = {}) =>
  sqs.sendMessage({ QueueUrl, MessageBody, ...more })

async function bodies(QueueUrl: string, more: object = {}): Promise<string[]> {
  const input = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0, ...more }
  const { Messages = [] } = await sqs.receiveMessage(input)
  return Messages.map(({ Body }) => Body!)
}

async function arnOf(QueueUrl: string): Promise<string> {
  const names = { QueueUrl, AttributeNames: ['QueueArn' as const] }
  return (await sqs.getQueueAttributes(names)).Attributes!.QueueArn!
}

const attributes = async (QueueUrl: string) =>
  (await sqs.getQueueAttributes({ QueueUrl, AttributeNames: ['All'] })).Attributes!

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'no refusal',
    (error: { name: string; message: string }) => `${error.name}: ${error.message}`,
  )

async function query(parameters: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ Version: '2012-11-05', ...parameters }).toString()
  const headers = sign({
    method: 'POST',
    url: '/',
    headers: { host: new URL(under.url).host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: under.cloud.region,
    service: 'sqs',
    now: under.kernel.clock.now(),
  })
  delete headers['host']
  return (await fetch(`${under.url}/`, { method: 'POST', headers, body })).text()
}

describe('queues', () => {
  it('have the defaults of AWS and take what is set', async () => {
    const url = await queue({ VisibilityTimeout: '7' })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\/q-\d+$/)
    expect(await attributes(url)).toMatchObject({
      VisibilityTimeout: '7',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      DelaySeconds: '0',
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'true',
      ApproximateNumberOfMessages: '0',
    })
    await sqs.setQueueAttributes({ QueueUrl: url, Attributes: { DelaySeconds: '3' } })
    expect(await attributes(url)).toMatchObject({ DelaySeconds: '3', VisibilityTimeout: '7' })
  })

  it('are refused in SQS words', async () => {
    const make = (QueueName: string, Attributes: Record<string, string> = {}) =>
      refusal(sqs.createQueue({ QueueName, Attributes }))
    expect(await make('a b')).toBe(
      'InvalidParameterValue: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    )
    expect(await make('ok', { Colour: 'red' })).toBe(
      'InvalidAttributeName: Unknown Attribute Colour.',
    )
    expect(await make('ok', { DelaySeconds: '901' })).toBe(
      'InvalidAttributeValue: Invalid value for the parameter DelaySeconds.',
    )
    await make('twice', { DelaySeconds: '1' })
    expect(await make('twice', { DelaySeconds: '2' })).toBe(
      'QueueNameExists: A queue already exists with the same name and a different value for attribute DelaySeconds',
    )
    expect(await refusal(sqs.getQueueUrl({ QueueName: 'nowhere' }))).toBe(
      'QueueDoesNotExist: The specified queue does not exist.',
    )
  })

  it('answer the old query protocol in its own codes', async () => {
    const QueueUrl = await queue()
    const sent = await query({ Action: 'SendMessage', QueueUrl, MessageBody: '<old>' })
    expect(sent).toContain('<SendMessageResult>')
    const received = await query({ Action: 'ReceiveMessage', QueueUrl, 'AttributeName.1': 'All' })
    expect(received).toContain('<Body>&lt;old&gt;</Body>')
    expect(received).toContain('<Attribute><Name>SenderId</Name>')
    expect(await query({ Action: 'GetQueueUrl', QueueName: 'none' })).toContain(
      '<Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>The specified queue does not exist for this wsdl version.</Message>',
    )
  })

  it('keep tags and permissions', async () => {
    const QueueUrl = await queue()
    await sqs.tagQueue({ QueueUrl, Tags: { team: 'a', stage: 'b' } })
    await sqs.untagQueue({ QueueUrl, TagKeys: ['stage'] })
    expect((await sqs.listQueueTags({ QueueUrl })).Tags).toEqual({ team: 'a' })
    const permission = { AWSAccountIds: ['111122223333'], Actions: ['SendMessage'] }
    await sqs.addPermission({ QueueUrl, Label: 'one', ...permission })
    expect(await refusal(sqs.addPermission({ QueueUrl, Label: 'one', ...permission }))).toBe(
      'InvalidParameterValue: Value one for parameter Label is invalid. Reason: Already exists.',
    )
    expect((await attributes(QueueUrl)).Policy).toContain('SQS:SendMessage')
    await sqs.removePermission({ QueueUrl, Label: 'one' })
    expect((await attributes(QueueUrl)).Policy).toBeUndefined()
  })

  it('are listed by prefix in pages', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await sqs.createQueue({ QueueName: name })
    const first = await sqs.listQueues({ QueueNamePrefix: 'page-', MaxResults: 2 })
    expect(first.QueueUrls).toHaveLength(2)
    const rest = await sqs.listQueues({
      QueueNamePrefix: 'page-',
      MaxResults: 2,
      NextToken: first.NextToken,
    })
    expect(rest.QueueUrls).toEqual([expect.stringMatching(/page-3$/)])
    expect((await sqs.listQueues({ QueueNamePrefix: 'none' })).QueueUrls).toBeUndefined()
  })
})

describe('messages', () => {
  it('go through whole, with digests and attributes', async () => {
    const QueueUrl = await queue()
    const sent = await send(QueueUrl, 'héllo', {
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'x' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) },
      },
    })
    expect(sent.MD5OfMessageBody).toBe(createHash('md5').update('héllo').digest('hex'))
    const { Messages } = await sqs.receiveMessage({
      QueueUrl,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
    expect(Messages).toHaveLength(1)
    expect(Messages![0]).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'héllo',
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: '1', SenderId: '000000000000' },
      MessageAttributes: { kind: { StringValue: 'x' }, bytes: { DataType: 'Binary' } },
    })
    const ReceiptHandle = Messages![0]!.ReceiptHandle!
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
    expect(await attributes(QueueUrl)).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    })
    await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
  })

  it('come back when their visibility ends, and late when they are delayed', async () => {
    const QueueUrl = await queue({ VisibilityTimeout: '20' })
    await send(QueueUrl, 'now')
    await send(QueueUrl, 'late', { DelaySeconds: 60 })
    expect(await bodies(QueueUrl)).toEqual(['now'])
    expect(await bodies(QueueUrl)).toEqual([])
    under.kernel.clock.advance(21_000)
    expect(await bodies(QueueUrl)).toEqual(['now'])
    under.kernel.clock.advance(61_000)
    expect((await bodies(QueueUrl)).sort()).toEqual(['late', 'now'])
    under.kernel.clock.advance(4 * 86_400_000)
    expect(await bodies(QueueUrl)).toEqual([])
    expect(await attributes(QueueUrl)).toMatchObject({ ApproximateNumberOfMessages: '0' })
  })

  it('are waited for by long polls, first come first served', async () => {
    const QueueUrl = await queue()
    const first = bodies(QueueUrl, { WaitTimeSeconds: 20, MaxNumberOfMessages: 1 })
    await send(QueueUrl, 'a')
    expect(await first).toEqual(['a'])
    const delayed = bodies(QueueUrl, { WaitTimeSeconds: 20 })
    await send(QueueUrl, 'b', { DelaySeconds: 1 })
    expect(await delayed).toEqual(['b'])
  })

  it('are refused in SQS words', async () => {
    const QueueUrl = await queue({ MaximumMessageSize: '1024' })
    expect(await refusal(send(QueueUrl, 'x'.repeat(1025)))).toBe(
      'InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
    )
    expect(await refusal(send(QueueUrl, '\u0000'))).toMatch(
      /^InvalidMessageContents: Invalid binary char/,
    )
    expect(await refusal(bodies(QueueUrl, { MaxNumberOfMessages: 11 }))).toBe(
      'InvalidParameterValue: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    )
    expect(await refusal(sqs.deleteMessage({ QueueUrl, ReceiptHandle: 'garbage' }))).toBe(
      'ReceiptHandleIsInvalid: The input receipt handle "garbage" is not a valid receipt handle.',
    )
    expect(await refusal(sqs.sendMessageBatch({ QueueUrl, Entries: [] }))).toBe(
      'EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.',
    )
    const { Successful, Failed } = await sqs.sendMessageBatch({
      QueueUrl,
      Entries: [
        { Id: 'good', MessageBody: 'x' },
        { Id: 'bad', MessageBody: 'x'.repeat(1025) },
      ],
    })
    expect([Successful!.length, Failed![0]!.Code]).toEqual([1, 'InvalidParameterValue'])
  })

  it('die into the other queue, are moved back, and are purged', async () => {
    const dead = await queue()
    const deadLetterTargetArn = await arnOf(dead)
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: '1' })
    const source = await queue({ VisibilityTimeout: '0', RedrivePolicy })
    await send(source, 'poison')
    expect(await bodies(source)).toEqual(['poison'])
    expect(await bodies(source)).toEqual([])
    const { Messages } = await sqs.receiveMessage({
      QueueUrl: dead,
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['All'],
    })
    expect(Messages![0]!.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: await arnOf(source),
      ApproximateReceiveCount: '2',
    })
    expect((await sqs.listDeadLetterSourceQueues({ QueueUrl: dead })).queueUrls).toEqual([source])
    await sqs.startMessageMoveTask({ SourceArn: deadLetterTargetArn })
    const status = async () => {
      const listed = await sqs.listMessageMoveTasks({ SourceArn: deadLetterTargetArn })
      return listed.Results![0]!.Status
    }
    await expect.poll(status).toBe('COMPLETED')
    expect(await attributes(source)).toMatchObject({ ApproximateNumberOfMessages: '1' })
    await sqs.purgeQueue({ QueueUrl: source })
    expect(await bodies(source)).toEqual([])
    expect(await refusal(sqs.purgeQueue({ QueueUrl: source }))).toMatch(
      /^PurgeQueueInProgress: Only/,
    )
  })

  it('are still there after a restart, with the handle that was given', async () => {
    const QueueUrl = await queue({ VisibilityTimeout: '30' })
    await send(QueueUrl, 'first')
    const { Messages } = await sqs.receiveMessage({ QueueUrl })
    await send(QueueUrl, 'x'.repeat(20_000))
    await under.stop()
    await open()
    const again = QueueUrl.replace(/:\d+\//, `:${new URL(under.url).port}/`)
    expect(await bodies(again)).toEqual(['x'.repeat(20_000)])
    const ReceiptHandle = Messages![0]!.ReceiptHandle!
    await sqs.deleteMessage({ QueueUrl: again, ReceiptHandle })
    expect(await attributes(again)).toMatchObject({ ApproximateNumberOfMessagesNotVisible: '1' })
  })
})

describe('FIFO queues', () => {
  it('keep the order in each group while many send and receive', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    const groups = ['a', 'b', 'c']
    for (let n = 0; n < 20; n++) {
      const Entries = groups.map((group) => ({
        Id: group,
        MessageBody: `${group}-${n}`,
        MessageGroupId: group,
      }))
      await sqs.sendMessageBatch({ QueueUrl, Entries })
    }
    const seen: Record<string, number[]> = { a: [], b: [], c: [] }
    const worker = async () => {
      for (;;) {
        const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 3 })
        if (!Messages && Object.values(seen).flat().length >= 60) return
        for (const { Body, ReceiptHandle } of Messages ?? []) {
          const [group, n] = Body!.split('-')
          seen[group!]!.push(Number(n))
          await sqs.deleteMessage({ QueueUrl, ReceiptHandle })
        }
      }
    }
    await Promise.all([worker(), worker(), worker(), worker()])
    const inOrder = Array.from({ length: 20 }, (_, n) => n)
    expect(seen).toEqual({ a: inOrder, b: inOrder, c: inOrder })
  })

  it('take a message once in five minutes, also over a restart', async () => {
    const url = await queue({ FifoQueue: 'true' })
    const more = { MessageGroupId: 'g', MessageDeduplicationId: 'd' }
    const first = await send(url, 'one', more)
    const second = await send(url, 'two', more)
    expect(second.MessageId).toBe(first.MessageId)
    expect(second.SequenceNumber).toBe(first.SequenceNumber)
    await under.stop()
    await open()
    const QueueUrl = url.replace(/:\d+\//, `:${new URL(under.url).port}/`)
    expect((await send(QueueUrl, 'three', more)).MessageId).toBe(first.MessageId)
    under.kernel.clock.advance(301_000)
    expect((await send(QueueUrl, 'four', more)).MessageId).not.toBe(first.MessageId)
    expect(await bodies(QueueUrl)).toEqual(['one', 'four'])
    expect(await bodies(QueueUrl)).toEqual([])
  })

  it('are refused in SQS words', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true' })
    expect(await refusal(send(QueueUrl, 'x'))).toBe(
      'MissingParameter: The request must contain the parameter MessageGroupId.',
    )
    expect(await refusal(send(QueueUrl, 'x', { MessageGroupId: 'g' }))).toBe(
      'InvalidParameterValue: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
    const more = { MessageGroupId: 'g', MessageDeduplicationId: 'd' }
    await send(QueueUrl, 'x', more)
    const { Messages } = await sqs.receiveMessage({ QueueUrl, VisibilityTimeout: 1 })
    under.kernel.clock.advance(2000)
    const { ReceiptHandle } = Messages![0]!
    expect(await refusal(sqs.deleteMessage({ QueueUrl, ReceiptHandle }))).toMatch(
      /^InvalidParameterValue: Value \S+ for parameter ReceiptHandle is invalid\. Reason: The receipt handle has expired\.$/,
    )
  })
})
