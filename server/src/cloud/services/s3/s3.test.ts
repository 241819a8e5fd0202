import * as S3 from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'guestbook-files'

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const put = (Key: string, Body: S3.PutObjectCommandInput['Body'], more: object = {}) =>
  s3.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }))
const get = (Key: string, more: object = {}) =>
  s3.send(new S3.GetObjectCommand({ Bucket, Key, ...more }))
const textOf = async (Key: string, more: object = {}) =>
  (await get(Key, more)).Body!.transformToString()

describe('buckets', () => {
  it.each(['Guest', 'ab', 'a..b', '10.0.0.1', 'xn--site', '-a-b'])('refuses the name %s', (name) =>
    expect(s3.send(new S3.CreateBucketCommand({ Bucket: name }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    }),
  )

  it('says where it is, whose it is and when it is there already', async () => {
    expect(await s3.send(new S3.HeadBucketCommand({ Bucket }))).toMatchObject({
      BucketRegion: 'ap-northeast-2',
    })
    const location = await s3.send(new S3.GetBucketLocationCommand({ Bucket }))
    expect(location.LocationConstraint).toBe('ap-northeast-2')
    const again = s3.send(new S3.CreateBucketCommand({ Bucket }))
    await expect(again).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' })
    const other = cloud.config({ accessKeyId: '111111111111', secretAccessKey: 'x' })
    const theirs = new S3.S3Client({ ...other, forcePathStyle: true })
    await expect(theirs.send(new S3.CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketAlreadyExists',
    })
    await expect(theirs.send(new S3.ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  it('pages and filters', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) {
      await s3.send(new S3.CreateBucketCommand({ Bucket: name }))
    }
    const first = await s3.send(new S3.ListBucketsCommand({ MaxBuckets: 2, Prefix: 'page-' }))
    expect(first.Buckets!.map(({ Name }) => Name)).toEqual(['page-a', 'page-b'])
    const { ContinuationToken } = first
    const rest = await s3.send(new S3.ListBucketsCommand({ ContinuationToken, Prefix: 'page-' }))
    expect(rest.Buckets!.map(({ Name }) => Name)).toEqual(['page-c'])
  })

  it('stays while it holds something', async () => {
    const name = 'to-be-emptied'
    await s3.send(new S3.CreateBucketCommand({ Bucket: name }))
    await s3.send(new S3.PutObjectCommand({ Bucket: name, Key: 'a', Body: 'a' }))
    const remove = () => s3.send(new S3.DeleteBucketCommand({ Bucket: name }))
    await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' })
    await s3.send(new S3.DeleteObjectCommand({ Bucket: name, Key: 'a' }))
    await remove()
    const gone = s3.send(new S3.ListObjectsV2Command({ Bucket: name }))
    await expect(gone).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })
})

describe('objects', () => {
  it('gives back what was put, with what it carried', async () => {
    const made = await put('한글/a b+c.txt', 'hello', {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      Metadata: { Author: 'minji' },
      Tagging: 'a=1&b=2',
    })
    expect(made).toMatchObject({
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      ChecksumCRC32: 'NhCmhg==',
      ServerSideEncryption: 'AES256',
    })
    const found = await get('한글/a b+c.txt')
    expect(await found.Body!.transformToString()).toBe('hello')
    expect(found).toMatchObject({
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      Metadata: { author: 'minji' },
      TagCount: 2,
      ContentLength: 5,
    })
  })

  it.each([0, 1, 65_536, 65_537, 3_000_000])('keeps %i bytes whole', async (size) => {
    const bytes = Buffer.alloc(size, 'madang')
    await put('sized', bytes)
    expect(Buffer.from(await (await get('sized')).Body!.transformToByteArray())).toEqual(bytes)
    const stream = Readable.from([bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)])
    await put('streamed', stream, { ContentLength: size })
    expect(Buffer.from(await (await get('streamed')).Body!.transformToByteArray())).toEqual(bytes)
  })

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'keeps and checks %s',
    async (ChecksumAlgorithm) => {
      const made = await put(`sum-${ChecksumAlgorithm}`, 'madang', { ChecksumAlgorithm })
      const member = `Checksum${ChecksumAlgorithm}` as const
      expect(made[member]).toBeTruthy()
      const head = await s3.send(
        new S3.HeadObjectCommand({
          Bucket,
          Key: `sum-${ChecksumAlgorithm}`,
          ChecksumMode: 'ENABLED',
        }),
      )
      expect(head[member]).toBe(made[member])
      const wrong = {
        [member]: Buffer.alloc(Buffer.from(made[member]!, 'base64').length).toString('base64'),
      }
      await expect(put('bad-sum', 'madang', wrong)).rejects.toMatchObject({ name: 'BadDigest' })
    },
  )

  it('refuses a wrong Content-MD5 and keeps nothing of it', async () => {
    const ContentMD5 = Buffer.alloc(16).toString('base64')
    await expect(put('bad-md5', 'x', { ContentMD5 })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(get('bad-md5')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it('answers ranges, parts of nothing, and what is not there', async () => {
    await put('range', '0123456789')
    expect(await textOf('range', { Range: 'bytes=2-4' })).toBe('234')
    expect(await textOf('range', { Range: 'bytes=-3' })).toBe('789')
    expect(await textOf('range', { Range: 'bytes=8-100' })).toBe('89')
    const part = await get('range', { Range: 'bytes=0-0' })
    expect(part.$metadata.httpStatusCode).toBe(206)
    expect(part.ContentRange).toBe('bytes 0-0/10')
    await expect(get('range', { Range: 'bytes=10-' })).rejects.toMatchObject({
      name: 'InvalidRange',
    })
    expect(await textOf('range', { Range: 'bytes=5-2' })).toBe('0123456789')
  })

  it('heeds conditions on reads and writes', async () => {
    const { ETag } = await put('cond', 'one', { IfNoneMatch: '*' })
    const status = (more: object) =>
      get('cond', more).then(
        (found) => found.$metadata.httpStatusCode,
        (error: S3.S3ServiceException) => error.$metadata.httpStatusCode,
      )
    expect(await status({ IfMatch: ETag })).toBe(200)
    expect(await status({ IfMatch: '"other"' })).toBe(412)
    expect(await status({ IfNoneMatch: ETag })).toBe(304)
    const { LastModified } = await get('cond')
    expect(await status({ IfModifiedSince: LastModified })).toBe(304)
    expect(await status({ IfModifiedSince: new Date(Date.now() + 60_000) })).toBe(200)
    expect(await status({ IfUnmodifiedSince: new Date(0) })).toBe(412)
    await expect(put('cond', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    await expect(put('cond', 'two', { IfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
    await put('cond', 'two', { IfMatch: ETag })
    expect(await textOf('cond')).toBe('two')
  })

  it('lets one of many win a conditional write', async () => {
    const tries = Array.from({ length: 20 }, (_, i) => put('race', `${i}`, { IfNoneMatch: '*' }))
    const outcomes = await Promise.allSettled(tries)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('copies, with the directives of the copy', async () => {
    await put('source', 'bytes', { Metadata: { a: '1' }, ContentType: 'text/css' })
    const copy = (Key: string, more: object = {}) =>
      s3.send(new S3.CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...more }))
    await copy('kept')
    expect(await get('kept')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/css' })
    await copy('replaced', { MetadataDirective: 'REPLACE', Metadata: { b: '2' } })
    expect((await get('replaced')).Metadata).toEqual({ b: '2' })
    await expect(copy('source')).rejects.toMatchObject({ name: 'InvalidRequest' })
    await expect(copy('x', { CopySourceIfMatch: '"no"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
  })

  it('is read by a presigned link, and put by one', async () => {
    const lent = { kind: 'run', id: 'run_1', project: 'GB', name: 'minji' } as const
    const mine = cloud.config(await cloud.cloud.credentialsFor(lent))
    const signer = new S3.S3Client({ ...mine, forcePathStyle: true })
    const upload = await getSignedUrl(signer, new S3.PutObjectCommand({ Bucket, Key: 'by-link' }))
    expect((await fetch(upload, { method: 'PUT', body: 'from a link' })).status).toBe(200)
    const asked = { Bucket, Key: 'by-link', ResponseContentType: 'text/x-madang' }
    const answer = await fetch(await getSignedUrl(s3, new S3.GetObjectCommand(asked)))
    expect(answer.headers.get('content-type')).toBe('text/x-madang')
    expect(await answer.text()).toBe('from a link')
    const tampered = upload.replace('by-link', 'by-lunk')
    expect((await fetch(tampered, { method: 'PUT', body: 'x' })).status).toBe(403)
  })

  it('keeps tags beside the object', async () => {
    await put('tagged', 'x')
    const TagSet = [{ Key: 'stage', Value: '시험' }]
    await s3.send(new S3.PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }))
    const found = await s3.send(new S3.GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))
    expect(found.TagSet).toEqual(TagSet)
  })

  it('removes the bytes of what was overwritten', async () => {
    const files = async () => {
      const { readdir } = await import('node:fs/promises')
      const names = await readdir(`${cloud.kernel.config.home}/blobs`, { recursive: true })
      return names.filter((name) => /^[0-9a-f]{2}\/[0-9a-f]{38}$/.test(name)).length
    }
    const before = await files()
    for (let i = 0; i < 3; i++) await put('overwritten', Buffer.alloc(100_000, i))
    await expect.poll(files, { interval: 300 }).toBeLessThanOrEqual(before + 1)
    expect((await get('overwritten')).ContentLength).toBe(100_000)
  })
})
