// A short story of a service, told with the AWS SDK v3.
import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import {
  CloudFormation,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDB, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { Kinesis, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { KMS } from '@aws-sdk/client-kms'
import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { S3, waitUntilBucketExists } from '@aws-sdk/client-s3'
import { S3Control } from '@aws-sdk/client-s3-control'
import { SNS } from '@aws-sdk/client-sns'
import { SQS } from '@aws-sdk/client-sqs'
import { STS } from '@aws-sdk/client-sts'
import { Upload } from '@aws-sdk/lib-storage'
import { zipSync } from 'fflate'
import { expect } from 'vitest'
import type { awsConfig } from '../kit/aws.ts'

export type ClientConfig = ReturnType<typeof awsConfig>

const refusal = (name: string) => expect.objectContaining({ name })
const bytes = (text: string) => new TextEncoder().encode(text)
const atMost = { maxWaitTime: 120, minDelay: 1, maxDelay: 1 } // seconds

function trusting(Principal: object): string {
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

async function s3(config: ClientConfig): Promise<void> {
  const client = new S3({ ...config, forcePathStyle: true })
  const Bucket = 'sdk-photos'
  await client.createBucket({ Bucket })
  await waitUntilBucketExists({ client, ...atMost }, { Bucket })
  const Body = Buffer.alloc(12_000_000, 'madang')
  await new Upload({ client, params: { Bucket, Key: 'large', Body } }).done()
  const large = await client.getObject({ Bucket, Key: 'large', Range: 'bytes=6000000-6000005' })
  expect(await large.Body!.transformToString()).toBe('madang')
  await expect(client.getObject({ Bucket, Key: 'none' })).rejects.toEqual(refusal('NoSuchKey'))
  const twice = client.putObject({ Bucket, Key: 'large', Body: '', IfNoneMatch: '*' })
  await expect(twice).rejects.toEqual(refusal('PreconditionFailed'))
  const Delete = { Objects: [{ Key: 'large' }] }
  expect((await client.deleteObjects({ Bucket, Delete })).Deleted).toEqual([{ Key: 'large' }])
  await client.deleteBucket({ Bucket })
}

/** S3 Control puts the account before the endpoint's name; not every machine knows `*.localhost`. */
function anyNameIsHere() {
  const lookup: LookupFunction = (_name, { all }, done) =>
    all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
  return { httpAgent: new Agent({ lookup }) }
}

async function s3control(config: ClientConfig): Promise<void> {
  const { Account: AccountId } = await new STS(config).getCallerIdentity({})
  const endpoint = config.endpoint.replace('127.0.0.1', 'localhost')
  const client = new S3Control({ ...config, endpoint, requestHandler: anyNameIsHere() })
  const bucket = new S3({ ...config, forcePathStyle: true })
  await bucket.createBucket({ Bucket: 'sdk-shared' })
  const point = { AccountId, Name: 'sdk-door' }
  await client.createAccessPoint({ ...point, Bucket: 'sdk-shared' })
  const { AccessPointList } = await client.listAccessPoints({ AccountId, Bucket: 'sdk-shared' })
  expect(AccessPointList?.map(({ Name }) => Name)).toEqual(['sdk-door'])
  await client.deleteAccessPoint(point)
  await expect(client.getAccessPoint(point)).rejects.toEqual(refusal('NoSuchAccessPoint'))
}

async function dynamodb(config: ClientConfig): Promise<void> {
  const client = new DynamoDB(config)
  const TableName = 'sdk-orders'
  await client.createTable({
    TableName,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  })
  await waitUntilTableExists({ client, ...atMost }, { TableName })
  const put = (id: string) => ({
    Put: {
      TableName,
      Item: { id: { S: id } },
      ConditionExpression: 'attribute_not_exists(id)',
    },
  })
  await client.transactWriteItems({ TransactItems: [put('one'), put('two')] })
  const again = client.transactWriteItems({ TransactItems: [put('three'), put('two')] })
  await expect(again).rejects.toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
  })
  expect((await client.scan({ TableName })).Count).toBe(2)
  const { Table } = await client.describeTable({ TableName })
  const streams = new DynamoDBStreams(config)
  const StreamArn = Table!.LatestStreamArn
  const { StreamDescription } = await streams.describeStream({ StreamArn })
  const { ShardIterator } = await streams.getShardIterator({
    StreamArn,
    ShardId: StreamDescription!.Shards![0]!.ShardId,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  const { Records } = await streams.getRecords({ ShardIterator })
  expect(Records?.map(({ dynamodb: change }) => change?.NewImage?.['id']?.S)).toEqual([
    'one',
    'two',
  ])
  await client.deleteTable({ TableName })
}

async function events(config: ClientConfig): Promise<void> {
  const client = new EventBridge(config)
  const sqs = new SQS(config)
  const { QueueUrl } = await sqs.createQueue({ QueueName: 'sdk-placed' })
  const given = { QueueUrl, AttributeNames: ['QueueArn' as const] }
  const { Attributes } = await sqs.getQueueAttributes(given)
  const Name = 'sdk-placed'
  await client.putRule({ Name, EventPattern: JSON.stringify({ source: ['sdk-shop'] }) })
  const Targets = [{ Id: 'queue', Arn: Attributes!['QueueArn'], InputPath: '$.detail' }]
  await client.putTargets({ Rule: Name, Targets })
  const Detail = JSON.stringify({ id: 1 })
  await client.putEvents({ Entries: [{ Source: 'sdk-shop', DetailType: 'placed', Detail }] })
  const { Messages } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 })
  expect(Messages?.map(({ Body }) => Body)).toEqual([Detail])
  await client.removeTargets({ Rule: Name, Ids: ['queue'] })
  await client.deleteRule({ Name })
  await sqs.deleteQueue({ QueueUrl })
}

async function kinesis(config: ClientConfig): Promise<void> {
  const client = new Kinesis(config)
  const StreamName = 'sdk-clicks'
  await client.createStream({ StreamName, ShardCount: 1 })
  await waitUntilStreamExists({ client, ...atMost }, { StreamName })
  const record = { StreamName, PartitionKey: 'a', Data: bytes('hello') }
  const { ShardId } = await client.putRecord(record)
  const from = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
  const { ShardIterator } = await client.getShardIterator(from)
  const { Records } = await client.getRecords({ ShardIterator })
  expect(Records?.map(({ Data }) => Buffer.from(Data!).toString())).toEqual(['hello'])
  await client.deleteStream({ StreamName })
}

async function sqs(config: ClientConfig): Promise<void> {
  const client = new SQS(config)
  const { QueueUrl } = await client.createQueue({ QueueName: 'sdk-jobs' })
  const Entries = ['a', 'b', 'c'].map((Id) => ({ Id, MessageBody: Id }))
  expect((await client.sendMessageBatch({ QueueUrl, Entries })).Successful).toHaveLength(3)
  const { Messages = [] } = await client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 })
  expect(Messages.map(({ Body }) => Body).toSorted()).toEqual(['a', 'b', 'c'])
  const done = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }))
  await client.deleteMessageBatch({ QueueUrl, Entries: done })
  await client.deleteQueue({ QueueUrl })
  const gone = client.getQueueUrl({ QueueName: 'sdk-none' })
  await expect(gone).rejects.toEqual(refusal('QueueDoesNotExist'))
}

