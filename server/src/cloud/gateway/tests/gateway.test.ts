import { connect } from 'node:http2'
import { request } from 'node:http'
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { KinesisClient, SubscribeToShardCommand } from '@aws-sdk/client-kinesis'
import { InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client, SelectObjectContentCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns'
import { SQSClient, DeleteQueueCommand, PurgeQueueCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AwsError,
  collect,
  operationTable,
  service,
  type CloudWatch,
  type Kinesis,
  type Lambda,
  type Operations,
  type Principal,
  type S3,
  type Sqs,
} from '../index.ts'
import { credentials, startGateway, type UnderTest } from './gateway-under-test.ts'

const role: Principal = {
  kind: 'role',
  account: '222222222222',
  arn: 'arn:aws:sts::222222222222:assumed-role/worker/1',
  userId: 'AROA:1',
}

const s3 = {
  ListBuckets: (_input, ctx) => ({ Owner: { ID: ctx.account }, Buckets: [{ Name: ctx.region }] }),
  async GetObject(input, ctx) {
    const { QueueUrls } = await ctx.aws.sqs.listQueues({ QueueNamePrefix: input.Key })
    return { Body: Buffer.from(QueueUrls?.join() ?? '') }
  },
  SelectObjectContent: () => ({
    Payload: events([{ Records: { Payload: Buffer.from('1,2\n') } }, { End: {} }]),
  }),
} satisfies Operations<S3>

const sqs = {
  ListQueues: (input, ctx) => ({ QueueUrls: [`${ctx.principal.arn}/${input.QueueNamePrefix}`] }),
  DeleteQueue() {
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  },
  PurgeQueue() {
    throw new Error('a bug')
  },
} satisfies Operations<Sqs>

const broken = () => {
  throw new Error('a bug')
}

const hangul = [
  { PayloadChunk: { Payload: Buffer.from('한') } },
  { PayloadChunk: { Payload: Buffer.from('글') } },
  { InvokeComplete: { LogResult: 'done' } },
]
let failing = false

async function* failure() {
  yield hangul[0]!
  throw new AwsError('Unhandled', 'the function ended')
}

const lambda = {
  InvokeWithResponseStream: () => ({
    StatusCode: 200,
    EventStream: failing ? failure() : events(hangul),
  }),
} satisfies Operations<Lambda>

const kinesis = {
  SubscribeToShard: () => ({
    EventStream: events([
      {
        SubscribeToShardEvent: {
          ContinuationSequenceNumber: '1',
          MillisBehindLatest: 0,
          Records: [{ Data: Buffer.from('r'), PartitionKey: 'p', SequenceNumber: '1' }],
        },
      },
    ]),
  }),
} satisfies Operations<Kinesis>

let compressed: string | undefined

const cloudwatch = {
  PutMetricData(_input, ctx) {
    compressed = ctx.http.headers['content-encoding']
    return {}
  },
} satisfies Operations<CloudWatch>

async function* events<T>(list: T[]): AsyncGenerator<T> {
  yield* list
}

let underTest: UnderTest
const denied = new Set<string>()
const storage = service({ id: 's3', operations: s3, anonymous: ['GetObject'] })

beforeAll(async () => {
  underTest = await startGateway({
    services: [
      storage,
      service({ id: 'sqs', operations: sqs, validate: () => undefined }),
      service({ id: 'kms', operations: { ListKeys: broken } }),
      service({ id: 'sns', operations: { ListTopics: broken } }),
      service({ id: 'lambda', operations: lambda }),
      service({ id: 'kinesis', operations: kinesis }),
      service({ id: 'cloudwatch', operations: cloudwatch }),
    ],
    routes: [
      {
        name: 'health',
        matches: (_request, place) => place.path === '/_madang/health',
        handle: async () => ({ status: 200, headers: [], body: 'well' }),
      },
      {
        name: 'private',
        matches: (_request, place) => place.path === '/_madang/private',
        async handle(_request, ctx) {
          const { principal } = await ctx.verify('lambda')
          return { status: 200, headers: [], body: principal.kind }
        },
      },
    ],
    config: { mode: 'open' },
    ports: { authorise: ([first]) => ({ allowed: !denied.has(first!.action) }) },
  })
})
afterAll(async () => {
  expect(underTest.bugs).toEqual([])
  await underTest.close()
})

const options = (extra = {}) => ({
  endpoint: underTest.endpoint,
  region: 'eu-west-1',
  credentials,
  forcePathStyle: true,
  maxAttempts: 1,
  disableHostPrefix: true,
  ...extra,
})

describe('who and where', () => {
  const owner = async (accessKeyId: string) => {
    const sdk = new S3Client(options({ credentials: { accessKeyId, secretAccessKey: 'any' } }))
    const { Owner, Buckets } = await sdk.send(new ListBucketsCommand({}))
    return [Owner?.ID, Buckets?.[0]?.Name]
  }

  test('in open mode an unknown key is root of the default account', async () => {
    expect(await owner('whatever')).toEqual(['000000000000', 'eu-west-1'])
  })

  test('a key of twelve digits is root of that account', async () => {
    expect(await owner('123456789012')).toEqual(['123456789012', 'eu-west-1'])
  })

  test('a known key is verified even so', async () => {
    await expect(owner(credentials.accessKeyId)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
  })

  test('by host name: service, bucket and region', async () => {
    const get = async (host: string, url: string) => {
      const headers = { host: `${host}:4566` }
      const body = new Uint8Array(0)
      const incoming = { method: 'GET', url, headers, body, sourceIp: '::1' }
      await underTest.gateway.handle(incoming)
      const { operation, input, region } = underTest.facts.at(-1)!
      return [operation, input?.['Bucket'], region]
    }
    expect(await get('photos.s3.localhost', '/k')).toEqual(['GetObject', 'photos', 'us-east-1'])
    expect(await get('a.b.s3.ap-northeast-2.localhost', '/k')).toEqual([
      'GetObject',
      'a.b',
      'ap-northeast-2',
    ])
    expect(await get('photos.localhost', '/k/')).toEqual(['GetObject', 'photos', 'us-east-1'])
    expect(await get('localhost', '/photos/k')).toEqual(['GetObject', 'photos', 'us-east-1'])
    expect(await get('photos.localhost', '/')).toEqual(['ListObjects', 'photos', 'us-east-1'])
  })
})

describe('calls from inside', () => {
  test('go through IAM and the record as the same principal', async () => {
    const aws = underTest.gateway.aws({ principal: role, region: 'eu-west-1' })
    const { Body } = await aws.s3.getObject({ Bucket: 'b', Key: 'prefix' })
    expect(String(Body)).toBe(`${role.arn}/prefix`)
    expect(underTest.facts.at(-2)).toMatchObject({
      service: 'sqs',
      operation: 'ListQueues',
      account: '222222222222',
      inProcess: true,
    })
    denied.add('sqs:ListQueues')
    await expect(aws.s3.getObject({ Bucket: 'b', Key: 'p' })).rejects.toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining(
        'is not authorized to perform: sqs:ListQueues on resource: *',
      ),
    })
    denied.clear()
  })
})

