import { hash } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../../testing/until.ts'
import { collect, service, sign, type Operations, type S3, type Sqs } from '../index.ts'
import { encodeCbor } from '../protocols/index.ts'
import { credentials, startGateway, type UnderTest } from './gateway-under-test.ts'

// Whatever comes in, the answer has the form its client expects, and none is a 500.

const s3 = {
  async PutObject(input) {
    await collect(input.Body)
    return {}
  },
  DeleteObjects: (input) => ({ Deleted: input.Delete!.Objects }),
  ListObjectsV2: (input) => ({ Name: input.Bucket, MaxKeys: input.MaxKeys }),
} satisfies Operations<S3>

const sqs = { SendMessage: () => ({ MessageId: '1' }) } satisfies Operations<Sqs>

let underTest: UnderTest

beforeAll(async () => {
  const services = [
    service({ id: 's3', operations: s3 }),
    service({ id: 'sqs', operations: sqs }),
    service({ id: 'dynamodb', operations: { PutItem: () => ({}) } }),
    service({ id: 'ec2', operations: { RunInstances: () => ({}) } }),
    service({ id: 'iam', operations: { CreateUser: () => ({}) } }),
    service({ id: 'lambda', operations: { CreateFunction: () => ({}) } }),
    service({ id: 'cloudwatch', operations: { PutMetricData: () => ({}) } }),
  ]
  underTest = await startGateway({ services })
})
afterAll(async () => {
  expect(underTest.bugs).toEqual([])
  expect(underTest.facts.filter((fact) => fact.status === 500)).toEqual([])
  await underTest.close()
})

interface Raw {
  service: string
  method?: string
  url?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
}

async function call({ service: name, method = 'POST', url = '/', headers = {}, body = '' }: Raw) {
  const signed = sign({
    method,
    url,
    headers: { host: 'localhost', ...headers },
    body,
    credentials,
    region: 'eu-west-1',
    service: name,
    now: Date.now(),
  })
  const answer = await underTest.gateway.handle({
    method,
    url,
    headers: signed,
    body: Buffer.from(body),
    sourceIp: '::1',
  })
  return { status: answer.status, text: Buffer.from((answer.body as string) ?? '').toString() }
}

const jsonCall = (target: string, body: string) =>
  call({
    service: 'dynamodb',
    headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' },
    body,
  })

const serialization = 'com.amazon.coral.service#SerializationException'

describe('JSON', () => {
  const put = 'DynamoDB_20120810.PutItem'
  test.each([
    ['a list', '[1]', 'Start of list found where not expected'],
    ['number for text', '{"TableName":5}', 'NUMBER_VALUE cannot be converted to String'],
    ['list for text', '{"TableName":[]}', 'Unrecognized collection type class java.lang.String'],
    ['map for text', '{"TableName":{}}', 'Start of structure or map found where not expected'],
    ['text for map', '{"Item":"x"}', 'Unexpected field type'],
    ['text for structure', '{"Item":{"a":"x"}}', 'Unexpected value type in payload'],
    ['broken base64', '{"Item":{"a":{"B":"abc"}}}', 'Base64 encoded length is expected'],
    [
      'nested deeper than the stack',
      `{"Item":{"a":${'{"M":{"a":'.repeat(9000)}1${'}}'.repeat(9000)}}}`,
      'Maximum nesting depth',
    ],
  ])('%s', async (_name, body, message) => {
    const { status, text } = await jsonCall(put, body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ __type: serialization })
    expect(text).toContain(message)
  })

  test.each(['{"TableName":', '"x"', 'null'])('%s is refused without a word', async (body) => {
    const { status, text } = await jsonCall(put, body)
    expect([status, JSON.parse(text)]).toEqual([400, { __type: serialization }])
  })

  test.each([
    ['does not exist', 'DynamoDB_20120810.Explode'],
    ['is of another version', 'DynamoDB_20111205.ListTables'],
  ])('an operation that %s', async (_name, target) => {
    const { status, text } = await jsonCall(target, '{}')
    expect(status).toBe(400)
    expect(text).toContain('com.amazon.coral.service#UnknownOperationException')
  })

  test('__proto__ is a key like another', async () => {
    const { status } = await jsonCall(
      put,
      '{"TableName":"t","Item":{"__proto__":{"S":"x"},"constructor":{"S":"y"}}}',
    )
    expect(status).toBe(200)
    expect(({} as Record<string, unknown>)['S']).toBeUndefined()
    const { input } = underTest.facts.at(-1)!
    expect(Object.keys(input!['Item'] as object)).toEqual(['__proto__', 'constructor'])
  })

  test('a missing member', async () => {
    const { text } = await jsonCall(put, '{}')
    expect(text).toContain(
      "2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: " +
        "Member must not be null; Value null at 'item' failed",
    )
  })

  test('more than the limit', async () => {
    const { status } = await jsonCall(put, `{"TableName":"${'x'.repeat(17 * 1024 * 1024)}"}`)
    expect(status).toBe(413)
  })
})

