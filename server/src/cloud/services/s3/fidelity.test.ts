import { createHash } from 'node:crypto'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// Answers as the service gives them, down to the elements of its errors.

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'exact-answers'

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const put = (Key: string, Body: string | Buffer, more: object = {}) =>
  s3.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }))
const refusal = async (done: Promise<unknown>) => {
  const error = (await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as (S3.S3ServiceException & Record<string, unknown>) | undefined
  return { ...error, Message: error?.message, status: error?.$metadata.httpStatusCode }
}

describe('conditions', () => {
  it('knows few forms on writes, and says which header it is', async () => {
    expect(await refusal(put('c', 'x', { IfNoneMatch: '"etag"' }))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
      Header: 'If-None-Match',
      additionalMessage: "We don't accept the provided value of If-None-Match header for this API",
    })
    for (const IfMatch of ['*', '"*"']) {
      expect(await refusal(put('c', 'x', { IfMatch }))).toMatchObject({ Header: 'If-Match' })
    }
    expect(await refusal(put('c', 'x', { WriteOffsetBytes: 0 }))).toMatchObject({
      name: 'NotImplemented',
      Header: 'x-amz-write-offset-bytes',
    })
    const sized = new S3.DeleteObjectCommand({ Bucket, Key: 'c', IfMatchSize: 1 })
    expect(await refusal(s3.send(sized))).toMatchObject({ Header: 'x-amz-if-match-size' })
    expect(await refusal(put('c', 'x', { IfMatch: '"etag"' }))).toMatchObject({
      name: 'NoSuchKey',
      Key: 'c',
    })
    await put('c', 'x')
    expect(await refusal(put('c', 'y', { IfNoneMatch: '*' }))).toMatchObject({
      name: 'PreconditionFailed',
      status: 412,
      Condition: 'If-None-Match',
    })
  })

  it('holds them on copies and deletions, too', async () => {
    const { ETag } = await put('d', 'x')
    const copy = (more: object) =>
      s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'd', CopySource: `${Bucket}/c`, ...more }))
    expect(await refusal(copy({ IfNoneMatch: '*' }))).toMatchObject({ status: 412 })
    const remove = (Key: string, IfMatch: string) =>
      s3.send(new S3.DeleteObjectCommand({ Bucket, Key, IfMatch }))
    expect(await refusal(remove('d', '"other"'))).toMatchObject({ status: 412 })
    expect(await refusal(remove('nowhere', '*'))).toMatchObject({ name: 'NoSuchKey' })
    expect((await remove('d', ETag!)).$metadata.httpStatusCode).toBe(204)
  })

  it('tells an upload in parts of what came between', async () => {
    const Key = 'between'
    const { ETag } = await put(Key, 'before')
    const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key }))
    const at = { Bucket, Key, UploadId }
    const part = await s3.send(new S3.UploadPartCommand({ ...at, PartNumber: 1, Body: 'part' }))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: part.ETag }] }
    const complete = (more: object) =>
      s3.send(new S3.CompleteMultipartUploadCommand({ ...at, MultipartUpload, ...more }))
    expect(await refusal(complete({ IfNoneMatch: '*' }))).toMatchObject({ status: 412 })
    await put(Key, 'before')
    expect(await refusal(complete({ IfMatch: ETag }))).toMatchObject({
      name: 'ConditionalRequestConflict',
      status: 409,
      Condition: 'If-Match',
      Key,
    })
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key }))
    expect(await refusal(complete({ IfNoneMatch: '*' }))).toMatchObject({
      name: 'ConditionalRequestConflict',
      Condition: 'If-None-Match',
    })
    expect(await refusal(complete({ IfMatch: ETag }))).toMatchObject({ name: 'NoSuchKey' })
    expect(await refusal(complete({ ChecksumXXHASH64: 'AAAAAAAAAAA=' }))).toMatchObject({
      Message:
        'Checksum Type mismatch occurred, expected checksum Type: null, actual checksum Type: xxhash64',
    })
    const completed = await complete({})
    expect(completed.ChecksumType).toBe('FULL_OBJECT')
    const { $metadata: _first, ...told } = completed
    // Who missed the answer may ask again, under whatever condition.
    expect(await complete({ IfNoneMatch: '*' })).toMatchObject(told)
    const Parts = [{ PartNumber: 1, ETag: '"00000000000000000000000000000000"' }]
    expect(await refusal(complete({ MultipartUpload: { Parts } }))).toMatchObject({
      name: 'NoSuchUpload',
    })
    await put(Key, 'after')
    expect(await refusal(complete({}))).toMatchObject({ name: 'NoSuchUpload' })
  })
})

