import { createLog } from '../../../kernel/index.ts'
import { type CloudUnderTest, startCloud } from '../cloud-under-test.ts'
import { Recorder, type Names } from './requests.ts'
import type { WireRequest } from './wire.ts'

export interface FuzzYard {
  under: CloudUnderTest
  /** A valid request of each kind that was made to fill the cloud. */
  recorded: WireRequest[]
  recorders: Map<string, Recorder>
  names: Names
  /** What the server's own log calls an error: faults, even when a client saw none. */
  errors: string[]
  stop(): Promise<void>
}

const ids = [
  's3',
  's3control',
  'dynamodb',
  'dynamodb-streams',
  'kinesis',
  'sqs',
  'sns',
  'events',
  'iam',
  'sts',
  'kms',
  'logs',
  'cloudwatch',
  'lambda',
  'cloudformation',
  'ssm',
  'ecr',
] as const

/** A cloud with a little of everything in it, and the requests that made it so. */
export async function openYard(): Promise<FuzzYard> {
  const errors: string[] = []
  const write = (line: string) => void errors.push(line)
  const under = await startCloud({}, { log: createLog({ level: 'error', format: 'text', write }) })
  const recorders = new Map<string, Recorder>(ids.map((id) => [id, new Recorder(under, id)]))
  const names = await fill((id) => recorders.get(id)!)
  const recorded = [...recorders.values()].flatMap(({ requests }) => requests)
  return {
    under,
    recorded,
    recorders,
    names,
    errors,
    async stop() {
      for (const recorder of recorders.values()) recorder.destroy()
      await under.stop()
    },
  }
}

