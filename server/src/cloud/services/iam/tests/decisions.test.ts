import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../../gateway/index.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import type { Denial } from '../index.ts'

let cloud: CloudUnderTest
let iam: IAM
beforeAll(async () => {
  cloud = await startCloud()
  iam = new IAM(cloud.config())
})
afterAll(() => cloud.stop())

async function userWith(UserName: string, statement: object) {
  await iam.createUser({ UserName })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await iam.putUserPolicy({ UserName, PolicyName: 'only', PolicyDocument })
  const { AccessKey: key } = await iam.createAccessKey({ UserName })
  return cloud.config({ accessKeyId: key!.AccessKeyId!, secretAccessKey: key!.SecretAccessKey! })
}

async function explained(path: string): Promise<Response> {
  const { credentials, region } = cloud.config()
  const headers = sign({
    method: 'GET',
    url: path,
    headers: { host: new URL(cloud.url).host },
    credentials,
    region,
    service: 'iam',
    now: Date.now(),
  })
  return fetch(cloud.url + path, { headers })
}

const ROOT = '/_madang/iam/denials'

describe('why denied', () => {
  it('answers statement by statement', async () => {
    const mine = await userWith('asker', {
      Sid: 'OnlyTeam',
      Effect: 'Allow',
      Action: 's3:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'yard' } },
    })
    const failed = await new S3(mine).listBuckets({}).catch((error: unknown) => error)
    const { requestId } = (failed as { $metadata: { requestId: string } }).$metadata
    const denial = (await (await explained(`${ROOT}/${requestId}`)).json()) as Denial
    const { denials } = (await (await explained(ROOT)).json()) as { denials: Denial[] }
    expect(denials).toContainEqual(denial)
    expect(denial).toMatchObject({
      action: 's3:ListAllMyBuckets',
      decision: 'implicitDeny',
      layer: 'identity',
      statements: [
        {
          policy: 'only',
          sid: 'OnlyTeam',
          misfit: 'condition',
          failed: [{ key: 'aws:PrincipalTag/team', wanted: ['yard'] }],
        },
      ],
    })
    expect(denial.keys.map(({ name }) => name)).toContain('s3:authType')
    await iam.tagUser({ UserName: 'asker', Tags: [{ Key: 'team', Value: 'yard' }] })
    expect(await new S3(mine).listBuckets({})).toMatchObject({ Buckets: [] })
  })
})

it('calls a denial what the service calls it', async () => {
  const mine = await userWith('outsider', { Effect: 'Allow', Action: 's3:*', Resource: '*' })
  await expect(new SNS(mine).listTopics({})).rejects.toMatchObject({
    name: 'AuthorizationErrorException',
    $metadata: { httpStatusCode: 403 },
    message:
      'User: arn:aws:iam::000000000000:user/outsider is not authorized to perform: SNS:ListTopics on resource: arn:aws:sns:ap-northeast-2:000000000000:* because no identity-based policy allows the SNS:ListTopics action',
  })
  await expect(new SQS(mine).listQueues({})).rejects.toMatchObject({
    name: 'AccessDenied',
    $metadata: { httpStatusCode: 403 },
    Error: { Code: 'AccessDenied', Type: 'Sender' },
  })
})