describe('tags', () => {
  const tag = (TagSet: S3.Tag[]) =>
    s3.send(new S3.PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }))

  it.each([
    [[{ Key: 'a,b', Value: '' }], 'The TagKey you have provided is invalid', { TagKey: 'a,b' }],
    [
      [{ Key: 'a', Value: 'b,c' }],
      'The TagValue you have provided is invalid',
      { TagKey: 'a', TagValue: 'b,c' },
    ],
    [
      [{ Key: 'aws:a', Value: '' }],
      'Your TagKey cannot be prefixed with aws:',
      { TagKey: 'aws:a' },
    ],
  ])('refuses %j', async (tags, message, members) => {
    await put('tagged', 'x')
    expect(await refusal(tag(tags))).toMatchObject({
      name: 'InvalidTag',
      Message: message,
      ...members,
    })
  })

  it('reads the header as a query', async () => {
    const Tagging = 'key1=val1&key1=val2'
    expect(await refusal(put('t', 'x', { Tagging }))).toMatchObject({
      name: 'InvalidArgument',
      ArgumentName: 'x-amz-tagging',
      ArgumentValue: Tagging,
    })
    await put('t', 'x', { Tagging: 'a&b=%3D' })
    const { TagSet } = await s3.send(new S3.GetObjectTaggingCommand({ Bucket, Key: 't' }))
    expect(TagSet).toEqual([
      { Key: 'a', Value: '' },
      { Key: 'b', Value: '=' },
    ])
    const missing = s3.send(new S3.GetObjectTaggingCommand({ Bucket, Key: 'gone' }))
    expect(await refusal(missing)).toMatchObject({ Key: `${Bucket}/gone` })
  })
})

describe('parts', () => {
  it('takes only a whole range of the source', async () => {
    await put('ten', '0123456789')
    const { UploadId } = await s3.send(
      new S3.CreateMultipartUploadCommand({ Bucket, Key: 'ranges' }),
    )
    const copy = (CopySourceRange: string) =>
      refusal(
        s3.send(
          new S3.UploadPartCopyCommand({
            Bucket,
            Key: 'ranges',
            UploadId,
            PartNumber: 1,
            CopySource: `${Bucket}/ten`,
            CopySourceRange,
          }),
        ),
      )
    for (const malformed of ['0-8', 'bytes=1-0', 'bytes=1-', 'bytes=-2', 'bytes=0-1,3-4']) {
      expect(await copy(malformed)).toMatchObject({
        name: 'InvalidArgument',
        ArgumentName: 'x-amz-copy-source-range',
        ArgumentValue: malformed,
      })
    }
    expect((await copy('bytes=0-100')).Message).toBe(
      'Range specified is not valid for source object of size: 10',
    )
    expect(await copy('bytes=100-200')).toMatchObject({ name: 'InvalidRequest' })
  })

  it('wants every checksum of a composite one', async () => {
    const Key = 'composite'
    const { UploadId } = await s3.send(
      new S3.CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }),
    )
    const at = { Bucket, Key, UploadId }
    const body = { Body: 'part', ChecksumAlgorithm: 'SHA256' as const }
    const part = await s3.send(new S3.UploadPartCommand({ ...at, ...body, PartNumber: 1 }))
    const complete = (one: S3.CompletedPart) =>
      s3.send(
        new S3.CompleteMultipartUploadCommand({
          ...at,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag, ...one }] },
        }),
      )
    expect((await refusal(complete({}))).Message).toBe(
      'The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.',
    )
    const done = await complete({ ChecksumSHA256: part.ChecksumSHA256! })
    expect(done.ChecksumSHA256).toMatch(/-1$/)
    expect(done.ChecksumType).toBe('COMPOSITE')
  })

  it('says what is too small, and by how much', async () => {
    const Key = 'small'
    const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key }))
    const Parts: S3.CompletedPart[] = []
    for (const PartNumber of [1, 2]) {
      const at = { Bucket, Key, UploadId, PartNumber }
      Parts.push({
        PartNumber,
        ETag: (await s3.send(new S3.UploadPartCommand({ ...at, Body: 'x' }))).ETag,
      })
    }
    const at = { Bucket, Key, UploadId, MultipartUpload: { Parts } }
    expect(await refusal(s3.send(new S3.CompleteMultipartUploadCommand(at)))).toMatchObject({
      name: 'EntityTooSmall',
      ProposedSize: '1',
      MinSizeAllowed: '5242880',
      PartNumber: '1',
    })
  })
})

