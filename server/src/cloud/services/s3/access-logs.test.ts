import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
})
afterAll(() => cloud.stop())

it('delivers a line for each request of a bucket that wants it', async () => {
  for (const Bucket of ['watched', 'logs']) await s3.send(new S3.CreateBucketCommand({ Bucket }))
  const LoggingEnabled = { TargetBucket: 'logs', TargetPrefix: 'of-watched/' }
  const logging = (BucketLoggingStatus: S3.BucketLoggingStatus) =>
    s3.send(new S3.PutBucketLoggingCommand({ Bucket: 'watched', BucketLoggingStatus }))
  const nowhere = { ...LoggingEnabled, TargetBucket: 'nowhere' }
  await expect(logging({ LoggingEnabled: nowhere })).rejects.toMatchObject({
    name: 'InvalidTargetBucketForLogging',
  })
  await logging({ LoggingEnabled })
  const got = await s3.send(new S3.GetBucketLoggingCommand({ Bucket: 'watched' }))
  expect(got.LoggingEnabled).toEqual(LoggingEnabled)

  const object = { Bucket: 'watched', Key: 'a b' }
  await s3.send(new S3.PutObjectCommand({ ...object, Body: 'hello' }))
  await s3.send(new S3.GetObjectCommand({ ...object, Key: 'none' })).catch(String)
  let lines: string[] = []
  await expect
    .poll(
      async () => {
        const all = await s3.send(new S3.ListObjectsV2Command({ Bucket: 'logs' }))
        const logs = await Promise.all(
          (all.Contents ?? []).map(async ({ Key }) => {
            const log = await s3.send(new S3.GetObjectCommand({ Bucket: 'logs', Key }))
            return log.Body!.transformToString()
          }),
        )
        lines = logs.join('').split('\n').filter(Boolean)
        return lines.length
      },
      { interval: 200 },
    )
    .toBeGreaterThanOrEqual(4)
  const put = lines.find((line) => line.includes('REST.PUT.OBJECT'))!
  expect(put).toMatch(
    /^[0-9a-f]{64} watched \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] \S+ [0-9a-f]{64} \S+ REST\.PUT\.OBJECT a%20b "PUT \/watched\/a%20b\?x-id=PutObject HTTP\/1\.1" 200 - - /,
  )
  expect(put).toContain(' SigV4 - AuthHeader ')
  expect(lines.find((line) => line.includes('REST.GET.OBJECT'))).toContain(' 404 NoSuchKey ')
})
