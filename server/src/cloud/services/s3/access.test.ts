import * as Iam from '@aws-sdk/client-iam'
import * as S3 from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let s3: S3.S3Client

beforeAll(async () => {
  cloud = await startCloud()
  s3 = new S3.S3Client({ ...cloud.config(), forcePathStyle: true })
})
afterAll(() => cloud.stop())

const statement = (more: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...more }] })

async function newBucket(Bucket: string, open = false) {
  await s3.send(new S3.CreateBucketCommand({ Bucket }))
  if (open) await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket }))
  return Bucket
}

/** Each case after the first finds it there; nothing else may go wrong. */
async function sharedBucket(Bucket: string) {
  const made = s3.send(new S3.CreateBucketCommand({ Bucket }))
  await made.catch((error: Error) => expect(error.name).toBe('BucketAlreadyOwnedByYou'))
}

/** S3 as a user who may nothing yet. */
async function newUser(iam: Iam.IAMClient, UserName: string): Promise<S3.S3Client> {
  await iam.send(new Iam.CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }))
  const keys = cloud.config({
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  })
  return new S3.S3Client({ ...keys, forcePathStyle: true })
}

const policy = (Bucket: string, more: object) =>
  s3.send(new S3.PutBucketPolicyCommand({ Bucket, Policy: statement(more) }))

