import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testDatabases } from '../../../testing/databases.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

describe.each(testDatabases())('lifecycle over $name', ({ config }) => {
  let cloud: CloudUnderTest
  let s3: S3.S3Client
  let Bucket: string
  let count = 0
  const DAY_MS = 86_400_000

  beforeAll(async () => {
    cloud = await startCloud(await config())
    s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  })
  beforeEach(async () => {
    Bucket = `ageing-${++count}`
    await s3.send(new S3.CreateBucketCommand({ Bucket }))
  })
  afterAll(() => cloud.stop())

  const put = async (Key: string, more: object = {}) =>
    s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))
  const rules = (Rules: S3.LifecycleRule[], more: object = {}) =>
    s3.send(
      new S3.PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules },
        ...more,
      }),
    )
  const versioned = () =>
    s3.send(
      new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    )
  const versions = async () => {
    const found = await s3.send(new S3.ListObjectVersionsCommand({ Bucket }))
    const { Versions = [], DeleteMarkers = [] } = found
    return { versions: Versions.length, markers: DeleteMarkers.length }
  }
  const keys = async () => {
    const { Contents = [] } = await s3.send(new S3.ListObjectsV2Command({ Bucket }))
    return Contents.map(({ Key }) => Key)
  }
  const passDays = (days: number) => cloud.kernel.clock.advance(days * DAY_MS)
  const settles = { timeout: 60_000, interval: 50 }

  it('ends objects when their days are over, and says so beforehand', async () => {
    const tag = { Key: 'keep', Value: 'no' }
    await rules([
      { ID: 'old logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 2 } },
      { ID: 'tagged', Status: 'Enabled', Filter: { Tag: tag }, Expiration: { Days: 1 } },
    ])
    const { Expiration } = await put('logs/a')
    expect(Expiration).toMatch(/^expiry-date="\w{3}, \d\d .* 00:00:00 GMT", rule-id="old%20logs"$/)
    await put('other')
    await put('tagged', { Tagging: 'keep=no' })
    passDays(2)
    await expect.poll(keys, settles).toEqual(['logs/a', 'other'])
    passDays(1)
    await expect.poll(keys, settles).toEqual(['other'])
  })

  it('hides, then removes, then clears the marker, where there are versions', async () => {
    await versioned()
    await put('v')
    await put('v')
    await rules([
      {
        ID: 'all',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        Expiration: { Days: 1 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ])
    passDays(2)
    await expect.poll(versions, settles).toEqual({ versions: 1, markers: 1 })
    passDays(2)
    await expect.poll(versions, settles).toEqual({ versions: 0, markers: 1 })
    passDays(1)
    await expect.poll(versions, settles).toEqual({ versions: 0, markers: 0 })
  })

  it('keeps the newest of the old ones when asked to', async () => {
    await versioned()
    for (let i = 0; i < 5; i++) await put('n')
    await rules([
      {
        ID: 'two',
        Status: 'Enabled',
        Filter: {},
        NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 2 },
      },
    ])
    passDays(2)
    await expect.poll(versions, settles).toEqual({ versions: 3, markers: 0 })
  })

  it('gives up uploads nobody finished', async () => {
    await rules([
      {
        ID: 'abort',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ])
    const made = await s3.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'never' }))
    expect(made.AbortRuleId).toBe('abort')
    expect(made.AbortDate!.getTime() % DAY_MS).toBe(0)
    const open = async () =>
      (await s3.send(new S3.ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0
    expect(await open()).toBe(1)
    passDays(2)
    await expect.poll(open, settles).toBe(0)
  })

  it('moves to an archive, from which a copy has to be asked for', async () => {
    await put('big', { Body: Buffer.alloc(200_000) })
    await put('small')
    await rules([
      {
        ID: 'cold',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        Transitions: [{ Days: 1, StorageClass: 'GLACIER' }],
      },
    ])
    passDays(2)
    const head = () => s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'big' }))
    await expect.poll(async () => (await head()).StorageClass, settles).toBe('GLACIER')
    const small = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'small' }))
    expect(small.StorageClass).toBeUndefined()
    const get = () => s3.send(new S3.GetObjectCommand({ Bucket, Key: 'big' }))
    await expect(get()).rejects.toMatchObject({
      name: 'InvalidObjectState',
      StorageClass: 'GLACIER',
      $metadata: { httpStatusCode: 403 },
    })
    const restore = () =>
      s3.send(new S3.RestoreObjectCommand({ Bucket, Key: 'big', RestoreRequest: { Days: 1 } }))
    expect((await restore()).$metadata.httpStatusCode).toBe(202)
    await expect(restore()).rejects.toMatchObject({ name: 'RestoreAlreadyInProgress' })
    expect((await head()).Restore).toBe('ongoing-request="true"')
    cloud.kernel.clock.advance(5000)
    await expect.poll(async () => (await head()).Restore, settles).toMatch(/="false", expiry-date=/)
    expect((await get()).ContentLength).toBe(200_000)
    expect((await restore()).$metadata.httpStatusCode).toBe(200)
    passDays(3)
    await expect.poll(async () => (await head()).Restore, settles).toBeUndefined()
    await expect(get()).rejects.toMatchObject({ name: 'InvalidObjectState' })
  })

  it('gives the rules back, and their ids', async () => {
    await rules([{ Status: 'Disabled', Prefix: 'a', Expiration: { Days: 1 } }])
    const found = await s3.send(new S3.GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(found.Rules![0]).toMatchObject({ Status: 'Disabled', Prefix: 'a' })
    expect(found.Rules![0]!.ID).toBeTruthy()
    expect(found.TransitionDefaultMinimumObjectSize).toBe('all_storage_classes_128K')
    await s3.send(new S3.DeleteBucketLifecycleCommand({ Bucket }))
    const gone = s3.send(new S3.GetBucketLifecycleConfigurationCommand({ Bucket }))
    await expect(gone).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' })
  })
})
