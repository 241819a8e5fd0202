import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let east: S3.S3Client
let west: S3.S3Client

beforeAll(async () => {
  cloud = await startCloud({ cloudRegion: 'us-east-1' })
  const config = { ...cloud.config(), forcePathStyle: true }
  east = new S3.S3Client(config)
  west = new S3.S3Client({ ...config, region: 'us-west-2' })
  await east.send(new S3.CreateBucketCommand({ Bucket: 'home' }))
})
afterAll(() => cloud.stop())

const create = (client: S3.S3Client, Bucket: string, LocationConstraint?: string) =>
  client.send(
    new S3.CreateBucketCommand({
      Bucket,
      ...(LocationConstraint && {
        CreateBucketConfiguration: { LocationConstraint: LocationConstraint as 'us-west-2' },
      }),
    }),
  )

describe('a namespace', () => {
  it('is the account’s own only for names that end so', async () => {
    const made = (Bucket: string, BucketNamespace: S3.BucketNamespace) =>
      east.send(new S3.CreateBucketCommand({ Bucket, BucketNamespace }))
    const suffix = '-000000000000-us-east-1-an'
    await expect(made('plainly', 'account-regional')).rejects.toMatchObject({
      name: 'InvalidNamespaceHeader',
      message: expect.stringContaining(`Specify ${suffix} as the bucket name suffix`),
    })
    const { BucketArn } = await made(`plainly${suffix}`, 'account-regional')
    expect(BucketArn).toBe(`arn:aws:s3:::plainly${suffix}`)
    await made('plainly', 'global')
  })
})

describe('regions', () => {
  it('needs a constraint that fits the endpoint', async () => {
    const illegal = { name: 'IllegalLocationConstraintException' }
    // This SDK fills the constraint in; boto3 and the CLI are told they left it out.
    await expect(create(west, 'wild', 'eu-west-1')).rejects.toMatchObject(illegal)
    await expect(create(east, 'wild', 'us-east-1')).rejects.toMatchObject({
      name: 'InvalidLocationConstraint',
    })
    const made = await create(west, 'wild', 'us-west-2')
    expect(made.Location).toBe('http://wild.s3.amazonaws.com/')
    await expect(create(west, 'wild', 'us-west-2')).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    })
    expect((await create(east, 'home')).Location).toBe('/home')
    const away = await east.send(new S3.HeadBucketCommand({ Bucket: 'wild' })).catch((e) => e)
    expect(away.$metadata.httpStatusCode).toBe(301)
    expect(away.$response.headers['x-amz-bucket-region']).toBe('us-west-2')
    const { LocationConstraint } = await east.send(
      new S3.GetBucketLocationCommand({ Bucket: 'wild' }),
    )
    expect(LocationConstraint).toBe('us-west-2')
  })

  it('keeps the old name of Ireland, and reads an empty configuration as none', async () => {
    await create(east, 'ireland', 'EU')
    const asked = new S3.GetBucketLocationCommand({ Bucket: 'ireland' })
    expect((await east.send(asked)).LocationConstraint).toBe('EU')
    const CreateBucketConfiguration = {}
    const plain = new S3.CreateBucketCommand({ Bucket: 'plain', CreateBucketConfiguration })
    expect((await east.send(plain)).Location).toBe('/plain')
  })
})

