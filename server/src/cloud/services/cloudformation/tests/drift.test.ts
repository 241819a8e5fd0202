import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { SSM } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../../../testing/until.ts'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { settledStack } from './asking.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
})
afterAll(() => under.stop())

const StackName = 'drifting'
const TemplateBody = `
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 5
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: said}}
  Group: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}
  Stream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group}}
Outputs: {Queue: {Value: !Ref Queue}, Topic: {Value: !Ref Topic}, Group: {Value: !Ref Group}}`

async function looked() {
  const { StackDriftDetectionId } = await cfn.detectStackDrift({ StackName })
  const status = await cfn.describeStackDriftDetectionStatus({ StackDriftDetectionId })
  const { StackResourceDrifts } = await cfn.describeStackResourceDrifts({ StackName })
  const drifts = StackResourceDrifts!.map((one) => [
    one.LogicalResourceId,
    one.StackResourceDriftStatus,
  ])
  return { status, drifts: Object.fromEntries(drifts) as Record<string, string> }
}

it('tells what was changed past a stack, and what it cannot tell', async () => {
  await cfn.createStack({ StackName, TemplateBody })
  const made = await until('the stack', async () => {
    const [stack] = (await cfn.describeStacks({ StackName })).Stacks!
    return stack!.StackStatus === 'CREATE_COMPLETE' ? stack : undefined
  })
  const before = await looked()
  expect(before.status).toMatchObject({
    StackDriftStatus: 'IN_SYNC',
    DetectionStatus: 'DETECTION_COMPLETE',
    DriftedStackResourceCount: 0,
  })
  const same = 'IN_SYNC'
  expect(before.drifts).toEqual({ Dead: same, Queue: same, Topic: same, Group: same })
  const [QueueUrl, TopicArn, logGroupName] = made.Outputs!.map((one) => one.OutputValue)
  const Attributes = { DelaySeconds: '9' }
  await new SQS(under.config()).setQueueAttributes({ QueueUrl, Attributes })
  const named = { AttributeName: 'DisplayName', AttributeValue: 'else' }
  await new SNS(under.config()).setTopicAttributes({ TopicArn, ...named })
  await new CloudWatchLogs(under.config()).deleteLogGroup({ logGroupName })
  const after = await looked()
  expect(after.status).toMatchObject({ StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 3 })
  const modified = 'MODIFIED'
  expect(after.drifts).toEqual({ Dead: same, Queue: modified, Topic: modified, Group: 'DELETED' })
  const LogicalResourceId = 'Queue'
  const { StackResourceDrift } = await cfn.detectStackResourceDrift({
    StackName,
    LogicalResourceId,
  })
  expect(StackResourceDrift!.PropertyDifferences).toEqual([
    {
      PropertyPath: '/DelaySeconds',
      ExpectedValue: '5',
      ActualValue: '9',
      DifferenceType: 'NOT_EQUAL',
    },
  ])
  const { StackResources } = await cfn.describeStackResources({ StackName })
  expect(
    Object.fromEntries(
      StackResources!.map((one) => [
        one.LogicalResourceId,
        one.DriftInformation!.StackResourceDriftStatus,
      ]),
    ),
  ).toEqual({ ...after.drifts, Stream: 'NOT_CHECKED' })
  await expect(
    cfn.detectStackResourceDrift({ StackName, LogicalResourceId: 'Stream' }),
  ).rejects.toThrow('Drift detection of AWS::Logs::LogStream is not supported')
})

const Allow = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})
const trust = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
}
const alarm = {
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  MetricName: 'errors',
  Namespace: 'shop',
  Period: 60,
  Statistic: 'Sum',
}
const versioned = { Status: 'Enabled' as const }
const pattern = (source: string) => ({ source: [source] })

/** A resource of each type that is read, and how it is changed past its stack; where it then differs. */
const own = [{ Key: 'of', Value: 'orders' }]
const kinds: Record<
  string,
  { Type: string; Properties: object; change: (id: string) => Promise<unknown>; paths: string[] }