async function sns(config: ClientConfig): Promise<void> {
  const [client, queues] = [new SNS(config), new SQS(config)]
  const { TopicArn } = await client.createTopic({ Name: 'sdk-news' })
  const { QueueUrl } = await queues.createQueue({ QueueName: 'sdk-news' })
  const { Attributes } = await queues.getQueueAttributes({
    QueueUrl,
    AttributeNames: ['QueueArn'],
  })
  await client.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: Attributes!['QueueArn'] })
  await client.publish({ TopicArn, Message: 'it is out', Subject: 'release' })
  const { Messages } = await queues.receiveMessage({ QueueUrl, WaitTimeSeconds: 20 })
  const told = JSON.parse(Messages![0]!.Body!) as unknown
  expect(told).toMatchObject({ Type: 'Notification', Message: 'it is out', Subject: 'release' })
  await client.deleteTopic({ TopicArn })
}

async function iam(config: ClientConfig): Promise<void> {
  const client = new IAM(config)
  await client.createGroup({ GroupName: 'sdk-team' })
  await client.createUser({ UserName: 'sdk-sora' })
  await client.addUserToGroup({ GroupName: 'sdk-team', UserName: 'sdk-sora' })
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
  await client.attachGroupPolicy({ GroupName: 'sdk-team', PolicyArn })
  const { AccessKey } = await client.createAccessKey({ UserName: 'sdk-sora' })
  const credentials = {
    accessKeyId: AccessKey!.AccessKeyId!,
    secretAccessKey: AccessKey!.SecretAccessKey!,
  }
  const theirs = new S3({ ...config, credentials, forcePathStyle: true })
  expect((await theirs.listBuckets({})).$metadata.httpStatusCode).toBe(200)
  const made = theirs.createBucket({ Bucket: 'sdk-not-allowed' })
  await expect(made).rejects.toEqual(refusal('AccessDenied'))
}

async function sts(config: ClientConfig): Promise<void> {
  const RoleName = 'sdk-deploy'
  const AssumeRolePolicyDocument = trusting({ AWS: '*' })
  const { Role } = await new IAM(config).createRole({ RoleName, AssumeRolePolicyDocument })
  const asked = { RoleArn: Role!.Arn, RoleSessionName: 'story' }
  const { Credentials } = await new STS(config).assumeRole(asked)
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  }
  const { Arn } = await new STS({ ...config, credentials }).getCallerIdentity({})
  expect(Arn).toMatch(/:assumed-role\/sdk-deploy\/story$/)
}

