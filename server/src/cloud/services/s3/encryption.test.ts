import * as IAM from '@aws-sdk/client-iam'
import * as KMS from '@aws-sdk/client-kms'
import * as S3 from '@aws-sdk/client-s3'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
let kms: KMS.KMSClient
const Bucket = 'sealed'
const MiB = 1024 * 1024

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  kms = new KMS.KMSClient(cloud.config())
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const put = (Key: string, Body: string | Buffer, more: object = {}) =>
  s3.send(new S3.PutObjectCommand({ Bucket, Key, Body, ...more }))
const get = (Key: string, more: object = {}) =>
  s3.send(new S3.GetObjectCommand({ Bucket, Key, ...more }))
const bytesOf = async (Key: string, more: object = {}) =>
  Buffer.from(await (await get(Key, more)).Body!.transformToByteArray())
const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes)

/** Whether the text lies anywhere in the data folder. */
function liesOpen(text: string): boolean {
  const { home } = cloud.kernel.config
  const files = readdirSync(home, { recursive: true, withFileTypes: true })
  return files
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text))
}

describe('SSE-C', () => {
  const key = randomBytes(32)
  const customer = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: md5(key).digest('base64'),
  }

  it('encrypts what it keeps, and keeps no key', async () => {
    const secret = 'the quick brown secret'
    const made = await put('c', secret, customer)
    expect(made.SSECustomerKeyMD5).toBe(customer.SSECustomerKeyMD5)
    expect(made.ServerSideEncryption).toBeUndefined()
    expect(made.ETag).not.toBe(`"${md5(secret).digest('hex')}"`)
    const found = await get('c', customer)
    expect(await found.Body!.transformToString()).toBe(secret)
    expect(found.SSECustomerAlgorithm).toBe('AES256')
    expect(liesOpen(secret)).toBe(false)
    expect(liesOpen(customer.SSECustomerKey)).toBe(false)
  })

  it.each([[0], [15], [16], [65_537], [3 * MiB + 5]])(
    'opens any range of %i bytes',
    async (size) => {
      const body = randomBytes(size)
      await put('r', body, customer)
      expect((await bytesOf('r', customer)).equals(body)).toBe(true)
      if (size < 2) return
      const Range = `bytes=${size >> 1}-${size - 1}`
      expect((await bytesOf('r', { ...customer, Range })).equals(body.subarray(size >> 1))).toBe(
        true,
      )
    },
  )

  it('refuses without the key, with another, and with what is no key', async () => {
    await put('k', 'x', customer)
    await expect(get('k')).rejects.toMatchObject({
      name: 'InvalidRequest',
      message:
        'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    })
    const other = randomBytes(32)
    const wrong = {
      SSECustomerAlgorithm: 'AES256',
      SSECustomerKey: other.toString('base64'),
      SSECustomerKeyMD5: md5(other).digest('base64'),
    }
    await expect(get('k', wrong)).rejects.toMatchObject({ name: 'AccessDenied' })
    await put('plain', 'x')
    await expect(get('plain', customer)).rejects.toMatchObject({ name: 'InvalidRequest' })
    const short = { ...customer, SSECustomerKey: key.subarray(16).toString('base64') }
    await expect(put('k', 'x', short)).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'The secret key was invalid for the specified algorithm.',
    })
    const both = { ...customer, ServerSideEncryption: 'AES256' }
    await expect(put('k', 'x', both)).rejects.toMatchObject({ name: 'InvalidArgument' })
  })

  it('joins parts, each sealed by itself, and copies to another key or none', async () => {
    const body = randomBytes(5 * MiB + 100)
    const at = { Bucket, Key: 'parts', ...customer }
    const { UploadId } = await s3.send(new S3.CreateMultipartUploadCommand(at))
    const Parts: S3.CompletedPart[] = []
    for (const [index, Body] of [body.subarray(0, 5 * MiB), body.subarray(5 * MiB)].entries()) {
      const PartNumber = index + 1
      const sent = await s3.send(new S3.UploadPartCommand({ ...at, UploadId, PartNumber, Body }))
      Parts.push({ PartNumber, ETag: sent.ETag })
    }
    const bare = { Bucket, Key: 'parts', UploadId, PartNumber: 3, Body: 'x' }
    await expect(s3.send(new S3.UploadPartCommand(bare))).rejects.toMatchObject({
      name: 'InvalidRequest',
    })
    const MultipartUpload = { Parts }
    await s3.send(new S3.CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }))
    expect((await bytesOf('parts', customer)).equals(body)).toBe(true)
    const Range = `bytes=${5 * MiB - 10}-${5 * MiB + 20}`
    const across = await bytesOf('parts', { ...customer, Range })
    expect(across.equals(body.subarray(5 * MiB - 10, 5 * MiB + 21))).toBe(true)
    const CopySource = `${Bucket}/parts`
    await s3.send(
      new S3.CopyObjectCommand({
        Bucket,
        Key: 'opened',
        CopySource,
        CopySourceSSECustomerAlgorithm: 'AES256',
        CopySourceSSECustomerKey: customer.SSECustomerKey,
        CopySourceSSECustomerKeyMD5: customer.SSECustomerKeyMD5,
      }),
    )
    expect((await bytesOf('opened')).equals(body)).toBe(true)
  })
})