> = {
  Bucket: {
    Type: 'AWS::S3::Bucket',
    Properties: {
      VersioningConfiguration: versioned,
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ],
      },
      CorsConfiguration: { CorsRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
    },
    change: (Bucket) =>
      new S3(under.config()).putBucketVersioning({
        Bucket,
        VersioningConfiguration: { Status: 'Suspended' },
      }),
    paths: ['/VersioningConfiguration/Status'],
  },
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'until', Enabled: true },
      StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
    },
    change: (TableName) =>
      new DynamoDB(under.config()).updateTable({ TableName, DeletionProtectionEnabled: true }),
    paths: [],
  },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: trust,
      Policies: [{ PolicyName: 'own', PolicyDocument: Allow('s3:GetObject') }],
    },
    change: (RoleName) =>
      new IAM(under.config()).putRolePolicy({
        RoleName,
        PolicyName: 'own',
        PolicyDocument: JSON.stringify(Allow('s3:*')),
      }),
    paths: ['/Policies/0/PolicyDocument/Statement/0/Action'],
  },
  Policy: {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: Allow('s3:GetObject') },
    change: (PolicyArn) =>
      new IAM(under.config()).createPolicyVersion({
        PolicyArn,
        PolicyDocument: JSON.stringify(Allow('s3:*')),
        SetAsDefault: true,
      }),
    paths: ['/PolicyDocument/Statement/0/Action'],
  },
  Orders: {
    Type: 'AWS::SQS::Queue',
    Properties: {},
    change: (QueueUrl) => new SQS(under.config()).untagQueue({ QueueUrl, TagKeys: ['of'] }),
    paths: ['/Tags/0'],
  },
  Fn: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Code: { ZipFile: 'exports.handler = async () => 1' },
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Runtime: 'nodejs22.x',
    },
    change: (FunctionName) =>
      new Lambda(under.config()).updateFunctionConfiguration({ FunctionName, Timeout: 9 }),
    paths: [],
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: pattern('shop'), State: 'ENABLED' },
    change: (Name) =>
      new EventBridge(under.config()).putRule({
        Name,
        EventPattern: JSON.stringify(pattern('till')),
      }),
    paths: ['/EventPattern/source/0'],
  },
  Clicks: {
    Type: 'AWS::Kinesis::Stream',
    Properties: { ShardCount: 1, RetentionPeriodHours: 24 },
    change: (StreamName) =>
      new Kinesis(under.config()).increaseStreamRetentionPeriod({
        StreamName,
        RetentionPeriodHours: 48,
      }),
    paths: ['/RetentionPeriodHours'],
  },
  Key: {
    Type: 'AWS::KMS::Key',
    Properties: { Description: 'of orders', EnableKeyRotation: true },
    change: (KeyId) => new KMS(under.config()).disableKeyRotation({ KeyId }),
    paths: ['/EnableKeyRotation'],
  },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { ...alarm, Threshold: 1 },
    change: (AlarmName) =>
      new CloudWatch(under.config()).putMetricAlarm({ AlarmName, ...alarm, Threshold: 5 } as never),
    paths: ['/Threshold'],
  },
  Parameter: {
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Value: 'blue' },
    change: async (Name) => {
      const ssm = new SSM(under.config())
      await ssm.putParameter({ Name, Value: 'green', Overwrite: true })
      const at = { ResourceType: 'Parameter' as const, ResourceId: Name }
      await ssm.addTagsToResource({ ...at, Tags: [{ Key: 'of', Value: 'till' }] })
    },
    paths: ['/Tags/of', '/Value'],
  },
}

it('tells of every type it reads what was changed past the stack, and of none before', async () => {
  const StackName = 'all-kinds'
  const Resources = Object.fromEntries(
    Object.entries(kinds).map(([id, { Type, Properties }]) => {
      const Tags = Type.startsWith('AWS::SSM') ? { of: 'orders' } : own
      const tagged = Type === 'AWS::IAM::ManagedPolicy' ? {} : { Tags }
      return [id, { Type, Properties: { ...Properties, ...tagged } }]
    }),
  )
  const Capabilities = ['CAPABILITY_IAM' as const]
  const TemplateBody = JSON.stringify({ Resources })
  // Tags of the whole stack are no resource's own.
  const Tags = [{ Key: 'team', Value: 'shop' }]
  await cfn.createStack({ StackName, Capabilities, TemplateBody, Tags })
  expect((await settledStack(cfn, StackName)).StackStatus).toBe('CREATE_COMPLETE')
  const differing = async () => {
    await cfn.detectStackDrift({ StackName })
    const { StackResourceDrifts } = await cfn.describeStackResourceDrifts({ StackName })
    const paths = StackResourceDrifts!.map((one) => [
      one.LogicalResourceId!,
      one.PropertyDifferences!.map((difference) => difference.PropertyPath!),
    ])
    return Object.fromEntries(paths) as Record<string, string[]>
  }
  expect(await differing()).toEqual(
    Object.fromEntries(Object.keys(kinds).map((id) => [id, [] as string[]])),
  )
  const { StackResources } = await cfn.describeStackResources({ StackName })
  for (const { LogicalResourceId, PhysicalResourceId } of StackResources!) {
    await kinds[LogicalResourceId!]!.change(PhysicalResourceId!)
  }
  expect(await differing()).toEqual(
    Object.fromEntries(Object.entries(kinds).map(([id, { paths }]) => [id, paths])),
  )
})
