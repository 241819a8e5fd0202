import * as Iam from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
const [Bucket, versioned] = ['annotated', 'annotated-versions']

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  for (const name of [Bucket, versioned]) {
    await s3.send(new S3.CreateBucketCommand({ Bucket: name }))
  }
  const VersioningConfiguration = { Status: 'Enabled' as const }
  await s3.send(new S3.PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }))
})
afterAll(() => cloud.stop())

const object = (Key: string, more: object = {}) =>
  s3.send(new S3.PutObjectCommand({ Bucket, Key, Body: Key, ...more }))
const annotate = (Key: string, AnnotationName: string, text: string, more: object = {}) => {
  const AnnotationPayload = Buffer.from(text)
  const put = { Bucket, Key, AnnotationName, AnnotationPayload, ...more }
  return s3.send(new S3.PutObjectAnnotationCommand(put))
}
const names = async (Key: string, more: object = {}) => {
  const list = new S3.ListObjectAnnotationsCommand({ Bucket, Key, ...more })
  return ((await s3.send(list)).Annotations ?? []).map((each) => each.AnnotationName)
}
const text = async (Key: string, AnnotationName: string, more: object = {}) => {
  const get = new S3.GetObjectAnnotationCommand({ Bucket, Key, AnnotationName, ...more })
  return (await s3.send(get)).AnnotationPayload!.transformToString()
}

describe('annotations', () => {
  it('are texts beside an object, listed by name and paged', async () => {
    await object('k')
    const put = await annotate('k', 'ml.sentiment', '{"좋다":1}', { ChecksumAlgorithm: 'SHA256' })
    expect(put).toMatchObject({ AnnotationName: 'ml.sentiment', ServerSideEncryption: 'AES256' })
    for (const name of ['b', 'ml.a', 'ml_z']) await annotate('k', name, name)
    await annotate('k', 'b', 'other')
    expect(await text('k', 'ml.sentiment')).toBe('{"좋다":1}')
    expect(await text('k', 'b')).toBe('other')
    const get = { Bucket, Key: 'k', AnnotationName: 'ml.sentiment' }
    const got = await s3.send(
      new S3.GetObjectAnnotationCommand({ ...get, ChecksumMode: 'ENABLED' as const }),
    )
    expect(got).toMatchObject({
      ContentLength: 12,
      ETag: put.ETag,
      ChecksumSHA256: put.ChecksumSHA256,
      ChecksumType: 'FULL_OBJECT',
    })
    expect(await names('k')).toEqual(['b', 'ml.a', 'ml.sentiment', 'ml_z'])
    expect(await names('k', { AnnotationPrefix: 'ml.' })).toEqual(['ml.a', 'ml.sentiment'])
    const first = await s3.send(
      new S3.ListObjectAnnotationsCommand({ Bucket, Key: 'k', MaxAnnotationResults: 3 }),
    )
    expect(first).toMatchObject({ AnnotationCount: 3, MaxAnnotationResults: 3, Key: 'k' })
    const ContinuationToken = first.NextContinuationToken
    expect(await names('k', { ContinuationToken })).toEqual(['ml_z'])
    await s3.send(new S3.DeleteObjectAnnotationCommand(get))
    expect(await names('k')).toEqual(['b', 'ml.a', 'ml_z'])
  })

  it('go with their version, and no further', async () => {
    await object('gone')
    await annotate('gone', 'a', 'x')
    await s3.send(new S3.PutObjectTaggingCommand({ Bucket, Key: 'gone', Tagging: { TagSet: [] } }))
    expect(await names('gone')).toEqual(['a'])
    await object('gone')
    expect(await names('gone')).toEqual([])
    await annotate('gone', 'a', 'x')
    await s3.send(new S3.DeleteObjectCommand({ Bucket, Key: 'gone' }))
    await object('gone')
    expect(await names('gone')).toEqual([])
    const of = { Bucket: versioned }
    const { VersionId } = await object('v', of)
    await annotate('v', 'old', 'x', of)
    await object('v', of)
    expect(await names('v', of)).toEqual([])
    expect(await names('v', { ...of, VersionId })).toEqual(['old'])
  })

  it('are copied unless that is not wanted', async () => {
    await object('source')
    await annotate('source', 'a', 'one')
    const copy = (Key: string, more: object = {}) =>
      s3.send(new S3.CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/source`, ...more }))
    await copy('taken')
    await copy('bare', { AnnotationDirective: 'EXCLUDE' })
    await copy('source', { MetadataDirective: 'REPLACE', Metadata: { a: 'b' } })
    expect(await text('taken', 'a')).toBe('one')
    expect(await names('bare')).toEqual([])
    expect(await text('source', 'a')).toBe('one')
    const kms = { ServerSideEncryption: 'aws:kms' as const }
    await copy('sealed', kms)
    expect(await text('sealed', 'a')).toBe('one')
    const put = await annotate('sealed', 'b', 'two')
    expect(put.ServerSideEncryption).toBe('aws:kms')
    expect(await text('sealed', 'b')).toBe('two')
    const back = { Bucket, Key: 'opened', CopySource: `${Bucket}/sealed` }
    await s3.send(new S3.CopyObjectCommand({ ...back, ServerSideEncryption: 'AES256' }))
    expect(await text('opened', 'b')).toBe('two')
    await expect(copy('x', { AnnotationDirective: 'SOME' })).rejects.toMatchObject({
      name: 'InvalidArgument',
    })
  })

  it('are copied by who may read and write them', async () => {
    await object('guarded')
    await annotate('guarded', 'a', 'x')
    const iam = new Iam.IAMClient(cloud.config())
    const UserName = 'copier'
    await iam.send(new Iam.CreateUserCommand({ UserName }))
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }))
    const Action = ['s3:GetObject', 's3:PutObject', 's3:PutObjectAnnotation']
    const Statement = [{ Effect: 'Allow', Action, Resource: '*' }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const policy = { UserName, PolicyName: 'copies', PolicyDocument }
    await iam.send(new Iam.PutUserPolicyCommand(policy))
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey!
    const keys = { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }
    const copier = new S3.S3Client({ ...cloud.config(keys), forcePathStyle: true })
    const copy = { Bucket, Key: 'copied', CopySource: `${Bucket}/guarded` }
    await expect(copier.send(new S3.CopyObjectCommand(copy))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('s3:GetObjectAnnotation'),
    })
    await copier.send(new S3.CopyObjectCommand({ ...copy, AnnotationDirective: 'EXCLUDE' }))
    expect(await names('copied')).toEqual([])
  })

  it.each([
    ['awsome', 'x', {}, 'InvalidAnnotationName'],
    ['a b', 'x', {}, 'InvalidAnnotationName'],
    ['n'.repeat(513), 'x', {}, 'AnnotationNameTooLong'],
    ['a', 'x', { ObjectIfMatch: '"other"' }, 'PreconditionFailed'],
    ['a', 'x', { Key: 'nowhere' }, 'NoSuchKey'],
    ['a', 'x', { AnnotationPayload: Buffer.from([0xff, 0xfe]) }, 'UnsupportedMediaType'],
    ['a', 'x', { AnnotationPayload: Buffer.alloc(1024 * 1024 + 1, 97) }, 'EntityTooLarge'],
  ])('are refused: %s', async (name, payload, more, refused) => {
    await object('refusing')
    await expect(annotate('refusing', name, payload, more)).rejects.toMatchObject({
      name: refused,
    })
    await expect(text('refusing', 'none')).rejects.toMatchObject({ name: 'NoSuchAnnotation' })
  })
})
