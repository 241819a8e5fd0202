import { createHmac } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import * as Iam from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

// What the real service was seen to answer, where it isn't what one would guess.

let cloud: CloudUnderTest
let s3: S3.S3Client
const Bucket = 'recorded-answers'

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
})
afterAll(() => cloud.stop())

const put = (Key: string, more: object = {}, client = s3) =>
  client.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))
const refusal = async (done: Promise<unknown>) => {
  const error = (await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as (S3.S3ServiceException & Record<string, unknown>) | undefined
  return { ...error, Message: error?.message, status: error?.$metadata.httpStatusCode }
}
const made = async (name: string, more: object = {}) => {
  await s3.send(new S3.CreateBucketCommand({ Bucket: name, ...more }))
  return name
}
const versioned = (name: string, Status: 'Enabled' | 'Suspended' = 'Enabled') =>
  s3.send(new S3.PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status } }))

describe('the outside of an answer', () => {
  it('has ids, a server and moments in the form of S3', async () => {
    const url = await getSignedUrl(s3, new S3.ListObjectsV2Command({ Bucket }))
    await put('a')
    const reply = await fetch(url)
    expect(reply.headers.get('x-amz-request-id')).toMatch(/^[0-9A-Z]{16}$/)
    expect(reply.headers.get('x-amz-id-2')).toMatch(/^[\w+/]{76}$/)
    expect(reply.headers.get('server')).toBe('AmazonS3')
    expect(reply.headers.get('x-amz-bucket-region')).toBe(cloud.cloud.region)
    expect(await reply.text()).toMatch(/<LastModified>[\dT:-]{19}\.000Z</)
  })

  it('is 204 for some settings', async () => {
    const TagSet = [{ Key: 'a', Value: 'b' }]
    const tagged = await s3.send(new S3.PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
    expect(tagged.$metadata.httpStatusCode).toBe(204)
    const configuration = { Id: 'x', Filter: { Prefix: 'p' } }
    const kept = await s3.send(
      new S3.PutBucketMetricsConfigurationCommand({
        Bucket,
        Id: 'x',
        MetricsConfiguration: configuration,
      }),
    )
    expect(kept.$metadata.httpStatusCode).toBe(204)
  })

  it('refuses what is no number, and a document that is missing', async () => {
    const ask = (query: string) => fetch(`${cloud.url}/${Bucket}?${query}`)
    for (const keys of ['many', '2147483648']) {
      expect(await (await ask(`max-keys=${keys}`)).text()).toContain(
        '<Message>Provided max-keys not an integer or within integer range</Message>',
      )
    }
    const url = await getSignedUrl(
      s3,
      new S3.PutBucketCorsCommand({ Bucket, CORSConfiguration: undefined }),
    )
    const reply = await fetch(url, { method: 'PUT' })
    expect(await reply.text()).toContain('<Code>MissingRequestBodyError</Code>')
  })
})

describe('headers', () => {
  /** What S3 says to a request with these, which are signed. */
  const said = async (headers: Record<string, string>, lock = false) => {
    const client = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, headers)
        return next(args)
      },
      { step: 'build' },
    )
    const Tagging = { TagSet: [] }
    const asked = lock
      ? client.send(new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
      : client.send(new S3.PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging }))
    const { name, Message } = (await refusal(asked)) as { name?: string; Message?: string }
    return `${name}: ${Message}`
  }

  it('claim digests of documents, which are held to them', async () => {
    await put('a')
    expect(await said({ 'content-md5': 'x' })).toBe(
      'InvalidDigest: The Content-MD5 you specified was invalid.',
    )
    expect(await said({ 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).toBe(
      'BadDigest: The Content-MD5 you specified did not match what we received.',
    )
    expect(await said({ 'x-amz-checksum-crc32': 'AAAAAA==' })).toBe(
      'BadDigest: The CRC32 you specified did not match the calculated checksum.',
    )
    expect(await said({ 'x-amz-checksum-crc32': 'AA==' })).toBe(
      'InvalidRequest: Value for x-amz-checksum-crc32 header is invalid.',
    )
  })

  it('with no digest among them are refused where a document needs one', async () => {
    const asks = async (method: string, path: string, body: string) =>
      (await fetch(`${cloud.url}/${Bucket}${path}`, { method, body })).text()
    const wanted = 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*'
    expect(await asks('POST', '?delete', '<Delete/>')).toContain(`<Message>${wanted}</Message>`)
    expect(await asks('PUT', '/k?legal-hold', '<LegalHold/>')).toContain(
      '<Code>InvalidRequest</Code>',
    )
    expect(await asks('PUT', '/k?tagging', '<Tagging/>')).not.toContain(wanted)
  })

  it('with moments that are none are no condition, and no retention', async () => {
    await put('a')
    const get = await getSignedUrl(s3, new S3.GetObjectCommand({ Bucket, Key: 'a' }))
    const headers = { 'if-modified-since': 'some day', 'if-unmodified-since': 'some day' }
    expect((await fetch(get, { headers })).status).toBe(200)
    expect(await said({ 'x-amz-object-lock-retain-until-date': 'some day' }, true)).toBe(
      'InvalidArgument: The retain until date must be provided in ISO 8601 format',
    )
  })
})