describe('errors', () => {
  test('a modelled one, with its old query code beside it', async () => {
    const call = new SQSClient(options()).send(new DeleteQueueCommand({ QueueUrl: 'x' }))
    await expect(call).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue', Type: 'Sender' },
    })
  })

  test('a bug is a 500 that says nothing, and is told to us', async () => {
    const call = new SQSClient(options()).send(new PurgeQueueCommand({ QueueUrl: 'x' }))
    await expect(call).rejects.toMatchObject({
      name: 'InternalFailure',
      message: 'An internal error occurred.',
      $metadata: { httpStatusCode: 500 },
    })
    expect(underTest.bugs.splice(0)).toMatchObject([{ message: 'a bug' }])
    const keys = new KMSClient(options()).send(new ListKeysCommand({}))
    await expect(keys).rejects.toMatchObject({ name: 'KMSInternalException', $fault: 'server' })
    const topics = new SNSClient(options()).send(new ListTopicsCommand({}))
    await expect(topics).rejects.toMatchObject({
      name: 'InternalErrorException',
      Code: 'InternalError',
      $metadata: { httpStatusCode: 500 },
    })
    expect(underTest.bugs.splice(0)).toHaveLength(2)
  })

  test('are said in the dialect that was spoken', async () => {
    const headers = { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' }
    const body = Buffer.from('Action=PurgeQueue&Version=2012-11-05')
    const incoming = { method: 'POST', url: '/', headers, body, sourceIp: '::1' }
    const unsigned = await underTest.gateway.handle(incoming)
    expect(unsigned.status).toBe(403)
    expect(String(unsigned.body)).toContain('<Code>MissingAuthenticationToken</Code>')
  })
})

