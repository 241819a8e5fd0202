import type { Structure, Value } from '../value.ts'

/** Actions on resources; a resource is `service:…` after region and account, or an ARN's rest with `::`. */
interface Rule {
  actions: string
  on: string[]
}

interface PolicyTemplate {
  parameters: string[]
  rules: Rule[]
}

const of = (
  parameters: string,
  ...rules: [actions: string, ...on: string[]][]
): PolicyTemplate => ({
  parameters: parameters === '' ? [] : parameters.split(' '),
  rules: rules.map(([actions, ...on]) => ({ actions, on })),
})

const table = 'dynamodb:table/${tableName}'
const tableAndIndexes = [table, `${table}/index/*`]
const backups = `${table}/backup/*`
const bucket = 's3:::${bucketName}'
const key = 'kms:key/${keyId}'
const stream = 'kinesis:stream/${streamName}'
const queue = 'sqs:${queueName}'

/**
 * SAM's policy templates for the services that are here (AWS SAM developer guide, "Policy template list").
 */
const templates: Record<string, PolicyTemplate> = {
  CloudFormationDescribeStacksPolicy: of('', [
    'cloudformation:DescribeStacks',
    'cloudformation:stack/*',
  ]),
  CloudWatchDashboardPolicy: of('', [
    'cloudwatch:GetDashboard cloudwatch:ListDashboards cloudwatch:PutDashboard cloudwatch:ListMetrics',
  ]),
  CloudWatchDescribeAlarmHistoryPolicy: of('', ['cloudwatch:DescribeAlarmHistory']),
  CloudWatchPutMetricPolicy: of('', ['cloudwatch:PutMetricData']),
  DynamoDBBackupFullAccessPolicy: of(
    'TableName',
    ['dynamodb:CreateBackup dynamodb:DescribeContinuousBackups', table],
    ['dynamodb:DeleteBackup dynamodb:DescribeBackup dynamodb:ListBackups', backups],
  ),
  DynamoDBCrudPolicy: of('TableName', [
    'dynamodb:GetItem dynamodb:DeleteItem dynamodb:PutItem dynamodb:Scan dynamodb:Query ' +
      'dynamodb:UpdateItem dynamodb:BatchWriteItem dynamodb:BatchGetItem dynamodb:DescribeTable ' +
      'dynamodb:ConditionCheckItem',
    ...tableAndIndexes,
  ]),
  DynamoDBReadPolicy: of('TableName', [
    'dynamodb:GetItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem dynamodb:DescribeTable',
    ...tableAndIndexes,
  ]),
  DynamoDBReconfigurePolicy: of('TableName', ['dynamodb:UpdateTable', table]),
  DynamoDBRestoreFromBackupPolicy: of(
    'TableName',
    ['dynamodb:RestoreTableFromBackup', backups],
    [
      'dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:GetItem dynamodb:Query ' +
        'dynamodb:Scan dynamodb:BatchWriteItem',
      table,
    ],
  ),
  DynamoDBStreamReadPolicy: of(
    'StreamName TableName',
    [
      'dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator',
      `${table}/stream/\${streamName}`,
    ],
    ['dynamodb:ListStreams', `${table}/stream/*`],
  ),
  DynamoDBWritePolicy: of('TableName', [
    'dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem',
    ...tableAndIndexes,
  ]),
  EventBridgePutEventsPolicy: of('EventBusName', [
    'events:PutEvents',
    'events:event-bus/${eventBusName}',
  ]),
  FilterLogEventsPolicy: of('LogGroupName', [
    'logs:FilterLogEvents',
    'logs:log-group:${logGroupName}:log-stream:*',
  ]),
  KMSDecryptPolicy: of('KeyId', ['kms:Decrypt', key]),
  KMSEncryptPolicy: of('KeyId', ['kms:Encrypt', key]),
  KMSEncryptPolicy_v2: of('KeyId', [
    'kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:GenerateDataKeyPair ' +
      'kms:GenerateDataKeyPairWithoutPlaintext',
    key,
  ]),
  KinesisCrudPolicy: of('StreamName', [
    'kinesis:AddTagsToStream kinesis:CreateStream kinesis:DecreaseStreamRetentionPeriod ' +
      'kinesis:DeleteStream kinesis:DescribeStream kinesis:DescribeStreamSummary ' +
      'kinesis:GetShardIterator kinesis:IncreaseStreamRetentionPeriod kinesis:ListTagsForStream ' +
      'kinesis:MergeShards kinesis:PutRecord kinesis:PutRecords kinesis:SplitShard ' +
      'kinesis:RemoveTagsFromStream',
    stream,
  ]),
  KinesisStreamReadPolicy: of(
    'StreamName',
    ['kinesis:ListStreams kinesis:DescribeLimits', 'kinesis:stream/*'],
    [
      'kinesis:DescribeStream kinesis:DescribeStreamSummary kinesis:GetRecords ' +
        'kinesis:GetShardIterator',
      stream,
    ],
  ),
  LambdaInvokePolicy: of('FunctionName', [
    'lambda:InvokeFunction',
    'lambda:function:${functionName}*',
  ]),
  S3CrudPolicy: of('BucketName', [
    's3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:PutObject ' +
      's3:PutObjectAcl s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration s3:DeleteObject',
    bucket,
    `${bucket}/*`,
  ]),
  S3FullAccessPolicy: of(
    'BucketName',
    [
      's3:GetObject s3:GetObjectAcl s3:GetObjectVersion s3:PutObject s3:PutObjectAcl ' +
        's3:DeleteObject s3:DeleteObjectTagging s3:DeleteObjectVersionTagging ' +
        's3:GetObjectTagging s3:GetObjectVersionTagging s3:PutObjectTagging ' +
        's3:PutObjectVersionTagging',
      `${bucket}/*`,
    ],
    [
      's3:ListBucket s3:GetBucketLocation s3:GetLifecycleConfiguration s3:PutLifecycleConfiguration',
      bucket,
    ],
  ),
  S3ReadPolicy: of('BucketName', [
    's3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion ' +
      's3:GetLifecycleConfiguration',
    bucket,
    `${bucket}/*`,
  ]),
  S3WritePolicy: of('BucketName', [
    's3:PutObject s3:PutObjectAcl s3:PutLifecycleConfiguration',
    bucket,
    `${bucket}/*`,
  ]),
  SNSCrudPolicy: of('TopicName', [
    'sns:ListSubscriptionsByTopic sns:CreateTopic sns:SetTopicAttributes sns:Subscribe sns:Publish',
    'sns:${topicName}*',
  ]),
  SNSPublishMessagePolicy: of('TopicName', ['sns:Publish', 'sns:${topicName}']),
  SQSPollerPolicy: of('QueueName', [
    'sqs:ChangeMessageVisibility sqs:ChangeMessageVisibilityBatch sqs:DeleteMessage ' +
      'sqs:DeleteMessageBatch sqs:GetQueueAttributes sqs:ReceiveMessage',
    queue,
  ]),
  SQSSendMessagePolicy: of('QueueName', ['sqs:SendMessage*', queue]),
  VPCAccessPolicy: of('', [
    'ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces ' +
      'ec2:DetachNetworkInterface',
  ]),
}

