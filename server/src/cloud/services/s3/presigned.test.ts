import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { IAM } from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What a link, a header or both of them may say about who asks, and S3's words where they may not.

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'links'

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
  await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'k', Body: 'linked' }))
})
afterAll(() => cloud.stop())

const link = async () =>
  new URL(await getSignedUrl(s3, new S3.GetObjectCommand({ Bucket, Key: 'k' })))
const textOf = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1]

async function refusal(url: URL | string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers })
  const text = await answer.text()
  return `${answer.status} ${textOf(text, 'Code')}: ${textOf(text, 'Message')?.replaceAll('&quot;', '"')}`
}

describe('a link of version 4', () => {
  const required =
    '400 AuthorizationQueryParametersError: Query-string authentication version 4 requires the ' +
    'X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and ' +
    'X-Amz-Expires parameters.'
  const inCredential =
    '400 AuthorizationQueryParametersError: Error parsing the X-Amz-Credential parameter; '

  it('needs all of its parameters', async () => {
    for (const name of ['Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature']) {
      const url = await link()
      url.searchParams.delete(`X-Amz-${name}`)
      expect(await refusal(url)).toBe(required)
    }
  })

  it.each([
    ['X-Amz-Expires', '-1', 'X-Amz-Expires must be non-negative'],
    ['X-Amz-Expires', 'soon', 'X-Amz-Expires should be a number'],
    ['X-Amz-Date', 'today', `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`],
  ])('is refused for %s=%s', async (name, value, message) => {
    const url = await link()
    url.searchParams.set(name, value)
    expect(await refusal(url)).toBe(`400 AuthorizationQueryParametersError: ${message}`)
  })

  it.each([
    ['AKID', 'the Credential is mal-formed; expecting'],
    ['AKID/20260101/r/s3/aws5_request', 'incorrect terminal "aws5_request". This endpoint uses'],
    ['AKID/2026-01-01/r/s3/aws4_request', 'incorrect date format "2026-01-01". This date in'],
  ])('says what is wrong with the credential %s', async (credential, message) => {
    const url = await link()
    url.searchParams.set('X-Amz-Credential', credential)
    expect(await refusal(url)).toContain(inCredential + message)
  })

  it('is of one day', async () => {
    const url = await link()
    url.searchParams.set('X-Amz-Date', '20200102T000000Z')
    expect(await refusal(url)).toMatch(
      /QueryParametersError: Invalid credential date "\d{8}". This date is not the same as X-Amz-Date: "20200102"\.$/,
    )
  })

  it('is no link beside a header', async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=a/20260101/r/s3/aws4_request'
    const answer = await fetch(await link(), { headers: { authorization } })
    const text = await answer.text()
    expect(answer.status).toBe(400)
    expect(text).toContain('<Code>InvalidArgument</Code><Message>Only one auth mechanism allowed;')
    expect(textOf(text, 'ArgumentValue')).toBe(authorization)
  })
})