type Of = (id: (typeof ids)[number]) => Recorder

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: '*' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
  ],
})
const policy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:Get*'], Resource: ['arn:aws:s3:::fuzz/*'] }],
})

async function fill(of: Of): Promise<Names> {
  return {
    ...(await fillObjects(of('s3'))),
    ...(await fillTables(of('dynamodb'), of('kinesis'))),
    ...(await fillQueues(of('sqs'), of('sns'))),
    ...(await fillIdentities(of('iam'), of('sts'))),
    ...(await fillKeys(of('kms'))),
    ...(await fillStores(of('ssm'), of('ecr'))),
    ...(await fillTheRest(of)),
    Policy: policy,
    PolicyDocument: policy,
    AssumeRolePolicyDocument: trust,
    // Long polls are right to take their time.
    WaitTimeSeconds: 0,
  }
}

async function fillObjects(s3: Recorder): Promise<Names> {
  const Bucket = 'my-bucket'
  const at = { Bucket, Key: 'k/1' }
  await s3.call('CreateBucket', { Bucket })
  const VersioningConfiguration = { Status: 'Enabled' }
  await s3.call('PutBucketVersioning', { Bucket, VersioningConfiguration })
  await s3.call('PutObject', { ...at, Body: Buffer.from('a,b\n1,2\n'), Metadata: { m: 'v' } })
  const { VersionId } = await s3.call('GetObject', at)
  await s3.call('PutObjectTagging', { ...at, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })
  await s3.call('CopyObject', { ...at, Key: 'k/2', CopySource: `${Bucket}/k/1` })
  await s3.call('ListObjectsV2', { Bucket, Prefix: 'k', Delimiter: '/', MaxKeys: 2 })
  await s3.call('ListObjectVersions', { Bucket, MaxKeys: 1 })
  const { UploadId } = await s3.call('CreateMultipartUpload', { ...at, Key: 'k/3' })
  const part = { Bucket, Key: 'k/3', UploadId, PartNumber: 1, Body: Buffer.from('part') }
  await s3.call('UploadPart', part)
  await s3.call('DeleteObjects', { Bucket, Delete: { Objects: [{ Key: 'k/9' }], Quiet: true } })
  const Rules = [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: 'x' }, Expiration: { Days: 9 } }]
  const LifecycleConfiguration = { Rules }
  await s3.call('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration })
  const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }]
  await s3.call('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules } })
  return { Bucket, Key: 'k/1', UploadId, VersionId, CopySource: `${Bucket}/k/1` }
}

async function fillStores(ssm: Recorder, ecr: Recorder): Promise<Names> {
  for (const Type of ['String', 'SecureString']) {
    await ssm.call('PutParameter', { Name: `/fuzz/${Type}`, Value: 'x', Type })
  }
  await ssm.call('GetParameters', { Names: ['/fuzz/String:1'], WithDecryption: true })
  const ParameterFilters = [{ Key: 'Name', Option: 'Contains', Values: ['fuzz'] }]
  await ssm.call('DescribeParameters', { ParameterFilters })
  const repositoryName = 'fuzz'
  await ecr.call('CreateRepository', { repositoryName })
  await ecr.call('BatchGetImage', { repositoryName, imageIds: [{ imageTag: 'none' }] })
  return { repositoryName }
}

async function fillTables(dynamodb: Recorder, kinesis: Recorder): Promise<Names> {
  const TableName = 'fuzz'
  const made = await dynamodb.call('CreateTable', {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  })
  const Item = { a: { S: 'x' }, n: { N: '1' }, l: { L: [{ BOOL: true }, { B: Buffer.from('b') }] } }
  await dynamodb
    .call('PutItem', {
      TableName,
      Item,
      ConditionExpression: 'attribute_exists(a) OR n < :n',
      ExpressionAttributeValues: { ':n': { N: '5' } },
    })
    .catch(() => undefined)
  await dynamodb.call('PutItem', { TableName, Item })
  await dynamodb.call('UpdateItem', {
    TableName,
    Key: { a: { S: 'x' } },
    UpdateExpression: 'SET #c = if_not_exists(#c, :z) + :n REMOVE l[0]',
    ExpressionAttributeNames: { '#c': 'c' },
    ExpressionAttributeValues: { ':n': { N: '5' }, ':z': { N: '0' } },
  })
  await dynamodb.call('Query', {
    TableName,
    KeyConditionExpression: 'a = :a',
    FilterExpression: 'size(l) > :n AND begins_with(t, :a)',
    ProjectionExpression: 'a, l[0], n',
    ExpressionAttributeValues: { ':a': { S: 'x' }, ':n': { N: '0' } },
  })
  await dynamodb.call('TransactWriteItems', { TransactItems: [{ Put: { TableName, Item } }] })
  await dynamodb.call('BatchGetItem', {
    RequestItems: { [TableName]: { Keys: [{ a: { S: 'x' } }] } },
  })
  const Statement = `SELECT a, n FROM "${TableName}" WHERE a = 'x'`
  await dynamodb.call('ExecuteStatement', { Statement })
  const StreamName = 'fuzz'
  await kinesis.call('CreateStream', { StreamName, ShardCount: 1 })
  const Data = Buffer.from('data')
  await kinesis.call('PutRecords', { StreamName, Records: [{ Data, PartitionKey: 'p' }] })
  const { ShardIterator } = await kinesis.call('GetShardIterator', {
    StreamName,
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON',
  })
  await kinesis.call('GetRecords', { ShardIterator, Limit: 5 })
  const { TableArn, LatestStreamArn } = made['TableDescription'] as Names
  const more = { Statement, ShardIterator, ShardId: 'shardId-000000000000', AttributeName: 'a' }
  return { TableName, TableArn, StreamArn: LatestStreamArn, StreamName, ...more }
}

async function fillQueues(sqs: Recorder, sns: Recorder): Promise<Names> {
  const { QueueUrl } = await sqs.call('CreateQueue', { QueueName: 'fuzz' })
  const MessageAttributes = { m: { DataType: 'String', StringValue: 'v' } }
  await sqs.call('SendMessage', { QueueUrl, MessageBody: '안녕', MessageAttributes })
  const { Messages } = await sqs.call('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 0 })
  const [{ ReceiptHandle }] = Messages as [{ ReceiptHandle: string }]
  await sqs.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 9 })
  const Entries = [{ Id: '1', MessageBody: 'x' }]
  await sqs.call('SendMessageBatch', { QueueUrl, Entries })
  const { TopicArn } = await sns.call('CreateTopic', { Name: 'fuzz' })
  const { SubscriptionArn } = await sns.call('Subscribe', {
    TopicArn,
    Protocol: 'sqs',
    Endpoint: 'arn:aws:sqs:ap-northeast-2:000000000000:fuzz',
    Attributes: { FilterPolicy: '{"a":["b",{"prefix":"c"}]}' },
    ReturnSubscriptionArn: true,
  })
  await sns.call('Publish', { TopicArn, Message: 'm', MessageAttributes })
  return { QueueUrl, QueueName: 'fuzz', ReceiptHandle, TopicArn, SubscriptionArn, Protocol: 'sqs' }
}

async function fillIdentities(iam: Recorder, sts: Recorder): Promise<Names> {
  await iam.call('CreateUser', { UserName: 'fuzz', Tags: [{ Key: 'a', Value: 'b' }] })
  await iam.call('CreateGroup', { GroupName: 'fuzz' })
  const role = { RoleName: 'fuzz', AssumeRolePolicyDocument: trust }
  const { Role } = await iam.call('CreateRole', role)
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'fuzz', PolicyDocument: policy })
  const PolicyArn = (Policy as Names)['Arn']
  await iam.call('AttachRolePolicy', { RoleName: 'fuzz', PolicyArn })
  await iam.call('PutUserPolicy', { UserName: 'fuzz', PolicyName: 'in', PolicyDocument: policy })
  await iam.call('SimulateCustomPolicy', {
    PolicyInputList: [policy],
    ActionNames: ['s3:GetObject'],
    ResourceArns: ['arn:aws:s3:::fuzz/x'],
  })
  const RoleArn = (Role as Names)['Arn']
  await sts.call('AssumeRole', { RoleArn, RoleSessionName: 'fuzz', Policy: policy })
  await sts.call('GetCallerIdentity', {})
  return {
    UserName: 'fuzz',
    GroupName: 'fuzz',
    RoleName: 'fuzz',
    RoleArn,
    PolicyArn,
    VersionId: 'v1',
  }
}

async function fillKeys(kms: Recorder): Promise<Names> {
  const { KeyMetadata } = await kms.call('CreateKey', {})
  const { KeyId } = KeyMetadata as { KeyId: string }
  await kms.call('CreateAlias', { AliasName: 'alias/fuzz', TargetKeyId: KeyId })
  const { CiphertextBlob } = await kms.call('Encrypt', { KeyId, Plaintext: Buffer.from('p') })
  await kms.call('Decrypt', { CiphertextBlob })
  await kms.call('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  return { KeyId, TargetKeyId: KeyId, AliasName: 'alias/fuzz', CiphertextBlob }
}

async function fillTheRest(of: Of): Promise<Names> {
  const logs = of('logs')
  const group = { logGroupName: 'fuzz' }
  await logs.call('CreateLogGroup', group)
  await logs.call('CreateLogStream', { ...group, logStreamName: 's' })
  const logEvents = [{ timestamp: Date.now(), message: 'm 1' }]
  await logs.call('PutLogEvents', { ...group, logStreamName: 's', logEvents })
  await logs.call('FilterLogEvents', { ...group, filterPattern: '?m "1"' })
  const cloudwatch = of('cloudwatch')
  const MetricData = [{ MetricName: 'm', Value: 1, Dimensions: [{ Name: 'd', Value: 'v' }] }]
  await cloudwatch.call('PutMetricData', { Namespace: 'fuzz', MetricData })
  const EndTime = new Date()
  const StartTime = new Date(EndTime.getTime() - 3_600_000)
  const of1 = { Namespace: 'fuzz', MetricName: 'm', StartTime, EndTime, Period: 60 }
  await cloudwatch.call('GetMetricStatistics', { ...of1, Statistics: ['Sum'] })
  await of('lambda').call('ListFunctions', {})
  const TemplateBody = JSON.stringify({
    Parameters: { P: { Type: 'String', Default: 'x' } },
    Resources: {
      Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': 'q-${P}' } } },
    },
  })
  await of('cloudformation').call('CreateStack', { StackName: 'fuzz', TemplateBody })
  await of('cloudformation').call('ValidateTemplate', { TemplateBody })
  const more = { AccountId: '000000000000', Namespace: 'fuzz', MetricName: 'm', StackName: 'fuzz' }
  return { ...group, logStreamName: 's', TemplateBody, ...more }
}
