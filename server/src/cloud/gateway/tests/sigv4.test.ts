import { createHmac, hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { ListTablesCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  collect,
  presign,
  service,
  sign,
  type DynamoDb,
  type IncomingHttp,
  type Operations,
  type S3,
  type Sts,
} from '../index.ts'
import { credentials, startGateway, type UnderTest } from './gateway-under-test.ts'

// Keys and answers printed in AWS's documentation of Signature Version 4.
const documented = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}
const documentedDay = Date.UTC(2013, 4, 24)

const objects = new Map<string, Uint8Array>()

const s3 = {
  async PutObject(input, ctx) {
    const bytes = await collect(input.Body)
    objects.set(`${input.Bucket}/${input.Key}`, bytes)
    return { ETag: '"etag"', ChecksumCRC32: ctx.http.trailers['x-amz-checksum-crc32'] }
  },
  GetObject(input) {
    return { Body: objects.get(`${input.Bucket}/${input.Key}`) ?? new Uint8Array(0) }
  },
} satisfies Operations<S3>

const sts = {
  GetCallerIdentity: (_input, ctx) => ({ Account: ctx.account, Arn: ctx.principal.arn }),
} satisfies Operations<Sts>

const dynamodb = { ListTables: () => ({ TableNames: [] }) } satisfies Operations<DynamoDb>

const session = { accessKeyId: 'ASIATEMP', secretAccessKey: 'temp', sessionToken: 'token' }
const principal = {
  kind: 'user' as const,
  account: '111111111111',
  arn: 'arn:aws:iam::111111111111:user/tester',
  userId: 'AIDATESTER',
}
let now: number | undefined
let sessionEnds: number | undefined
let underTest: UnderTest

beforeAll(async () => {
  underTest = await startGateway({
    services: [
      service({ id: 's3', operations: s3, anonymous: ['PutObject'] }),
      service({ id: 'sts', operations: sts }),
      service({ id: 'dynamodb', operations: dynamodb }),
    ],
    ports: {
      now: () => now ?? Date.now(),
      credential: (id) => {
        const known = [credentials, documented, session].find((it) => it.accessKeyId === id)
        return (
          known && { ...known, expiresAt: known === session ? sessionEnds : undefined, principal }
        )
      },
    },
    config: { hostnames: ['127.0.0.1', 'localhost'] },
  })
})
beforeEach(() => {
  now = undefined
  sessionEnds = undefined
})
afterAll(async () => {
  expect(underTest.bugs).toEqual([])
  await underTest.close()
})

const client = (options = {}) => ({
  endpoint: underTest.endpoint,
  region: 'eu-west-1',
  credentials,
  forcePathStyle: true,
  maxAttempts: 1,
  ...options,
})

async function handle(request: Partial<IncomingHttp>) {
  const whole = { method: 'GET', url: '/', body: new Uint8Array(0), sourceIp: '::1', headers: {} }
  const answer = await underTest.gateway.handle({ ...whole, ...request })
  return { ...answer, text: String(answer.body) }
}

describe('answers printed in the documentation', () => {
  test('a GET signed in the header, verified and made', async () => {
    now = documentedDay
    const emptyHash = hash('sha256', '', 'hex')
    const headers = {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': emptyHash,
    }
    const url = '/test.txt'
    const made = sign({
      method: 'GET',
      url,
      headers,
      credentials: documented,
      region: 'us-east-1',
      service: 's3',
      now,
    })
    expect(made['authorization']).toContain(
      'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    )
    expect((await handle({ url, headers: made })).status).toBe(200)
  })

  test('a presigned GET', async () => {
    now = documentedDay
    const headers = { host: 'examplebucket.s3.amazonaws.com' }
    const url = presign({
      method: 'GET',
      url: '/test.txt',
      headers,
      credentials: documented,
      region: 'us-east-1',
      service: 's3',
      now,
      expiresS: 86_400,
    })
    expect(url).toContain('aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404')
    expect((await handle({ url, headers })).status).toBe(200)
  })

  test('an upload in signed chunks', async () => {
    now = documentedDay
    const answer = await handle(documentedUpload(documentedChunks.join('')))
    expect(answer.text).toBe('undefined')
    expect(answer.status).toBe(200)
    expect(objects.get('examplebucket/chunkObject.txt')).toHaveLength(66_560)
  })

  test('the same in arbitrary pieces, and with one byte changed', async () => {
    now = documentedDay
    const whole = Buffer.from(documentedChunks.join(''))
    const inPieces = async function* (bytes: Uint8Array) {
      for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997)
    }
    expect((await handle({ ...documentedUpload(''), body: inPieces(whole) })).status).toBe(200)
    whole[70_000 - 5000] = 98
    const changed = await handle({ ...documentedUpload(''), body: inPieces(whole) })
    expect(changed.status).toBe(403)
    expect(changed.text).toContain('<Code>SignatureDoesNotMatch</Code>')
  })
})