async function kms(config: ClientConfig): Promise<void> {
  const client = new KMS(config)
  const { KeyMetadata } = await client.createKey({})
  const KeyId = KeyMetadata!.KeyId!
  const EncryptionContext = { of: 'story' }
  const data = await client.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext })
  const CiphertextBlob = data.CiphertextBlob!
  const opened = await client.decrypt({ CiphertextBlob, EncryptionContext })
  expect(Buffer.from(opened.Plaintext!)).toEqual(Buffer.from(data.Plaintext!))
  const otherwise = client.decrypt({ CiphertextBlob })
  await expect(otherwise).rejects.toEqual(refusal('InvalidCiphertextException'))
  await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
}

const SOURCE = `exports.handler = async ({ name }) => {
  console.log('asked for ' + name)
  return { hello: name }
}`

async function lambda(config: ClientConfig): Promise<void> {
  const client = new Lambda(config)
  const AssumeRolePolicyDocument = trusting({ Service: 'lambda.amazonaws.com' })
  const role = { RoleName: 'sdk-hello', AssumeRolePolicyDocument }
  const { Role } = await new IAM(config).createRole(role)
  const FunctionName = 'sdk-hello'
  const ZipFile = zipSync({ 'index.js': bytes(SOURCE) })
  const code = { Runtime: 'nodejs22.x' as const, Handler: 'index.handler', Code: { ZipFile } }
  await client.createFunction({ FunctionName, Role: Role!.Arn, Timeout: 30, ...code })
  await waitUntilFunctionActiveV2({ client, ...atMost }, { FunctionName })
  const Payload = JSON.stringify({ name: 'yard' })
  const called = await client.invoke({ FunctionName, Payload, LogType: 'Tail' })
  expect(JSON.parse(Buffer.from(called.Payload!).toString())).toEqual({ hello: 'yard' })
  expect(Buffer.from(called.LogResult!, 'base64').toString()).toContain('asked for yard')
  await client.deleteFunction({ FunctionName })
}

async function logs(config: ClientConfig): Promise<void> {
  const client = new CloudWatchLogs(config)
  const group = { logGroupName: '/sdk/app' }
  await client.createLogGroup(group)
  await client.createLogStream({ ...group, logStreamName: 'one' })
  const timestamp = Date.now()
  const logEvents = ['GET / 200', 'GET /x 404'].map((message) => ({ timestamp, message }))
  await client.putLogEvents({ ...group, logStreamName: 'one', logEvents })
  const { events } = await client.filterLogEvents({ ...group, filterPattern: '404' })
  expect(events?.map(({ message }) => message)).toEqual(['GET /x 404'])
  await client.deleteLogGroup(group)
}

async function cloudwatch(config: ClientConfig): Promise<void> {
  const client = new CloudWatch(config)
  const MetricData = [1, 2, 4].map((Value) => ({ MetricName: 'Visits', Value }))
  await client.putMetricData({ Namespace: 'Sdk', MetricData })
  const Metric = { Namespace: 'Sdk', MetricName: 'Visits' }
  const hourMs = 3_600_000
  const { MetricDataResults } = await client.getMetricData({
    StartTime: new Date(Date.now() - hourMs),
    EndTime: new Date(Date.now() + hourMs),
    MetricDataQueries: [
      { Id: 'sum', MetricStat: { Metric, Period: 3600, Stat: 'Sum' }, ReturnData: false },
      { Id: 'twice', Expression: 'sum * 2' },
    ],
  })
  expect(MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([['twice', [14]]])
}

const template = {
  Resources: {
    Key: { Type: 'AWS::KMS::Key', Properties: { Description: 'of a story' } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
  },
  Outputs: { Table: { Value: { Ref: 'Table' } } },
}

async function cloudformation(config: ClientConfig): Promise<void> {
  const client = new CloudFormation(config)
  const StackName = 'sdk-stack'
  await client.createStack({ StackName, TemplateBody: JSON.stringify(template) })
  await waitUntilStackCreateComplete({ client, ...atMost }, { StackName })
  const { Stacks } = await client.describeStacks({ StackName })
  const TableName = Stacks![0]!.Outputs![0]!.OutputValue!
  expect(TableName).toMatch(/^sdk-stack-Table-/)
  await new DynamoDB(config).putItem({ TableName, Item: { id: { S: 'one' } } })
  await client.deleteStack({ StackName })
  await waitUntilStackDeleteComplete({ client, ...atMost }, { StackName })
}

/** By the service's name. */
export const sdkStories = {
  s3,
  s3control,
  dynamodb,
  kinesis,
  events,
  sqs,
  sns,
  iam,
  sts,
  kms,
  lambda,
  logs,
  cloudwatch,
  cloudformation,
}
