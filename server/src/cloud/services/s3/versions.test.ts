import * as S3 from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  for (const Bucket of ['versions', 'uploads'])
    await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

describe('versions', () => {
  const Bucket = 'versions'
  const versioning = (Status: 'Enabled' | 'Suspended') =>
    s3.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
  const put = async (Key: string, Body: string) =>
    (await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body }))).VersionId
  const read = async (Key: string, VersionId?: string) =>
    (await s3.send(new S3.GetObjectCommand({ Bucket, Key, VersionId }))).Body!.transformToString()

  it('keeps every version, hides behind markers and comes back', async () => {
    expect(await put('page', 'before')).toBeUndefined()
    await versioning('Enabled')
    const first = await put('page', 'one')
    const second = await put('page', 'two')
    expect(await read('page')).toBe('two')
    expect(await read('page', first)).toBe('one')
    expect(await read('page', 'null')).toBe('before')

    const gone = await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'page' }))
    expect(gone.DeleteMarker).toBe(true)
    await expect(read('page')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(read('page', gone.VersionId)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 405 },
    })
    expect((await s3.send(new S3.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0)
    const anyAtAll = new S3.DeleteObjectCommand({ Bucket, Key: 'page', IfMatch: '*' })
    await expect(s3.send(anyAtAll)).rejects.toMatchObject({ name: 'NoSuchKey' })

    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'page', VersionId: gone.VersionId }))
    expect(await read('page')).toBe('two')
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'page', VersionId: second }))
    expect(await read('page')).toBe('one')

    await versioning('Suspended')
    expect(await put('page', 'suspended')).toBeUndefined()
    const { Versions } = await s3.send(new S3.ListObjectVersionsCommand({ Bucket }))
    expect(Versions!.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      ['null', true],
      [first, false],
    ])
    // Only an id that was given out is of a version that isn't there any more.
    await expect(read('page', second)).rejects.toMatchObject({ name: 'NoSuchVersion' })
    await expect(read('page', 'nonsense')).rejects.toMatchObject({ name: 'InvalidArgument' })
  })

  it('pages through versions', async () => {
    await versioning('Enabled')
    for (const Key of ['p/a', 'p/b']) for (const text of ['1', '2', '3']) await put(Key, text)
    const seen: string[] = []
    let marker: { KeyMarker?: string; VersionIdMarker?: string } = {}
    for (let pages = 0; pages < 10; pages++) {
      const page = await s3.send(
        new S3.ListObjectVersionsCommand({ Bucket, Prefix: 'p/', MaxKeys: 2, ...marker }),
      )
      seen.push(...page.Versions!.map(({ Key }) => Key!))
      if (!page.IsTruncated) break
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
    expect(seen).toEqual(['p/a', 'p/a', 'p/a', 'p/b', 'p/b', 'p/b'])
  })
})