describe('conditions on requests of IAM itself', () => {
  it('knows the tags of the request and of the resource', async () => {
    const mine = await userWith('tagger', {
      Effect: 'Allow',
      Action: ['iam:CreateUser', 'iam:TagUser', 'iam:DeleteUser'],
      Resource: '*',
      Condition: {
        StringEqualsIfExists: { 'aws:RequestTag/team': 'yard', 'aws:ResourceTag/team': 'yard' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
      },
    })
    const self = new IAM(mine)
    const create = (UserName: string, Key: string, Value: string) =>
      self.createUser({ UserName, Tags: [{ Key, Value }] })
    await create('good', 'team', 'yard')
    await expect(create('bad', 'team', 'other')).rejects.toMatchObject({ name: 'AccessDenied' })
    await expect(create('bad', 'colour', 'red')).rejects.toMatchObject({ name: 'AccessDenied' })
    await iam.createUser({ UserName: 'foreign', Tags: [{ Key: 'team', Value: 'other' }] })
    await expect(self.deleteUser({ UserName: 'foreign' })).rejects.toMatchObject({
      name: 'AccessDenied',
      message:
        'User: arn:aws:iam::000000000000:user/tagger is not authorized to perform: iam:DeleteUser on resource: user foreign because no identity-based policy allows the iam:DeleteUser action',
    })
    await self.deleteUser({ UserName: 'good' })
  })
})

describe('the simulator', () => {
  it('knows the actions there are, and looks at no trust policy', async () => {
    const PolicyInputList = [
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ]
    for (const action of ['s3:GetObjekt', 's3:Get*', 'nowhere:Go', 'GetObject']) {
      await expect(
        iam.simulateCustomPolicy({ PolicyInputList, ActionNames: [action] }),
      ).rejects.toMatchObject({
        name: 'InvalidInputException',
        message: `Invalid Action Name: ${action}`,
      })
    }
    const ResourcePolicy =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}'
    const { EvaluationResults } = await iam.simulateCustomPolicy({
      PolicyInputList,
      ActionNames: ['sts:AssumeRole', 'kms:Encapsulate', 'ec2:RunInstances'],
      ResourcePolicy: ResourcePolicy.replace('"Action"', '"Resource":"*","Action"'),
    })
    const decisions = EvaluationResults!.map(({ EvalDecision }) => EvalDecision)
    expect(decisions).toEqual(['allowed', 'allowed', 'allowed'])
  })

  it('tells which statements matched and where they stand, and what the boundary says', async () => {
    const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`
    const boundary = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`
    const input = {
      PolicyInputList: [policy],
      ActionNames: ['s3:GetObject'],
      ResourceArns: ['arn:aws:s3:::yard/x'],
    }
    const missing = await iam.simulateCustomPolicy(input)
    expect(missing.EvaluationResults).toMatchObject([
      { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:SecureTransport'] },
    ])
    const ContextEntries = [
      {
        ContextKeyName: 'aws:SecureTransport',
        ContextKeyValues: ['true'],
        ContextKeyType: 'boolean' as const,
      },
    ]
    const { EvaluationResults } = await iam.simulateCustomPolicy({ ...input, ContextEntries })
    expect(EvaluationResults).toMatchObject([
      {
        EvalDecision: 'allowed',
        MissingContextValues: [],
        MatchedStatements: [
          {
            SourcePolicyId: 'PolicyInputList.1',
            SourcePolicyType: 'IAM Policy',
            StartPosition: { Line: 1, Column: 38 },
            EndPosition: { Line: 1, Column: policy.length - 1 },
          },
        ],
        ResourceSpecificResults: [
          { EvalResourceName: 'arn:aws:s3:::yard/x', EvalResourceDecision: 'allowed' },
        ],
      },
    ])
    const bounded = await iam.simulateCustomPolicy({
      ...input,
      ContextEntries,
      PermissionsBoundaryPolicyInputList: [boundary],
    })
    expect(bounded.EvaluationResults).toMatchObject([
      {
        EvalDecision: 'implicitDeny',
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
    ])
  })
})

describe('a role that is handed to a service', () => {
  it('needs the right to pass it, wherever the request names it', async () => {
    const mine = await userWith('passer', { Effect: 'Allow', Action: 'events:*', Resource: '*' })
    const events = new EventBridge(mine)
    await events.putRule({ Name: 'nightly', ScheduleExpression: 'rate(1 day)' })
    const RoleArn = 'arn:aws:iam::000000000000:role/starter'
    const Arn = `arn:aws:sqs:${cloud.cloud.region}:000000000000:jobs`
    const put = () =>
      events.putTargets({
        Rule: 'nightly',
        Targets: [
          { Id: 'plain', Arn },
          { Id: 'a', Arn, RoleArn },
        ],
      })
    await expect(put()).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::000000000000:user/passer is not authorized to perform: iam:PassRole on ' +
        `resource: ${RoleArn} because no identity-based policy allows the iam:PassRole action`,
    })
    const given = {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: RoleArn,
      Condition: { StringEquals: { 'iam:PassedToService': 'events.amazonaws.com' } },
    }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: given })
    await iam.putUserPolicy({ UserName: 'passer', PolicyName: 'pass', PolicyDocument })
    expect(await put()).toMatchObject({ FailedEntryCount: 0 })
  })
})