describe('links of the documented key', () => {
  it('are held to their signature and their time', async () => {
    await put('linked')
    const link = await getSignedUrl(s3, new S3.GetObjectCommand({ Bucket, Key: 'linked' }))
    expect((await fetch(link)).status).toBe(200)
    const forged = await fetch(link.replace('X-Amz-Signature=', 'X-Amz-Signature=0'))
    expect(forged.status).toBe(403)
    expect(await forged.text()).toContain('<Code>SignatureDoesNotMatch</Code>')
    const signingDate = new Date(Date.now() - 100_000)
    const command = new S3.GetObjectCommand({ Bucket, Key: 'linked' })
    const old = await getSignedUrl(s3, command, { expiresIn: 10, signingDate })
    expect(await (await fetch(old)).text()).toContain('<Message>Request has expired</Message>')
  })
})

describe('what is posted to a bucket', () => {
  const post = async (fields: Record<string, string>) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob(['x']), 'f.txt')
    return (await fetch(`${cloud.url}/${Bucket}`, { method: 'POST', body: form })).text()
  }
  const policy = Buffer.from('no policy').toString('base64')

  it('is held to its signature before its policy is read', async () => {
    const signed = { key: 'k', AWSAccessKeyId: 'test', policy, signature: 'wrong' }
    expect(await post(signed)).toContain('<Code>SignatureDoesNotMatch</Code>')
    const { AWSAccessKeyId: _key, ...anonymous } = signed
    expect(await post(anonymous)).toContain("must contain a field named 'AWSAccessKeyId'.")
    const later = { key: 'k', policy, 'x-amz-algorithm': 'AWS4-HMAC-SHA256' }
    expect(await post(later)).toContain("must contain a field named 'X-Amz-Credential'.")
  })

  it('is a form or nothing', async () => {
    const reply = await fetch(`${cloud.url}/${Bucket}`, { method: 'POST', body: 'a=b' })
    expect(reply.status).toBe(412)
    expect(await reply.text()).toContain(
      '<Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>',
    )
  })
})

describe('lists', () => {
  it('leave a folder out whole when the marker is inside of it', async () => {
    const name = await made('recorded-lists')
    for (const Key of ['f/a/1', 'f/a/2', 'f/b', 'f/c']) await put(Key, { Bucket: name })
    const asked = { Bucket: name, Prefix: 'f/', Delimiter: '/', MaxKeys: 1 }
    const page = await s3.send(new S3.ListObjectsCommand({ ...asked, Marker: 'f/a/1' }))
    expect(page).toMatchObject({ Contents: [{ Key: 'f/b' }], NextMarker: 'f/b' })
    const versions = new S3.ListObjectVersionsCommand({ ...asked, KeyMarker: 'f/a/1' })
    expect(await s3.send(versions)).toMatchObject({ Versions: [{ Key: 'f/b' }] })
    const after = new S3.ListObjectsV2Command({ ...asked, StartAfter: 'f/a/1' })
    expect(await s3.send(after)).toMatchObject({ CommonPrefixes: [{ Prefix: 'f/a/' }] })
  })

  it('of uploads have no markers after a folder, and know their own uploads', async () => {
    const name = await made('recorded-uploads')
    const begin = async (Key: string) =>
      (await s3.send(new S3.CreateMultipartUploadCommand({ Bucket: name, Key }))).UploadId!
    const [inFolder, first] = [await begin('f/1'), await begin('g')]
    const list = (more: object) =>
      s3.send(new S3.ListMultipartUploadsCommand({ Bucket: name, ...more }))
    expect(await list({ Delimiter: '/', MaxUploads: 1 })).toMatchObject({
      CommonPrefixes: [{ Prefix: 'f/' }],
      IsTruncated: true,
      NextKeyMarker: '',
      NextUploadIdMarker: '',
    })
    expect((await list({ UploadIdMarker: first })).UploadIdMarker).toBe('')
    expect(await refusal(list({ KeyMarker: 'g', UploadIdMarker: inFolder }))).toMatchObject({
      Message: 'Invalid uploadId marker',
      ArgumentName: 'upload-id-marker',
    })
  })
})

