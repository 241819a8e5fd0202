import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  type ComputeUnderTest,
  REGION,
  ROLE,
  startCompute,
  zip,
} from '../tests/compute-under-test.ts'
import { isWanted } from './filter.ts'

let cloud: ComputeUnderTest
let lambda: Lambda
let sqs: SQS
let kinesis: Kinesis
let dynamodb: DynamoDB
let count = 0

const TIMEOUT = { timeout: 60_000, interval: 50 }

beforeAll(async () => {
  cloud = await startCompute()
  lambda = new Lambda(cloud.config())
  sqs = new SQS(cloud.config())
  kinesis = new Kinesis(cloud.config())
  dynamodb = new DynamoDB(cloud.config())
  await cloud.aws.iam.putRolePolicy({
    RoleName: 'functions',
    PolicyName: 'sources',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: ['sqs:*', 'kinesis:*', 'dynamodb:*', 's3:*'], Resource: '*' },
      ],
    }),
  })
})
afterAll(() => cloud.stop())

async function queue(Attributes: Record<string, string> = {}) {
  const QueueName = `q-${++count}${Attributes['FifoQueue'] ? '.fifo' : ''}`
  const { QueueUrl } = await sqs.createQueue({ QueueName, Attributes })
  return { QueueUrl: QueueUrl!, arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}` }
}

/** A function that logs what it was called with, and then does `more`. */
async function teller(more: string) {
  const FunctionName = `teller-${++count}`
  const code = `exports.handler = async (event) => {
  console.log('told ' + JSON.stringify(event))
  ${more}
}`
  await lambda.createFunction({
    FunctionName,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: zip({ 'index.js': code }) },
  })
  return { FunctionName, told: () => events(FunctionName) }
}

/** A stream of one shard. */
async function stream() {
  const StreamName = `s-${++count}`
  await kinesis.createStream({ StreamName, ShardCount: 1 })
  const { StreamDescriptionSummary: made } = await kinesis.describeStreamSummary({ StreamName })
  const put = (text: string, PartitionKey: string) =>
    kinesis.putRecord({ StreamName, Data: Buffer.from(text), PartitionKey })
  return { arn: made!.StreamARN!, put }
}

interface Told {
  isFinalInvokeForWindow?: boolean
  Records: {
    body?: string
    messageId?: string
    kinesis?: { data: string; partitionKey: string }
    eventName?: string
    dynamodb?: { NewImage?: object; Keys: object }
  }[]
}

async function events(FunctionName: string): Promise<Told[]> {
  const logGroupName = `/aws/lambda/${FunctionName}`
  const { logGroups } = await cloud.aws.logs.describeLogGroups({
    logGroupNamePrefix: logGroupName,
  })
  if (!logGroups?.length) return []
  const { events: lines = [] } = await cloud.aws.logs.filterLogEvents({ logGroupName })
  return lines.flatMap(({ message = '' }) => {
    const at = message.indexOf('told ')
    return at < 0 ? [] : [JSON.parse(message.slice(at + 5)) as Told]
  })
}

const left = async (QueueUrl: string) => {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames: [...names] })
  return names.reduce((sum, name) => sum + Number(Attributes![name]), 0)
}

describe('a queue', () => {
  it('is read in batches, and emptied of what the function dealt with', async () => {
    const source = await queue()
    const { FunctionName, told } = await teller('return {}')
    const made = await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: source.arn,
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }] },
    })
    expect(made).toMatchObject({
      State: 'Creating',
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: [],
    })
    const { State } = await lambda.getEventSourceMapping({ UUID: made.UUID })
    expect(State).toBe('Enabled')
    const Entries = ['order', 'other', 'order'].map((kind, at) => ({
      Id: String(at),
      MessageBody: JSON.stringify({ kind, at }),
    }))
    await sqs.sendMessageBatch({ QueueUrl: source.QueueUrl, Entries })
    const bodies = async () =>
      (await told()).flatMap(({ Records }) => Records.map(({ body }) => body))
    await expect.poll(async () => (await bodies()).length, TIMEOUT).toBe(2)
    expect((await bodies()).join()).not.toContain('other')
    await expect.poll(() => left(source.QueueUrl), TIMEOUT).toBe(0)
    await lambda.deleteEventSourceMapping({ UUID: made.UUID })
    const gone = lambda.getEventSourceMapping({ UUID: made.UUID })
    await expect(gone).rejects.toThrow('The resource you requested does not exist.')
  })

  it('keeps what the function says it failed at', async () => {
    const source = await queue({ VisibilityTimeout: '30' })
    const { FunctionName } = await teller(
      "return { batchItemFailures: event.Records.filter((r) => r.body === 'bad').map((r) => ({ itemIdentifier: r.messageId })) }",
    )
    await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: source.arn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    })
    const Entries = ['good', 'bad'].map((MessageBody) => ({ Id: MessageBody, MessageBody }))
    await sqs.sendMessageBatch({ QueueUrl: source.QueueUrl, Entries })
    await expect.poll(() => left(source.QueueUrl), TIMEOUT).toBe(1)
  })

  it('loses nothing and brings nothing twice when it is switched off, or gone, as a batch ends', async () => {
    const source = await queue()
    const slow = 'await new Promise((resolve) => setTimeout(resolve, 300))'
    const { FunctionName, told } = await teller(slow)
    const { UUID } = await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: source.arn,
      BatchSize: 1,
    })
    const said = async () => (await told()).map(({ Records }) => Records[0]!.body)
    const set = (Enabled: boolean) => lambda.updateEventSourceMapping({ UUID, Enabled })
    for (const MessageBody of ['a', 'b']) {
      await sqs.sendMessage({ QueueUrl: source.QueueUrl, MessageBody })
      await expect.poll(said, TIMEOUT).toContain(MessageBody)
      await set(false)
      await expect.poll(() => left(source.QueueUrl), TIMEOUT).toBe(0)
      await set(true)
    }
    expect(await said()).toEqual(['a', 'b'])
    await sqs.sendMessage({ QueueUrl: source.QueueUrl, MessageBody: 'last' })
    await expect.poll(said, TIMEOUT).toContain('last')
    await sqs.deleteQueue({ QueueUrl: source.QueueUrl })
    await sqs.createQueue({ QueueName: source.arn.split(':').at(-1)! })
    await sqs.sendMessage({ QueueUrl: source.QueueUrl, MessageBody: 'of the new queue' })
    await expect.poll(said, TIMEOUT).toContain('of the new queue')
  })

  it('is refused in Lambda’s words', async () => {
    const { FunctionName } = await teller('return {}')
    const source = await queue({ VisibilityTimeout: '1' })
    const create = (more: object) =>
      lambda.createEventSourceMapping({ FunctionName, EventSourceArn: source.arn, ...more })
    await expect(create({})).rejects.toThrow(
      'Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds',
    )
    await expect(create({ EventSourceArn: `${source.arn}-none` })).rejects.toThrow(
      'SQS Error Code: AWS.SimpleQueueService.NonExistentQueue',
    )
    await expect(create({ StartingPosition: 'LATEST' })).rejects.toThrow(
      'StartingPosition is not valid for SQS event sources.',
    )
    for (const Pattern of ['text', '{"a":"b"}', '{"a":[{"like":"b"}]}', '[]']) {
      const made = create({ FilterCriteria: { Filters: [{ Pattern }] } })
      await expect(made).rejects.toThrow('Invalid filter pattern definition.')
    }
    await expect(create({ BatchSize: 20 })).rejects.toThrow('Maximum batch window in seconds')
    const good = await queue()
    await create({ EventSourceArn: good.arn })
    await expect(create({ EventSourceArn: good.arn })).rejects.toThrow('already exists')
  })
})

describe('a stream', () => {
  it('is read shard by shard in its order, also what came while the mapping was off', async () => {
    const StreamName = `s-${++count}`
    await kinesis.createStream({ StreamName, ShardCount: 2 })
    const { StreamDescriptionSummary: stream } = await kinesis.describeStreamSummary({ StreamName })
    const { FunctionName, told } = await teller('return {}')
    const { UUID } = await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: stream!.StreamARN,
      StartingPosition: 'TRIM_HORIZON',
    })
    const put = (text: string) =>
      kinesis.putRecord({ StreamName, Data: Buffer.from(text), PartitionKey: 'one' })
    const data = async () =>
      (await told()).flatMap(({ Records }) =>
        Records.map((record) => Buffer.from(record.kinesis!.data, 'base64').toString()),
      )
    for (const text of ['a', 'b', 'c']) await put(text)
    await expect.poll(async () => (await data()).toSorted().join(), TIMEOUT).toBe('a,b,c')
    expect((await lambda.updateEventSourceMapping({ UUID, Enabled: false })).State).toBe(
      'Disabling',
    )
    await put('d')
    expect((await lambda.updateEventSourceMapping({ UUID, Enabled: true })).State).toBe('Enabling')
    await expect.poll(async () => (await data()).toSorted().join(), TIMEOUT).toBe('a,b,c,d')
  })

  it('gives records up after their retries, and says which', async () => {
    const StreamName = `s-${++count}`
    await kinesis.createStream({ StreamName, ShardCount: 1 })
    const { StreamDescriptionSummary: stream } = await kinesis.describeStreamSummary({ StreamName })
    const lost = await queue()
    const { FunctionName, told } = await teller(
      "if (event.Records.some((r) => r.kinesis.partitionKey === 'bad')) throw new Error('no')",
    )
    await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: stream!.StreamARN,
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: 0,
      BatchSize: 1,
      DestinationConfig: { OnFailure: { Destination: lost.arn } },
    })
    for (const PartitionKey of ['bad', 'good']) {
      await kinesis.putRecord({ StreamName, Data: Buffer.from('x'), PartitionKey })
    }
    await expect.poll(() => left(lost.QueueUrl), TIMEOUT).toBe(1)
    const { Messages } = await sqs.receiveMessage({ QueueUrl: lost.QueueUrl })
    expect(JSON.parse(Messages![0]!.Body!)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
      responseContext: { functionError: 'Unhandled' },
      KinesisBatchInfo: { shardId: 'shardId-000000000000', batchSize: 1 },
    })
    const keys = async () =>
      (await told()).flatMap(({ Records }) => Records.map((record) => record.kinesis!.partitionKey))
    await expect.poll(keys, TIMEOUT).toContain('good')
  })

  it('gives up to a bucket with the records, and says that the function did not fail', async () => {
    const { arn: EventSourceArn, put } = await stream()
    const Bucket = `given-up-${++count}`
    const s3 = new S3(cloud.config())
    await s3.createBucket({ Bucket })
    const { FunctionName } = await teller("return { batchItemFailures: [{ itemIdentifier: '' }] }")
    const { UUID } = await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn,
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: 0,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${Bucket}` } },
    })
    await put('one', 'key')
    const listed = async () => (await s3.listObjectsV2({ Bucket })).Contents?.[0]?.Key ?? ''
    await expect
      .poll(listed, TIMEOUT)
      .toMatch(
        new RegExp(
          `^aws/lambda/${UUID}/shardId-000000000000/\\d{4}/\\d\\d/\\d\\d/[\\d-]+T[\\d.]+-[\\da-f-]{36}$`,
        ),
      )
    const { Body } = await s3.getObject({ Bucket, Key: await listed() })
    const told = JSON.parse(await Body!.transformToString()) as Record<string, unknown>
    expect(told).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: null },
      KinesisBatchInfo: { batchSize: 1, streamArn: EventSourceArn },
      payload: { Records: [{ kinesis: { partitionKey: 'key', data: 'b25l' } }] },
    })
    s3.destroy()
  })

  it('is counted in windows, whose state the function gets back', async () => {
    const { arn: EventSourceArn, put } = await stream()
    const { FunctionName, told } = await teller(
      'return { state: { count: (event.state.count ?? 0) + event.Records.length } }',
    )
    const made = await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn,
      StartingPosition: 'TRIM_HORIZON',
      TumblingWindowInSeconds: 1,
      BatchSize: 1,
    })
    expect(made.TumblingWindowInSeconds).toBe(1)
    for (const text of ['a', 'b', 'c']) await put(text, text)
    const ends = async () =>
      (await told()).filter((event) => event.isFinalInvokeForWindow) as (Told & {
        state: { count: number }
      })[]
    const counted = async () => (await ends()).reduce((sum, { state }) => sum + state.count, 0)
    await expect.poll(counted, TIMEOUT).toBe(3)
    expect((await ends())[0]).toEqual({
      Records: [],
      window: { start: expect.stringMatching(/:\d\dZ$/), end: expect.stringMatching(/Z$/) },
      state: { count: expect.any(Number) },
      shardId: 'shardId-000000000000',
      eventSourceARN: EventSourceArn,
      isFinalInvokeForWindow: true,
      isWindowTerminatedEarly: false,
    })
  })

  it('goes side by side, and leaves none out', async () => {
    const { arn: EventSourceArn, put } = await stream()
    const given = ['a1', 'b1', 'a2', 'c1', 'b2', 'a3', 'c2', 'a4']
    for (const text of given) await put(text, text[0]!)
    const { FunctionName, told } = await teller('return null')
    await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn,
      StartingPosition: 'TRIM_HORIZON',
      ParallelizationFactor: 4,
      BatchSize: 2,
    })
    const read = async () =>
      (await told()).flatMap(({ Records }) => Records.map(({ kinesis: it }) => it!))
    await expect.poll(async () => (await read()).length, TIMEOUT).toBe(given.length)
    const ofA = (await read()).filter(({ partitionKey }) => partitionKey === 'a')
    expect(ofA.map(({ data }) => Buffer.from(data, 'base64').toString()).toSorted()).toEqual(
      given.filter((text) => text[0] === 'a'),
    )
  })

  it('of a table brings its changes', async () => {
    const TableName = `table-${++count}`
    const { TableDescription: table } = await dynamodb.createTable({
      TableName,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    })
    const { FunctionName, told } = await teller('return {}')
    await lambda.createEventSourceMapping({
      FunctionName,
      EventSourceArn: table!.LatestStreamArn,
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
    })
    const Item = { id: { S: '하나' }, n: { N: '1' } }
    await dynamodb.putItem({ TableName, Item })
    await dynamodb.deleteItem({ TableName, Key: { id: { S: '하나' } } })
    await expect.poll(async () => (await told()).length, TIMEOUT).toBe(1)
    const [event] = await told()
    expect(event!.Records).toMatchObject([
      { eventName: 'INSERT', dynamodb: { NewImage: Item, Keys: { id: { S: '하나' } } } },
    ])
  })
})