describe('CBOR', () => {
  const url = '/service/GraniteServiceVersion20100801/operation/PutMetricData'
  const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }
  const cases: [string, Uint8Array][] = [
    ['nested without end', Buffer.alloc(100_000, 0x81)],
    ['a length longer than the body', Buffer.from([0x9b, 0, 0, 0, 1, 0, 0, 0, 0])],
    ['text that is no UTF-8', Buffer.from([0xa1, 0x62, 0xff, 0xff, 0x01])],
    ['a break out of place', Buffer.from([0xff])],
    ['more after the end', Buffer.from([0xa0, 0xa0])],
    ['a wrong type', encodeCbor({ Namespace: 5 })],
    ['a key that is no text', Buffer.from([0xa1, 0x01, 0x01])],
  ]
  test.each(cases)('%s', async (_name, body) => {
    const { status, text } = await call({ service: 'monitoring', url, headers, body })
    expect(status).toBe(400)
    expect(text).toContain('SerializationException')
  })
})

describe('XML', () => {
  const remove = (body: string) => {
    const headers = { 'content-md5': hash('md5', body, 'base64') }
    return call({ service: 's3', url: '/b?delete', headers, body })
  }
  test.each([
    ['a doctype', '<!DOCTYPE a [<!ENTITY b "c">]><Delete><Object><Key>&b;</Key></Object></Delete>'],
    ['an entity nobody declared', '<Delete><Object><Key>&lol;</Key></Object></Delete>'],
    ['not closed', '<Delete><Object>'],
    ['not XML', '{"Delete":1}'],
    ['too deep', '<a>'.repeat(100_000)],
    ['a word for a truth', '<Delete><Quiet>maybe</Quiet></Delete>'],
  ])('%s', async (_name, body) => {
    const { status, text } = await remove(body)
    expect(status).toBe(400)
    expect(text).toContain('<Code>MalformedXML</Code>')
  })

  test('a namespace prefix, CDATA and references are fine', async () => {
    const { text } = await remove(
      '<s:Delete xmlns:s="x"><s:Object><s:Key><![CDATA[a<b]]>&amp;&#x1F389;</s:Key>' +
        '</s:Object></s:Delete>',
    )
    expect(text).toContain('<Key>a&lt;b&amp;🎉</Key>')
  })
})

describe('query', () => {
  const form = (name: string, body: string) =>
    call({
      service: name,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
    })

  test('a number that is none, in both dialects', async () => {
    const ec2 = await form('ec2', 'Action=RunInstances&Version=2016-11-15&MinCount=many&MaxCount=1')
    expect(ec2.text).toContain('<Errors><Error><Code>InvalidParameterValue</Code>')
    expect(ec2.text).toContain('Value (many) for parameter MinCount is invalid.')
    const many = Array.from({ length: 30_000 }, (_, i) => `Tags.member.${i}.Key=k`).join('&')
    const iam = await form('iam', `Action=CreateUser&Version=2010-05-08&UserName=a&${many}`)
    expect(iam.text).toContain('<Code>MalformedInput</Code>')
  })

  test('an action that does not exist', async () => {
    const { status, text } = await form('iam', 'Action=Explode&Version=2010-05-08')
    expect(status).toBe(400)
    expect(text).toContain('Could not find operation Explode for version 2010-05-08')
    expect(text).toContain('<Type>Sender</Type>')
  })
})