describe('what this cloud has none of', () => {
  it('is listed as none, not found or refused, never made otherwise', async () => {
    const listed = await s3.send(new S3.ListDirectoryBucketsCommand({}))
    expect(listed.Buckets).toEqual([])
    const none = { name: 'MetadataConfigurationNotFound', status: 404 }
    const own = new S3.GetBucketMetadataConfigurationCommand({ Bucket })
    expect(await refusal(s3.send(own))).toMatchObject(none)
    const table = new S3.GetBucketMetadataTableConfigurationCommand({ Bucket })
    expect(await refusal(s3.send(table))).toMatchObject(none)
    const CreateBucketConfiguration = { Bucket: { Type: 'Directory' as const } }
    const directory = { Bucket: 'recorded-directory', CreateBucketConfiguration }
    const notHere = { name: 'NotImplemented' }
    expect(await refusal(s3.send(new S3.CreateBucketCommand(directory)))).toMatchObject(notHere)
    const session = (name: string) =>
      refusal(s3.send(new S3.CreateSessionCommand({ Bucket: name })))
    expect(await session(Bucket)).toMatchObject(notHere)
    expect(await session('recorded-directory')).toMatchObject({ name: 'NoSuchBucket' })
    const renamed = new S3.RenameObjectCommand({ Bucket, Key: 'b', RenameSource: 'a' })
    expect(await refusal(s3.send(renamed))).toMatchObject({ Header: 'x-amz-rename-source' })
    expect(
      await refusal(s3.send(new S3.ListBucketsCommand({ BucketRegion: 'eu-east-1' }))),
    ).toEqual(
      expect.objectContaining({
        ArgumentName: 'bucket-region',
        Message: 'Argument value eu-east-1 is not a valid AWS Region',
      }),
    )
    const { Buckets = [] } = await s3.send(new S3.ListBucketsCommand({}))
    expect(Buckets.map(({ CreationDate }) => +CreationDate! % 1000)).toEqual(Buckets.map(() => 0))
  })
})

describe('objects', () => {
  it('tell their checksum with a range that is all of them', async () => {
    await put('whole', { Body: '0123456789' })
    const get = (Range: string) =>
      s3.send(new S3.GetObjectCommand({ Bucket, Key: 'whole', Range, ChecksumMode: 'ENABLED' }))
    expect(await get('bytes=0-100')).toMatchObject({ ChecksumCRC32: 'poTHxg==' })
    expect((await get('bytes=0-8')).ChecksumCRC32).toBeUndefined()
  })

  it('copied into a suspended bucket have the version null', async () => {
    const name = await made('recorded-copies')
    await versioned(name, 'Suspended')
    await put('k', { Bucket: name })
    const copy = { Bucket: name, Key: 'copy', CopySource: `${name}/k` }
    const copied = await s3.send(new S3.CopyObjectCommand(copy))
    expect(copied).toMatchObject({ VersionId: 'null' })
    expect(copied.CopySourceVersionId).toBeUndefined()
    for (const [CopySource, what] of [
      ['nowhere', 'object key'],
      ['s3://bucket/key', 'bucket name'],
      [`${name}/%zz`, 'encoding'],
    ] as const) {
      expect(
        await refusal(s3.send(new S3.CopyObjectCommand({ ...copy, CopySource }))),
      ).toMatchObject({
        name: 'InvalidArgument',
        ArgumentName: 'x-amz-copy-source',
        Message: `Invalid copy source ${what}`,
      })
    }
  })

  it('may be copied onto themselves where the bucket encrypts by a rule of its own', async () => {
    const name = await made('recorded-encryption')
    await put('k', { Bucket: name })
    const copy = () =>
      s3.send(new S3.CopyObjectCommand({ Bucket: name, Key: 'k', CopySource: `${name}/k` }))
    expect(await refusal(copy())).toMatchObject({ name: 'InvalidRequest' })
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }]
    await s3.send(
      new S3.PutBucketEncryptionCommand({
        Bucket: name,
        ServerSideEncryptionConfiguration: { Rules },
      }),
    )
    expect((await copy()).$metadata.httpStatusCode).toBe(200)
  })

  it('end by no rule when asked for by version', async () => {
    const name = await made('recorded-expiry')
    await versioned(name)
    const Rules = [{ ID: 'r', Filter: {}, Status: 'Enabled' as const, Expiration: { Days: 7 } }]
    await s3.send(
      new S3.PutBucketLifecycleConfigurationCommand({
        Bucket: name,
        LifecycleConfiguration: { Rules },
      }),
    )
    const { VersionId } = await put('k', { Bucket: name })
    const head = (more: object = {}) =>
      s3.send(new S3.HeadObjectCommand({ Bucket: name, Key: 'k', ...more }))
    expect((await head()).Expiration).toContain('rule-id="r"')
    expect((await head({ VersionId })).Expiration).toBeUndefined()
    await s3.send(new S3.DeleteObjectCommand({ Bucket: name, Key: 'k' }))
    const acl = new S3.PutObjectAclCommand({ Bucket: name, Key: 'k', ACL: 'private' })
    expect(await refusal(s3.send(acl))).toMatchObject({ status: 405, Method: 'PUT' })
  })
})