const documentedChunks = [
  `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n`,
  `${'a'.repeat(65_536)}\r\n`,
  `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n`,
  `${'a'.repeat(1024)}\r\n`,
  `0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n`,
]

function documentedUpload(body: string): Partial<IncomingHttp> {
  return {
    method: 'PUT',
    url: '/examplebucket/chunkObject.txt',
    headers: {
      host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;' +
        'x-amz-decoded-content-length;x-amz-storage-class,' +
        'Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'content-length': '66824',
    },
    body: Buffer.from(body),
  }
}

describe('the official client', () => {
  test('keys with every kind of character', async () => {
    const sdk = new S3Client(client())
    for (const Key of ['a b+c', '한글/경로', 'x//y', "q?a=b&c#d%25!'()*", '../up', 'trailing/']) {
      await sdk.send(new PutObjectCommand({ Bucket: 'b', Key, Body: Key }))
      const got = await sdk.send(new GetObjectCommand({ Bucket: 'b', Key }))
      expect(await got.Body!.transformToString()).toBe(Key)
    }
  })

  test('a stream with its checksum in a trailer', async () => {
    const sdk = new S3Client(client())
    const bytes = Buffer.alloc(300_000, 'madang ')
    const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)])
    const { ChecksumCRC32 } = await sdk.send(
      new PutObjectCommand({ Bucket: 'b', Key: 's', Body, ContentLength: bytes.length }),
    )
    expect(ChecksumCRC32).toBeDefined()
    expect(Buffer.compare(objects.get('b/s')!, bytes)).toBe(0)
  })

  test('a stream from a client without credentials is unframed too', async () => {
    const sdk = new S3Client(client({ signer: { sign: async (request: unknown) => request } }))
    const Body = Readable.from([Buffer.from('nobody says this')])
    await sdk.send(new PutObjectCommand({ Bucket: 'b', Key: 'n', Body, ContentLength: 16 }))
    expect(Buffer.from(objects.get('b/n')!).toString()).toBe('nobody says this')
  })

  test('links to read and to write', async () => {
    const sdk = new S3Client(client())
    const write = await getSignedUrl(sdk, new PutObjectCommand({ Bucket: 'b', Key: '링크 1' }))
    const read = await getSignedUrl(sdk, new GetObjectCommand({ Bucket: 'b', Key: '링크 1' }))
    expect((await fetch(write, { method: 'PUT', body: 'by link' })).status).toBe(200)
    expect(await (await fetch(read)).text()).toBe('by link')
    const tampered = await fetch(read.replace('X-Amz-Expires=900', 'X-Amz-Expires=901'))
    expect(tampered.status).toBe(403)
    now = Date.now() + 16 * 60_000
    const late = await fetch(read)
    expect(late.status).toBe(403)
    expect(await late.text()).toMatch(/<Message>Request has expired<.*<X-Amz-Expires>900</s)
  })

  test('temporary credentials need their token and end', async () => {
    const sdk = new STSClient(client({ credentials: session }))
    expect((await sdk.send(new GetCallerIdentityCommand({}))).Account).toBe('111111111111')
    const bare = { ...session, sessionToken: undefined }
    const without = new STSClient(client({ credentials: bare }))
    await expect(without.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
    })
    sessionEnds = Date.now() - 1
    await expect(sdk.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'ExpiredToken',
    })
  })
})

