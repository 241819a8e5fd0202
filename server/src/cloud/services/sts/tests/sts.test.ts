import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { type Credentials, STS, type STSServiceException } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let iam: IAM
let sts: STS

beforeAll(async () => {
  cloud = await startCloud()
  iam = new IAM(cloud.config())
  sts = new STS(cloud.config())
})
afterAll(() => cloud.stop())

const account = '000000000000'
const arnOf = (role: string) => `arn:aws:iam::${account}:role/${role}`

const role = (RoleName: string, statement: object = {}, more: object = {}) =>
  iam.createRole({
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: account },
          Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          ...statement,
        },
      ],
    }),
    ...more,
  })

const allow = (Action: string, Condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*', ...(Condition && { Condition }) }],
  })

const refusal = (asked: Promise<unknown>) =>
  asked.then(
    () => 'nothing',
    (error: STSServiceException) => [error.$metadata.httpStatusCode, error.name, error.message],
  )

const by = (keys: Credentials | undefined) =>
  cloud.config({
    accessKeyId: keys!.AccessKeyId!,
    secretAccessKey: keys!.SecretAccessKey!,
    sessionToken: keys!.SessionToken!,
  })

async function userWithKey(UserName: string, policy?: string) {
  await iam.createUser({ UserName })
  if (policy) await iam.putUserPolicy({ UserName, PolicyName: 'p', PolicyDocument: policy })
  const { AccessKey: key } = await iam.createAccessKey({ UserName })
  return cloud.config({ accessKeyId: key!.AccessKeyId!, secretAccessKey: key!.SecretAccessKey! })
}