describe('headers and lists', () => {
  it('give the end of an object back as it was written', async () => {
    await put('ending', { Expires: new Date(Date.UTC(2031, 0, 1)) })
    const url = await getSignedUrl(s3, new S3.GetObjectCommand({ Bucket, Key: 'ending' }))
    expect((await fetch(url)).headers.get('expires')).toBe('Wed, 01 Jan 2031 00:00:00 GMT')
    const asked = { Bucket, Key: 'ending', ResponseExpires: new Date(Date.UTC(2032, 0, 1)) }
    const other = await getSignedUrl(s3, new S3.GetObjectCommand(asked))
    expect((await fetch(other)).headers.get('expires')).toBe('Thu, 01 Jan 2032 00:00:00 GMT')
  })

  it('have the frame of a list before its items', async () => {
    const name = await made('recorded-order')
    await put('k', { Bucket: name })
    const url = await getSignedUrl(s3, new S3.ListObjectsCommand({ Bucket: name }))
    expect(await (await fetch(url)).text()).toMatch(
      /<Name>.*<Prefix><.*<Marker><.*<MaxKeys>.*<IsTruncated>.*<Contents><Key>.*<LastModified>.*<ETag>.*<Size>.*<StorageClass>/,
    )
  })

  it.each([
    [{ WebsiteRedirectLocation: 'nowhere' }, 'InvalidRedirectLocation'],
    [{ Tagging: '=' }, 'InvalidArgument'],
    [{ ObjectLockMode: 'GOVERNANCE' }, 'InvalidArgument'],
    [{ Key: 'k'.repeat(1025) }, 'KeyTooLongError'],
  ])('refuse %j', async (more, name) => {
    expect(await refusal(put('refused', more))).toMatchObject({ name })
  })

  it('name the header of a copy that does not hold', async () => {
    await put('held')
    const copy = { Bucket, Key: 'copied', CopySource: `${Bucket}/held` }
    const past = { CopySourceIfUnmodifiedSince: new Date(0) }
    expect(await refusal(s3.send(new S3.CopyObjectCommand({ ...copy, ...past })))).toMatchObject({
      Condition: 'x-amz-copy-source-If-Unmodified-Since',
    })
    const { CopyObjectResult } = await s3.send(new S3.CopyObjectCommand(copy))
    expect(CopyObjectResult?.ChecksumType).toBeUndefined()
  })
})

describe('access by tags', () => {
  it('is off until it is asked for, and leaves tags to the control plane', async () => {
    const name = await made('recorded-abac')
    const status = async () =>
      (await s3.send(new S3.GetBucketAbacCommand({ Bucket: name }))).AbacStatus?.Status
    expect(await status()).toBe('Disabled')
    const on = { Bucket: name, AbacStatus: { Status: 'Enabled' as const } }
    await s3.send(new S3.PutBucketAbacCommand(on))
    expect(await status()).toBe('Enabled')
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] }
    const tagging = s3.send(new S3.PutBucketTaggingCommand({ Bucket: name, Tagging }))
    expect(await refusal(tagging)).toMatchObject({ name: 'MethodNotAllowed' })
  })
})