describe('REST', () => {
  test('a broken escape in the path', async () => {
    const { status, text } = await call({ service: 's3', method: 'GET', url: '/b/%E0%A4%A' })
    expect(status).toBe(400)
    expect(text).toMatch(/<Code>(InvalidURI|NotImplemented)<\/Code>/)
  })

  test('a method nobody answers', async () => {
    const { status, text } = await call({ service: 's3', method: 'PATCH', url: '/b/k' })
    expect(status).toBe(405)
    expect(text).toContain('<Code>MethodNotAllowed</Code>')
    expect(text).toContain('<ResourceType>OBJECT</ResourceType>')
    const service = await call({ service: 's3', method: 'POST', url: '/' })
    expect(service.text).toContain('<ResourceType>SERVICE</ResourceType>')
  })

  test('a header that does not fit its type', async () => {
    const { status } = await call({
      service: 's3',
      method: 'GET',
      url: '/b?list-type=2&max-keys=x',
    })
    expect(status).toBe(400)
  })

  test('a path Lambda does not have', async () => {
    const answer = await call({ service: 'lambda', method: 'GET', url: '/2015-03-31/nothing' })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('Unable to determine service/operation name to be authorized')
  })
})

describe('what is not built', () => {
  test.each([
    ['s3', { method: 'GET', url: '/b?acl' }, 's3:GetBucketAcl'],
    ['lambda', { method: 'GET', url: '/2015-03-31/functions' }, 'lambda:ListFunctions'],
    [
      'dynamodb',
      { headers: { 'x-amz-target': 'DynamoDB_20120810.Query' }, body: '{}' },
      'dynamodb:Query',
    ],
  ])('%s says so by name', async (name, raw, operation) => {
    const { status, text } = await call({ service: name, ...raw })
    expect(status).toBe(501)
    expect(text).toContain(`${operation} is not implemented by Madang.`)
    expect(underTest.facts.at(-1)).toMatchObject({ notImplemented: true, status: 501 })
  })

  test('a whole service', async () => {
    const { status, text } = await call({ service: 'quantumledger', body: '{}' })
    expect(status).toBe(501)
    expect(text).toContain('The service quantumledger is not built into Madang.')
  })
})

describe('on the wire', () => {
  const port = () => Number(new URL(underTest.endpoint).port)

  async function speak(bytes: string): Promise<string> {
    const socket = connect(port(), '127.0.0.1')
    let said = ''
    socket.on('data', (piece) => {
      said += String(piece)
    })
    socket.write(bytes)
    await once(socket, 'close')
    return said
  }

  test('something that is no HTTP', async () => {
    expect(await speak('hello there\r\n\r\n')).toContain('400 Bad Request')
  })

  test('headers without end', async () => {
    const many = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`
    expect(await speak(many)).toContain('431')
  })

  test('an upload whose client hangs up is noted as incomplete, and is no failure', async () => {
    const url = '/b/half'
    const headers = sign({
      method: 'PUT',
      url,
      headers: { host: 'localhost', 'content-length': '200000' },
      body: Buffer.alloc(200_000),
      credentials,
      region: 'eu-west-1',
      service: 's3',
      now: Date.now(),
    })
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    const socket = connect(port(), '127.0.0.1')
    socket.write(`PUT ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    socket.write(Buffer.alloc(100_000), () => socket.destroy())
    const noted = await until('the note of the upload', async () =>
      underTest.facts.find((fact) => fact.input?.['Key'] === 'half'),
    )
    expect(noted).toMatchObject({ status: 400, errorCode: 'IncompleteBody' })
  })

  test('chunks that end too early', async () => {
    const url = '/b/k'
    const body = '5\r\nhel'
    const headers = sign({
      method: 'PUT',
      url,
      headers: {
        host: 'localhost',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'content-encoding': 'aws-chunked',
      },
      credentials,
      region: 'eu-west-1',
      service: 's3',
      now: Date.now(),
    })
    const request = { method: 'PUT', url, headers, body: Buffer.from(body), sourceIp: '::1' }
    const { status, body: text } = await underTest.gateway.handle(request)
    expect(status).toBe(400)
    expect(String(text)).toContain('<Code>IncompleteBody</Code>')
  })
})
