import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabases } from '../../../testing/databases.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// Random changes beside a model of twenty lines; then every way of listing has to say what it says.

interface Version {
  id: string
  body: string | undefined
}

/** Mulberry32: the same sequence for the same seed, so that a failure can be seen again. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

describe.each(testDatabases())('S3 over $name', ({ config }) => {
  let cloud: CloudUnderTest
  let s3: S3.S3Client
  const Bucket = 'model'
  const model = new Map<string, Version[]>()
  const random = randomOf(20_261_122)
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)]!

  beforeAll(async () => {
    cloud = await startCloud(await config())
    s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
    await s3.send(new S3.CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await s3.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const parts = ['a', 'b/', 'c/d/', '한/', 'é', '😀/', 'z z', 'A', '+%', 'b']
    const keys = Array.from(
      { length: 40 },
      () => pick(parts) + pick(parts) + pick(['x', 'y', '가']),
    )
    for (let step = 0; step < 150; step++) await change(pick(keys), step)
  })
  afterAll(() => cloud.stop())

  async function change(Key: string, step: number): Promise<void> {
    const versions = model.get(Key) ?? []
    model.set(Key, versions)
    const choice = random()
    if (choice < 0.6) {
      const Body = `body ${step}`
      const { VersionId } = await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body }))
      versions.unshift({ id: VersionId!, body: Body })
    } else if (choice < 0.8 || versions.length === 0) {
      const { VersionId } = await s3.send(new S3.DeleteObjectCommand({ Bucket, Key }))
      versions.unshift({ id: VersionId!, body: undefined })
    } else {
      const { id } = pick(versions)
      await s3.send(new S3.DeleteObjectCommand({ Bucket, Key, VersionId: id }))
      versions.splice(
        versions.findIndex((version) => version.id === id),
        1,
      )
    }
  }

  const current = () =>
    [...model]
      .filter(([, versions]) => versions[0]?.body !== undefined)
      .map(([key]) => key)
      .sort(byBytes)

  it.each([
    ['', undefined, 1000],
    ['', undefined, 1],
    ['', '/', 3],
    ['', '/', 1],
    ['b', '/', 2],
    ['c/', undefined, 2],
    ['', 'd/', 2],
    ['한/', '/', 1],
    ['nothing', '/', 5],
  ])('lists prefix "%s", delimiter %s, %i a page', async (Prefix, Delimiter, MaxKeys) => {
    const wanted: string[] = []
    for (const key of current().filter((each) => each.startsWith(Prefix))) {
      const at = Delimiter ? key.indexOf(Delimiter, Prefix.length) : -1
      const entry = at < 0 ? key : key.slice(0, at + Delimiter!.length)
      if (wanted.at(-1) !== entry) wanted.push(entry)
    }
    const found: string[] = []
    let ContinuationToken: string | undefined
    do {
      const page = await s3.send(
        new S3.ListObjectsV2Command({ Bucket, Prefix, Delimiter, MaxKeys, ContinuationToken }),
      )
      const entries = [
        ...(page.Contents ?? []).map(({ Key }) => Key!),
        ...(page.CommonPrefixes ?? []).map((each) => each.Prefix!),
      ]
      expect(entries.length).toBeLessThanOrEqual(MaxKeys)
      expect(page.KeyCount).toBe(entries.length)
      found.push(...entries.sort(byBytes))
      ContinuationToken = page.NextContinuationToken
    } while (ContinuationToken)
    expect(found).toEqual(wanted)
  })

  it('lists all versions, newest first', async () => {
    const wanted = [...model]
      .sort(([a], [b]) => byBytes(a, b))
      .flatMap(([key, versions]) => versions.map(({ id }) => `${key} ${id}`))
    const found: string[] = []
    let marker: { KeyMarker?: string; VersionIdMarker?: string } = {}
    for (;;) {
      const page = await s3.send(
        new S3.ListObjectVersionsCommand({ Bucket, MaxKeys: 7, ...marker }),
      )
      const entries = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]
      const order = new Map(wanted.map((each, index) => [each, index]))
      const names = entries.map(({ Key, VersionId }) => `${Key} ${VersionId}`)
      found.push(...names.sort((a, b) => order.get(a)! - order.get(b)!))
      if (!page.IsTruncated) break
      marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
    expect(found).toEqual(wanted)
  })

  it('reads what the model holds', async () => {
    for (const [Key, versions] of model) {
      for (const { id: VersionId, body } of versions) {
        if (body === undefined) continue
        const found = await s3.send(new S3.GetObjectCommand({ Bucket, Key, VersionId }))
        expect(await found.Body!.transformToString()).toBe(body)
      }
    }
  })

  it('takes multipart, copies and bucket removal too', async () => {
    const Key = 'joined'
    const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key }))
    const part = { Bucket, Key, UploadId, PartNumber: 1 }
    const { ETag } = await s3.send(new S3.UploadPartCommand({ ...part, Body: 'part' }))
    await s3.send(new S3.UploadPartCommand({ ...part, Body: 'part' }))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    const done = { Bucket, Key, UploadId, MultipartUpload }
    await s3.send(new S3.CompleteMultipartUploadCommand(done))
    const other = 'emptied'
    await s3.send(new S3.CreateBucketCommand({ Bucket: other }))
    await s3.send(
      new S3.CopyObjectCommand({ Bucket: other, Key: 'copy', CopySource: `${Bucket}/${Key}` }),
    )
    await s3.send(new S3.CreateMultipartUploadCommand({ Bucket: other, Key: 'open' }))
    const remove = () => s3.send(new S3.DeleteBucketCommand({ Bucket: other }))
    await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty' })
    await s3.send(new S3.DeleteObjectCommand({ Bucket: other, Key: 'copy' }))
    await remove()
  })

  it('takes the annotations of a version away with it', async () => {
    const place = { Bucket, Key: 'annotated' }
    const { VersionId } = await s3.send(new S3.PutObjectCommand({ ...place, Body: 'x' }))
    const annotation = { ...place, VersionId, AnnotationName: 'a', AnnotationPayload: 'text' }
    await s3.send(new S3.PutObjectAnnotationCommand(annotation))
    const again = { MetadataDirective: 'REPLACE' as const, Metadata: { a: 'b' } }
    const copy = { ...place, CopySource: `${Bucket}/annotated`, ...again }
    await s3.send(new S3.CopyObjectCommand(copy))
    const names = async (more: object = {}) => {
      const list = new S3.ListObjectAnnotationsCommand({ ...place, ...more })
      return ((await s3.send(list)).Annotations ?? []).map((each) => each.AnnotationName)
    }
    expect(await names()).toEqual(['a'])
    const VersioningConfiguration = { Status: 'Suspended' as const }
    await s3.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    await s3.send(new S3.CopyObjectCommand(copy))
    expect(await names({ VersionId: 'null' })).toEqual(['a'])
    await s3.send(new S3.PutObjectCommand({ ...place, Body: 'y' }))
    expect(await names({ VersionId: 'null' })).toEqual([])
    expect(await names({ VersionId })).toEqual(['a'])
    await s3.send(new S3.DeleteObjectCommand({ ...place, VersionId }))
    const rows = await cloud.kernel.database.select<{ version_id: string }>({
      sql: "select version_id from cloud_s3_annotation where key = 'annotated'",
      parameters: [],
    })
    expect(rows.map(({ version_id }) => version_id)).not.toContain(VersionId)
    expect(rows).toHaveLength(1)
  })
})