test('a compressed request', async () => {
  const sdk = new CloudWatchClient(options({ requestMinCompressionSizeBytes: 128 }))
  const MetricData = Array.from({ length: 50 }, (_, i) => ({ MetricName: `m${i}`, Value: i }))
  await sdk.send(new PutMetricDataCommand({ Namespace: 'n', MetricData }))
  expect(underTest.facts.at(-1)!.input).toEqual({ Namespace: 'n', MetricData })
  expect(compressed).toBe('gzip')
})

describe('event streams', () => {
  test('Lambda in REST-JSON', async () => {
    const { EventStream } = await new LambdaClient(options()).send(
      new InvokeWithResponseStreamCommand({ FunctionName: 'f' }),
    )
    let text = ''
    for await (const event of EventStream!) {
      if (event.PayloadChunk) text += Buffer.from(event.PayloadChunk.Payload!).toString()
      else text += ` ${event.InvokeComplete?.LogResult}`
    }
    expect(text).toBe('한글 done')
  })

  test('that end in an error', async () => {
    failing = true
    const { EventStream } = await new LambdaClient(options()).send(
      new InvokeWithResponseStreamCommand({ FunctionName: 'f' }),
    )
    const read = async () => {
      for await (const event of EventStream!) expect(event.PayloadChunk).toBeDefined()
    }
    await expect(read()).rejects.toMatchObject({
      name: 'Unhandled',
      message: 'the function ended',
    })
  })

  test('S3 Select in REST-XML', async () => {
    const { Payload } = await new S3Client(options()).send(
      new SelectObjectContentCommand({
        Bucket: 'b',
        Key: 'k',
        Expression: 'SELECT 1',
        ExpressionType: 'SQL',
        InputSerialization: { CSV: {} },
        OutputSerialization: { CSV: {} },
      }),
    )
    const seen: string[] = []
    for await (const event of Payload!) {
      seen.push(
        event.Records ? Buffer.from(event.Records.Payload!).toString() : Object.keys(event)[0]!,
      )
    }
    expect(seen).toEqual(['1,2\n', 'End'])
  })

  test('Kinesis in JSON over HTTP/2', async () => {
    const sdk = new KinesisClient(options())
    const command = new SubscribeToShardCommand({
      ConsumerARN: 'arn',
      ShardId: 's',
      StartingPosition: { Type: 'LATEST' },
    })
    const { EventStream } = await sdk.send(command)
    for await (const event of EventStream!) {
      const record = event.SubscribeToShardEvent?.Records?.[0]
      expect(Buffer.from(record!.Data!).toString()).toBe('r')
    }
    sdk.destroy()
  })
})

describe('the port', () => {
  test('routes of no service, also over HTTP/2', async () => {
    expect(await (await fetch(`${underTest.endpoint}/_madang/health`)).text()).toBe('well')
    const session = connect(underTest.endpoint)
    const stream = session.request({ ':path': '/_madang/health' })
    const answer = Buffer.from(await collect(stream)).toString()
    session.destroy()
    expect(answer).toBe('well')
  })

  test('a route may ask for a signature', async () => {
    const url = `${underTest.endpoint}/_madang/private`
    expect(await (await fetch(url)).text()).toBe('anonymous')
  })

  test('Expect: 100-continue', async () => {
    const { port } = new URL(underTest.endpoint)
    const headers = { expect: '100-continue', 'content-length': '5' }
    const outgoing = request({
      port,
      host: '127.0.0.1',
      path: '/_madang/health',
      method: 'PUT',
      headers,
    })
    const continued = new Promise((resolve) => outgoing.once('continue', resolve))
    outgoing.flushHeaders()
    await continued
    const answered = new Promise<number>((resolve) =>
      outgoing.once('response', (response) => resolve(response.resume().statusCode!)),
    )
    outgoing.end('hello')
    expect(await answered).toBe(200)
  })
})

test('the table of operations says what is built', () => {
  const table = operationTable(storage)
  expect(table.filter((row) => row.built).map((row) => row.name)).toEqual([
    'GetObject',
    'ListBuckets',
    'SelectObjectContent',
  ])
  expect(table.length).toBeGreaterThan(100)
})