/** What a policy template says with these parameters; a text is why it can't say it. */
export function policyFromTemplate(name: string, given: Structure): Structure | string | undefined {
  const template = Object.hasOwn(templates, name) ? templates[name] : undefined
  if (!template) return undefined
  const missing = template.parameters.filter((parameter) => given[parameter] === undefined)
  if (missing.length > 0) {
    return `Following required parameters of template '${name}' don't have values: [${missing.map((one) => `'${one}'`).join(', ')}]`
  }
  const Statement = template.rules.map(({ actions, on }) => ({
    Action: actions.split(' '),
    Effect: 'Allow',
    Resource: on.length === 0 ? '*' : oneOrAll(on.map((resource) => arnOf(resource, given))),
  }))
  return { Statement }
}

const oneOrAll = (values: Value[]): Value => (values.length === 1 ? values[0]! : values)

/** `dynamodb:table/${tableName}` with the region, the account and the parameter's value. */
function arnOf(resource: string, given: Structure): Value {
  const [service, rest] = [
    resource.slice(0, resource.indexOf(':')),
    resource.slice(resource.indexOf(':') + 1),
  ]
  const place = rest.startsWith('::') ? rest : `\${AWS::Region}:\${AWS::AccountId}:${rest}`
  const text = `arn:\${AWS::Partition}:${service}:${place}`
  const names = [...rest.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!)
  if (names.length === 0) return { 'Fn::Sub': text }
  const values = names.map((name) => [name, given[name[0]!.toUpperCase() + name.slice(1)]!])
  return { 'Fn::Sub': [text, Object.fromEntries(values) as Structure] }
}