describe('a header', () => {
  const authorization = (value: string) =>
    refusal(`${cloud.url}/${Bucket}/k`, { authorization: value })
  const credential = 'Credential=AKID/20260101/us-east-1/s3/aws4_request'

  it('says who signed, over what, and the signature', async () => {
    const malformed = '400 AuthorizationHeaderMalformed: The authorization header is malformed; '
    const three = 'the authorization header requires three components: '
    expect(await authorization(`AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host`)).toBe(
      `${malformed}${three}Credential, SignedHeaders, and Signature.`,
    )
    expect(await authorization('AWS4-HMAC-SHA256 Credential, SignedHeaders=host, a=0')).toBe(
      `${malformed}the authorization component "Credential" is malformed.`,
    )
    expect(await authorization(`AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Sig=0`)).toBe(
      `${malformed}missing Signature.`,
    )
  })

  it('comes with a date', async () => {
    const signed = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`
    expect(await authorization(signed)).toBe(
      '403 AccessDenied: AWS authentication requires a valid Date or x-amz-date header',
    )
  })

  it('of another scheme is none of S3', async () => {
    expect(await authorization('Basic YTpi')).toBe(
      '400 InvalidArgument: Unsupported Authorization Type',
    )
    expect(await authorization('nothing')).toBe(
      "400 InvalidArgument: Authorization header is invalid -- one and only one ' ' (space) required.",
    )
  })
})

describe('what a link says in its query counts as a header', () => {
  const given = { 'x-amz-meta-venue': '12', 'x-amz-storage-class': 'STANDARD_IA' }
  const kept = async (Key: string) => {
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key }))
    const { TagSet } = await s3.send(new S3.GetObjectTaggingCommand({ Bucket, Key }))
    return [head.Metadata, head.StorageClass, TagSet]
  }

  it('in version 4, but for the checksum of no body', async () => {
    const asked = {
      Metadata: { venue: '12' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'a=b',
    } as const
    const url = await getSignedUrl(s3, new S3.PutObjectCommand({ Bucket, Key: 'said', ...asked }))
    expect(url).toContain('x-amz-checksum-crc32')
    expect((await fetch(url, { method: 'PUT', body: 'something' })).status).toBe(200)
    expect(await kept('said')).toEqual([{ venue: '12' }, 'STANDARD_IA', [{ Key: 'a', Value: 'b' }]])
  })

  it('in version 2, and after what the request itself says', async () => {
    const url = new URL(await link())
    const query = { AWSAccessKeyId: 'any', Signature: 'any', Expires: '9999999999', ...given }
    url.pathname = `/${Bucket}/old`
    url.search = String(new URLSearchParams(query))
    const put = { method: 'PUT', body: 'x', headers: { 'x-amz-storage-class': 'GLACIER' } }
    expect((await fetch(url, put)).status).toBe(200)
    expect(await kept('old')).toEqual([{ venue: '12' }, 'GLACIER', []])
  })
})

it('a link of version 2 needs its three parameters', async () => {
  const all = { AWSAccessKeyId: 'test', Signature: 's', Expires: '4000000000' }
  for (const name of Object.keys(all)) {
    const query = new URLSearchParams({ ...all })
    query.delete(name)
    expect(await refusal(`${cloud.url}/${Bucket}/k?${query}`)).toBe(
      '403 AccessDenied: Query-string authentication requires the Signature, Expires and ' +
        'AWSAccessKeyId parameters',
    )
  }
})

describe('a link in the hands of who may do no more than it says', () => {
  let key: { accessKeyId: string; secretAccessKey: string }
  beforeAll(async () => {
    const iam = new IAM(cloud.config())
    const UserName = 'maker-of-links'
    await iam.createUser({ UserName })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    await iam.putUserPolicy({ UserName, PolicyName: 'all', PolicyDocument })
    const { AccessKey } = await iam.createAccessKey({ UserName })
    key = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    for (const Key of ['a b', 'a+b']) {
      await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: Key }))
    }
  })

  /** Version 2: the headers of S3 that are signed stand in the query. */
  function oldLink(method: string, path: string, said: Record<string, string> = {}): URL {
    const Expires = '4000000000'
    const lines = Object.entries(said).map(([name, value]) => `${name}:${value}\n`)
    const text = `${method}\n\n\n${Expires}\n${lines.join('')}/${Bucket}/${path}`
    const Signature = createHmac('sha1', key.secretAccessKey).update(text).digest('base64')
    const query = { AWSAccessKeyId: key.accessKeyId, Expires, Signature, ...said }
    return new URL(`${cloud.url}/${Bucket}/${path}?${new URLSearchParams(query)}`)
  }
  /** A text would bring a Content-Type, which is signed. */
  const bytes = Buffer.from('linked')
  const statusOf = async (url: URL | string, init: RequestInit) => (await fetch(url, init)).status

  it.each([
    ['PUT', ''],
    ['PUT', 'X-Amz-Copy-Source=/links/k'],
    ['PUT', 'X-Amz-Acl=private'],
    ['PUT', 'annotation&annotationName=n'],
    ['GET', ''],
    ['GET', 'attributes&X-Amz-Object-Attributes=ETag'],
    ['GET', 'annotation'],
    ['GET', 'session'],
  ])('does nothing else of version 2: %s k?%s', async (method, added) => {
    const url = oldLink(method, 'k')
    const init = { method, ...(method === 'PUT' && { body: bytes }) }
    expect(await statusOf(`${url}&${added}`, init)).toBe(added === '' ? 200 : 403)
  })

  it('keeps what its query says against a header', async () => {
    const url = oldLink('PUT', 'kept', { 'x-amz-storage-class': 'STANDARD_IA' })
    const put = (headers: Record<string, string>) =>
      statusOf(url, { method: 'PUT', body: bytes, headers })
    expect(await put({ 'x-amz-storage-class': 'GLACIER' })).toBe(403)
    expect(await put({ 'x-amz-storage-class': 'STANDARD_IA' })).toBe(200)
  })

  it('to a key with a blank is none to one with a plus', async () => {
    const asked = new S3.GetObjectCommand({ Bucket, Key: 'a b' })
    const theirs = new S3.S3Client({ ...cloud.config(key), forcePathStyle: true })
    const url = await getSignedUrl(theirs, asked)
    expect(await (await fetch(url)).text()).toBe('a b')
    expect(await statusOf(url.replace('a%20b', 'a+b'), {})).toBe(403)
  })

  it('is led to no other bucket by a host beside the authority', async () => {
    const session = connect(cloud.url)
    const [authority, host] = [new URL(cloud.url).host, `${Bucket}.s3.localhost`]
    const request = session.request({ ':path': '/nowhere', ':authority': authority, host })
    const [headers] = (await once(request, 'response')) as [Record<string, unknown>]
    session.close()
    expect(headers[':status']).toBe(404)
  })
})
