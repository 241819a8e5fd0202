import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CloudUnderTest, startCloud } from './cloud-under-test.ts'

// Many at once, over the wire: exactly one wins where one may, and nobody is told of a success
// that wasn't.

let under: CloudUnderTest
let s3: S3
let sqs: SQS
let iam: IAM

beforeAll(async () => {
  under = await startCloud()
  s3 = new S3({ ...under.config(), forcePathStyle: true })
  sqs = new SQS(under.config())
  iam = new IAM(under.config())
  await s3.createBucket({ Bucket: 'races' })
})

afterAll(async () => {
  for (const client of [s3, sqs, iam]) client?.destroy()
  await under?.stop()
})

const Bucket = 'races'

/** All at once; the answers of those that won, the error names of those that didn't. */
async function atOnce<T>(times: number, act: (n: number) => Promise<T>) {
  const outcomes = await Promise.allSettled(Array.from({ length: times }, (_, n) => act(n)))
  const won = outcomes.flatMap((one, n) => (one.status === 'fulfilled' ? [{ n, ...one }] : []))
  const lost = outcomes.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as Error).name] : [],
  )
  return { won, lost, kinds: [...new Set(lost)].sort() }
}

const textOf = async (Key: string) =>
  (await s3.getObject({ Bucket, Key })).Body!.transformToString()

test.each([10, 100_000])('If-None-Match: * of 50, %i bytes each: one object', async (size) => {
  const Key = `first/${size}`
  const body = (n: number) => `${n} `.padEnd(size, '.')
  const { won, lost, kinds } = await atOnce(50, (n) =>
    s3.putObject({ Bucket, Key, Body: body(n), IfNoneMatch: '*' }),
  )
  expect([won.length, lost.length]).toEqual([1, 49])
  for (const kind of kinds)
    expect(['ConditionalRequestConflict', 'PreconditionFailed']).toContain(kind)
  expect(await textOf(Key)).toBe(body(won[0]!.n))
})

test('If-Match of 30, each after what it read: no update is lost', async () => {
  const Key = 'counter'
  await s3.putObject({ Bucket, Key, Body: '0' })
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      for (;;) {
        const { Body, ETag } = await s3.getObject({ Bucket, Key })
        const next = String(Number(await Body!.transformToString()) + 1)
        const put = { Bucket, Key, Body: next, IfMatch: ETag }
        const refused = await s3.putObject(put).then(
          () => undefined,
          (error: Error) => error.name,
        )
        if (!refused) return
        expect(['ConditionalRequestConflict', 'PreconditionFailed']).toContain(refused)
      }
    }),
  )
  expect(await textOf(Key)).toBe('30')
})

test('a multipart upload completed by ten at once: one object', async () => {
  const Key = 'parts'
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
  const { ETag } = await s3.uploadPart({
    Bucket,
    Key,
    UploadId,
    PartNumber: 1,
    Body: 'x'.repeat(70_000),
  })
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
  const { won, kinds } = await atOnce(10, () =>
    s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload }),
  )
  // To complete again what is complete gives the same answer, or finds no upload.
  expect(won.length).toBeGreaterThan(0)
  expect(new Set(won.map(({ value }) => value.ETag)).size).toBe(1)
  for (const kind of kinds) expect(kind).toBe('NoSuchUpload')
  expect((await textOf(Key)).length).toBe(70_000)
  expect((await s3.listMultipartUploads({ Bucket })).Uploads ?? []).toEqual([])
})

test('completed and aborted at once: an object or an abort, never a broken one', async () => {
  for (let round = 0; round < 8; round++) {
    const Key = `either/${round}`
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key })
    const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'y'.repeat(70_000) }
    const { ETag } = await s3.uploadPart(part)
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
    const { won } = await atOnce<unknown>(2, (n) =>
      n === 0
        ? s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload })
        : s3.abortMultipartUpload({ Bucket, Key, UploadId }),
    )
    const isThere = won.some(({ n }) => n === 0)
    if (isThere) expect((await textOf(Key)).length).toBe(70_000)
    else await expect(textOf(Key)).rejects.toThrow(/does not exist/)
  }
})

