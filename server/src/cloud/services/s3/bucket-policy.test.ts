import * as Iam from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What a bucket policy may say, and the conditions it may set; texts as the real service was seen to
// word them.

let cloud: CloudUnderTest
let s3: S3.S3Client
/** The root of another account. */
let neighbour: S3.S3Client
const Bucket = 'ruled'
const arn = `arn:aws:s3:::${Bucket}`
const NEIGHBOUR = '111122223333'

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  const key = { accessKeyId: NEIGHBOUR, secretAccessKey: 'x' }
  neighbour = new S3.S3Client({ ...cloud.config(key), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
  await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const putText = (Policy: string) => s3.send(new S3.PutBucketPolicyCommand({ Bucket, Policy }))
const put = (...statements: object[]) =>
  putText(JSON.stringify({ Version: '2012-10-17', Statement: statements }))
const reading = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: `${arn}/*`,
}
const refused = (message: string) => ({
  name: 'MalformedPolicy',
  message,
  $metadata: expect.objectContaining({ httpStatusCode: 400 }),
})

const INVALID_ACTION = 'Policy has invalid action'
const INVALID_PRINCIPAL = 'Invalid principal in policy'
const INVALID_RESOURCE = 'Policy has invalid resource'
const NO_RESOURCE_FOR = 'Action does not apply to any resource(s) in statement'

describe('a statement is refused', () => {
  it.each<[string, object]>([
    [INVALID_ACTION, { Action: 's3:Get' }],
    [INVALID_ACTION, { Action: 'kms:Decrypt' }],
    [INVALID_ACTION, { Action: ['s3:GetObject', 's3:????'] }],
    [INVALID_ACTION, { Action: [] }],
    [INVALID_PRINCIPAL, { Principal: 'somebody' }],
    [INVALID_PRINCIPAL, { Principal: { AWS: [] } }],
    [INVALID_PRINCIPAL, { Principal: { AWS: 'arn:aws:iam::000000000000:role/nobody' } }],
    [INVALID_RESOURCE, { Resource: '*' }],
    [INVALID_RESOURCE, { Resource: 'arn:aws:s3:::another/*' }],
    [INVALID_RESOURCE, { Resource: `arn:aws:s3:::/${Bucket}` }],
    [NO_RESOURCE_FOR, { Resource: arn }],
    [NO_RESOURCE_FOR, { Action: 's3:GetBucket*' }],
    [
      'Conditions do not apply to combination of actions and resources in statement',
      { Condition: { StringEquals: { 's3:prefix': 'a' } } },
    ],
    [
      'Policy has an invalid condition key',
      { Condition: { StringEquals: { 's3:colour': 'blue' } } },
    ],
    [
      'Invalid IP address in Conditions',
      { Condition: { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '300.1.1.1/40'] } } },
    ],
    ['Missing required field Principal', { Principal: undefined }],
    ['Statement is missing required element', { Resource: undefined }],
    ['Invalid effect: Maybe', { Effect: 'Maybe' }],
  ])('with "%s": %o', async (message, change) => {
    await expect(put({ ...reading, ...change })).rejects.toMatchObject(refused(message))
  })

  it.each([
    ["Policies must be valid JSON and the first byte must be '{'", ' {}'],
    ['This policy contains invalid Json', '{nothing}'],
    ['Missing required field Statement', '{}'],
    ['Could not parse the policy: Statement is empty!', '{"Statement":[]}'],
    ['The policy must contain a valid version string', '{"Version":"2024","Statement":[{}]}'],
  ])('with "%s"', async (message, text) => {
    await expect(putText(text)).rejects.toMatchObject(refused(message))
  })
})

it('a statement may name who is there, and patterns that reach the bucket', async () => {
  const iam = new Iam.IAMClient(cloud.config())
  await iam.send(new Iam.CreateUserCommand({ UserName: 'reader' }))
  const reader = `arn:aws:iam::${cloud.cloud.account}:user/reader`
  await put({ ...reading, Principal: { AWS: reader }, Action: 's3:*', Resource: `${arn}*` })
  await put({ ...reading, Principal: { Service: 'cloudtrail.amazonaws.com' } })
})