describe('multipart', () => {
  const Bucket = 'uploads'
  const MiB = 1024 * 1024
  const start = async (Key: string, more: object = {}) =>
    (await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!
  const part = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer) => {
    const sent = await s3.send(
      new S3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
    )
    return { PartNumber, ETag: sent.ETag! }
  }
  const complete = (Key: string, UploadId: string, Parts: S3.CompletedPart[]) =>
    s3.send(
      new S3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    )

  it('joins parts, gives each back, and knows the ETag of S3', async () => {
    const body = Buffer.alloc(11 * MiB, 'part')
    const upload = new Upload({
      client: s3,
      params: { Bucket, Key: 'big', Body: body },
      partSize: 5 * MiB,
    })
    const { ETag } = await upload.done()
    expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
    const whole = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'big' }))
    expect(Buffer.from(await whole.Body!.transformToByteArray()).equals(body)).toBe(true)
    const second = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'big', PartNumber: 3 }))
    expect(second).toMatchObject({ ContentLength: MiB, PartsCount: 3 })
    const across = { Bucket, Key: 'big', Range: `bytes=${5 * MiB - 2}-${5 * MiB + 1}` }
    const bytes = await (await s3.send(new S3.GetObjectCommand(across))).Body!.transformToString()
    expect(bytes).toBe(body.toString('utf8', 5 * MiB - 2, 5 * MiB + 2))
  })

  it('makes one checksum of the whole from those of the parts', async () => {
    const body = Buffer.alloc(6 * MiB + 7, 'checksum')
    await s3.send(
      new S3.PutObjectCommand({ Bucket, Key: 'plain', Body: body, ChecksumAlgorithm: 'CRC64NVME' }),
    )
    const more = { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' }
    const id = await start('joined', more)
    const parts = []
    for (const [index, bytes] of [body.subarray(0, 5 * MiB), body.subarray(5 * MiB)].entries()) {
      const sent = await s3.send(
        new S3.UploadPartCommand({
          Bucket,
          Key: 'joined',
          UploadId: id,
          PartNumber: index + 1,
          Body: bytes,
          ChecksumAlgorithm: 'CRC64NVME',
        }),
      )
      parts.push({ PartNumber: index + 1, ETag: sent.ETag! })
    }
    const done = await complete('joined', id, parts)
    const plain = await s3.send(
      new S3.HeadObjectCommand({ Bucket, Key: 'plain', ChecksumMode: 'ENABLED' }),
    )
    expect(done.ChecksumCRC64NVME).toBe(plain.ChecksumCRC64NVME)
  })

  it('refuses small, missing and disordered parts', async () => {
    const id = await start('strict')
    const one = await part('strict', id, 1, Buffer.alloc(10))
    const two = await part('strict', id, 2, Buffer.alloc(10))
    await expect(complete('strict', id, [one, two])).rejects.toMatchObject({
      name: 'EntityTooSmall',
    })
    await expect(complete('strict', id, [two, one])).rejects.toMatchObject({
      name: 'InvalidPartOrder',
    })
    const wrong = { PartNumber: 1, ETag: '"00000000000000000000000000000000"' }
    await expect(complete('strict', id, [wrong])).rejects.toMatchObject({ name: 'InvalidPart' })
    const listed = await s3.send(new S3.ListPartsCommand({ Bucket, Key: 'strict', UploadId: id }))
    expect(listed.Parts!.map(({ Size }) => Size)).toEqual([10, 10])
    const open = await s3.send(new S3.ListMultipartUploadsCommand({ Bucket }))
    expect(open.Uploads!.map(({ Key }) => Key)).toContain('strict')
    await s3.send(new S3.AbortMultipartUploadCommand({ Bucket, Key: 'strict', UploadId: id }))
    await expect(part('strict', id, 3, Buffer.alloc(1))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    })
  })

  it("lists uploads under way by key, each key's as they began, page by page", async () => {
    const ids: string[] = []
    for (const Key of ['l/b', 'l/a', 'l/a', 'l/a']) ids.push(await start(Key))
    const seen: string[] = []
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (let pages = 0; pages < 5; pages++) {
      const asked = { Bucket, Prefix: 'l/', MaxUploads: 2, ...marker }
      const page = await s3.send(new S3.ListMultipartUploadsCommand(asked))
      seen.push(...page.Uploads!.map(({ UploadId }) => UploadId!))
      if (!page.IsTruncated) break
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
    }
    expect(seen).toEqual([ids[1], ids[2], ids[3], ids[0]])
  })

  it('copies a range of an object as a part', async () => {
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'from', Body: '0123456789' }))
    const id = await start('assembled')
    const { CopyPartResult } = await s3.send(
      new S3.UploadPartCopyCommand({
        Bucket,
        Key: 'assembled',
        UploadId: id,
        PartNumber: 1,
        CopySource: `${Bucket}/from`,
        CopySourceRange: 'bytes=2-5',
      }),
    )
    await complete('assembled', id, [{ PartNumber: 1, ETag: CopyPartResult!.ETag! }])
    const found = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'assembled' }))
    expect(await found.Body!.transformToString()).toBe('2345')
  })
})
