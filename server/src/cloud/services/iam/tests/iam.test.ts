import * as Iam from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { S3Client, CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let cloud: CloudUnderTest
let iam: Iam.IAMClient

beforeAll(async () => {
  cloud = await startCloud()
  iam = new Iam.IAMClient(cloud.config())
})
afterAll(() => cloud.stop())

const document = (Action: string, Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })

const trust = (Principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }],
  })

async function newUser(UserName: string) {
  await iam.send(new Iam.CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }))
  return cloud.config({
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  })
}

describe('users and keys', () => {
  it('signs as the user, who may do nothing until a policy says so', async () => {
    const mine = await newUser('sora')
    const identity = await new STSClient(mine).send(new GetCallerIdentityCommand({}))
    expect(identity.Arn).toBe('arn:aws:iam::000000000000:user/sora')
    const s3 = new S3Client({ ...mine, forcePathStyle: true })
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'because no identity-based policy allows the s3:ListAllMyBuckets action',
      ),
    })
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
    await iam.send(new Iam.AttachUserPolicyCommand({ UserName: 'sora', PolicyArn }))
    expect(await s3.send(new ListBucketsCommand({}))).toMatchObject({ Buckets: [] })
    const attached = await iam.send(new Iam.ListAttachedUserPoliciesCommand({ UserName: 'sora' }))
    expect(attached.AttachedPolicies).toEqual([{ PolicyArn, PolicyName: 'AmazonS3FullAccess' }])
  })

  it('stops an inactive key and refuses a wrong secret', async () => {
    const mine = await newUser('haneul')
    const AccessKeyId = mine.credentials.accessKeyId
    const wrong = cloud.config({ accessKeyId: AccessKeyId, secretAccessKey: 'wrong' })
    const whoAmI = (config: typeof mine) =>
      new STSClient(config).send(new GetCallerIdentityCommand({}))
    await expect(whoAmI(wrong)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' })
    await iam.send(
      new Iam.UpdateAccessKeyCommand({ UserName: 'haneul', AccessKeyId, Status: 'Inactive' }),
    )
    // In open mode an unknown key is root; an inactive one must not be.
    await expect(whoAmI(mine)).rejects.toMatchObject({ name: 'InvalidClientTokenId' })
  })

  it('keeps what still holds something', async () => {
    await newUser('bora')
    const remove = () => iam.send(new Iam.DeleteUserCommand({ UserName: 'bora' }))
    await expect(remove()).rejects.toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete access keys first.',
    })
    const { AccessKeyMetadata } = await iam.send(
      new Iam.ListAccessKeysCommand({ UserName: 'bora' }),
    )
    const { AccessKeyId } = AccessKeyMetadata![0]!
    await iam.send(new Iam.DeleteAccessKeyCommand({ UserName: 'bora', AccessKeyId }))
    await remove()
    await expect(iam.send(new Iam.GetUserCommand({ UserName: 'bora' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name bora cannot be found.',
    })
  })

  it('takes no second user of the same name, in whatever case', async () => {
    await iam.send(new Iam.CreateUserCommand({ UserName: 'Dal' }))
    const again = iam.send(new Iam.CreateUserCommand({ UserName: 'dal' }))
    await expect(again).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' })
  })

  it('gives a group member what the group may', async () => {
    const mine = await newUser('nari')
    await iam.send(new Iam.CreateGroupCommand({ GroupName: 'readers' }))
    await iam.send(
      new Iam.PutGroupPolicyCommand({
        GroupName: 'readers',
        PolicyName: 'read',
        PolicyDocument: document('iam:ListUsers'),
      }),
    )
    const list = () => new Iam.IAMClient(mine).send(new Iam.ListUsersCommand({}))
    await expect(list()).rejects.toMatchObject({ name: 'AccessDenied' })
    await iam.send(new Iam.AddUserToGroupCommand({ GroupName: 'readers', UserName: 'nari' }))
    expect((await list()).Users!.length).toBeGreaterThan(0)
  })
})