describe('another key for what is there', () => {
  it('leaves the object as it was, and seals it', async () => {
    const made = async () => (await kms.send(new KMS.CreateKeyCommand({}))).KeyMetadata!
    const [first, second] = [await made(), await made()]
    const text = 'once in the clear'
    const { ETag } = await put('rekeyed', text)
    const update = (KMSKeyArn: string | undefined) =>
      s3.send(
        new S3.UpdateObjectEncryptionCommand({
          Bucket,
          Key: 'rekeyed',
          ObjectEncryption: { SSEKMS: { KMSKeyArn } },
        }),
      )
    for (const { Arn } of [first, second]) {
      await update(Arn)
      const found = await get('rekeyed')
      expect(found).toMatchObject({ ETag, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: Arn })
      expect(await found.Body!.transformToString()).toBe(text)
    }
    await kms.send(new KMS.DisableKeyCommand({ KeyId: first.KeyId }))
    expect((await bytesOf('rekeyed')).toString()).toBe(text)
    await expect(update('alias/aws/s3')).rejects.toMatchObject({ name: 'InvalidRequest' })
  })
})

describe('SSE-KMS', () => {
  it('takes a data key of the managed key, and opens with it', async () => {
    const text = 'known to the key service only'
    const made = await put('m', text, { ServerSideEncryption: 'aws:kms' })
    expect(made.ServerSideEncryption).toBe('aws:kms')
    expect(made.SSEKMSKeyId).toMatch(/^arn:aws:kms:.*:key\//)
    expect(made.ETag).not.toBe(`"${md5(text).digest('hex')}"`)
    const found = await get('m')
    expect(await found.Body!.transformToString()).toBe(text)
    expect(found.SSEKMSKeyId).toBe(made.SSEKMSKeyId)
    expect(liesOpen(text)).toBe(false)
  })

  it('uses the key it is told to, and nothing opens once that is disabled', async () => {
    const { KeyMetadata } = await kms.send(new KMS.CreateKeyCommand({}))
    const { Arn, KeyId } = KeyMetadata!
    const more = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }
    expect((await put('own', 'x', more)).SSEKMSKeyId).toBe(Arn)
    await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'copied', CopySource: `${Bucket}/own` }))
    await kms.send(new KMS.DisableKeyCommand({ KeyId }))
    await expect(get('own')).rejects.toMatchObject({ name: 'KMS.DisabledException' })
    await expect(put('own', 'x', more)).rejects.toMatchObject({ name: 'KMS.DisabledException' })
    expect((await bytesOf('copied')).toString()).toBe('x')
    const missing = { ...more, SSEKMSKeyId: '00000000-0000-0000-0000-000000000000' }
    await expect(put('own', 'x', missing)).rejects.toMatchObject({ name: 'KMS.NotFoundException' })
  })

  it('follows the bucket, whose rule the request may overrule', async () => {
    const encrypt = (one: S3.ServerSideEncryptionByDefault, BucketKeyEnabled: boolean) =>
      s3.send(
        new S3.PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: one, BucketKeyEnabled }],
          },
        }),
      )
    await encrypt({ SSEAlgorithm: 'aws:kms' }, true)
    const preset = await put('preset', 'x')
    expect(preset).toMatchObject({ ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true })
    expect((await bytesOf('preset')).toString()).toBe('x')
    const overruled = await put('preset', 'x', { ServerSideEncryption: 'AES256' })
    expect(overruled).toMatchObject({ ServerSideEncryption: 'AES256' })
    expect(overruled.SSEKMSKeyId).toBeUndefined()
    const wrong = encrypt({ SSEAlgorithm: 'AES256', KMSMasterKeyID: 'x' }, false)
    await expect(wrong).rejects.toMatchObject({
      name: 'InvalidArgument',
      ArgumentName: 'ApplyServerSideEncryptionByDefault',
    })
    await s3.send(new S3.DeleteBucketEncryptionCommand({ Bucket }))
    expect((await put('preset', 'x')).ServerSideEncryption).toBe('AES256')
  })

  it('is for who may use the key', async () => {
    const iam = new IAM.IAMClient(cloud.config())
    await iam.send(new IAM.CreateUserCommand({ UserName: 'reader' }))
    const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]
    await iam.send(
      new IAM.PutUserPolicyCommand({
        UserName: 'reader',
        PolicyName: 's3',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    )
    const made = await iam.send(new IAM.CreateAccessKeyCommand({ UserName: 'reader' }))
    const { AccessKeyId, SecretAccessKey } = made.AccessKey!
    const keys = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
    const reader = new S3.S3Client({ ...cloud.config(keys), forcePathStyle: true })
    const { KeyMetadata } = await kms.send(
      new KMS.CreateKeyCommand({
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: `arn:aws:iam::${cloud.cloud.account}:root` },
              Action: 'kms:*',
              Resource: '*',
            },
          ],
        }),
      }),
    )
    const more = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata!.Arn }
    await put('guarded', 'x', more)
    const asked = reader.send(new S3.GetObjectCommand({ Bucket, Key: 'guarded' }))
    await expect(asked).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('kms:Decrypt'),
    })
    const missing = reader.send(new S3.GetObjectCommand({ Bucket, Key: 'nowhere' }))
    await expect(missing).rejects.toMatchObject({ name: 'NoSuchKey' })
  })
})

it('takes no customer keys where they are blocked', async () => {
  const rule = { BlockedEncryptionTypes: { EncryptionType: ['SSE-C' as const] } }
  const ServerSideEncryptionConfiguration = { Rules: [rule] }
  await s3.send(new S3.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }))
  const key = randomBytes(32).toString('base64')
  const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key }
  await expect(put('blocked', 'x', customer)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('has blocked upload requests'),
  })
  const found = await s3.send(new S3.GetBucketEncryptionCommand({ Bucket }))
  expect(found.ServerSideEncryptionConfiguration!.Rules).toEqual([
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
      BucketKeyEnabled: false,
      ...rule,
    },
  ])
})
