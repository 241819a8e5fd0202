import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'
import { createHotObjects } from './hot-objects.ts'
import { metaOf } from './meta-text.ts'
import type { S3Tables } from './migrations.ts'
import type { ObjectVersion } from './model.ts'

describe('objects kept in memory', () => {
  let cloud: CloudUnderTest
  let s3: S3.S3Client
  const Bucket = 'hot'

  beforeAll(async () => {
    cloud = await startCloud()
    s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
    await s3.send(new S3.CreateBucketCommand({ Bucket }))
  })
  afterAll(() => cloud.stop())

  const found = async (Key: string) => {
    try {
      const { Body, ETag, TagCount, Metadata } = await s3.send(
        new S3.GetObjectCommand({ Bucket, Key }),
      )
      return { body: await Body!.transformToString(), etag: ETag, tags: TagCount ?? 0, Metadata }
    } catch (error) {
      if (error instanceof S3.NoSuchKey) return undefined
      throw error
    }
  }
  /** What the database holds, past everything else. */
  const stored = async (Key: string) => {
    const row = await cloud.kernel.database
      .tables<S3Tables>()
      .selectFrom('cloud_s3_object')
      .selectAll()
      .where('bucket', '=', Bucket)
      .where('key', '=', Key)
      .where('is_latest', '=', 1)
      .executeTakeFirst()
    if (!row || row.is_marker) return undefined
    const meta = metaOf(row.meta)
    return {
      // Parts are files: what they hold is told by their ETag.
      ...(row.inline && { body: Buffer.from(row.inline).toString() }),
      etag: `"${row.etag}"`,
      tags: Object.keys(meta.tags ?? {}).length,
      Metadata: meta.user ?? {},
    }
  }
  const versionsOf = async (Prefix: string) => {
    const { Versions = [] } = await s3.send(new S3.ListObjectVersionsCommand({ Bucket, Prefix }))
    return Versions
  }
  const put = (Key: string, number: number) =>
    s3.send(
      new S3.PutObjectCommand({ Bucket, Key, Body: `${number}`, Metadata: { n: `${number}` } }),
    )
  const inParts = async (Key: string, number: number) => {
    const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key }))
    const part = { Bucket, Key, UploadId, PartNumber: 1 }
    const { ETag } = await s3.send(new S3.UploadPartCommand({ ...part, Body: `parts ${number}` }))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    await s3.send(new S3.CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
    await put(Key, number)
  }
  const tag = (Key: string, number: number) =>
    s3.send(
      new S3.PutObjectTaggingCommand({
        Bucket,
        Key,
        Tagging: { TagSet: [{ Key: `t${number % 3}`, Value: String(number) }] },
      }),
    )
  const changes: ((key: string, number: number) => Promise<unknown>)[] = [
    put,
    put,
    inParts,
    tag,
    (Key) => s3.send(new S3.DeleteObjectTaggingCommand({ Bucket, Key })),
    (Key) => s3.send(new S3.DeleteObjectCommand({ Bucket, Key })),
    (Key) =>
      s3.send(
        new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }, { Key: 'x' }] } }),
      ),
    (Key) =>
      s3.send(
        new S3.CopyObjectCommand({
          Bucket,
          Key,
          CopySource: `${Bucket}/${Key}`,
          MetadataDirective: 'REPLACE',
          Metadata: { copied: 'yes' },
        }),
      ),
    async (Key) => {
      const [newest] = await versionsOf(Key)
      const one = { Bucket, Key, VersionId: newest?.VersionId }
      if (newest) await s3.send(new S3.DeleteObjectCommand(one))
    },
    (_key, number) =>
      s3.send(
        new S3.PutBucketVersioningCommand({
          Bucket,
          VersioningConfiguration: { Status: number % 2 ? 'Enabled' : 'Suspended' },
        }),
      ),
  ]

  it('are what the store holds after each change, whoever reads meanwhile', async () => {
    const keys = ['a', 'b', 'c', 'd']
    const readers = { go: true }
    const reading = keys.map(async (key) => {
      while (readers.go) await found(key)
    })
    let seed = 7
    const random = () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
    const writers = keys.map(async (key) => {
      for (let number = 0; number < 60; number++) {
        const change = changes[Math.floor(random() * changes.length)]!
        // What is not there can't be tagged or copied, and says so.
        await change(key, number).catch((error: unknown) => {
          if (!/NoSuchKey|MethodNotAllowed/.test((error as Error).name)) throw error
        })
        const held = await stored(key)
        const read = await found(key)
        expect(read && held ? { ...read, ...held } : held, `${number} of ${key}`).toEqual(read)
      }
    })
    await Promise.all(writers)
    readers.go = false
    await Promise.all(reading)
  })

  it('are forgotten when everything is', async () => {
    await put('left', 1)
    expect(await found('left')).toBeDefined()
    await cloud.cloud.reset()
    await s3.send(new S3.CreateBucketCommand({ Bucket }))
    expect(await found('left')).toBeUndefined()
  })
})

describe('what is kept', () => {
  const version = (key: string, sizeBytes: number): ObjectVersion => ({
    bucket: 'b',
    key,
    versionId: 'null',
    isLatest: true,
    isMarker: false,
    sizeBytes,
    etag: '',
    modifiedAt: 0,
    meta: {},
    inline: Buffer.alloc(sizeBytes),
  })

  it('stays within its budget, what is read again longest', () => {
    const hot = createHotObjects(50_000)
    for (let number = 0; number < 100; number++) {
      hot.keep(version(`k${number}`, 4000), hot.moment())
      if (number >= 3) expect(hot.get('b', 'k3'), String(number)).toBeDefined()
    }
    const kept = Array.from({ length: 100 }, (_, number) => hot.get('b', `k${number}`))
    expect(kept.filter(Boolean).length).toBeLessThan(11)
  })

  it('is not what was read before or while it changed', async () => {
    const hot = createHotObjects()
    const before = hot.moment()
    let finish = () => undefined as void
    const change = hot.changing(['b/k'], () => new Promise<void>((resolve) => (finish = resolve)))
    hot.keep(version('k', 1), before)
    expect(hot.get('b', 'k')).toBeUndefined()
    hot.keep(version('k', 1), hot.moment())
    expect(hot.get('b', 'k')).toBeUndefined()
    const during = hot.moment()
    finish()
    await change
    hot.keep(version('k', 1), during)
    expect(hot.get('b', 'k')).toBeUndefined()
    hot.keep(version('k', 1), hot.moment())
    expect(hot.get('b', 'k')).toBeDefined()
  })
})