describe('AssumeRole', () => {
  it.each(['nothing-valid-in-here', 'arn::b:::something/test-role', 'arn:a:a::aaaaaaaaaa:'])(
    'refuses %s',
    async (RoleArn) => {
      await expect(sts.assumeRole({ RoleArn, RoleSessionName: 'ab' })).rejects.toMatchObject({
        name: 'ValidationError',
        message: `${RoleArn} is invalid`,
      })
    },
  )

  it('refuses session names and tags in the words of the service', async () => {
    await role('worded')
    const take = (input: object) =>
      sts.assumeRole({ RoleArn: arnOf('worded'), RoleSessionName: 'ab', ...input })
    await expect(take({ RoleSessionName: 'Session1:2' })).rejects.toThrow(
      String.raw`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`,
    )
    await expect(take({ DurationSeconds: 899 })).rejects.toThrow(
      "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    )
    await expect(take({ DurationSeconds: 7200 })).rejects.toThrow(
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
    await expect(take({ TransitiveTagKeys: ['x'] })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: 'The specified transitive tag key must be included in the requested tags.',
    })
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ]
    await expect(take({ Tags })).rejects.toThrow('Duplicate tag keys found.')
    await expect(
      sts.assumeRole({ RoleArn: arnOf('none-such'), RoleSessionName: 'ab' }),
    ).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::${account}:root is not authorized to perform: sts:AssumeRole on resource: ${arnOf('none-such')}`,
    })
  })

  it('carries tags, source identity and attribution through a chain, an hour at a time', async () => {
    await role('first', {}, { MaxSessionDuration: 43_200 })
    await role('second', { Principal: { AWS: arnOf('first') } }, { MaxSessionDuration: 43_200 })
    await iam.putRolePolicy({
      RoleName: 'second',
      PolicyName: 'team',
      PolicyDocument: allow('s3:ListAllMyBuckets', {
        StringEquals: { 'aws:PrincipalTag/team': 'yard', 'aws:SourceIdentity': 'minji' },
      }),
    })
    const first = await sts.assumeRole({
      RoleArn: arnOf('first'),
      RoleSessionName: 'one',
      Tags: [{ Key: 'team', Value: 'yard' }],
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'minji',
    })
    expect(first.SourceIdentity).toBe('minji')
    expect(first.PackedPolicySize).toBeGreaterThan(0)
    const chained = new STS(by(first.Credentials))
    const next = { RoleArn: arnOf('second'), RoleSessionName: 'two' }
    await expect(chained.assumeRole({ ...next, DurationSeconds: 3601 })).rejects.toThrow(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    )
    await expect(
      chained.assumeRole({ ...next, Tags: [{ Key: 'TEAM', Value: 'other' }] }),
    ).rejects.toThrow(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
    const tags = (count: number, Value: string) =>
      Array.from({ length: count }, (_, index) => ({ Key: `T${index + 1}`, Value }))
    await expect(chained.assumeRole({ ...next, Tags: tags(9, 'a'.repeat(250)) })).rejects.toThrow(
      'Packed size of session tags consumes 498% of allotted space.',
    )
    await expect(chained.assumeRole({ ...next, Tags: tags(51, '') })).rejects.toThrow(
      "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
    )
    const second = await chained.assumeRole(next)
    expect(second).not.toHaveProperty('PackedPolicySize')
    expect(await new S3(by(second.Credentials)).listBuckets({})).toMatchObject({ Buckets: [] })
  })

  it('asks for the external id and for the permission to tag', async () => {
    await role('partner', {
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'secret-1' } },
    })
    const mine = await userWithKey('agent', allow('sts:*'))
    const take = (input: object) =>
      new STS(mine).assumeRole({ RoleArn: arnOf('partner'), RoleSessionName: 'ab', ...input })
    await expect(take({})).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(take({ ExternalId: 'other-1' })).rejects.toMatchObject({ name: 'AccessDenied' })
    await take({ ExternalId: 'secret-1' })
    const tagged = take({ ExternalId: 'secret-1', Tags: [{ Key: 'a', Value: 'b' }] })
    await expect(tagged).rejects.toThrow(
      `User: arn:aws:iam::${account}:user/agent is not authorized to perform: sts:TagSession on resource: ${arnOf('partner')}`,
    )
  })

  it('trusts whom it was given, under each name of it, and nobody of the same name after', async () => {
    const RoleName = 'trusting'
    const first = await userWithKey('trusted', allow('sts:AssumeRole'))
    const trust = (UserName: string) => ({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:user/${UserName}` },
          Action: 'sts:AssumeRole',
        },
      ],
    })
    const AssumeRolePolicyDocument = JSON.stringify(trust('trusted'))
    await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    const take = (config: typeof first) =>
      refusal(new STS(config).assumeRole({ RoleArn: arnOf(RoleName), RoleSessionName: 'ab' }))
    expect(await take(first)).toBe('nothing')
    await iam.updateUser({ UserName: 'trusted', NewUserName: 'renamed' })
    const told = async () =>
      JSON.parse(
        decodeURIComponent((await iam.getRole({ RoleName })).Role!.AssumeRolePolicyDocument!),
      ) as object
    expect(await told()).toEqual(trust('renamed'))
    expect(await take(first)).toBe('nothing')
    const UserName = 'renamed'
    const { UserId } = (await iam.getUser({ UserName })).User!
    const { accessKeyId: AccessKeyId } = first.credentials
    await iam.deleteAccessKey({ UserName, AccessKeyId })
    const { PolicyNames } = await iam.listUserPolicies({ UserName })
    for (const PolicyName of PolicyNames!) await iam.deleteUserPolicy({ UserName, PolicyName })
    await iam.deleteUser({ UserName })
    const second = await userWithKey('renamed', allow('sts:AssumeRole'))
    expect(await take(second)).toMatchObject([403, 'AccessDenied', expect.any(String)])
    expect(JSON.stringify(await told())).toContain(`"AWS":"${UserId}"`)
  })

  it('narrows a session by managed policies', async () => {
    await role('managed')
    await iam.attachRolePolicy({
      RoleName: 'managed',
      PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    })
    const { Credentials: keys } = await sts.assumeRole({
      RoleArn: arnOf('managed'),
      RoleSessionName: 'ab',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess' }],
    })
    await new S3(by(keys)).listBuckets({})
    await expect(new IAM(by(keys)).listUsers({})).rejects.toThrow(
      'because no session policy allows',
    )
  })
})