describe('refusals in the words of each family', () => {
  const wrong = { ...credentials, secretAccessKey: 'not it' }
  const unknown = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }

  test('S3', async () => {
    const get = new GetObjectCommand({ Bucket: 'b', Key: 'k' })
    await expect(new S3Client(client({ credentials: wrong })).send(get)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      StringToSign: expect.stringContaining('AWS4-HMAC-SHA256\n'),
      CanonicalRequest: expect.stringContaining('GET\n/b/k\n'),
      AWSAccessKeyId: credentials.accessKeyId,
      $metadata: { httpStatusCode: 403 },
    })
    await expect(new S3Client(client({ credentials: unknown })).send(get)).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
      AWSAccessKeyId: 'AKIANOBODY',
    })
  })

  test('a query service', async () => {
    const call = new GetCallerIdentityCommand({})
    await expect(new STSClient(client({ credentials: wrong })).send(call)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    })
    await expect(new STSClient(client({ credentials: unknown })).send(call)).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      message: 'The security token included in the request is invalid.',
    })
  })

  test('a JSON service', async () => {
    const call = new ListTablesCommand({})
    const refused = (options: object) =>
      expect(new DynamoDBClient(client(options)).send(call)).rejects
    await refused({ credentials: wrong }).toMatchObject({ name: 'InvalidSignatureException' })
    await refused({ credentials: unknown }).toMatchObject({
      name: 'UnrecognizedClientException',
      $metadata: { httpStatusCode: 400 },
    })
  })
})

describe('what must be signed', () => {
  test('a link cannot be used with headers it was not made for', async () => {
    const sdk = new S3Client(client())
    const link = await getSignedUrl(sdk, new PutObjectCommand({ Bucket: 'b', Key: 'k' }))
    const headers = { 'x-amz-acl': 'public-read' }
    const answer = await fetch(link, { method: 'PUT', body: 'x', headers })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('<HeadersNotSigned>x-amz-acl</HeadersNotSigned>')
  })

  test('the host', async () => {
    const url = '/?Action=GetCallerIdentity&Version=2011-06-15'
    const signing = { credentials, region: 'r', service: 'sts', now: Date.now() }
    const signed = sign({ method: 'GET', url, headers: {}, ...signing })
    const answer = await handle({ url, headers: { ...signed, host: 'localhost' } })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain("must be a 'SignedHeader'")
  })
})

describe('refusals of time', () => {
  test('a clock that is wrong', async () => {
    const at = (service: string, when: number) =>
      handle({
        url: service === 's3' ? '/b/k' : '/?Action=GetCallerIdentity&Version=2011-06-15',
        headers: sign({
          method: 'GET',
          url: service === 's3' ? '/b/k' : '/?Action=GetCallerIdentity&Version=2011-06-15',
          headers: { host: 'localhost' },
          credentials,
          region: 'eu-west-1',
          service,
          now: when,
        }),
      })
    now = Date.UTC(2026, 0, 1, 12)
    expect((await at('s3', now - 14 * 60_000)).status).toBe(200)
    const late = await at('s3', now - 16 * 60_000)
    expect(late.text).toContain('<Code>RequestTimeTooSkewed</Code>')
    expect(late.text).toContain('<ServerTime>2026-01-01T12:00:00Z</ServerTime>')
    expect((await at('sts', now - 16 * 60_000)).text).toContain(
      'Signature expired: 20260101T114400Z is now earlier than 20260101T114500Z ' +
        '(20260101T120000Z - 15 min.)',
    )
    expect((await at('sts', now + 16 * 60_000)).text).toContain('Signature not yet current')
  })

  test('a client follows a clock that was moved', async () => {
    now = Date.now() + 40 * 86_400_000
    const sdk = new STSClient(client({ maxAttempts: 3 }))
    expect((await sdk.send(new GetCallerIdentityCommand({}))).Account).toBe('111111111111')
  })
})