describe('conditions are told', () => {
  const get = (Key: string) => neighbour.send(new S3.GetObjectCommand({ Bucket, Key }))
  const denied = { name: 'AccessDenied' }

  it('the version that is asked for', async () => {
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'version', Body: 'x' }))
    const VersionId = 'null'
    const version = () =>
      neighbour.send(new S3.GetObjectCommand({ Bucket, Key: 'version', VersionId }))
    const Condition = { StringEquals: { 's3:VersionId': VersionId } }
    await put({ ...reading, Action: 's3:GetObjectVersion', Condition })
    expect((await version()).$metadata.httpStatusCode).toBe(200)
    await put({
      ...reading,
      Action: 's3:GetObjectVersion',
      Condition: { StringNotEquals: Condition.StringEquals },
    })
    await expect(version()).rejects.toMatchObject(denied)
  })

  it('the tags an object has', async () => {
    for (const level of ['open', 'closed']) {
      const Tagging = `level=${level}`
      await s3.send(new S3.PutObjectCommand({ Bucket, Key: level, Body: 'x', Tagging }))
    }
    await put({
      ...reading,
      Condition: { StringEquals: { 's3:ExistingObjectTag/level': 'open' } },
    })
    await get('open')
    await expect(get('closed')).rejects.toMatchObject(denied)
    const Key = 'closed'
    const TagSet = [{ Key: 'level', Value: 'open' }]
    await s3.send(new S3.PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }))
    await get('closed')
  })

  it('the tags an object is to get', async () => {
    const Condition = { StringEquals: { 's3:RequestObjectTag/level': 'open' } }
    await put({ ...reading, Action: ['s3:PutObject', 's3:PutObjectTagging'], Condition })
    const write = (Tagging?: string) =>
      neighbour.send(new S3.PutObjectCommand({ Bucket, Key: 'new', Body: 'x', Tagging }))
    await write('level=open')
    await expect(write('level=closed')).rejects.toMatchObject(denied)
    await expect(write()).rejects.toMatchObject(denied)
  })

  it('how the request is signed, and whose the bucket is', async () => {
    const account = { 's3:ResourceAccount': cloud.cloud.account }
    const StringEquals = { 's3:authType': 'REST-HEADER', ...account }
    await put({ ...reading, Condition: { StringEquals } })
    await get('open')
    const unsigned = await fetch(`${cloud.url}/${Bucket}/open`)
    expect(unsigned.status).toBe(403)
  })

  it('of a part what its upload is encrypted with', async () => {
    const Null = { 's3:x-amz-server-side-encryption': 'true' }
    await put({ ...reading, Effect: 'Deny', Action: 's3:PutObject', Condition: { Null } })
    const place = { Bucket, Key: 'in-parts' }
    await expect(s3.send(new S3.CreateMultipartUploadCommand(place))).rejects.toMatchObject(denied)
    const { UploadId } = await s3.send(
      new S3.CreateMultipartUploadCommand({ ...place, ServerSideEncryption: 'AES256' }),
    )
    const part = { ...place, UploadId, PartNumber: 1, Body: 'x' }
    const { ETag } = await s3.send(new S3.UploadPartCommand(part))
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
    await s3.send(new S3.CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload }))
  })
})

it('what a neighbour writes while ACLs are on is the neighbour’s', async () => {
  const place = { Bucket: 'shared-yard', Key: 'theirs' }
  await s3.send(new S3.CreateBucketCommand({ Bucket: place.Bucket }))
  await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket: place.Bucket }))
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] }
  await s3.send(
    new S3.PutBucketOwnershipControlsCommand({ Bucket: place.Bucket, OwnershipControls }),
  )
  const ACL = 'public-read-write'
  await s3.send(new S3.PutBucketAclCommand({ Bucket: place.Bucket, ACL }))
  await neighbour.send(new S3.PutObjectCommand({ ...place, Body: 'x' }))
  const get = () => s3.send(new S3.GetObjectCommand(place))
  await expect(get()).rejects.toMatchObject({ name: 'AccessDenied' })
  const shared = { ...place, Body: 'x', ACL: 'bucket-owner-full-control' as const }
  await neighbour.send(new S3.PutObjectCommand(shared))
  await get()
  await neighbour.send(new S3.PutObjectCommand({ ...place, Body: 'x' }))
  await s3.send(new S3.DeleteObjectCommand(place))
  // Who may list hears that nothing is there.
  const gone = await fetch(`${cloud.url}/${place.Bucket}/${place.Key}`)
  expect(gone.status).toBe(404)
})