describe('sessions of oneself', () => {
  it('are not had by sessions', async () => {
    const mine = await userWithKey('selfish', allow('sts:*'))
    const { Credentials: keys } = await new STS(mine).getSessionToken({})
    const who = await new STS(by(keys)).getCallerIdentity({})
    expect(who.Arn).toBe(`arn:aws:iam::${account}:user/selfish`)
    await expect(new STS(by(keys)).getSessionToken({})).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'Cannot call GetSessionToken with session credentials',
    })
  })

  it('are heard by IAM only with MFA, and by STS for a role', async () => {
    const mine = await userWithKey('twofold', allow('*'))
    await role('of-sessions')
    const { Credentials: own } = await new STS(mine).getSessionToken({})
    const lent = await new STS(mine).getFederationToken({ Name: 'guest', Policy: allow('*') })
    const take = (keys: typeof own) =>
      refusal(
        new STS(by(keys)).assumeRole({ RoleArn: arnOf('of-sessions'), RoleSessionName: 'ab' }),
      )
    expect(await take(own)).toBe('nothing')
    expect(await take(lent.Credentials)).toEqual([
      403,
      'AccessDenied',
      'Cannot call AssumeRole with session credentials',
    ])
    for (const keys of [own, lent.Credentials]) {
      await new STS(by(keys)).getCallerIdentity({})
      expect(await refusal(new IAM(by(keys)).listUsers({}))).toEqual([
        403,
        'InvalidClientTokenId',
        'The security token included in the request is invalid',
      ])
    }
  })

  it('lends a federated user what both its maker and the policy allow', async () => {
    const mine = await userWithKey('lender', allow('*'))
    const asked = { Name: 'guest', Policy: allow('s3:ListAllMyBuckets') }
    const lent = await new STS(mine).getFederationToken(asked)
    expect(lent.FederatedUser).toEqual({
      Arn: `arn:aws:sts::${account}:federated-user/guest`,
      FederatedUserId: `${account}:guest`,
    })
    expect(lent.PackedPolicySize).toBeGreaterThan(0)
    expect(await new S3(by(lent.Credentials)).listBuckets({})).toMatchObject({ Buckets: [] })
    await expect(new DynamoDB(by(lent.Credentials)).listTables({})).rejects.toThrow(
      'session policy',
    )
    const bare = await new STS(mine).getFederationToken({ Name: 'nobody' })
    expect(bare.PackedPolicySize).toBe(0)
    await expect(new S3(by(bare.Credentials)).listBuckets({})).rejects.toMatchObject({
      name: 'AccessDenied',
    })
  })

  it('reads the account out of a key', async () => {
    const mine = await userWithKey('keyed')
    const AccessKeyId = mine.credentials.accessKeyId
    expect(await sts.getAccessKeyInfo({ AccessKeyId })).toMatchObject({ Account: account })
    await iam.deleteAccessKey({ UserName: 'keyed', AccessKeyId })
    expect(await sts.getAccessKeyInfo({ AccessKeyId })).toMatchObject({ Account: account })
  })

  it('takes no account by its root: no organisation has it', async () => {
    const TaskPolicyArn = { arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' }
    const asked = (TargetPrincipal: string, DurationSeconds?: number) =>
      refusal(sts.assumeRoot({ TargetPrincipal, TaskPolicyArn, DurationSeconds }))
    const sentence =
      `User: arn:aws:iam::${account}:root is not authorized to perform: sts:AssumeRoot ` +
      'on resource: arn:aws:iam::111122223333:root'
    expect(await asked('111122223333')).toEqual([403, 'AccessDenied', sentence])
    expect(await asked('111122223333', 901)).toEqual([
      400,
      'ValidationError',
      "1 validation error detected: Value '901' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 900",
    ])
  })

  it('says that a session has ended', async () => {
    await role('short')
    const { Credentials: keys } = await sts.assumeRole({
      RoleArn: arnOf('short'),
      RoleSessionName: 'ab',
      DurationSeconds: 900,
    })
    cloud.kernel.clock.advance(901_000)
    const config = { ...by(keys), systemClockOffset: 901_000 }
    const text = 'The security token included in the request is expired'
    const refusals = {
      STS: await refusal(new STS(config).getCallerIdentity({})),
      DynamoDB: await refusal(new DynamoDB(config).listTables({})),
      Lambda: await refusal(new Lambda(config).listFunctions({})),
      S3: await refusal(new S3(config).listBuckets({})),
    }
    expect(refusals).toEqual({
      STS: [403, 'ExpiredToken', text],
      DynamoDB: [400, 'ExpiredTokenException', text],
      Lambda: [403, 'ExpiredTokenException', text],
      S3: [400, 'ExpiredToken', 'The provided token has expired.'],
    })
  })
})
