import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What the real service was seen to answer.

let under: CloudUnderTest
let sqs: SQS
let count = 0

beforeAll(async () => {
  under = await startCloud()
  sqs = new SQS(under.config())
})
afterAll(() => under.stop())

const refusal = (run: Promise<unknown>) =>
  run.then(
    () => 'no refusal',
    (error: { name: string; message: string }) => `${error.name}: ${error.message}`,
  )

async function queue(Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `a-${++count}${Attributes['FifoQueue'] ? '.fifo' : ''}`
  return (await sqs.createQueue({ QueueName, Attributes })).QueueUrl!
}

async function bodies(QueueUrl: string, most = 10, given: object = {}): Promise<string[]> {
  const { Messages = [] } = await sqs.receiveMessage({
    QueueUrl,
    MaxNumberOfMessages: most,
    ...given,
  })
  return Messages.map(({ Body }) => Body!)
}

describe('attempts at receiving', () => {
  it('are of FIFO queues and named as groups are', async () => {
    const receive = (QueueUrl: string, ReceiveRequestAttemptId: string) =>
      refusal(sqs.receiveMessage({ QueueUrl, ReceiveRequestAttemptId }))
    expect(await receive(await queue(), 'a')).toBe(
      'InvalidParameterValue: Value a for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is not valid for this queue type.',
    )
    const fifo = await queue({ FifoQueue: 'true' })
    expect(await receive(fifo, 'a b')).toBe(
      'InvalidParameterValue: Value a b for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    )
    expect(await receive(fifo, 'a')).toBe('no refusal')
  })
})

describe('attributes', () => {
  it('have one kind of encryption at a time', async () => {
    const QueueUrl = await queue()
    const both = { KmsMasterKeyId: 'key', SqsManagedSseEnabled: 'true' }
    expect(await refusal(sqs.setQueueAttributes({ QueueUrl, Attributes: both }))).toBe(
      'InvalidAttributeName: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    )
    const kms = { KmsMasterKeyId: 'key', KmsDataKeyReusePeriodSeconds: '6000' }
    await sqs.setQueueAttributes({ QueueUrl, Attributes: kms })
    const asked = { QueueUrl, AttributeNames: [...Object.keys(both), ...Object.keys(kms)] as never }
    expect((await sqs.getQueueAttributes(asked)).Attributes).toEqual({
      ...kms,
      SqsManagedSseEnabled: 'false',
    })
    await sqs.setQueueAttributes({ QueueUrl, Attributes: { SqsManagedSseEnabled: 'true' } })
    expect((await sqs.getQueueAttributes(asked)).Attributes).toEqual({
      SqsManagedSseEnabled: 'true',
    })
  })

  it('name a dead-letter queue by an ARN', async () => {
    const RedrivePolicy = '{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}'
    expect(await refusal(queue({ RedrivePolicy }))).toBe(
      `InvalidParameterValue: Value ${RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn.`,
    )
  })

  const arn = (name: string, service = 'sqs') => `arn:aws:${service}:us-east-1:000000000000:${name}`
  const allow = "Amazon SQS can't create the redrive allow policy"
  const badAllow = `InvalidAttributeValue: Invalid value for the parameter RedriveAllowPolicy. Reason: ${allow}, as it\u2019s in an unsupported format.`
  const without =
    'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.'
  it.each<[string, unknown, string]>([
    [
      'RedrivePolicy',
      [],
      'InvalidAttributeValue: Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.',
    ],
    ['RedrivePolicy', {}, 'Redrive policy does not contain mandatory attribute: maxReceiveCount.'],
    [
      'RedrivePolicy',
      { deadLetterTargetArn: arn('t', 'sns'), maxReceiveCount: 1 },
      'Only SQS queues are valid resources for deadLetterTargetArn.',
    ],
    [
      'RedrivePolicy',
      { deadLetterTargetArn: arn('gone.fifo'), maxReceiveCount: 1 },
      'Dead-letter queue must be same type of queue as the source..',
    ],
    [
      'RedrivePolicy',
      { deadLetterTargetArn: arn('gone'), maxReceiveCount: 1, more: 1 },
      'Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].',
    ],
    ['RedriveAllowPolicy', { redrivePermission: 'some' }, badAllow],
    ['RedriveAllowPolicy', { redrivePermission: 'denyAll', more: 1 }, badAllow],
    ['RedriveAllowPolicy', { redrivePermission: 'byQueue', sourceQueueArns: [1] }, badAllow],
    ['RedriveAllowPolicy', { redrivePermission: 'byQueue' }, `${allow}. ${without}`],
    [
      'RedriveAllowPolicy',
      { redrivePermission: 'byQueue', sourceQueueArns: Array(11).fill(arn('a')) },
      `${allow}. The maximum number of source queue ARNs you can specify is 10.`,
    ],
    [
      'RedriveAllowPolicy',
      { redrivePermission: 'allowAll', sourceQueueArns: [arn('a')] },
      `${allow}. To specify one or more source queue ARNs, you must set redrivePermission to byQueue.`,
    ],
  ])('of dead letters are refused: %s %j', async (name, given, reason) => {
    const text = JSON.stringify(given)
    const told = reason.startsWith('Invalid')
      ? reason
      : `InvalidParameterValue: Value ${text} for parameter ${name} is invalid. Reason: ${reason}`
    expect(await refusal(queue({ [name]: text }))).toBe(told)
  })

  it('keep the type of their queue', async () => {
    const plain = await queue()
    const fifo = await queue({ FifoQueue: 'true' })
    const set = (QueueUrl: string, FifoQueue: string) =>
      refusal(sqs.setQueueAttributes({ QueueUrl, Attributes: { FifoQueue } }))
    expect(await set(plain, 'true')).toBe('InvalidAttributeName: Unknown Attribute FifoQueue.')
    expect(await set(fifo, 'false')).toBe(
      'InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
    )
    expect(await set(fifo, 'true')).toBe('no refusal')
  })

  it('give permissions to accounts', async () => {
    const given = { QueueUrl: await queue(), Label: 'x', Actions: ['SendMessage'] }
    for (const AWSAccountIds of [['42'], []]) {
      expect(await refusal(sqs.addPermission({ ...given, AWSAccountIds }))).toBe(
        `InvalidParameterValue: Value [${AWSAccountIds.join()}] for parameter PrincipalId is invalid. Reason: Unable to verify.`,
      )
    }
  })

  it('lose and take at least one tag', async () => {
    const QueueUrl = await queue()
    expect(await refusal(sqs.tagQueue({ QueueUrl, Tags: {} }))).toBe(
      'MissingParameter: The request must contain the parameter Tags.',
    )
    for (const TagKeys of [[], ['k'.repeat(129)]]) {
      expect(await refusal(sqs.untagQueue({ QueueUrl, TagKeys }))).toBe(
        'InvalidParameterValue: Tag keys must be between 1 and 128 characters in length.',
      )
    }
  })

  it('lose permissions by their label', async () => {
    const QueueUrl = await queue()
    const none =
      "InvalidParameterValue: Value x for parameter Label is invalid. Reason: can't find label."
    expect(await refusal(sqs.removePermission({ QueueUrl, Label: 'x' }))).toBe(none)
  })
})

describe('batches', () => {
  it('count bodies and attributes', async () => {
    const QueueUrl = await queue()
    const MessageAttributes = { k: { DataType: 'String', StringValue: 'x' } }
    const Entries = [
      { Id: '1', MessageBody: 'a'.repeat(1_048_576 - 8), MessageAttributes },
      { Id: '2', MessageBody: 'a' },
    ]
    expect(await refusal(sqs.sendMessageBatch({ QueueUrl, Entries }))).toBe(
      'BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
    )
  })

  it('are refused as a whole without group or de-duplication id, and by entry for their contents', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true' })
    const good = { Id: '1', MessageBody: 'b', MessageGroupId: 'g', MessageDeduplicationId: 'd' }
    const { MessageGroupId: _group, ...noGroup } = { ...good, Id: '2' }
    const { MessageDeduplicationId: _id, ...noId } = { ...good, Id: '2' }
    expect(await refusal(sqs.sendMessageBatch({ QueueUrl, Entries: [good, noGroup] }))).toBe(
      'InvalidParameterValue: The request must contain the parameter MessageGroupId.',
    )
    expect(await refusal(sqs.sendMessageBatch({ QueueUrl, Entries: [good, noId] }))).toBe(
      'InvalidParameterValue: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
    expect(await bodies(QueueUrl)).toEqual([])
    const Entries = [good, { ...good, Id: '2', MessageBody: '\u0001' }]
    const { Successful, Failed } = await sqs.sendMessageBatch({ QueueUrl, Entries })
    expect([Successful!.map(({ Id }) => Id), Failed!.map(({ Code }) => Code)]).toEqual([
      ['1'],
      ['InvalidMessageContents'],
    ])
  })

  it('name the entry that lacks something', async () => {
    const QueueUrl = await queue()
    const place = 'The request must contain the parameter SendMessageBatchRequestEntry.'
    const good = { Id: '1', MessageBody: 'a' }
    const nameless = [good, { Id: undefined, MessageBody: 'b' }]
    expect(await refusal(sqs.sendMessageBatch({ QueueUrl, Entries: nameless }))).toBe(
      `MissingParameter: ${place}2.Id.`,
    )
    const Entries = [
      good,
      { Id: '2', MessageBody: '' },
      { Id: '3', MessageBody: 'c', MessageDeduplicationId: 'd' },
    ]
    const { Failed } = await sqs.sendMessageBatch({ QueueUrl, Entries })
    expect(Failed!.map(({ Code, Message }) => `${Code}: ${Message}`)).toEqual([
      `MissingParameter: ${place}2.MessageBody.`,
      'InvalidParameterValue: The request include parameter that is not valid for this queue type',
    ])
    const fifo = await queue({ FifoQueue: 'true' })
    const empty = [{ Id: '1', MessageBody: '', MessageGroupId: 'g' }]
    expect(await refusal(sqs.sendMessageBatch({ QueueUrl: fifo, Entries: empty }))).toBe(
      `MissingParameter: ${place}1.MessageBody.`,
    )
  })
})

describe('messages', () => {
  it('may be sent to a bare queue name, with attributes of any alphabet, and be asked for by *', async () => {
    const QueueUrl = await queue()
    const MessageAttributes = { 'attr.1øß': { DataType: 'String', StringValue: 'ä' } }
    const name = QueueUrl.split('/').at(-1)!
    const message = { QueueUrl: name, MessageBody: 'x', MessageAttributes }
    await sqs.send(new (await import('@aws-sdk/client-sqs')).SendMessageCommand(message))
    const { Messages } = await sqs.receiveMessage({ QueueUrl, MessageAttributeNames: ['*'] })
    expect(Messages![0]!.MessageAttributes).toEqual(MessageAttributes)
    const bad = { a: { DataType: 'String', StringValue: '\u0008' } }
    const sent = sqs.sendMessage({ QueueUrl, MessageBody: 'x', MessageAttributes: bad })
    expect(await refusal(sent)).toMatch(/^InvalidParameterValue: Invalid binary character '#x8'/)
  })

  it('of a group wait for its first one only', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    for (const MessageBody of ['a1', 'a2', 'b1']) {
      await sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId: MessageBody[0]! })
    }
    const { Messages } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 2 })
    const { ReceiptHandle } = Messages![0]!
    await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 })
    expect(await bodies(QueueUrl, 3)).toEqual(['b1', 'a1'])
  })

  it('come back by groups in the order they were taken', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' })
    for (const MessageBody of ['a1', 'b1', 'b2', 'c1', 'a2']) {
      await sqs.sendMessage({ QueueUrl, MessageBody, MessageGroupId: MessageBody[0]! })
    }
    expect(await bodies(QueueUrl, 3, { VisibilityTimeout: 0 })).toEqual(['a1', 'a2', 'b1'])
    expect(await bodies(QueueUrl)).toEqual(['c1', 'a1', 'a2', 'b1', 'b2'])
  })

  it('are taken again by a purged FIFO queue', async () => {
    const QueueUrl = await queue({ FifoQueue: 'true' })
    const given = { QueueUrl, MessageGroupId: 'g', MessageDeduplicationId: 'same' }
    await sqs.sendMessage({ ...given, MessageBody: 'one' })
    await sqs.purgeQueue({ QueueUrl })
    await sqs.sendMessage({ ...given, MessageBody: 'two' })
    expect(await bodies(QueueUrl)).toEqual(['two'])
  })
})

