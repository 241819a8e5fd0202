import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { KMS } from '@aws-sdk/client-kms'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { Lambda } from '@aws-sdk/client-lambda'
import { S3 } from '@aws-sdk/client-s3'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'
import { until } from '../../../../testing/until.ts'

let under: CloudUnderTest
let cfn: CloudFormation
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
  const s3 = new S3(under.config())
  await s3.createBucket({ Bucket: 'layers' })
  const Body = zipSync({ 'nodejs/node_modules/greet/index.js': new Uint8Array() })
  await s3.putObject({ Bucket: 'layers', Key: 'greet.zip', Body })
})
afterAll(() => under.stop())

async function settled(StackName: string, client = cfn) {
  const stack = await until(`${StackName} to settle`, async () => {
    const { Stacks } = await client.describeStacks({ StackName })
    return Stacks![0]!.StackStatus!.endsWith('IN_PROGRESS') ? undefined : Stacks![0]!
  })
  const { StackResources = [] } = await client.describeStackResources({ StackName })
  const { StackEvents = [] } = await client.describeStackEvents({ StackName })
  const outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]),
  )
  const ids = Object.fromEntries(
    StackResources.map((one) => [one.LogicalResourceId!, one.PhysicalResourceId!]),
  )
  const failures = StackEvents.flatMap((one) =>
    one.ResourceStatus!.endsWith('_FAILED') ? [one.ResourceStatusReason] : [],
  )
  return { status: stack.StackStatus, failures, outputs, ids }
}

const role = `
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]`

const allow = (service: string, action: string, resource: string) =>
  `{Statement: [{Effect: Allow, Principal: {Service: ${service}.amazonaws.com}, Action: '${action}', Resource: ${resource}}]}`

const functionTemplate = (retries: number, ready: string) => `
Resources:${role}
  Made: {Type: AWS::CDK::Metadata, Properties: {Analytics: 'v2:deflate64:H4sI'}}
  Layer:
    Type: AWS::Lambda::LayerVersion
    Properties: {Content: {S3Bucket: layers, S3Key: greet.zip}, CompatibleRuntimes: [nodejs22.x]}
  Shared:
    Type: AWS::Lambda::LayerVersionPermission
    Properties: {Action: 'lambda:GetLayerVersion', LayerVersionArn: !Ref Layer, Principal: '*'}
  Signing:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: {SigningProfileVersionArns: ['arn:aws:signer:us-east-1:000000000000:/signing-profiles/team/abcdefghij']}
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Runtime: nodejs22.x
      Handler: index.handler
      Layers: [!Ref Layer]
      RecursiveLoop: Allow
      CodeSigningConfigArn: !Ref Signing
      Code: {ZipFile: 'exports.handler = async () => 1'}
  First: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Worker}}
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      {FunctionName: !Ref Worker, FunctionVersion: !GetAtt First.Version, Name: live${ready}}
  Dead: {Type: AWS::SQS::Queue}
  Later:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Worker
      Qualifier: $LATEST
      MaximumRetryAttempts: ${retries}
      DestinationConfig: {OnFailure: {Destination: !GetAtt Dead.Arn}}
Outputs:
  Layer: {Value: !GetAtt Layer.LayerVersionArn}
  Signing: {Value: !GetAtt Signing.CodeSigningConfigArn}
`