describe('refusals of what is missing', () => {
  test('nothing signed, an old signature, half a signature', async () => {
    expect((await handle({ url: '/b/k', headers: { host: 'localhost' } })).status).toBe(403)
    const old = await handle({
      url: '/b/k?AWSAccessKeyId=A&Expires=1&Signature=s',
      headers: { host: 'localhost' },
    })
    // S3 still takes version 2, from keys there are.
    expect(old.text).toContain('InvalidAccessKeyId')
    const scope = `${credentials.accessKeyId}/20260101/r/sts/aws4_request`
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}`
    const half = await handle({
      method: 'POST',
      headers: {
        host: 'localhost',
        authorization,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: Buffer.from('Action=GetCallerIdentity&Version=2011-06-15'),
    })
    expect(half.status).toBe(400)
    expect(half.text).toContain('<Code>IncompleteSignature</Code>')
  })

  test('the sum of the body, which S3 demands of every header that signs', async () => {
    const signing = { credentials, region: 'eu-west-1', service: 's3', now: Date.now() }
    const host = { host: 'localhost' }
    const { 'x-amz-content-sha256': _sum, ...headers } = sign({
      method: 'GET',
      url: '/b/k',
      headers: host,
      ...signing,
    })
    const answer = await handle({ url: '/b/k', headers })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('<Code>InvalidRequest</Code>')
    expect(answer.text).toContain('required header for this request: x-amz-content-sha256<')
  })

  test('a body that is not the one signed', async () => {
    const headers = sign({
      method: 'PUT',
      url: '/b/k',
      headers: { host: 'localhost' },
      body: 'signed',
      credentials,
      region: 'eu-west-1',
      service: 's3',
      now: Date.now(),
    })
    const answer = await handle({
      method: 'PUT',
      url: '/b/k',
      headers,
      body: Buffer.from('other!'),
    })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('<Code>XAmzContentSHA256Mismatch</Code>')
  })
})

test('signed chunks with a signed trailer; a wrong checksum in it is refused', async () => {
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32('hello madang'))
  const right = await handle(trailerUpload('hello madang', crc.toString('base64')))
  expect(right.status).toBe(200)
  expect(Buffer.from(objects.get('b/trailer')!).toString()).toBe('hello madang')
  const wrong = await handle(trailerUpload('hello madang', 'AAAAAA=='))
  expect(wrong.text).toContain('<Code>BadDigest</Code>')
  const forged = trailerUpload('hello madang', crc.toString('base64'))
  const body = Buffer.from(String(forged.body).replace(/(trailer-signature:).{8}/, '$100000000'))
  expect((await handle({ ...forged, body })).text).toContain('<Code>SignatureDoesNotMatch</Code>')
})

/** A PUT in one signed chunk with a signed CRC-32 trailer, as the AWS CLI's CRT sends it. */
function trailerUpload(text: string, checksum: string): Partial<IncomingHttp> {
  const time = Date.now()
  const headers = sign({
    method: 'PUT',
    url: '/b/trailer',
    headers: {
      host: 'localhost',
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': String(text.length),
      'x-amz-trailer': 'x-amz-checksum-crc32',
    },
    credentials,
    region: 'eu-west-1',
    service: 's3',
    now: time,
  })
  const amzDate = headers['x-amz-date']!
  const scope = `${amzDate.slice(0, 8)}/eu-west-1/s3/aws4_request`
  const mac = (key: string | Uint8Array, data: string) =>
    createHmac('sha256', key).update(data).digest()
  const day = mac(`AWS4${credentials.secretAccessKey}`, amzDate.slice(0, 8))
  const key = mac(mac(mac(day, 'eu-west-1'), 's3'), 'aws4_request')
  let previous = /Signature=(\w+)/.exec(headers['authorization']!)![1]!
  const link = (kind: string, tail: string) => {
    const whole = `AWS4-HMAC-SHA256-${kind}\n${amzDate}\n${scope}\n${previous}\n${tail}`
    previous = mac(key, whole).toString('hex')
    return previous
  }
  const sha = (data: string) => hash('sha256', data, 'hex')
  const chunk = (data: string) =>
    `${data.length.toString(16)};chunk-signature=${link('PAYLOAD', `${sha('')}\n${sha(data)}`)}\r\n`
  const trailer = `x-amz-checksum-crc32:${checksum}`
  const body =
    `${chunk(text)}${text}\r\n${chunk('')}${trailer}\r\n` +
    `x-amz-trailer-signature:${link('TRAILER', sha(`${trailer}\n`))}\r\n\r\n`
  return { method: 'PUT', url: '/b/trailer', headers, body: Buffer.from(body) }
}
