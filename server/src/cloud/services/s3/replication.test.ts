import * as IAM from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabases } from '../../../testing/databases.ts'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

describe.each(testDatabases())('replication over $name', ({ config }) => {
  let cloud: CloudUnderTest
  let s3: S3.S3Client
  let abroad: S3.S3Client
  let Role: string
  const Bucket = 'here'
  const settles = { timeout: 60_000, interval: 100 }

  beforeAll(async () => {
    cloud = await startCloud(await config())
    s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
    abroad = new S3.S3Client({ ...cloud.config(), region: 'eu-west-1', forcePathStyle: true })
    const VersioningConfiguration = { Status: 'Enabled' as const }
    await s3.send(new S3.CreateBucketCommand({ Bucket }))
    await s3.send(new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const }
    await abroad.send(new S3.CreateBucketCommand({ Bucket: 'there', CreateBucketConfiguration }))
    const iam = new IAM.IAMClient(cloud.config())
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    })
    const made = new IAM.CreateRoleCommand({ RoleName: 'replicator', AssumeRolePolicyDocument })
    Role = (await iam.send(made)).Role!.Arn!
  })
  afterAll(() => cloud.stop())

  const rules = (Rules: S3.ReplicationRule[]) =>
    s3.send(
      new S3.PutBucketReplicationCommand({ Bucket, ReplicationConfiguration: { Role, Rules } }),
    )
  const rule = {
    ID: 'all',
    Status: 'Enabled' as const,
    Priority: 1,
    Filter: { Prefix: 'go/' },
    DeleteMarkerReplication: { Status: 'Enabled' as const },
    Destination: { Bucket: 'arn:aws:s3:::there', StorageClass: 'STANDARD_IA' as const },
  }
  const statusOf = async (client: S3.S3Client, bucket: string, Key: string) => {
    const asked = new S3.HeadObjectCommand({ Bucket: bucket, Key })
    return client.send(asked).then(
      ({ ReplicationStatus }) => ReplicationStatus,
      (error: Error) => error.name,
    )
  }

  it('wants versions on both sides', async () => {
    await expect(rules([rule])).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'Destination bucket must have versioning enabled.',
    })
    const VersioningConfiguration = { Status: 'Enabled' as const }
    const on = { Bucket: 'there', VersioningConfiguration }
    await abroad.send(new S3.PutBucketVersioningCommand(on))
    await rules([rule])
    const found = await s3.send(new S3.GetBucketReplicationCommand({ Bucket }))
    expect(found.ReplicationConfiguration).toEqual({ Role, Rules: [rule] })
  })

  it('brings new versions over, under the same id, and says how it went', async () => {
    const Body = Buffer.alloc(200_000, 'replica')
    const more = { Metadata: { by: 'minji' }, Tagging: 'a=b' }
    const made = await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'go/a', Body, ...more }))
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'stay', Body: 'x' }))
    await expect.poll(() => statusOf(s3, Bucket, 'go/a'), settles).toBe('COMPLETED')
    const copy = await abroad.send(new S3.GetObjectCommand({ Bucket: 'there', Key: 'go/a' }))
    expect(Buffer.from(await copy.Body!.transformToByteArray()).equals(Body)).toBe(true)
    expect(copy).toMatchObject({
      VersionId: made.VersionId,
      ETag: made.ETag,
      Metadata: { by: 'minji' },
      TagCount: 1,
      ReplicationStatus: 'REPLICA',
      StorageClass: 'STANDARD_IA',
    })
    expect(await statusOf(s3, Bucket, 'stay')).toBeUndefined()
    expect(await statusOf(abroad, 'there', 'stay')).toBe('NotFound')
  })

  it('brings markers over where asked to, never removals', async () => {
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'go/a' }))
    await expect.poll(() => statusOf(abroad, 'there', 'go/a'), settles).toBe('NotFound')
    const { Versions } = await abroad.send(new S3.ListObjectVersionsCommand({ Bucket: 'there' }))
    expect(Versions!.map(({ Key }) => Key)).toEqual(['go/a'])
  })

  it("writes into another account's bucket only where its policy lets the role", async () => {
    const key = { accessKeyId: '111122223333', secretAccessKey: 'x' }
    const theirs = new S3.S3Client({ ...cloud.config(key), forcePathStyle: true })
    const VersioningConfiguration = { Status: 'Enabled' as const }
    const foreign = { Bucket: 'not-mine' }
    await theirs.send(new S3.CreateBucketCommand(foreign))
    await theirs.send(new S3.PutBucketVersioningCommand({ ...foreign, VersioningConfiguration }))
    await rules([{ ...rule, Destination: { Bucket: 'arn:aws:s3:::not-mine' } }])
    const put = (Key: string) => s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x' }))
    await put('go/refused')
    await expect.poll(() => statusOf(s3, Bucket, 'go/refused'), settles).toBe('FAILED')
    expect(await statusOf(theirs, 'not-mine', 'go/refused')).toBe('NotFound')
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: Role },
        Action: 's3:ReplicateObject',
        Resource: 'arn:aws:s3:::not-mine/*',
      },
    })
    await theirs.send(new S3.PutBucketPolicyCommand({ ...foreign, Policy }))
    await put('go/let')
    await expect.poll(() => statusOf(s3, Bucket, 'go/let'), settles).toBe('COMPLETED')
    expect(await statusOf(theirs, 'not-mine', 'go/let')).toBe('REPLICA')
    await rules([rule])
  })

  it('brings over what KMS sealed, where asked to', async () => {
    const replicaKey = 'arn:aws:kms:eu-west-1:000000000000:alias/aws/s3'
    const sealed = {
      ...rule,
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' as const } },
      Destination: {
        ...rule.Destination,
        EncryptionConfiguration: { ReplicaKmsKeyID: replicaKey },
      },
    }
    await rules([sealed])
    const iam = new IAM.IAMClient(cloud.config())
    const Statement = [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }]
    await iam.send(
      new IAM.PutRolePolicyCommand({
        RoleName: 'replicator',
        PolicyName: 'keys',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    )
    const Key = 'go/sealed'
    const more = { ServerSideEncryption: 'aws:kms' as const }
    await s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'sealed', ...more }))
    await expect.poll(() => statusOf(s3, Bucket, Key), settles).toBe('COMPLETED')
    const copy = await abroad.send(new S3.GetObjectCommand({ Bucket: 'there', Key }))
    expect(await copy.Body!.transformToString()).toBe('sealed')
    expect(copy.SSEKMSKeyId).toContain(':eu-west-1:')
  })
})
