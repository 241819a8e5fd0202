import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
let theirs: S3.S3Client
const Bucket = 'granting'
const group = 'http://acs.amazonaws.com/groups/'
const everybody = { Type: 'Group' as const, URI: `${group}global/AllUsers` }

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  const other = cloud.config({ accessKeyId: '111111111111', secretAccessKey: 'x' })
  theirs = new S3.S3Client({ ...other, forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket, ObjectOwnership: 'ObjectWriter' }))
  await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const put = (given: Partial<S3.PutBucketAclCommandInput>) =>
  s3.send(new S3.PutBucketAclCommand({ Bucket, ...given }))
const owner = async (client: S3.S3Client) =>
  (await client.send(new S3.ListBucketsCommand({}))).Owner!.ID!

describe('how an ACL is said', () => {
  it('by grants in headers, and shown as given', async () => {
    const id = await owner(theirs)
    await put({ GrantRead: `uri="${group}s3/LogDelivery"`, GrantFullControl: `id=${id}` })
    const { Grants, Owner } = await s3.send(new S3.GetBucketAclCommand({ Bucket }))
    expect(Owner!.ID).toBe(await owner(s3))
    expect(Grants).toEqual([
      { Grantee: { Type: 'CanonicalUser', ID: id }, Permission: 'FULL_CONTROL' },
      { Grantee: { Type: 'Group', URI: `${group}s3/LogDelivery` }, Permission: 'READ' },
    ])
  })

  it('by a document, for one version', async () => {
    const Owner = { ID: await owner(s3) }
    const Grants = [{ Grantee: everybody, Permission: 'READ' as const }]
    const object = { Bucket, Key: 'documented' }
    await s3.send(new S3.PutObjectCommand({ ...object, Body: 'x' }))
    const AccessControlPolicy = { Owner, Grants }
    await s3.send(new S3.PutObjectAclCommand({ ...object, AccessControlPolicy }))
    const got = await s3.send(new S3.GetObjectAclCommand(object))
    expect(got.Grants).toEqual(Grants)
    expect((await fetch(`${cloud.url}/${Bucket}/documented`)).status).toBe(200)
  })

  it.each([
    [{}, 'MissingSecurityHeader', 'Your request was missing a required header'],
    [{ ACL: 'nope' }, 'InvalidArgument', ''],
    [
      { ACL: 'private', GrantRead: 'id=1' },
      'InvalidRequest',
      'Specifying both Canned ACLs and Header Grants is not allowed',
    ],
    [{ GrantRead: 'id=1' }, 'InvalidArgument', 'Invalid id'],
    [{ GrantRead: 'uri=http://x' }, 'InvalidArgument', 'Invalid group uri'],
    [{ GrantRead: 'nothing' }, 'InvalidArgument', 'Argument format not recognized'],
    [{ GrantRead: 'emailAddress=a@b.c' }, 'MethodNotAllowed', 'The specified method'],
    [{ AccessControlPolicy: { Grants: [] } }, 'MalformedACLError', 'The XML you provided'],
    [
      { ACL: 'private', AccessControlPolicy: { Owner: { ID: 'x' }, Grants: [] } },
      'UnexpectedContent',
      'This request does not support content',
    ],
  ])('refuses %j', async (given, name, message) => {
    const wanted = message === '' ? {} : { message: expect.stringContaining(message) }
    await expect(put(given as Partial<S3.PutBucketAclCommandInput>)).rejects.toMatchObject({
      name,
      ...wanted,
    })
  })

  it('by at most a hundred grants', async () => {
    const Owner = { ID: await owner(s3) }
    const Grants = Array.from({ length: 101 }, () => ({
      Grantee: everybody,
      Permission: 'READ' as const,
    }))
    await expect(put({ AccessControlPolicy: { Owner, Grants } })).rejects.toMatchObject({
      name: 'MalformedACLError',
    })
  })

  it('not while they are off or would be public', async () => {
    await s3.send(new S3.CreateBucketCommand({ Bucket: 'enforced' }))
    const off = new S3.PutBucketAclCommand({ Bucket: 'enforced', ACL: 'private' })
    await expect(s3.send(off)).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
    const created = { Bucket: 'public-at-once', ACL: 'public-read' as const }
    await expect(s3.send(new S3.CreateBucketCommand(created))).rejects.toMatchObject({
      name: 'InvalidBucketAclWithObjectOwnership',
    })
    const PublicAccessBlockConfiguration = { BlockPublicAcls: true }
    const block = { Bucket, PublicAccessBlockConfiguration }
    await s3.send(new S3.PutPublicAccessBlockCommand(block))
    await expect(put({ ACL: 'public-read' })).rejects.toMatchObject({
      message: expect.stringContaining('BlockPublicAcls setting in S3 Block Public Access'),
    })
    await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket }))
  })
})

it('lets another account do what it is granted, and owns what it wrote', async () => {
  const object = { Bucket, Key: 'theirs' }
  await put({ ACL: 'private' })
  const write = () => theirs.send(new S3.PutObjectCommand({ ...object, Body: 'x' }))
  await expect(write()).rejects.toMatchObject({ name: 'AccessDenied' })
  const id = await owner(theirs)
  await put({ GrantWrite: `id=${id}` })
  await write()
  const acl = await theirs.send(new S3.GetObjectAclCommand(object))
  expect(acl.Owner!.ID).toBe(id)
  // Not even the bucket's owner reads what isn't its own.
  await expect(s3.send(new S3.GetObjectAclCommand(object))).rejects.toMatchObject({
    name: 'AccessDenied',
  })
  await theirs.send(new S3.GetObjectCommand(object))
  await expect(theirs.send(new S3.ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
    name: 'AccessDenied',
  })
  await put({ ACL: 'authenticated-read' })
  await theirs.send(new S3.ListObjectsV2Command({ Bucket }))
  expect((await fetch(`${cloud.url}/${Bucket}`)).status).toBe(403)
})
