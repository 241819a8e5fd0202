import * as IAM from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'ledger'
const DAY_MS = 86_400_000

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
  await s3.send(new S3.CreateBucketCommand({ Bucket: 'open' }))
})
afterAll(() => cloud.stop())

const later = (days: number) => new Date(cloud.kernel.clock.now() + days * DAY_MS)
const put = async (Key: string, more: object = {}) =>
  (await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId!
const remove = (Key: string, VersionId: string, BypassGovernanceRetention?: boolean) =>
  s3.send(new S3.DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention }))
const retain = (Key: string, Mode: S3.ObjectLockRetentionMode, days: number, more: object = {}) =>
  s3.send(
    new S3.PutObjectRetentionCommand({
      Bucket,
      Key,
      Retention: { Mode, RetainUntilDate: later(days) },
      ...more,
    }),
  )
const locked = {
  name: 'AccessDenied',
  message: 'Access Denied because object protected by object lock.',
}

describe('object lock', () => {
  it('keeps a version under governance from all who do not bypass it', async () => {
    const ObjectLockRetainUntilDate = later(2)
    const id = await put('g', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate })
    const head = await s3.send(new S3.HeadObjectCommand({ Bucket, Key: 'g' }))
    expect(head.ObjectLockMode).toBe('GOVERNANCE')
    expect(head.ObjectLockRetainUntilDate).toEqual(ObjectLockRetainUntilDate)
    await expect(remove('g', id)).rejects.toMatchObject(locked)
    const hidden = await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'g' }))
    expect(hidden.DeleteMarker).toBe(true)
    const Objects = [{ Key: 'g', VersionId: id }]
    const many = await s3.send(new S3.DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(many.Errors).toMatchObject([{ Key: 'g', Code: 'AccessDenied', Message: locked.message }])
    await remove('g', id, true)
  })

  it('keeps a version under compliance from everybody, until its day', async () => {
    const id = await put('c')
    await retain('c', 'COMPLIANCE', 1)
    await expect(remove('c', id, true)).rejects.toMatchObject(locked)
    const sooner = { BypassGovernanceRetention: true }
    await expect(retain('c', 'COMPLIANCE', 0.5, sooner)).rejects.toMatchObject(locked)
    await expect(retain('c', 'GOVERNANCE', 3, sooner)).rejects.toMatchObject(locked)
    await retain('c', 'COMPLIANCE', 2)
    cloud.kernel.clock.advance(2 * DAY_MS + 1000)
    await remove('c', id)
  })

  it('holds what a legal hold holds, retention or not', async () => {
    const id = await put('h', { ObjectLockLegalHoldStatus: 'ON' })
    await expect(remove('h', id, true)).rejects.toMatchObject(locked)
    const of = { Bucket, Key: 'h' }
    const { LegalHold } = await s3.send(new S3.GetObjectLegalHoldCommand(of))
    expect(LegalHold).toEqual({ Status: 'ON' })
    await s3.send(new S3.PutObjectLegalHoldCommand({ ...of, LegalHold: { Status: 'OFF' } }))
    await remove('h', id)
  })

  it('gives new versions the default retention', async () => {
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } }
    const put1 = (ObjectLockConfiguration: S3.ObjectLockConfiguration) =>
      s3.send(new S3.PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }))
    await put1({ ObjectLockEnabled: 'Enabled', Rule })
    const id = await put('d')
    const { Retention } = await s3.send(new S3.GetObjectRetentionCommand({ Bucket, Key: 'd' }))
    expect(Retention!.Mode).toBe('GOVERNANCE')
    await expect(remove('d', id)).rejects.toMatchObject(locked)
    const found = await s3.send(new S3.GetObjectLockConfigurationCommand({ Bucket }))
    expect(found.ObjectLockConfiguration).toEqual({ ObjectLockEnabled: 'Enabled', Rule })
    await put1({ ObjectLockEnabled: 'Enabled' })
    const both = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1, Years: 1 } }
    await expect(put1({ ObjectLockEnabled: 'Enabled', Rule: both })).rejects.toMatchObject({
      name: 'MalformedXML',
    })
  })

  it('is bypassed by who may, and only with a word', async () => {
    const iam = new IAM.IAMClient(cloud.config())
    await iam.send(new IAM.CreateUserCommand({ UserName: 'clerk' }))
    const may = (Action: string[]) =>
      iam.send(
        new IAM.PutUserPolicyCommand({
          UserName: 'clerk',
          PolicyName: 's3',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
          }),
        }),
      )
    const made = await iam.send(new IAM.CreateAccessKeyCommand({ UserName: 'clerk' }))
    const { AccessKeyId, SecretAccessKey } = made.AccessKey!
    const keys = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! }
    // The cloud's clock was moved; a signature is of the cloud's time.
    const systemClockOffset = cloud.kernel.clock.now() - Date.now()
    const config = { ...cloud.config(keys), systemClockOffset }
    const clerk = new S3.S3Client({ ...config, forcePathStyle: true })
    const VersionId = await put('b')
    await retain('b', 'GOVERNANCE', 1)
    const asked = { Bucket, Key: 'b', VersionId, BypassGovernanceRetention: true }
    await may(['s3:DeleteObjectVersion'])
    await expect(clerk.send(new S3.DeleteObjectCommand(asked))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('s3:BypassGovernanceRetention'),
    })
    await may(['s3:DeleteObjectVersion', 's3:BypassGovernanceRetention'])
    await clerk.send(new S3.DeleteObjectCommand(asked))
  })

  it('says what is not there', async () => {
    await put('plain')
    const of = { Bucket, Key: 'plain' }
    await expect(s3.send(new S3.GetObjectRetentionCommand(of))).rejects.toMatchObject({
      name: 'NoSuchObjectLockConfiguration',
    })
    const open = { Bucket: 'open', Key: 'x' }
    await s3.send(new S3.PutObjectCommand({ ...open, Body: 'x' }))
    await expect(s3.send(new S3.GetObjectRetentionCommand(open))).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'Bucket is missing Object Lock Configuration',
    })
    const bypass = { ...open, BypassGovernanceRetention: true }
    await expect(s3.send(new S3.DeleteObjectCommand(bypass))).rejects.toMatchObject({
      name: 'InvalidArgument',
      ArgumentName: 'x-amz-bypass-governance-retention',
    })
    const missing = new S3.GetObjectLockConfigurationCommand({ Bucket: 'open' })
    await expect(s3.send(missing)).rejects.toMatchObject({
      name: 'ObjectLockConfigurationNotFoundError',
    })
    const VersioningConfiguration = { Status: 'Suspended' as const }
    const suspend = new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration })
    await expect(s3.send(suspend)).rejects.toMatchObject({ name: 'InvalidBucketState' })
  })
})
