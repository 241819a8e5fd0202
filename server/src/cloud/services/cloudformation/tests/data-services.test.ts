import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { Lambda } from '@aws-sdk/client-lambda'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type CloudUnderTest, startCloud } from '../../../tests/cloud-under-test.ts'

let under: CloudUnderTest
let cfn: CloudFormation
let db: DynamoDB
let sqs: SQS
let sns: SNS
beforeAll(async () => {
  under = await startCloud()
  cfn = new CloudFormation(under.config())
  db = new DynamoDB(under.config())
  sqs = new SQS(under.config())
  sns = new SNS(under.config())
})
afterAll(() => under.stop())

async function settled(StackName: string) {
  const stack = await vi.waitUntil(
    async () => {
      const { Stacks } = await cfn.describeStacks({ StackName })
      const status = Stacks![0]!.StackStatus!
      return !status.endsWith('IN_PROGRESS') && Stacks![0]!
    },
    { timeout: 60_000 },
  )
  const outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]),
  )
  return { status: stack.StackStatus, reason: stack.StackStatusReason, outputs }
}

const table = (more: string, index: string) => `
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
        - {AttributeName: ${index}, AttributeType: S}
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      GlobalSecondaryIndexes:
        - IndexName: by-${index}
          KeySchema: [{AttributeName: ${index}, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
      Tags: [{Key: team, Value: shop}]
${more}
Outputs:
  Name: {Value: !Ref Orders}
  Arn: {Value: !GetAtt Orders.Arn}
`

test('a table is made as the template says, and changed where it stands', async () => {
  const StackName = 'orders'
  await cfn.createStack({
    StackName,
    TemplateBody: table(
      '      TimeToLiveSpecification: {AttributeName: until, Enabled: true}',
      'customer',
    ),
  })
  const made = await settled(StackName)
  expect(made).toMatchObject({ status: 'CREATE_COMPLETE' })
  const { Name: TableName = '', Arn } = made.outputs
  expect(Arn).toMatch(/:table\/orders-Orders-/)
  await db.putItem({ TableName, Item: { id: { S: '1' }, city: { S: 'Seoul' } } })
  const { TimeToLiveDescription: ttl } = await db.describeTimeToLive({ TableName })
  expect(ttl).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'until' })

  const more = `
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      DeletionProtectionEnabled: false
      TableClass: STANDARD_INFREQUENT_ACCESS`
  await cfn.updateStack({ StackName, TemplateBody: table(more, 'city') })
  const changed = await settled(StackName)
  expect(changed).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { Name: TableName } })
  const { Table } = await db.describeTable({ TableName })
  expect(Table).toMatchObject({
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
  })
  expect(Table!.GlobalSecondaryIndexes!.map(({ IndexName }) => IndexName)).toEqual(['by-city'])
  const { Count } = await db.query({
    TableName,
    IndexName: 'by-city',
    KeyConditionExpression: 'city = :c',
    ExpressionAttributeValues: { ':c': { S: 'Seoul' } },
  })
  expect(Count).toBe(1)
  const { ContinuousBackupsDescription: backups } = await db.describeContinuousBackups({
    TableName,
  })
  expect(backups!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus).toBe('ENABLED')
  await cfn.deleteStack({ StackName })
  await vi.waitUntil(async () => !(await db.listTables({})).TableNames!.includes(TableName), {
    timeout: 60_000,
  })
})

const messages = (delay: number, filter: string) => `
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: ${delay}
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead:
    Type: AWS::SQS::Queue
  Bell:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: Bell}
  Ring:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Bell
      Protocol: sqs
      Endpoint: !GetAtt Jobs.Arn
      RawMessageDelivery: true
      FilterPolicy: {kind: [${filter}]}
  Open:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}]}
  Heard:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Bell]
      PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "sns:Publish", Resource: !Ref Bell}]}
Outputs:
  Queue: {Value: !Ref Jobs}
  Topic: {Value: !Ref Bell}
  QueueName: {Value: !GetAtt Jobs.QueueName}
  TopicName: {Value: !GetAtt Bell.TopicName}
`

test('queues, topics and what binds them deliver', async () => {
  const StackName = 'messages'
  await cfn.createStack({ StackName, TemplateBody: messages(45, 'order') })
  const made = await settled(StackName)
  expect(made).toMatchObject({ status: 'CREATE_COMPLETE' })
  const { Queue: QueueUrl, Topic: TopicArn } = made.outputs
  expect(made.outputs).toMatchObject({
    QueueName: expect.stringMatching(/^messages-Jobs-/),
    TopicName: expect.stringMatching(/^messages-Bell-/),
  })
  const publish = (kind: string) =>
    sns.publish({
      TopicArn,
      Message: kind,
      MessageAttributes: { kind: { DataType: 'String', StringValue: kind } },
    })
  const receive = () =>
    vi.waitUntil(
      async () => {
        const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 1 })
        return Messages?.[0]?.Body
      },
      { timeout: 60_000 },
    )
  await publish('other')
  await publish('order')
  expect(await receive()).toBe('order')

  await cfn.updateStack({ StackName, TemplateBody: messages(60, 'other') })
  const changed = await settled(StackName)
  expect(changed).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: { Queue: QueueUrl } })
  const { Attributes } = await sqs.getQueueAttributes({
    QueueUrl,
    AttributeNames: ['VisibilityTimeout'],
  })
  expect(Attributes).toEqual({ VisibilityTimeout: '60' })
  await publish('other')
  expect(await receive()).toBe('other')
  await cfn.deleteStack({ StackName })
  await vi.waitUntil(async () => ((await sns.listTopics({})).Topics ?? []).length === 0, {
    timeout: 60_000,
  })
})

test('a function reads a queue by a mapping of its stack', async () => {
  const template = (batch: number) => `
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]}
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]
  Worker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "exports.handler = async () => ({})"}
  Reads:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker, BatchSize: ${batch}, Tags: [{Key: batch, Value: '${batch}'}]}
Outputs:
  Mapping: {Value: !Ref Reads}
  Queue: {Value: !Ref Jobs}
`
  const StackName = 'reader'
  const Capabilities = ['CAPABILITY_IAM' as const]
  await cfn.createStack({ StackName, TemplateBody: template(5), Capabilities })
  const made = await settled(StackName)
  expect(made).toMatchObject({ status: 'CREATE_COMPLETE' })
  const QueueUrl = made.outputs['Queue']!
  await sqs.sendMessage({ QueueUrl, MessageBody: 'work' })
  const left = async () => {
    const AttributeNames = [
      'ApproximateNumberOfMessages' as const,
      'ApproximateNumberOfMessagesNotVisible' as const,
    ]
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl, AttributeNames })
    return Object.values(Attributes!).map(Number)
  }
  await expect.poll(left).toEqual([0, 0])
  await cfn.updateStack({ StackName, TemplateBody: template(7), Capabilities })
  expect(await settled(StackName)).toMatchObject({ status: 'UPDATE_COMPLETE' })
  const lambda = new Lambda(under.config())
  const UUID = made.outputs['Mapping']!
  const mapping = await lambda.getEventSourceMapping({ UUID })
  expect(mapping).toMatchObject({ BatchSize: 7 })
  const { Tags } = await lambda.listTags({ Resource: mapping.EventSourceMappingArn })
  expect(Tags).toMatchObject({ batch: '7', 'aws:cloudformation:logical-id': 'Reads' })
  await cfn.deleteStack({ StackName })
  await expect
    .poll(() => lambda.getEventSourceMapping({ UUID }).then(String, (e: Error) => e.name))
    .toBe('ResourceNotFoundException')
})