describe('what is said of a whole upload', () => {
  const begun = async (Key: string, more: object = {}) => {
    const at = { Bucket, Key, ...more }
    const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand(at))
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'part', ...more }
    const { ETag } = await s3.send(new S3.UploadPartCommand(part))
    return { Bucket, Key, UploadId, ETag }
  }
  const complete = async (more: object, parts: object = {}) => {
    const { ETag, ...at } = await begun('whole')
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ...parts }] }
    return s3.send(new S3.CompleteMultipartUploadCommand({ ...at, MultipartUpload, ...more }))
  }

  it.each([
    ['a type that is none', { ChecksumType: 'HALF' }, {}, 'x-amz-checksum-type header is invalid'],
    ['a sum of another length', { ChecksumCRC32: 'AA==' }, {}, 'x-amz-checksum-crc32 header is in'],
    ['a size below nothing', { MpuObjectSize: -1 }, {}, "header is less than zero: '-1'"],
    ['a part before the first', {}, { PartNumber: 0 }, 'PartNumber must be >= 1'],
    ['a part without its tag', {}, { ETag: undefined }, 'did not validate against our published'],
    ['a sum that is none', {}, { ChecksumCRC32: 'no' }, 'Invalid Base64 or multiple checksums'],
    [
      'a sum by another algorithm',
      {},
      { ChecksumSHA1: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      'The sha1 you specified for part 1 did not match what we received.',
    ],
  ])('refuses %s', async (_what, more, parts, words) => {
    const { Message } = await refusal(complete(more, parts))
    expect(Message).toContain(words)
  })

  it('takes no algorithm and type that do not go together', async () => {
    const begin = (more: object) =>
      refusal(s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'w', ...more })))
    expect((await begin({ ChecksumType: 'COMPOSITE' })).Message).toContain('can only be used with')
    const sha = { ChecksumAlgorithm: 'SHA512', ChecksumType: 'FULL_OBJECT' }
    expect((await begin(sha)).Message).toBe(
      'The FULL_OBJECT checksum type cannot be used with the sha512 checksum algorithm.',
    )
  })
})

// Of nothing, as their authors give them.
it.each([
  ['MD5', '1B2M2Y8AsgTpgAmY7PhCfg=='],
  ['XXHASH64', '70bbN1HY6Zk='],
  ['XXHASH3', 'LQaABTjTlMI='],
  ['XXHASH128', 'maoG0wFHmNhgAcMkRo1Jfw=='],
])('knows %s', async (name, value) => {
  expect(await put('younger', '', { [`Checksum${name}`]: value })).toMatchObject({
    [`Checksum${name}`]: value,
    ChecksumType: 'FULL_OBJECT',
  })
  const other = await refusal(put('younger', 'x', { [`Checksum${name}`]: value }))
  expect(other).toMatchObject({ name: 'BadDigest' })
})

it('names in its errors what was asked', async () => {
  const answer = await fetch(`${cloud.url}/no-such-bucket-at-all/key`)
  const text = await answer.text()
  const id = answer.headers.get('x-amz-request-id')
  expect(text).toContain('<BucketName>no-such-bucket-at-all</BucketName>')
  expect(text).toContain(`<RequestId>${id}</RequestId>`)
  expect(text).toContain(`<HostId>${answer.headers.get('x-amz-id-2')}</HostId>`)
})