describe('forms', () => {
  it("sent to a queue's URL ask for what is done with a queue", async () => {
    const QueueUrl = await queue()
    const asked = async (
      parameters: Record<string, string>,
      given: Record<string, string> = {},
    ) => {
      const form = new URLSearchParams(parameters).toString()
      const url = new URL(QueueUrl).pathname + (form && `?${form}`)
      const headers = sign({
        method: 'GET',
        url,
        headers: { host: new URL(under.url).host, ...given },
        body: '',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        region: under.cloud.region,
        service: 'sqs',
        now: Date.now(),
      })
      const answer = await fetch(`${under.url}${url}`, { headers })
      return `${answer.status} ${await answer.text()}`
    }
    for (const Action of ['ListQueues', 'CreateQueue', 'Explode']) {
      const told = await asked({ Action, QueueName: 'other' })
      expect(told).toMatch(/^400 /)
      expect(told).toContain(
        `<Type>Sender</Type><Code>InvalidAction</Code><Message>The action ${Action} is not valid for this endpoint.</Message>`,
      )
    }
    const name = QueueUrl.split('/').at(-1)!
    const found = await asked({ Action: 'GetQueueUrl', QueueName: name })
    expect(found).toContain(`<QueueUrl>${QueueUrl}</QueueUrl>`)
    const sent = await asked({ Action: 'SendMessage' })
    expect(sent).toContain('The request must contain the parameter MessageBody.')
    const nothing = await asked({ Action: 'ReceiveMessage' })
    expect(nothing).toMatch(
      /^200 <\?xml version="1.0"\?><ReceiveMessageResponse .*<ReceiveMessageResult\/>/,
    )
    expect(await asked({})).toBe('404 <UnknownOperationException/>\n')
  })

  it("reach a queue's URL without a signature and a version", async () => {
    const body = new URLSearchParams({ Action: 'SendMessage', MessageBody: 'a' })
    const answer = await fetch(await queue(), { method: 'POST', body })
    expect(await answer.text()).toMatch(/^<\?xml version="1.0"\?><ErrorResponse/)
  })

  it('are answered in JSON where that is accepted', async () => {
    const QueueUrl = await queue()
    const told = async (parameters: Record<string, string>) => {
      const body = new URLSearchParams(parameters).toString()
      const url = new URL(QueueUrl).pathname
      const headers = sign({
        method: 'POST',
        url,
        headers: {
          host: new URL(under.url).host,
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        region: under.cloud.region,
        service: 'sqs',
        now: Date.now(),
      })
      const answer = await fetch(`${under.url}${url}`, { method: 'POST', headers, body })
      const text = await answer.text()
      return text.replace(/"[\da-f]{8}-[\da-f-]{27}"/g, '"<id>"')
    }
    const metadata = '"ResponseMetadata":{"RequestId":"<id>"}'
    expect(await told({ Action: 'SendMessage', MessageBody: 'a' })).toBe(
      `{"SendMessageResponse":{${metadata},"SendMessageResult":{"MD5OfMessageAttributes":null,"MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661","MD5OfMessageSystemAttributes":null,"MessageId":"<id>","SequenceNumber":null}}}`,
    )
    const name = { Action: 'GetQueueAttributes', 'AttributeName.1': 'DelaySeconds' }
    expect(await told(name)).toBe(
      `{"GetQueueAttributesResponse":{"GetQueueAttributesResult":{"Attributes":[{"Name":"DelaySeconds","Value":"0"}]},${metadata}}}`,
    )
    expect(await told({ Action: 'ListQueues' })).toBe(
      '{"Error":{"Code":"InvalidAction","Message":"The action ListQueues is not valid for this endpoint.","Type":"Sender"},"RequestId":"<id>"}',
    )
    expect(await told({ Foo: 'bar' })).toContain('"Code":"MissingAction"')
  })
})

describe('errors', () => {
  it('of pages out of their bounds', async () => {
    const QueueUrl = await queue()
    for (const MaxResults of [0, 1001]) {
      const text = `InvalidParameterValue: Value ${MaxResults} for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.`
      expect(await refusal(sqs.listQueues({ MaxResults }))).toBe(text)
      expect(await refusal(sqs.listDeadLetterSourceQueues({ QueueUrl, MaxResults }))).toBe(text)
    }
  })

  it('of move tasks', async () => {
    const cancel = (text: string) =>
      refusal(sqs.cancelMessageMoveTask({ TaskHandle: Buffer.from(text).toString('base64') }))
    expect(await cancel('foobar')).toBe(
      'InvalidParameterValue: Value for parameter TaskHandle is invalid.',
    )
    const dead = (await queue()).split('/').at(-1)!
    const place = `arn:aws:sqs:${under.cloud.region}:000000000000:`
    const target = { deadLetterTargetArn: place + dead, maxReceiveCount: 1 }
    await queue({ RedrivePolicy: JSON.stringify(target) })
    const fifo = (await queue({ FifoQueue: 'true' })).split('/').at(-1)!
    const moved = { SourceArn: place + dead, DestinationArn: place + fifo }
    expect(await refusal(sqs.startMessageMoveTask(moved))).toMatch(/same type as the source/)
    const gone = 'arn:aws:sqs:us-east-1:000000000000:nowhere'
    const absent = 'ResourceNotFoundException: '
    expect(await cancel(JSON.stringify({ taskId: 'x', sourceArn: gone }, null, 1))).toBe(
      `${absent}The resource that you specified for the SourceArn parameter doesn't exist.`,
    )
    expect(await cancel(JSON.stringify({ taskId: 'x', sourceArn: place + dead }))).toBe(
      `${absent}Task does not exist.`,
    )
  })
})