describe('policies', () => {
  it('opens a bucket to the world only when that is not blocked', async () => {
    const Bucket = await newBucket('open-bucket')
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a.txt', Body: 'public' }))
    const open = { Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }
    expect((await fetch(`${cloud.url}/${Bucket}/a.txt`)).status).toBe(403)
    await expect(policy(Bucket, open)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('BlockPublicPolicy setting in S3 Block Public Access'),
    })
    await s3.send(new S3.DeletePublicAccessBlockCommand({ Bucket }))
    await policy(Bucket, open)
    expect(await (await fetch(`${cloud.url}/${Bucket}/a.txt`)).text()).toBe('public')
    const put = await fetch(`${cloud.url}/${Bucket}/a.txt`, { method: 'PUT', body: 'mine' })
    expect(put.status).toBe(403)
    expect(await put.text()).toContain('<Code>AccessDenied</Code><Message>Access Denied</Message>')
    const status = await s3.send(new S3.GetBucketPolicyStatusCommand({ Bucket }))
    expect(status.PolicyStatus!.IsPublic).toBe(true)
  })

  it.each<[boolean, string, object]>([
    [true, 'IpAddress', { 'aws:SourceIp': '0.0.0.0/0' }],
    [true, 'IpAddress', { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] }],
    [true, 'NotIpAddress', { 'aws:SourceIp': '10.0.0.0/8' }],
    [true, 'StringNotEquals', { 'aws:PrincipalAccount': '111122223333' }],
    [true, 'StringEqualsIfExists', { 'aws:PrincipalAccount': '111122223333' }],
    [true, 'ForAllValues:StringEquals', { 'aws:PrincipalOrgID': 'o-abc' }],
    [true, 'StringLike', { 'aws:PrincipalArn': 'arn:aws:iam::*:*' }],
    [true, 'StringLike', { 'aws:SourceVpc': 'vpc-*' }],
    [true, 'StringLike', { 'aws:userid': '*:*' }],
    [true, 'StringEquals', { 'aws:userid': '${aws:userid}' }],
    [true, 'StringEquals', { 'aws:Referer': 'me' }],
    [false, 'IpAddress', { 'aws:SourceIp': ['54.0.0.0/8', '10.0.0.0/7', '2001:db8::/32'] }],
    [false, 'StringEquals', { 'aws:PrincipalOrgID': 'o-abc' }],
    [false, 'StringLike', { 'aws:userid': 'AROAABCDEFGHIJKLMNOPQ:*' }],
    [false, 'StringLike', { 's3:DataAccessPointArn': 'arn:aws:s3:us-east-1:111122223333:*' }],
    [false, 'ArnEquals', { 'aws:SourceArn': 'arn:aws:sns:us-east-1:111122223333:t' }],
  ])(
    'calls a bucket public (%s) by what binds everyone to fixed values: %s %o',
    async (...asked) => {
      const [isPublic, operator, values] = asked
      await sharedBucket('bound-bucket')
      const put = policy('bound-bucket', {
        Principal: { AWS: '*' },
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::bound-bucket/*',
        Condition: { [operator]: values },
      })
      if (isPublic) await expect(put).rejects.toThrow('BlockPublicPolicy')
      else await put
    },
  )

  it('asks for conditions: a user may list only its own folder', async () => {
    const Bucket = await newBucket('homes')
    const iam = new Iam.IAMClient(cloud.config())
    await iam.send(new Iam.CreateUserCommand({ UserName: 'sora' }))
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'sora' }))
    const PolicyDocument = statement({
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringLike: { 's3:prefix': '${aws:username}/*' } },
    })
    const given = { UserName: 'sora', PolicyName: 'home', PolicyDocument }
    await iam.send(new Iam.PutUserPolicyCommand(given))
    const mine = cloud.config({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    })
    const theirs = new S3.S3Client({ ...mine, forcePathStyle: true })
    const list = (Prefix: string) => theirs.send(new S3.ListObjectsV2Command({ Bucket, Prefix }))
    expect((await list('sora/')).KeyCount).toBe(0)
    await expect(list('minji/')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(list('')).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('lets who may tag copy what is tagged', async () => {
    const Bucket = await newBucket('copied-tags')
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'x', Tagging: 'k=v' }))
    const iam = new Iam.IAMClient(cloud.config())
    const UserName = 'copier'
    const theirs = await newUser(iam, UserName)
    const copy = { Bucket, Key: 'b', CopySource: `${Bucket}/a` }
    const taking = (...Action: string[]) => {
      const PolicyDocument = statement({ Action, Resource: `arn:aws:s3:::${Bucket}/*` })
      return iam.send(new Iam.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument }))
    }
    await taking('s3:GetObject', 's3:PutObject')
    await expect(theirs.send(new S3.CopyObjectCommand(copy))).rejects.toThrow('ObjectTagging')
    const without = { ...copy, TaggingDirective: 'REPLACE' as const }
    await theirs.send(new S3.CopyObjectCommand(without))
    await taking('s3:GetObject*', 's3:PutObject*')
    await theirs.send(new S3.CopyObjectCommand(copy))
  })

  it('gives attributes of an object to who may read it', async () => {
    const Bucket = await newBucket('attributes')
    await s3.send(new S3.PutObjectCommand({ Bucket, Key: 'a', Body: 'abc' }))
    const iam = new Iam.IAMClient(cloud.config())
    const UserName = 'measurer'
    const theirs = await newUser(iam, UserName)
    const may = async (...Action: string[]) => {
      const PolicyDocument = statement({ Action, Resource: `arn:aws:s3:::${Bucket}/*` })
      const given = { UserName, PolicyName: 'it', PolicyDocument }
      await iam.send(new Iam.PutUserPolicyCommand(given))
      const asked = { Bucket, Key: 'a', ObjectAttributes: ['ObjectSize' as const] }
      return theirs.send(new S3.GetObjectAttributesCommand(asked))
    }
    await expect(may('s3:GetObjectAttributes')).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('s3:GetObject on resource'),
    })
    expect((await may('s3:GetObjectAttributes', 's3:GetObject')).ObjectSize).toBe(3)
  })

  it('deletes what it may of many keys, and names the others', async () => {
    const Bucket = await newBucket('partly')
    const iam = new Iam.IAMClient(cloud.config())
    await iam.send(new Iam.CreateUserCommand({ UserName: 'mina' }))
    const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName: 'mina' }))
    const PolicyDocument = statement({
      Action: 's3:DeleteObject',
      Resource: `arn:aws:s3:::${Bucket}/mine/*`,
    })
    const given = { UserName: 'mina', PolicyName: 'mine', PolicyDocument }
    await iam.send(new Iam.PutUserPolicyCommand(given))
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey!
    const keys = cloud.config({ accessKeyId, secretAccessKey })
    const mina = new S3.S3Client({ ...keys, forcePathStyle: true })
    const Delete = { Objects: [{ Key: 'mine/a' }, { Key: 'yours' }] }
    const done = await mina.send(new S3.DeleteObjectsCommand({ Bucket, Delete }))
    expect(done.Deleted).toEqual([{ Key: 'mine/a' }])
    expect(done.Errors).toMatchObject([{ Key: 'yours', Code: 'AccessDenied' }])
  })

  it('lets root mend a policy that locks everyone out', async () => {
    const Bucket = await newBucket('locked')
    await s3.send(
      new S3.PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}` },
          ],
        }),
      }),
    )
    const list = () => s3.send(new S3.ListObjectsV2Command({ Bucket }))
    await expect(list()).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in a resource-based policy'),
    })
    await s3.send(new S3.DeleteBucketPolicyCommand({ Bucket }))
    await list()
  })

  it.each([
    ['not json', "Policies must be valid JSON and the first byte must be '{'"],
    [
      statement({ Action: 's3:*', Resource: 'arn:aws:s3:::malformed/*' }),
      'Missing required field Principal',
    ],
    [
      statement({ Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::other/*' }),
      'Policy has invalid resource',
    ],
  ])('refuses %s', async (Policy, message) => {
    await sharedBucket('malformed')
    const put = s3.send(new S3.PutBucketPolicyCommand({ Bucket: 'malformed', Policy }))
    await expect(put).rejects.toMatchObject({ name: 'MalformedPolicy', message })
  })

  it('heeds a public ACL once ACLs are on', async () => {
    const Bucket = await newBucket('with-acls', true)
    const acl = () => s3.send(new S3.PutBucketAclCommand({ Bucket, ACL: 'public-read' }))
    await expect(acl()).rejects.toMatchObject({ name: 'AccessControlListNotSupported' })
    const OwnershipControls = { Rules: [{ ObjectOwnership: 'ObjectWriter' as const }] }
    await s3.send(new S3.PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }))
    await acl()
    const listed = await fetch(`${cloud.url}/${Bucket}`)
    expect(listed.status).toBe(200)
    const object = { Bucket, Key: 'x', Body: 'x', ACL: 'public-read' as const }
    await s3.send(new S3.PutObjectCommand(object))
    expect((await fetch(`${cloud.url}/${Bucket}/x`)).status).toBe(200)
  })
})

describe('in a browser', () => {
  it('answers preflights by the CORS rules', async () => {
    const Bucket = await newBucket('cors-bucket', true)
    const ask = (Origin: string, method = 'PUT', wanted = 'content-type') =>
      fetch(`${cloud.url}/${Bucket}/a`, {
        method: 'OPTIONS',
        headers: {
          Origin,
          'Access-Control-Request-Method': method,
          'Access-Control-Request-Headers': wanted,
        },
      })
    expect(await (await ask('http://app.test')).text()).toContain('CORS is not enabled')
    const plain = async (path: string) => {
      const headers = { Origin: 'http://app.test' }
      const answer = await fetch(`${cloud.url}/${path}`, { method: 'OPTIONS', headers })
      return [answer.status, /<Message>(.*)<.Message>/.exec(await answer.text())?.[1]]
    }
    expect(await plain(Bucket)).toEqual([403, 'CORSResponse: CORS is not enabled for this bucket.'])
    expect(await plain('no-such-bucket')).toEqual([403, 'CORSResponse: Bucket not found'])
    const CORSRules = [
      {
        AllowedOrigins: ['http://*.test'],
        AllowedMethods: ['PUT', 'GET'],
        AllowedHeaders: ['*'],
        ExposeHeaders: ['ETag'],
      },
    ]
    await s3.send(new S3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))
    expect(await plain(Bucket)).toEqual([400, 'Invalid Access-Control-Request-Method: null'])
    const allowed = await ask('http://app.test')
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('http://app.test')
    expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type')
    expect((await ask('http://app.test', 'DELETE')).status).toBe(403)
    expect((await ask('http://evil.example')).status).toBe(403)
    const torn = await ask('http://app.test', 'PUT', 'X-One,X(Two)')
    expect(await torn.text()).toContain('&quot;X(Two)&quot; contains invalid character')
    const read = await fetch(`${cloud.url}/${Bucket}/a`, { headers: { Origin: 'http://app.test' } })
    expect(read.headers.get('access-control-expose-headers')).toBe('ETag')
  })

  it('serves a website: index, folders, errors, redirects', async () => {
    const Bucket = await newBucket('site', true)
    await policy(Bucket, {
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    })
    const put = (Key: string, Body: string, more: object = {}) =>
      s3.send(new S3.PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/html', ...more }))
    await put('index.html', 'home')
    await put('docs/index.html', 'docs')
    await put('404.html', 'nothing here')
    await put('moved', '', { WebsiteRedirectLocation: '/docs/' })
    const WebsiteConfiguration = {
      IndexDocument: { Suffix: 'index.html' },
      ErrorDocument: { Key: '404.html' },
      RoutingRules: [
        { Condition: { KeyPrefixEquals: 'old/' }, Redirect: { ReplaceKeyPrefixWith: 'docs/' } },
      ],
    }
    await s3.send(new S3.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }))
    const base = `${cloud.url}/_madang/website/${Bucket}`
    const visit = async (path: string) => {
      const answer = await fetch(base + path, { redirect: 'manual' })
      return [answer.status, answer.headers.get('location') ?? (await answer.text())]
    }
    expect(await visit('/')).toEqual([200, 'home'])
    expect(await visit('/docs/')).toEqual([200, 'docs'])
    expect(await visit('/docs')).toEqual([302, `/_madang/website/${Bucket}/docs/`])
    // Who may not list the bucket isn't told that a key is missing.
    expect(await visit('/nope')).toEqual([403, 'nothing here'])
    expect(await visit('/moved')).toEqual([301, '/docs/'])
    expect(await visit('/old/a')).toEqual([301, `${base}/docs/a`])
  })

  it('keeps pages from elsewhere from writing while any key is taken', async () => {
    const answer = await fetch(`${cloud.url}/some-bucket`, {
      method: 'PUT',
      headers: { Origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('may not change this cloud')
  })
})