describe('requests by hand', () => {
  /** By a key nobody knows, so that no signature is held against it. */
  async function ask(line: string, headers: Record<string, string> = {}, body?: string) {
    const [method, path] = line.split(' ') as [string, string]
    const date = new Date(cloud.kernel.clock.now()).toISOString().replaceAll(/[:-]|\.\d+/g, '')
    const scope = `someone/${date.slice(0, 8)}/${cloud.cloud.region}/s3/aws4_request`
    const answer = await fetch(`${cloud.url}/${Bucket}${path}`, {
      method,
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        'x-amz-date': date,
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
    const text = await answer.text()
    const [, code = answer.status, message = ''] =
      /<Code>(.*?)<\/Code><Message>(.*?)<\/Message>/.exec(text) ?? []
    return `${code} ${message}`.trim()
  }

  const encrypted = { 'x-amz-server-side-encryption': 'AES256' }
  const copied = { 'x-amz-copy-source': `${Bucket}/by-hand` }
  const noEncryption =
    'InvalidArgument x-amz-server-side-encryption header is not supported for this operation.'
  const noCopy = 'InvalidArgument You can only specify a copy source header for copy requests.'
  const notAllowed = 'MethodNotAllowed The specified method is not allowed against this resource.'

  it.each([
    ['PUT /by-hand', encrypted, '200'],
    ['GET /by-hand', encrypted, noEncryption],
    ['HEAD /by-hand', encrypted, '400'],
    ['GET /?list-type=2', encrypted, noEncryption],
    ['GET /by-hand', copied, noCopy],
    ['DELETE /', copied, noCopy],
    ['POST /by-hand?uploadId=x', copied, noCopy],
    ['DELETE /by-hand?acl', {}, notAllowed],
    ['DELETE /?versioning', {}, notAllowed],
    ['PUT /?location', {}, notAllowed],
    ['PUT /by-hand?attributes', {}, notAllowed],
    ['PUT /by-hand?uploadId=x', {}, notAllowed],
    ['GET /by-hand', {}, '200'],
    ['GET /?list-type=2&fetch-owner=maybe', {}, '200'],
    ['GET /?versions&max-keys=-1', {}, 'InvalidArgument max-keys cannot be negative'],
    [
      'GET /?list-type=2',
      { 'x-amz-optional-object-attributes': 'Size' },
      'InvalidArgument Invalid attribute name specified.',
    ],
    ['GET /?versions', { 'x-amz-optional-object-attributes': 'RestoreStatus' }, '200'],
    [
      'GET /by-hand?attributes',
      { 'x-amz-object-attributes': 'ObjectParts', 'x-amz-max-parts': 'many' },
      'InvalidArgument Provided x-amz-max-parts not an integer or within integer range',
    ],
    [
      'POST /by-hand?uploadId=x',
      { 'x-amz-mp-object-size': 'big' },
      "InvalidRequest Value for x-amz-mp-object-size header is invalid: 'big'",
    ],
    [
      'GET /?acl',
      { 'x-amz-expected-bucket-owner': 'me' },
      'InvalidBucketOwnerAWSAccountID The value of the expected bucket owner parameter must be an AWS Account ID... [me]',
    ],
  ])('%s with %j are answered with %s', async (line, headers, said) => {
    expect(await ask(line, headers as Record<string, string>)).toBe(said)
  })

  const malformed =
    'The XML you provided was not well-formed or did not validate against our published schema'

  it.each([
    ['PUT /?versioning', '<Versioning><Status>Enabled</Status></Versioning>', 'MalformedXML'],
    ['POST /?delete', '<Delete><Object><Key></Key></Object></Delete>', 'MalformedXML'],
    [
      'POST /?delete',
      '<Delete><Quiet>maybe</Quiet><Object><Key>k</Key></Object></Delete>',
      'MalformedXML',
    ],
    ['PUT /?acl', '<Grants/>', 'MalformedACLError'],
  ])('%s of %s is refused as %s', async (line, body, code) => {
    const digest = { 'content-md5': createHash('md5').update(body).digest('base64') }
    expect(await ask(line, digest, body)).toBe(`${code} ${malformed}`)
  })
})
