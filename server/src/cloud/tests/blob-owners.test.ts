import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIdentity } from '../../identity/index.ts'
import { configFor, createKernel, type Kernel, type OwnedBlobs } from '../../kernel/index.ts'
import { createRegistry, type Registry } from '../../registry/index.ts'
import { testDatabases } from '../../testing/databases.ts'
import { until } from '../../testing/until.ts'
import { createCloud } from '../index.ts'
import { zip } from '../services/lambda/tests/compute-under-test.ts'

// A file of every owner is kept, an orphan of each goes. The owners are the product's own; their
// rows are made by themselves where that is one call, else written as they write them.

const DAYS = 86_400_000

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  ],
})

describe.each(testDatabases())('over $name', ({ config }) => {
  let kernel: Kernel
  let registry: Registry
  let home: string
  let s3: S3
  let lambda: Lambda
  let iam: IAM
  /** What `kernel.blobs.of` gave to each owner. */
  let writers: Map<string, OwnedBlobs>

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'madang-blobs-'))
    kernel = await createKernel(configFor({ ...(await config()), home }))
    writers = new Map()
    const { of } = kernel.blobs
    kernel.blobs.of = (owner, keptOf) => {
      const writer = of(owner, keptOf)
      writers.set(owner, writer)
      return writer
    }
    const identity = await createIdentity({ kernel })
    registry = await createRegistry({ kernel })
    const cloud = await createCloud({ kernel, identity, registry })
    const endpoint = await cloud.listen()
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const settings = { endpoint, region: cloud.region, credentials }
    s3 = new S3({ ...settings, forcePathStyle: true })
    lambda = new Lambda(settings)
    iam = new IAM(settings)
    await kernel.start()
  })

  afterEach(async () => {
    for (const client of [s3, lambda, iam]) client.destroy()
    await kernel.stop()
    await rm(home, { recursive: true, force: true })
  })

  const folder = () => join(home, 'blobs')
  const isThere = (id: string) => existsSync(kernel.blobs.path(id))
  const isAside = (id: string) => existsSync(join(folder(), 'orphaned', id))

  async function allIds(): Promise<string[]> {
    const names = (await readdir(folder())).filter((name) => name.length === 2)
    const ids = names.map(async (shelf) =>
      (await readdir(join(folder(), shelf))).map((name) => shelf + name),
    )
    return (await Promise.all(ids)).flat()
  }

  async function age(ids: string[], byMs: number): Promise<void> {
    const then = new Date(Date.now() - byMs)
    for (const id of ids) {
      await utimes(isAside(id) ? join(folder(), 'orphaned', id) : kernel.blobs.path(id), then, then)
    }
  }

  async function fillEverything(): Promise<void> {
    const actor = { kind: 'person', id: 'person:1' } as never
    const place = { project: 'GB', name: 'parts', version: '1', path: 'a.bin' }
    await registry.artifactPut(actor, { ...place, bytes: Buffer.from('artifact') })
    const image = await writers.get('oci')!.write(Buffer.from('layer'))
    const digest = `sha256:${createHash('sha256').update('layer').digest('hex')}`
    await insert('registry_oci_blob', { digest, blob: image.id, size: 5, created_at: 1 })
    const file = await writers.get('packages')!.write(Buffer.from('package'))
    const sums = { sha1: '', sha256: '', etag: null, content_type: 'x' }
    const url = 'http://127.0.0.1/p'
    await insert('registry_remote_file', { url, blob: file.id, size: 7, fetched_at: 1, ...sums })
    const RoleName = 'functions'
    await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust })
    await lambda.createFunction({
      FunctionName: 'kept',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::000000000000:role/${RoleName}`,
      Code: { ZipFile: zip({ 'index.mjs': 'export const handler = () => 1' }) },
    })
    const Bucket = 'kept'
    await s3.createBucket({ Bucket })
    await s3.putObject({ Bucket, Key: 'large', Body: 'x'.repeat(100_000) })
    // Under way, and joined of two.
    for (const Key of ['going', 'joined']) {
      const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
      const part = { Bucket, Key, UploadId }
      const Parts = []
      for (const PartNumber of [1, 2]) {
        const Body = PartNumber === 1 ? 'p'.repeat(5 * 1024 * 1024) : 'end'
        const { ETag } = await s3.uploadPart({ ...part, PartNumber, Body })
        Parts.push({ PartNumber, ETag })
      }
      if (Key === 'going') continue
      await s3.completeMultipartUpload({ ...part, MultipartUpload: { Parts } })
    }
  }

  async function insert(table: string, row: Record<string, unknown>): Promise<void> {
    await kernel.database.write(async (tx) => {
      await tx
        .tables<Record<string, Record<string, unknown>>>()
        .insertInto(table)
        .values(row)
        .execute()
    })
  }

  test('a file goes when its object is replaced or deleted, and only then', async () => {
    const Bucket = 'left'
    const large = 'x'.repeat(100_000)
    await s3.createBucket({ Bucket })
    for (const Key of ['replaced', 'deleted', 'kept']) {
      await s3.putObject({ Bucket, Key, Body: large })
    }
    await s3.putObject({ Bucket, Key: 'replaced', Body: 'small' })
    await s3.putObject({ Bucket, Key: 'replaced', Body: 'small again' })
    await s3.deleteObject({ Bucket, Key: 'deleted' })
    await s3.putObjectTagging({
      Bucket,
      Key: 'kept',
      Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] },
    })
    await until('two of three files to go', async () => (await allIds()).length === 1)
    const kept = await s3.getObject({ Bucket, Key: 'kept' })
    expect(await kept.Body!.transformToString()).toBe(large)
  })

  test('every owner keeps its own; an orphan of each goes, in two steps', async () => {
    expect([...writers.keys()].sort()).toEqual(['artifacts', 'lambda', 'oci', 'packages', 's3'])
    await fillEverything()
    const kept = await allIds()
    expect(kept.length).toBe(9)
    const orphans: string[] = []
    for (const writer of writers.values()) orphans.push((await writer.write(Buffer.from('o'))).id)
    expect(await kernel.blobs.sweep()).toEqual({ orphaned: 0, restored: 0, removed: 0 })

    await age([...kept, ...orphans], 2 * DAYS)
    const young = (await writers.get('s3')!.write(Buffer.from('y'))).id
    expect(await kernel.blobs.sweep()).toEqual({ orphaned: 5, restored: 0, removed: 0 })
    expect(orphans.filter((id) => !isAside(id))).toEqual([])
    expect([...kept, young].filter((id) => !isThere(id))).toEqual([])
    const { Body } = await s3.getObject({ Bucket: 'kept', Key: 'joined' })
    expect((await Body!.transformToByteArray()).length).toBe(5 * 1024 * 1024 + 3)

    await age(orphans, 13 * DAYS)
    expect((await kernel.blobs.sweep()).removed).toBe(0)
    await age(orphans, 15 * DAYS)
    expect((await kernel.blobs.sweep()).removed).toBe(5)
    expect([...orphans.filter(isAside), ...kept.filter((id) => !isThere(id))]).toEqual([])
  })

  test('an old orphan is put aside by the next day', async () => {
    const orphan = (await writers.get('s3')!.write(Buffer.from('o'))).id
    await age([orphan], 2 * DAYS)
    kernel.clock.advance(DAYS)
    await expect.poll(() => isAside(orphan)).toBe(true)
  })

  test('when an owner cannot tell, nothing is touched', async () => {
    kernel.blobs.of('broken', () => Promise.reject(new Error('no such table')))
    const orphan = (await writers.get('s3')!.write(Buffer.from('o'))).id
    await age([orphan], 30 * DAYS)
    await expect(kernel.blobs.sweep()).rejects.toThrow('no such table')
    expect(isThere(orphan)).toBe(true)
  })

  test('files of owners that are not here, and of nobody, stay; what is kept again returns', async () => {
    const known = new Set<string>()
    let isHere = false
    const mine = kernel.blobs.of('mine', async (ids) =>
      isHere ? ids.filter((id) => known.has(id)) : [],
    )
    const { id } = await mine.write(Buffer.from('m'))
    const foreign = id.replace('-mine', '-other')
    const old = id.replace('-mine', '')
    for (const other of [foreign, old]) {
      await copyFile(kernel.blobs.path(id), kernel.blobs.path(other))
    }
    await age([id, foreign, old], 30 * DAYS)
    expect(await kernel.blobs.sweep()).toEqual({ orphaned: 1, restored: 0, removed: 0 })
    expect([isThere(foreign), isThere(old), isAside(id)]).toEqual([true, true, true])
    // The right database is back.
    known.add(id)
    isHere = true
    await age([id], 30 * DAYS)
    expect(await kernel.blobs.sweep()).toEqual({ orphaned: 0, restored: 1, removed: 0 })
    expect(isThere(id)).toBe(true)
    expect(() => kernel.blobs.of('mine', async () => [])).toThrow(/can't belong/)
  })
})