describe('settings', () => {
  const Bucket = 'home'
  it('lets who pays be said, and asks strangers to', async () => {
    await send('PutBucketRequestPayment', { RequestPaymentConfiguration: { Payer: 'Requester' } })
    expect(await send('GetBucketRequestPayment', {})).toMatchObject({ Payer: 'Requester' })
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: '111111111111' },
          Action: 's3:ListBucket',
          Resource: 'arn:aws:s3:::home',
        },
      ],
    })
    await send('PutBucketPolicy', { Policy })
    const given = cloud.config({ accessKeyId: '111111111111', secretAccessKey: 'x' })
    const theirs = new S3.S3Client({ ...given, forcePathStyle: true })
    const list = (RequestPayer?: 'requester') =>
      theirs.send(new S3.ListObjectsV2Command({ Bucket, RequestPayer }))
    await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' })
    await list('requester')
    await send('DeleteBucketPolicy', {})
  })

  const send = (name: string, input: object) => {
    const Command = Reflect.get(S3, `${name}Command`) as typeof S3.GetBucketAclCommand
    return east.send(new Command({ Bucket, ...input } as never))
  }

  it.each([
    [
      'PutBucketVersioning',
      { VersioningConfiguration: {} },
      'IllegalVersioningConfigurationException',
    ],
    ['PutBucketWebsite', { WebsiteConfiguration: {} }, 'InvalidArgument'],
    [
      'PutBucketWebsite',
      {
        WebsiteConfiguration: {
          RedirectAllRequestsTo: { HostName: 'x' },
          IndexDocument: { Suffix: 'i' },
        },
      },
      'InvalidArgument',
    ],
    ['PutBucketTagging', { Tagging: { TagSet: [{ Key: 'aws:a', Value: '1' }] } }, 'InvalidTag'],
    ['PutBucketTagging', { Tagging: { TagSet: [{ Key: 'a,b', Value: '1' }] } }, 'InvalidTag'],
    ['PutBucketPolicy', { Policy: '{}' }, 'MalformedPolicy'],
    ['PutBucketCors', { CORSConfiguration: { CORSRules: [] } }, 'MalformedXML'],
    ['PutBucketOwnershipControls', { OwnershipControls: { Rules: [] } }, 'MalformedXML'],
    [
      'PutBucketAccelerateConfiguration',
      { AccelerateConfiguration: { Status: 'on' } },
      'MalformedXML',
    ],
    ['PutBucketRequestPayment', { RequestPaymentConfiguration: { Payer: 'Me' } }, 'MalformedXML'],
    ['GetBucketInventoryConfiguration', { Id: 'x' }, 'NoSuchConfiguration'],
    ['GetBucketPolicyStatus', {}, 'NoSuchBucketPolicy'],
    ['GetBucketWebsite', {}, 'NoSuchWebsiteConfiguration'],
    ['GetBucketCors', {}, 'NoSuchCORSConfiguration'],
    ['GetBucketTagging', {}, 'NoSuchTagSet'],
  ])('%s %j: %s', async (name, input, code) => {
    await expect(send(name, input)).rejects.toMatchObject({ name: code })
  })

  it('keeps configurations by their ids', async () => {
    const S3BucketDestination = { Bucket: 'arn:aws:s3:::home', Format: 'CSV' as const }
    const InventoryConfiguration: S3.InventoryConfiguration = {
      Id: 'all',
      IsEnabled: true,
      IncludedObjectVersions: 'Current',
      Schedule: { Frequency: 'Daily' },
      Destination: { S3BucketDestination },
      OptionalFields: ['Size'],
    }
    const put = (Id: string) =>
      east.send(
        new S3.PutBucketInventoryConfigurationCommand({ Bucket, Id, InventoryConfiguration }),
      )
    await expect(put('other')).rejects.toMatchObject({ name: 'IdMismatch' })
    await put('all')
    const got = await east.send(
      new S3.GetBucketInventoryConfigurationCommand({ Bucket, Id: 'all' }),
    )
    expect(got.InventoryConfiguration).toEqual(InventoryConfiguration)
    for (const Id of ['b', 'a']) {
      const MetricsConfiguration = { Id, Filter: { Prefix: 'x/' } }
      await east.send(
        new S3.PutBucketMetricsConfigurationCommand({ Bucket, Id, MetricsConfiguration }),
      )
    }
    const list = await east.send(new S3.ListBucketMetricsConfigurationsCommand({ Bucket }))
    expect(list.MetricsConfigurationList!.map(({ Id }) => Id)).toEqual(['a', 'b'])
    expect(list.IsTruncated).toBe(false)
    await east.send(new S3.DeleteBucketMetricsConfigurationCommand({ Bucket, Id: 'a' }))
    await expect(
      east.send(new S3.DeleteBucketMetricsConfigurationCommand({ Bucket, Id: 'a' })),
    ).rejects.toMatchObject({ name: 'NoSuchConfiguration' })
    await send('PutBucketAccelerateConfiguration', {
      AccelerateConfiguration: { Status: 'Enabled' },
    })
    expect(await send('GetBucketAccelerateConfiguration', {})).toMatchObject({ Status: 'Enabled' })
  })
})