it('filter patterns follow the rules of EventBridge', () => {
  const facts = {
    body: { n: 5, s: 'Hello', ip: '10.0.0.7', list: ['x', 'y'], none: null },
    top: 'a',
  }
  const yes = [
    '{"body":{"n":[{"numeric":[">",1,"<=",5]}]}}',
    '{"body":{"s":[{"prefix":"He"}]}}',
    '{"body":{"s":[{"suffix":"lo"}]}}',
    '{"body":{"s":[{"equals-ignore-case":"hello"}]}}',
    '{"body":{"s":[{"anything-but":["x"]}]}}',
    '{"body":{"list":["y"]}}',
    '{"body":{"none":[null],"absent":[{"exists":false}]}}',
    '{"$or":[{"top":["b"]},{"body":{"n":[5]}}]}',
    '{"body":{"s":[{"wildcard":"H*o"}]}}',
    '{"body":{"s":[{"anything-but":{"prefix":"x"}}]}}',
    '{"body":{"s":[{"prefix":{"equals-ignore-case":"he"}}]}}',
    '{"body":{"ip":[{"cidr":"10.0.0.0/24"}]}}',
  ]
  const no = [
    '{"body":{"n":[{"numeric":["<",5]}]}}',
    '{"body":{"s":["hello"]}}',
    '{"body":{"absent":[{"exists":true}]}}',
    '{"body":{"absent":[{"anything-but":["x"]}]}}',
    '{"top":{"a":["b"]}}',
  ]
  expect(yes.filter((pattern) => !isWanted([pattern], facts))).toEqual([])
  expect(no.filter((pattern) => isWanted([pattern], facts))).toEqual([])
})