test('a bucket made by 20 accounts at once belongs to one', async () => {
  const accountOf = (n: number) => String(100_000_000_000 + n)
  const clients = Array.from({ length: 20 }, (_, n) => {
    const credentials = { accessKeyId: accountOf(n), secretAccessKey: 'x' }
    return new S3({ ...under.config(credentials), forcePathStyle: true })
  })
  const { won, kinds } = await atOnce(20, (n) => clients[n]!.createBucket({ Bucket: 'only-one' }))
  expect([won.length, kinds]).toEqual([1, ['BucketAlreadyExists']])
  const owned = await Promise.all(
    clients.map(async (client) => (await client.listBuckets({})).Buckets!.length),
  )
  expect(owned.map((count, n) => (count > 0 ? n : -1)).filter((n) => n >= 0)).toEqual([won[0]!.n])
  for (const client of clients) client.destroy()
})

test('a bucket deleted while it is written to: no object without its bucket', async () => {
  for (let round = 0; round < 10; round++) {
    const name = `going-${round}`
    await s3.createBucket({ Bucket: name })
    const size = round % 2 ? 10 : 100_000
    const { won, kinds } = await atOnce<unknown>(6, (n) =>
      n === 2
        ? s3.deleteBucket({ Bucket: name })
        : s3.putObject({ Bucket: name, Key: `k${n}`, Body: 'z'.repeat(size) }),
    )
    const isDeleted = won.some(({ n }) => n === 2)
    const written = won.filter(({ n }) => n !== 2).map(({ n }) => `k${n}`)
    for (const kind of kinds) expect(['NoSuchBucket', 'BucketNotEmpty']).toContain(kind)
    if (isDeleted) {
      expect(written).toEqual([])
      await expect(s3.listObjectsV2({ Bucket: name })).rejects.toThrow(/does not exist/)
      // A bucket of the same name begins empty.
      await s3.createBucket({ Bucket: name })
    }
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: name })
    expect(Contents.map(({ Key }) => Key).sort()).toEqual(isDeleted ? [] : written.sort())
  }
})

test('300 messages, ten receivers: each message to one of them', async () => {
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'races' })
  await Promise.all(
    Array.from({ length: 30 }, (_, batch) => {
      const Entries = Array.from({ length: 10 }, (_unused, n) => ({
        Id: `${n}`,
        MessageBody: `${batch}.${n}`,
      }))
      return sqs.sendMessageBatch({ QueueUrl, Entries })
    }),
  )
  const seen: string[] = []
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (;;) {
        const given = { QueueUrl, MaxNumberOfMessages: 7, VisibilityTimeout: 600 }
        const { Messages } = await sqs.receiveMessage(given)
        if (!Messages) return
        seen.push(...Messages.map(({ Body }) => Body!))
      }
    }),
  )
  expect([seen.length, new Set(seen).size]).toEqual([300, 300])
})

test('one of 20 makes a user, a role, a policy, a group', async () => {
  const document = (Principal?: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: Principal ? 'sts:AssumeRole' : 's3:*',
          ...(Principal ? { Principal } : { Resource: '*' }),
        },
      ],
    })
  const makers = [
    () => iam.createUser({ UserName: 'one' }),
    () => iam.createGroup({ GroupName: 'one' }),
    () => iam.createRole({ RoleName: 'one', AssumeRolePolicyDocument: document({ AWS: '*' }) }),
    () => iam.createPolicy({ PolicyName: 'one', PolicyDocument: document() }),
  ]
  for (const make of makers) {
    const { won, lost, kinds } = await atOnce<unknown>(20, make)
    expect([won.length, lost.length]).toEqual([1, 19])
    for (const kind of kinds) expect(kind).toMatch(/^EntityAlreadyExists|^ConcurrentModification/)
  }
})

test('versions of a policy by 12 at once: five at most, and one default', async () => {
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  const { Policy } = await iam.createPolicy({ PolicyName: 'many', PolicyDocument })
  const PolicyArn = Policy!.Arn!
  const { won, kinds } = await atOnce(12, () =>
    iam.createPolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: true }),
  )
  for (const kind of kinds) expect(kind).toMatch(/^LimitExceeded|^ConcurrentModification/)
  const { Versions } = await iam.listPolicyVersions({ PolicyArn })
  expect(Versions!.length).toBe(won.length + 1)
  expect(Versions!.length).toBeLessThanOrEqual(5)
  expect(Versions!.filter((one) => one.IsDefaultVersion).length).toBe(1)
})
