import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { SSM } from '@aws-sdk/client-ssm'
import { zipSync } from 'fflate'
import { KMS } from '@aws-sdk/client-kms'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { refusal, settledStack } from './asking.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

interface Thing {
  Type: string
  name: string
  id: string
  /** Where it is another than what it is found by. */
  physicalId?: string
  Properties?: object
}

/** One of each type that can be taken in. */
async function things(): Promise<Record<string, Thing>> {
  const config = under.config()
  await new S3(config).createBucket({ Bucket: 'found-bucket' })
  await new DynamoDB(config).createTable({
    TableName: 'found-table',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  const { QueueUrl } = await new SQS(config).createQueue({ QueueName: 'found-queue' })
  const { TopicArn } = await new SNS(config).createTopic({ Name: 'found-topic' })
  await new CloudWatchLogs(config).createLogGroup({ logGroupName: 'found-group' })
  await new Kinesis(config).createStream({ StreamName: 'found-stream', ShardCount: 1 })
  const { KeyMetadata } = await new KMS(config).createKey({ Description: 'as it was' })
  const Description = 'as it is not'
  const iam = new IAM(config)
  const Version = '2012-10-17'
  const Principal = { Service: 'lambda.amazonaws.com' }
  const trust = { Version, Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] }
  const AssumeRolePolicyDocument = JSON.stringify(trust)
  const role = await iam.createRole({ RoleName: 'found-role', AssumeRolePolicyDocument })
  await iam.createUser({ UserName: 'found-user' })
  const allowed = { Version, Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
  const PolicyDocument = JSON.stringify(allowed)
  const policy = await iam.createPolicy({ PolicyName: 'found-policy', PolicyDocument })
  const settings = {
    Role: role.Role!.Arn!,
    Runtime: 'nodejs22.x' as const,
    Handler: 'index.handler',
  }
  await new Lambda(config).createFunction({
    FunctionName: 'found-function',
    ...settings,
    Code: { ZipFile: zipSync({ 'index.js': new TextEncoder().encode('exports.handler = 1') }) },
  })
  const alarm = {
    ComparisonOperator: 'GreaterThanThreshold' as const,
    EvaluationPeriods: 1,
    MetricName: 'errors',
    Namespace: 'shop',
    Period: 60,
    Statistic: 'Sum' as const,
  }
  const cloudwatch = new CloudWatch(config)
  await cloudwatch.putMetricAlarm({ AlarmName: 'found-alarm', ...alarm, Threshold: 1 })
  const events = new EventBridge(config)
  await events.createEventBus({ Name: 'found-bus' })
  const rule = await events.putRule({
    Name: 'found-rule',
    EventBusName: 'found-bus',
    EventPattern: JSON.stringify({ source: ['shop'] }),
  })
  await new SSM(config).putParameter({ Name: '/found/one', Type: 'String', Value: 'blue' })
  return {
    Bucket: { Type: 'AWS::S3::Bucket', name: 'BucketName', id: 'found-bucket' },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      name: 'TableName',
      id: 'found-table',
      Properties: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
    },
    Queue: { Type: 'AWS::SQS::Queue', name: 'QueueUrl', id: QueueUrl! },
    Topic: { Type: 'AWS::SNS::Topic', name: 'TopicArn', id: TopicArn! },
    Group: { Type: 'AWS::Logs::LogGroup', name: 'LogGroupName', id: 'found-group' },
    Stream: { Type: 'AWS::Kinesis::Stream', name: 'Name', id: 'found-stream' },
    Key: {
      Type: 'AWS::KMS::Key',
      name: 'KeyId',
      id: KeyMetadata!.KeyId!,
      Properties: { Description },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      name: 'RoleName',
      id: 'found-role',
      Properties: { AssumeRolePolicyDocument: trust },
    },
    User: { Type: 'AWS::IAM::User', name: 'UserName', id: 'found-user' },
    Policy: {
      Type: 'AWS::IAM::ManagedPolicy',
      name: 'PolicyArn',
      id: policy.Policy!.Arn!,
      Properties: { PolicyDocument: allowed },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      name: 'FunctionName',
      id: 'found-function',
      Properties: { ...settings, Code: { ZipFile: 'another' } },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      name: 'AlarmName',
      id: 'found-alarm',
      Properties: { ...alarm, Threshold: 1 },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      name: 'Arn',
      id: rule.RuleArn!,
      physicalId: 'found-bus|found-rule',
      Properties: { EventBusName: 'found-bus', EventPattern: { source: ['shop'] } },
    },
    Parameter: {
      Type: 'AWS::SSM::Parameter',
      name: 'Name',
      id: '/found/one',
      Properties: { Type: 'String', Value: 'green' },
    },
  }
}

const DeletionPolicy = 'Retain'

const bodyOf = (all: Record<string, Thing>, more: object = {}) =>
  JSON.stringify({
    Resources: Object.fromEntries(
      Object.entries(all).map(([id, { Type, Properties }]) => [
        id,
        { Type, DeletionPolicy, Properties: Properties ?? {} },
      ]),
    ),
    ...more,
  })

const listOf = (all: Record<string, Thing>) =>
  Object.entries(all).map(([LogicalResourceId, { Type: ResourceType, name, id }]) => ({
    LogicalResourceId,
    ResourceType,
    ResourceIdentifier: { [name]: id },
  }))

const reasons = async (StackName: string, id: string) => {
  const { StackEvents } = await cfn.describeStackEvents({ StackName })
  return StackEvents!
    .filter((event) => event.LogicalResourceId === id)
    .map((event) => [event.ResourceStatus, event.ResourceStatusReason])
    .reverse()
}

it('takes things that are there into a stack, as they are, and refuses what is more than that', async () => {
  const all = await things()
  const StackName = 'takes-in'
  const set = {
    StackName,
    ChangeSetName: 'in',
    ChangeSetType: 'IMPORT' as const,
    Capabilities: ['CAPABILITY_NAMED_IAM' as const],
  }
  const given = { ...set, TemplateBody: bodyOf(all), ResourcesToImport: listOf(all) }
  const { Id, StackId } = await cfn.createChangeSet({
    ...given,
    Tags: [{ Key: 'team', Value: 'shop' }],
  })
  const { Changes } = await cfn.describeChangeSet({ ChangeSetName: Id })
  expect(Changes!.map(({ ResourceChange: one }) => one)).toMatchObject(
    Object.entries(all).map(([LogicalResourceId, { Type: ResourceType, id, physicalId = id }]) => ({
      Action: 'Import',
      LogicalResourceId,
      PhysicalResourceId: physicalId,
      ResourceType,
    })),
  )
  await cfn.executeChangeSet({ ChangeSetName: Id })
  expect(await settledStack(cfn, StackName)).toMatchObject({ StackStatus: 'IMPORT_COMPLETE' })
  expect(await reasons(StackName, 'Queue')).toEqual([
    ['IMPORT_IN_PROGRESS', 'Resource import started.'],
    ['IMPORT_COMPLETE', 'Resource import completed.'],
    ['UPDATE_IN_PROGRESS', 'Apply stack-level tags to imported resource if applicable.'],
    ['UPDATE_COMPLETE', undefined],
  ])
  const { TagSet } = await new S3(under.config()).getBucketTagging({ Bucket: 'found-bucket' })
  expect(TagSet).toContainEqual({ Key: 'team', Value: 'shop' })
  const { Tags } = await new Lambda(under.config()).getFunction({ FunctionName: 'found-function' })
  expect(Tags).toMatchObject({ team: 'shop' })
  const { Value } = (await new SSM(under.config()).getParameter({ Name: '/found/one' })).Parameter!
  expect(Value).toBe('blue')
  // What they are is what they were: the differences are drift.
  await cfn.detectStackDrift({ StackName })
  const { StackResourceDrifts } = await cfn.describeStackResourceDrifts({
    StackName,
    StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
  })
  expect(StackResourceDrifts).toMatchObject([
    { LogicalResourceId: 'Key', PropertyDifferences: [{ ActualValue: 'as it was' }] },
    { LogicalResourceId: 'Parameter', PropertyDifferences: [{ ActualValue: 'blue' }] },
  ])

  const elsewhere = { ...given, StackName: 'elsewhere' }
  expect(await refusal(cfn.createChangeSet(elsewhere))).toContain(' already exists in stack arn:')
  const other = { Type: 'AWS::SQS::Queue', name: 'QueueUrl', id: 'http://none/queue' }
  const more = (change: object, list = [other]) =>
    cfn.createChangeSet({
      ...set,
      TemplateBody: bodyOf({ ...all, Other: other }, change),
      ResourcesToImport: listOf(Object.fromEntries(list.map((one) => ['Other', one]))),
      Tags: [{ Key: 'team', Value: 'shop' }],
    })
  expect(await refusal(more({ Outputs: { Out: { Value: 'x' } } }))).toBe(
    'As part of the import operation, you cannot modify or add [Outputs]',
  )
  expect(await refusal(more({}, []))).toBe(
    'Resources [Other] is missing from ResourceToImport list',
  )
  const { Queue: _gone, ...rest } = all
  const without = { ...set, TemplateBody: bodyOf({ ...rest, Other: other }) }
  expect(
    await refusal(cfn.createChangeSet({ ...without, ResourcesToImport: listOf({ Other: other }) })),
  ).toMatch(
    /^You have modified resources \[.*Queue\] in your template that are not being imported\./,
  )

  // One that is not there is left out again, and the stack is what it was.
  const absent = await more({})
  await cfn.executeChangeSet({ ChangeSetName: absent.Id })
  expect(await settledStack(cfn, StackName)).toMatchObject({
    StackStatus: 'IMPORT_ROLLBACK_COMPLETE',
  })
  expect(await reasons(StackName, 'Other')).toEqual([
    ['IMPORT_IN_PROGRESS', 'Resource import started.'],
    [
      'IMPORT_FAILED',
      expect.stringMatching(/^Resource of type 'AWS::SQS::Queue' .* was not found/),
    ],
    ['IMPORT_ROLLBACK_COMPLETE', undefined],
  ])
  const { StackResources } = await cfn.describeStackResources({ StackName })
  expect(StackResources).toHaveLength(Object.keys(all).length)
  const { TemplateBody } = await cfn.getTemplate({ StackName })
  expect(TemplateBody).not.toContain('Other')
  await cfn.deleteStack({ StackName })
  await settledStack(cfn, StackId!)
  expect(await new SQS(under.config()).listQueues({})).toMatchObject({
    QueueUrls: [all['Queue']!.id],
  })
})

it.each([
  [
    {},
    { DeletionPolicy: undefined },
    'The following resources to import [One] must have DeletionPolicy attribute specified in the template.',
  ],
  [
    { Type: 'AWS::IAM::Group', name: 'GroupName' },
    {},
    'ResourceTypes [AWS::IAM::Group] are not supported for Import',
  ],
  [
    { name: 'Arn' },
    {},
    'ResourceIdentifier of One must have the key QueueUrl and no other, and not [Arn].',
  ],
])('refuses to take in %j', async (thing, change, answer) => {
  const one = { Type: 'AWS::SQS::Queue', name: 'QueueUrl', id: 'x', ...thing }
  const Resources = { One: { Type: one.Type, DeletionPolicy, Properties: {}, ...change } }
  expect(
    await refusal(
      cfn.createChangeSet({
        StackName: 'refused',
        ChangeSetName: 'in',
        ChangeSetType: 'IMPORT',
        Capabilities: ['CAPABILITY_IAM'],
        TemplateBody: JSON.stringify({ Resources }),
        ResourcesToImport: listOf({ One: one }),
      }),
    ),
  ).toBe(answer)
})

it('names what it does not know', async () => {
  const TemplateSummaryConfig = { TreatUnrecognizedResourceTypesAsWarnings: true }
  expect(await refusal(cfn.getTemplateSummary({ StackName: 'none', TemplateSummaryConfig }))).toBe(
    'TemplateSummaryConfig is not supported by this cloud yet.',
  )
  const input = { StackName: 'unknown', ChangeSetName: 'a', ChangeSetType: 'CREATE' as const }
  const TemplateBody = bodyOf({ Queue: { Type: 'AWS::SQS::Queue', name: '', id: '' } })
  expect(
    await refusal(cfn.createChangeSet({ ...input, TemplateBody, ImportExistingResources: true })),
  ).toBe('ImportExistingResources is not supported by this cloud yet.')
  expect(
    await refusal(cfn.createChangeSet({ ...input, TemplateBody, ResourcesToImport: [] })),
  ).toContain('ResourcesToImport')
})