describe('MFA delete', () => {
  const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  /** RFC 6238 as authenticator apps do it: SHA-1, six digits, thirty seconds. */
  const codeAt = (seed: string, step: number) => {
    const bits = [...seed.replaceAll('=', '')]
      .map((c) => base32.indexOf(c).toString(2).padStart(5, '0'))
      .join('')
    const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(step))
    const mac = createHmac('sha1', key).update(counter).digest()
    const number = mac.readUInt32BE(mac.at(-1)! & 15) & 0x7f_ff_ff_ff
    return String(number % 1_000_000).padStart(6, '0')
  }
  const step = () => Math.floor(cloud.kernel.clock.now() / 30_000)

  it('wants a code of the device for deleting versions', async () => {
    const iam = new Iam.IAMClient(cloud.config())
    const UserName = 'keeper'
    await iam.send(new Iam.CreateUserCommand({ UserName }))
    await iam.send(
      new Iam.AttachUserPolicyCommand({
        UserName,
        PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
      }),
    )
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }))
    const { VirtualMFADevice } = await iam.send(
      new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }),
    )
    const seed = Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString()
    const SerialNumber = VirtualMFADevice!.SerialNumber!
    await iam.send(
      new Iam.EnableMFADeviceCommand({
        UserName,
        SerialNumber,
        AuthenticationCode1: codeAt(seed, step() - 1),
        AuthenticationCode2: codeAt(seed, step()),
      }),
    )
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = AccessKey!
    const keys = { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }
    const keeper = new S3.S3Client({ ...cloud.config(keys), forcePathStyle: true })
    const name = await made('recorded-mfa')
    const enable = (client: S3.S3Client, MFA?: string) =>
      client.send(
        new S3.PutBucketVersioningCommand({
          Bucket: name,
          MFA,
          VersioningConfiguration: { Status: 'Enabled', MFADelete: 'Enabled' },
        }),
      )
    const device = () => `${SerialNumber} ${codeAt(seed, step())}`
    expect(await refusal(enable(s3, device()))).toMatchObject({ name: 'NotImplemented' })
    expect(await refusal(enable(keeper))).toMatchObject({
      Message: 'Mfa Authentication must be used for this request',
    })
    await enable(keeper, device())
    expect(await s3.send(new S3.GetBucketVersioningCommand({ Bucket: name }))).toMatchObject({
      Status: 'Enabled',
      MFADelete: 'Enabled',
    })
    const { VersionId } = await put('k', { Bucket: name })
    const remove = (more: object) =>
      keeper.send(new S3.DeleteObjectCommand({ Bucket: name, Key: 'k', ...more }))
    expect(await refusal(remove({ VersionId }))).toMatchObject({ name: 'AccessDenied' })
    expect(await refusal(remove({ VersionId, MFA: `${SerialNumber} 000000` }))).toMatchObject({
      status: 403,
    })
    expect(await remove({})).toMatchObject({ DeleteMarker: true })
    expect(await remove({ VersionId, MFA: device() })).toMatchObject({ VersionId })
  })
})

describe('inventory', () => {
  it('comes as files of lines, with a manifest', async () => {
    const [source, target] = [await made('recorded-source'), await made('recorded-target')]
    await versioned(source)
    await put('a b/1', { Bucket: source })
    await put('a b/1', { Bucket: source })
    await put('gone', { Bucket: source })
    await s3.send(new S3.DeleteObjectCommand({ Bucket: source, Key: 'gone' }))
    await s3.send(
      new S3.PutBucketInventoryConfigurationCommand({
        Bucket: source,
        Id: 'all',
        InventoryConfiguration: {
          Id: 'all',
          IsEnabled: true,
          IncludedObjectVersions: 'Current',
          Schedule: { Frequency: 'Daily' },
          OptionalFields: ['ETag', 'Size', 'EncryptionStatus'],
          Destination: {
            S3BucketDestination: {
              Bucket: `arn:aws:s3:::${target}`,
              Format: 'CSV',
              Prefix: 'reports',
            },
          },
        },
      }),
    )
    cloud.kernel.clock.advance(24 * 3_600_000)
    await cloud.kernel.jobs.settled()
    const { Contents = [] } = await s3.send(new S3.ListObjectsV2Command({ Bucket: target }))
    const bytesOf = async (Key: string) => {
      const { Body } = await s3.send(new S3.GetObjectCommand({ Bucket: target, Key }))
      return Buffer.from(await Body!.transformToByteArray())
    }
    const manifestKey = Contents.map(({ Key }) => Key!).find((key) => key.endsWith('.json'))!
    expect(manifestKey).toMatch(/^reports\/recorded-source\/all\/[\dT-]{16}Z\/manifest.json$/)
    const manifest = JSON.parse((await bytesOf(manifestKey)).toString()) as {
      fileSchema: string
      files: { key: string }[]
    }
    expect(manifest).toMatchObject({
      sourceBucket: source,
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size, ETag, EncryptionStatus',
    })
    const lines = gunzipSync(await bytesOf(manifest.files[0]!.key)).toString()
    expect(lines).toBe(
      '"recorded-source","a%20b/1","1","9dd4e461268c8034f5c8564e155c67a6","SSE-S3"\n',
    )
  })
})