test("a function's layers, signing, retries and kept instances are resources", async () => {
  const lambda = new Lambda(under.config())
  const StackName = 'functions'
  const Capabilities = ['CAPABILITY_IAM' as const]
  await cfn.createStack({ StackName, Capabilities, TemplateBody: functionTemplate(1, '') })
  const made = await settled(StackName)
  expect(made).toMatchObject({ failures: [], status: 'CREATE_COMPLETE' })
  const { Worker: FunctionName } = made.ids
  const { Configuration } = await lambda.getFunction({ FunctionName })
  expect(Configuration!.Layers).toMatchObject([{ Arn: made.outputs['Layer'] }])
  const signing = await lambda.getFunctionCodeSigningConfig({ FunctionName })
  expect(signing.CodeSigningConfigArn).toBe(made.outputs['Signing'])
  expect(await lambda.getFunctionRecursionConfig({ FunctionName })).toMatchObject({
    RecursiveLoop: 'Allow',
  })
  const later = { FunctionName, Qualifier: '$LATEST' }
  expect(await lambda.getFunctionEventInvokeConfig(later)).toMatchObject({
    MaximumRetryAttempts: 1,
    DestinationConfig: { OnFailure: { Destination: expect.stringContaining(':functions-Dead-') } },
  })
  const layer = { LayerName: made.outputs['Layer']!.replace(/:\d+$/, ''), VersionNumber: 1 }
  const { Policy } = await lambda.getLayerVersionPolicy(layer)
  expect(JSON.parse(Policy!)).toMatchObject({ Statement: [{ Principal: '*' }] })

  const ready = ', ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}'
  await cfn.updateStack({ StackName, Capabilities, TemplateBody: functionTemplate(0, ready) })
  expect(await settled(StackName)).toMatchObject({ failures: [], status: 'UPDATE_COMPLETE' })
  expect(await lambda.getFunctionEventInvokeConfig(later)).toMatchObject({
    MaximumRetryAttempts: 0,
  })
  const kept = await lambda.getProvisionedConcurrencyConfig({ FunctionName, Qualifier: 'live' })
  expect(kept).toMatchObject({ RequestedProvisionedConcurrentExecutions: 1 })
})

const policiesTemplate = `
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  JobsPolicy:
    Type: AWS::SQS::QueueInlinePolicy
    Properties: {Queue: !Ref Jobs, PolicyDocument: ${allow('sns', 'sqs:SendMessage', '!GetAtt Jobs.Arn')}}
  News: {Type: AWS::SNS::Topic}
  NewsPolicy:
    Type: AWS::SNS::TopicInlinePolicy
    Properties: {TopicArn: !Ref News, PolicyDocument: ${allow('events', 'sns:Publish', '!Ref News')}}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  ClicksPolicy:
    Type: AWS::Kinesis::ResourcePolicy
    Properties:
      ResourceArn: !GetAtt Clicks.Arn
      ResourcePolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub 'arn:aws:iam::\${AWS::AccountId}:root'}
            Action: ['kinesis:DescribeStreamSummary', 'kinesis:ListShards', 'kinesis:PutRecord']
            Resource: !GetAtt Clicks.Arn
  Group: {Type: AWS::Logs::LogGroup}
  LogsRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: logs.amazonaws.com}, Action: 'sts:AssumeRole'}]
      Policies:
        - PolicyName: put
          PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'kinesis:PutRecord*', Resource: !GetAtt Clicks.Arn}]}
  ToClicks:
    Type: AWS::Logs::SubscriptionFilter
    Properties:
      LogGroupName: !Ref Group
      FilterPattern: ERROR
      DestinationArn: !GetAtt Clicks.Arn
      RoleArn: !GetAtt LogsRole.Arn
  LogsPolicy:
    Type: AWS::Logs::ResourcePolicy
    Properties:
      PolicyName: events-to-logs
      PolicyDocument: '${JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'logs:PutLogEvents', Resource: '*' }] })}'
  Files: {Type: AWS::S3::Bucket}
  Door: {Type: AWS::S3::AccessPoint, Properties: {Bucket: !Ref Files, Name: reports}}
  Key:
    Type: AWS::Events::Connection
    Properties:
      AuthorizationType: API_KEY
      AuthParameters: {ApiKeyAuthParameters: {ApiKeyName: x-key, ApiKeyValue: secret}}
  Hook:
    Type: AWS::Events::ApiDestination
    Properties: {ConnectionArn: !GetAtt Key.Arn, HttpMethod: POST, InvocationEndpoint: 'https://hooks.example.com/'}
Outputs:
  Alias: {Value: !GetAtt Door.Alias}
  ForPolicy: {Value: !GetAtt Hook.ArnForPolicy}
`

