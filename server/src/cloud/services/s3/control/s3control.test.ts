import * as S3 from '@aws-sdk/client-s3'
import * as Control from '@aws-sdk/client-s3-control'
import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client
let byHost: S3.S3Client
let control: Control.S3ControlClient
const AccountId = '000000000000'
const Bucket = 'behind-a-point'

beforeAll(async () => {
  cloud = await startCloud()
  // The account's number and access points come before the host: any of `*.localhost` is this machine.
  const lookup: LookupFunction = (_host, { all }, done) =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
  const requestHandler = { httpAgent: new Agent({ lookup }) }
  const endpoint = cloud.url.replace('127.0.0.1', 'localhost')
  control = new Control.S3ControlClient({ ...cloud.config(), endpoint, requestHandler })
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  byHost = new S3.S3Client({ ...cloud.config(), endpoint, requestHandler })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const everything = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
}

describe('Block Public Access of an account', () => {
  it('is kept, and holds for its buckets', async () => {
    const get = () => control.send(new Control.GetPublicAccessBlockCommand({ AccountId }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchPublicAccessBlockConfiguration' })
    await s3.send(new S3.CreateBucketCommand({ Bucket: 'shut-above' }))
    await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket: 'shut-above' }))
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: true }
    await control.send(
      new Control.PutPublicAccessBlockCommand({ AccountId, PublicAccessBlockConfiguration }),
    )
    expect((await get()).PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: false,
      IgnorePublicAcls: false,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: false,
    })
    const Policy = JSON.stringify({
      Statement: [
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::shut-above/*',
        },
      ],
    })
    const put = () => s3.send(new S3.PutBucketPolicyCommand({ Bucket: 'shut-above', Policy }))
    await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' })
    await control.send(new Control.DeletePublicAccessBlockCommand({ AccountId }))
    await put()
    await expect(
      control.send(new Control.GetPublicAccessBlockCommand({ AccountId: '111111111111' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})

describe('access points', () => {
  it('are made, listed, read and removed', async () => {
    const made = await control.send(
      new Control.CreateAccessPointCommand({ AccountId, Name: 'readers', Bucket }),
    )
    expect(made.AccessPointArn).toBe(
      `arn:aws:s3:${cloud.cloud.region}:${AccountId}:accesspoint/readers`,
    )
    expect(made.Alias).toMatch(/^readers-[a-z0-9]{34}-s3alias$/)
    await expect(
      control.send(new Control.CreateAccessPointCommand({ AccountId, Name: 'readers', Bucket })),
    ).rejects.toMatchObject({ name: 'AccessPointAlreadyOwnedByYou' })
    const got = await control.send(
      new Control.GetAccessPointCommand({ AccountId, Name: 'readers' }),
    )
    expect(got).toMatchObject({
      Name: 'readers',
      Bucket,
      NetworkOrigin: 'Internet',
      PublicAccessBlockConfiguration: everything,
      CreationDate: expect.any(Date),
    })
    const listed = await control.send(new Control.ListAccessPointsCommand({ AccountId, Bucket }))
    expect(listed.AccessPointList).toMatchObject([{ Name: 'readers', Alias: made.Alias }])
    for (const given of [{ NextToken: 'cmVhZA==' }, { MaxResults: -1 }]) {
      const list = new Control.ListAccessPointsCommand({ AccountId, ...given })
      await expect(control.send(list)).rejects.toMatchObject({ name: 'InvalidArgument' })
    }
    await expect(s3.send(new S3.DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketHasAccessPointsAttached',
    })
  })

  it('are refused a name or a bucket that cannot be', async () => {
    const make = (Name: string, given = Bucket) =>
      control.send(new Control.CreateAccessPointCommand({ AccountId, Name, Bucket: given }))
    await expect(make('point', 'not-there')).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'Amazon S3 AccessPoint can only be created for existing bucket',
    })
    await expect(make('Point_1')).rejects.toMatchObject({ name: 'InvalidURI' })
  })

  it('stand for their bucket by alias and by ARN', async () => {
    const { Alias } = await control.send(
      new Control.GetAccessPointCommand({ AccountId, Name: 'readers' }),
    )
    await s3.send(new S3.PutObjectCommand({ Bucket: Alias, Key: 'a b', Body: 'by alias' }))
    const got = await s3.send(new S3.GetObjectCommand({ Bucket, Key: 'a b' }))
    expect(await got.Body!.transformToString()).toBe('by alias')
    const head = await s3.send(new S3.HeadBucketCommand({ Bucket: Alias }))
    expect(head.AccessPointAlias).toBe(true)
    const { AccessPointArn } = await control.send(
      new Control.GetAccessPointCommand({ AccountId, Name: 'readers' }),
    )
    const byArn = await byHost.send(new S3.GetObjectCommand({ Bucket: AccessPointArn, Key: 'a b' }))
    expect(await byArn.Body!.transformToString()).toBe('by alias')
    for (const source of [Alias, `${AccessPointArn}/object`]) {
      const CopySource = `${source}/a%20b`
      await s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'copied', CopySource }))
    }
    const gone = `${AccessPointArn}-gone/object/a`
    await expect(
      s3.send(new S3.CopyObjectCommand({ Bucket, Key: 'copied', CopySource: gone })),
    ).rejects.toMatchObject({ name: 'NoSuchAccessPoint' })
    await expect(
      s3.send(new S3.GetObjectCommand({ Bucket: `x-${'a'.repeat(34)}-s3alias`, Key: 'a' })),
    ).rejects.toMatchObject({ name: 'NoSuchAccessPoint' })
    await expect(
      s3.send(new S3.DeleteBucketPolicyCommand({ Bucket: Alias })),
    ).rejects.toMatchObject({ name: 'MethodNotAllowed' })
  })

  it('have policies and tags', async () => {
    const point = { AccountId, Name: 'readers' }
    const arn = `arn:aws:s3:${cloud.cloud.region}:${AccountId}:accesspoint/readers`
    const get = () => control.send(new Control.GetAccessPointPolicyCommand(point))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchAccessPointPolicy' })
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `${arn}/object/secret/*`,
        },
      ],
    })
    await control.send(new Control.PutAccessPointPolicyCommand({ ...point, Policy }))
    expect((await get()).Policy).toBe(Policy)
    const status = await control.send(new Control.GetAccessPointPolicyStatusCommand(point))
    expect(status.PolicyStatus!.IsPublic).toBe(false)
    const { Alias } = await control.send(new Control.GetAccessPointCommand(point))
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'secret/x', Body: 'x' }))
    const secret = { Bucket: Alias, Key: 'secret/x' }
    await expect(s3.send(new S3.GetObjectCommand(secret))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    await s3.send(new S3.GetObjectCommand({ ...secret, Key: 'a b' }))
    await s3.send(new S3.GetObjectCommand({ ...secret, Bucket }))

    const tagged = { AccountId, ResourceArn: arn }
    const Tags = [{ Key: 'team', Value: 'yard' }]
    await control.send(new Control.TagResourceCommand({ ...tagged, Tags }))
    const listed = await control.send(new Control.ListTagsForResourceCommand(tagged))
    expect(listed.Tags).toEqual(Tags)
    await control.send(new Control.UntagResourceCommand({ ...tagged, TagKeys: ['team'] }))
    const tag = (Key: string, ResourceArn = arn) =>
      control.send(
        new Control.TagResourceCommand({ AccountId, ResourceArn, Tags: [{ Key, Value: 'x' }] }),
      )
    await expect(tag('aws:mine')).rejects.toMatchObject({
      name: 'InvalidTag',
      message: expect.stringContaining('This prefix is reserved for system tags.'),
    })
    await expect(tag('a,b')).rejects.toMatchObject({ name: 'InvalidTag' })
    await expect(tag('a', 'arn:aws:s3:::not-there')).rejects.toMatchObject({
      name: 'NoSuchResource',
    })
    const after = await control.send(new Control.ListTagsForResourceCommand(tagged))
    expect(after.Tags ?? []).toEqual([])

    await control.send(new Control.DeleteAccessPointPolicyCommand(point))
    const deleted = await control.send(new Control.DeleteAccessPointCommand(point))
    expect(deleted.$metadata.httpStatusCode).toBe(204)
    await expect(control.send(new Control.GetAccessPointCommand(point))).rejects.toMatchObject({
      name: 'NoSuchAccessPoint',
    })
  })
})