describe('roles', () => {
  it('lends a role to whom its trust policy names', async () => {
    const mine = await newUser('areum')
    const UserName = 'areum'
    const made = await iam.send(
      new Iam.CreateRoleCommand({
        RoleName: 'deployer',
        AssumeRolePolicyDocument: trust({ AWS: 'arn:aws:iam::000000000000:user/areum' }),
      }),
    )
    const RoleArn = made.Role!.Arn!
    expect(decodeURIComponent(made.Role!.AssumeRolePolicyDocument!)).toContain('user/areum')
    await iam.send(
      new Iam.PutRolePolicyCommand({
        RoleName: 'deployer',
        PolicyName: 'buckets',
        PolicyDocument: document('s3:*'),
      }),
    )
    const sts = new STSClient(mine)
    const assumed = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'first' }))
    const keys = assumed.Credentials!
    const session = cloud.config({
      accessKeyId: keys.AccessKeyId!,
      secretAccessKey: keys.SecretAccessKey!,
      sessionToken: keys.SessionToken!,
    })
    const who = await new STSClient(session).send(new GetCallerIdentityCommand({}))
    expect(who.Arn).toBe('arn:aws:sts::000000000000:assumed-role/deployer/first')
    const s3 = new S3Client({ ...session, forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'by-the-role' }))
    const users = new Iam.IAMClient(session).send(new Iam.ListUsersCommand({}))
    await expect(users).rejects.toMatchObject({ name: 'AccessDenied' })
    await iam.send(
      new Iam.UpdateAssumeRolePolicyCommand({
        RoleName: 'deployer',
        PolicyDocument: trust({ Service: 'lambda.amazonaws.com' }),
      }),
    )
    await iam.send(
      new Iam.PutUserPolicyCommand({
        UserName,
        PolicyName: 'all',
        PolicyDocument: document('*'),
      }),
    )
    const again = sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'second' }))
    await expect(again).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('narrows a session by its policy', async () => {
    await iam.send(
      new Iam.CreateRoleCommand({
        RoleName: 'wide',
        AssumeRolePolicyDocument: trust({ AWS: '000000000000' }),
      }),
    )
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
    await iam.send(new Iam.AttachRolePolicyCommand({ RoleName: 'wide', PolicyArn }))
    const { Credentials } = await new STSClient(cloud.config()).send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::000000000000:role/wide',
        RoleSessionName: 'narrow',
        Policy: document('iam:ListUsers'),
      }),
    )
    const narrow = new Iam.IAMClient(
      cloud.config({
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Credentials!.SecretAccessKey!,
        sessionToken: Credentials!.SessionToken!,
      }),
    )
    await narrow.send(new Iam.ListUsersCommand({}))
    await expect(narrow.send(new Iam.ListRolesCommand({}))).rejects.toMatchObject({
      message: expect.stringContaining('because no session policy allows the iam:ListRoles action'),
    })
  })
})

describe('policies', () => {
  it('keeps versions and refuses what is malformed', async () => {
    const made = await iam.send(
      new Iam.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: document('s3:GetObject') }),
    )
    const PolicyArn = made.Policy!.Arn!
    await iam.send(
      new Iam.CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: document('s3:*'),
        SetAsDefault: true,
      }),
    )
    const { Policy } = await iam.send(new Iam.GetPolicyCommand({ PolicyArn }))
    expect(Policy).toMatchObject({ DefaultVersionId: 'v2', AttachmentCount: 0 })
    const { Versions } = await iam.send(new Iam.ListPolicyVersionsCommand({ PolicyArn }))
    expect(Versions!.map(({ VersionId }) => VersionId)).toEqual(['v2', 'v1'])
    const bad = iam.send(new Iam.CreatePolicyCommand({ PolicyName: 'q', PolicyDocument: '{}' }))
    await expect(bad).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' })
  })

  it('simulates', async () => {
    await iam.send(new Iam.CreateUserCommand({ UserName: 'simulated' }))
    await iam.send(
      new Iam.PutUserPolicyCommand({
        UserName: 'simulated',
        PolicyName: 'x',
        PolicyDocument: document('s3:GetObject', 'arn:aws:s3:::a/*'),
      }),
    )
    const { EvaluationResults } = await iam.send(
      new Iam.SimulatePrincipalPolicyCommand({
        PolicySourceArn: 'arn:aws:iam::000000000000:user/simulated',
        ActionNames: ['s3:GetObject', 's3:PutObject'],
        ResourceArns: ['arn:aws:s3:::a/b'],
      }),
    )
    expect(EvaluationResults!.map(({ EvalDecision }) => EvalDecision)).toEqual([
      'allowed',
      'implicitDeny',
    ])
  })
})

describe('roles of services', () => {
  it('can be taken where the trust policy wants to know the source', async () => {
    const made = await iam.send(
      new Iam.CreateRoleCommand({
        RoleName: 'careful',
        AssumeRolePolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'lambda.amazonaws.com' },
              Action: 'sts:AssumeRole',
              Condition: {
                StringEquals: { 'aws:SourceAccount': '000000000000' },
                ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:000000000000:function:*' },
              },
            },
          ],
        }),
      }),
    )
    const lambda = new LambdaClient(cloud.config())
    const created = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'careful',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: made.Role!.Arn,
        Code: { ZipFile: zipSync({ 'index.mjs': new TextEncoder().encode('export {}') }) },
      }),
    )
    expect(created.Role).toBe(made.Role!.Arn)
  })
})