test('policies, subscriptions, doors and destinations stand beside what they belong to', async () => {
  const StackName = 'policies'
  const Capabilities = ['CAPABILITY_IAM' as const]
  await cfn.createStack({ StackName, Capabilities, TemplateBody: policiesTemplate })
  const made = await settled(StackName)
  expect(made).toMatchObject({ failures: [], status: 'CREATE_COMPLETE' })
  const { ids, outputs } = made
  expect(outputs['Alias']).toMatch(/^reports-.*-s3alias$/)
  expect(outputs['ForPolicy']).toMatch(/:api-destination\/[^/]+$/)
  const { Attributes } = await new SQS(under.config()).getQueueAttributes({
    QueueUrl: ids['Jobs'],
    AttributeNames: ['Policy'],
  })
  expect(Attributes!['Policy']).toContain('sqs:SendMessage')
  const sns = new SNS(under.config())
  const topic = await sns.getTopicAttributes({ TopicArn: ids['News'] })
  expect(topic.Attributes!['Policy']).toContain('events.amazonaws.com')
  const kinesis = new Kinesis(under.config())
  const ResourceARN = ids['ClicksPolicy']
  expect((await kinesis.getResourcePolicy({ ResourceARN })).Policy).toContain('PutRecord')
  const logs = new CloudWatchLogs(under.config())
  const { subscriptionFilters } = await logs.describeSubscriptionFilters({
    logGroupName: ids['Group'],
  })
  expect(subscriptionFilters).toMatchObject([{ filterPattern: 'ERROR' }])
  const events = new EventBridge(under.config())
  expect(await events.describeApiDestination({ Name: ids['Hook'] })).toMatchObject({
    HttpMethod: 'POST',
  })

  const without = policiesTemplate.replace(/ {2}NewsPolicy:[^]*?(?= {2}Clicks:)/, '')
  await cfn.updateStack({ StackName, Capabilities, TemplateBody: without })
  expect(await settled(StackName)).toMatchObject({ failures: [], status: 'UPDATE_COMPLETE' })
  const after = await sns.getTopicAttributes({ TopicArn: ids['News'] })
  expect(after.Attributes!['Policy']).toContain('__default_policy_ID')
  await cfn.deleteStack({ StackName: StackName })
  await until('the stack to be gone', async () => {
    const { StackSummaries } = await cfn.listStacks({ StackStatusFilter: ['DELETE_COMPLETE'] })
    return StackSummaries!.some((one) => one.StackName === StackName)
  })
})

const globalTemplate = (replicas: string) => `
Resources:
  Orders:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: orders
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      Replicas: [{Region: !Ref 'AWS::Region', Tags: [{Key: team, Value: shop}]}${replicas}]
  Key:
    Type: AWS::KMS::Key
    Properties: {MultiRegion: true, EnableKeyRotation: true}
Outputs:
  Key: {Value: !GetAtt Key.Arn}
`

test('a global table and a replica of a key stand in another region, too', async () => {
  const StackName = 'global'
  const dublin =
    ', {Region: eu-west-1, PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}}'
  await cfn.createStack({ StackName, TemplateBody: globalTemplate(dublin) })
  const made = await settled(StackName)
  expect(made).toMatchObject({ failures: [], status: 'CREATE_COMPLETE' })
  const there = { ...under.config(), region: 'eu-west-1' }
  const db = new DynamoDB(there)
  await db.putItem({ TableName: 'orders', Item: { id: { S: '1' } } })
  const { ContinuousBackupsDescription: backups } = await db.describeContinuousBackups({
    TableName: 'orders',
  })
  expect(backups).toMatchObject({
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
  })
  const abroad = new CloudFormation(there)
  await abroad.createStack({
    StackName: 'replica',
    TemplateBody: `
Resources:
  Copy:
    Type: AWS::KMS::ReplicaKey
    Properties:
      PrimaryKeyArn: ${made.outputs['Key']}
      KeyPolicy:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::\${AWS::AccountId}:root'}, Action: 'kms:*', Resource: '*'}]`,
  })
  const KeyId = made.ids['Key']
  expect(await settled('replica', abroad)).toMatchObject({
    failures: [],
    status: 'CREATE_COMPLETE',
  })
  const { KeyMetadata } = await new KMS(there).describeKey({ KeyId })
  expect(KeyMetadata!.MultiRegionConfiguration!.MultiRegionKeyType).toBe('REPLICA')

  await cfn.updateStack({ StackName, TemplateBody: globalTemplate('') })
  expect(await settled(StackName)).toMatchObject({ failures: [], status: 'UPDATE_COMPLETE' })
  const gone = db.describeTable({ TableName: 'orders' })
  await expect(gone).rejects.toThrow('not found')
})
