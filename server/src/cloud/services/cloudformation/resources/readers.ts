import type { Aws } from '../../../gateway/index.ts'
import type { Structure, Value } from '../model.ts'
import { iamReaders } from './iam-readers.ts'
import { list, structure } from './property.ts'
import { bucketReader } from './s3-reader.ts'

/** What was read, under the properties' own names; undefined is one that is not set. */
export type Found = Record<string, unknown>

/** What a resource is now; undefined: it is gone. Types without are not checked. */
export type Reader = (aws: Aws, physicalId: string, given: Structure) => Promise<Found | undefined>

const jsonAttributes = new Set(['RedrivePolicy', 'RedriveAllowPolicy', 'ArchivePolicy'])

const unsetAttributes: Found = {
  ArchivePolicy: undefined,
  DisplayName: undefined,
  KmsMasterKeyId: undefined,
  RedriveAllowPolicy: undefined,
  RedrivePolicy: undefined,
}

/** Attributes under their own names, those that hold JSON opened. */
function opened(attributes: Record<string, string | undefined>): Found {
  const entries = Object.entries(attributes).flatMap(([name, text]): [string, Value][] => {
    if (text === undefined) return []
    return [[name, jsonAttributes.has(name) && text ? (JSON.parse(text) as Value) : text]]
  })
  return { ...unsetAttributes, ...Object.fromEntries(entries) }
}

const afterLast = (text: string, mark: string) => text.slice(text.lastIndexOf(mark) + 1)

/** The members a table is told by, without what the service adds to them. */
const indexes = (found: { IndexName?: string; KeySchema?: unknown; Projection?: unknown }[] = []) =>
  found.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }))

export const readers: Record<string, Reader> = {
  'AWS::S3::Bucket': bucketReader,
  ...iamReaders,
  async 'AWS::Lambda::Function'(aws, FunctionName) {
    const found = await aws.lambda.getFunctionConfiguration({ FunctionName })
    return {
      Architectures: found.Architectures,
      DeadLetterConfig: found.DeadLetterConfig,
      Description: found.Description,
      Environment: found.Environment,
      EphemeralStorage: found.EphemeralStorage,
      FunctionName: found.FunctionName,
      Handler: found.Handler,
      KmsKeyArn: found.KMSKeyArn,
      Layers: found.Layers?.map((layer) => layer.Arn),
      LoggingConfig: found.LoggingConfig,
      MemorySize: found.MemorySize,
      PackageType: found.PackageType,
      Role: found.Role,
      Runtime: found.Runtime,
      Timeout: found.Timeout,
      TracingConfig: found.TracingConfig,
    }
  },
  async 'AWS::Logs::LogGroup'(aws, name) {
    const { logGroups = [] } = await aws.logs.describeLogGroups({ logGroupNamePrefix: name })
    const found = logGroups.find((group) => group.logGroupName === name)
    if (!found) return undefined
    return {
      KmsKeyId: found.kmsKeyId,
      LogGroupClass: found.logGroupClass,
      LogGroupName: found.logGroupName,
      RetentionInDays: found.retentionInDays,
    }
  },
  async 'AWS::SNS::Topic'(aws, TopicArn) {
    const { Attributes = {} } = await aws.sns.getTopicAttributes({ TopicArn })
    return {
      ...opened(Attributes),
      TopicName: afterLast(TopicArn, ':'),
    }
  },
  async 'AWS::SQS::Queue'(aws, QueueUrl) {
    const { Attributes = {} } = await aws.sqs.getQueueAttributes({
      QueueUrl,
      AttributeNames: ['All'],
    })
    return {
      ...opened(Attributes),
      QueueName: afterLast(QueueUrl, '/'),
    }
  },
  async 'AWS::DynamoDB::Table'(aws, TableName, given) {
    const { Table: found } = await aws.dynamodb.describeTable({ TableName })
    const { TimeToLiveDescription: ttl } = await aws.dynamodb.describeTimeToLive({ TableName })
    const { ContinuousBackupsDescription: backups } = await aws.dynamodb.describeContinuousBackups({
      TableName,
    })
    const recovery = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus
    const { ReadCapacityUnits, WriteCapacityUnits } = found!.ProvisionedThroughput ?? {}
    const isOn = ttl?.TimeToLiveStatus === 'ENABLED'
    const stream = found!.StreamSpecification
    return {
      AttributeDefinitions: found!.AttributeDefinitions,
      BillingMode: found!.BillingModeSummary?.BillingMode ?? 'PROVISIONED',
      DeletionProtectionEnabled: found!.DeletionProtectionEnabled ?? false,
      KeySchema: found!.KeySchema,
      LocalSecondaryIndexes: indexes(found!.LocalSecondaryIndexes),
      PointInTimeRecoverySpecification: {
        ...structure(given['PointInTimeRecoverySpecification']),
        PointInTimeRecoveryEnabled: recovery === 'ENABLED',
      },
      ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits },
      StreamSpecification: stream?.StreamEnabled
        ? { ...structure(given['StreamSpecification']), StreamViewType: stream.StreamViewType }
        : undefined,
      TableName,
      TimeToLiveSpecification: {
        AttributeName:
          ttl?.AttributeName ?? structure(given['TimeToLiveSpecification'])['AttributeName'],
        Enabled: isOn,
      },
    }
  },
  async 'AWS::Kinesis::Stream'(aws, StreamName) {
    const { StreamDescriptionSummary: found } = await aws.kinesis.describeStreamSummary({
      StreamName,
    })
    const isEncrypted = found!.EncryptionType === 'KMS'
    return {
      Name: StreamName,
      RetentionPeriodHours: found!.RetentionPeriodHours,
      ShardCount: found!.OpenShardCount,
      StreamEncryption: isEncrypted ? { EncryptionType: 'KMS', KeyId: found!.KeyId } : undefined,
      StreamModeDetails: found!.StreamModeDetails,
    }
  },
  async 'AWS::KMS::Key'(aws, KeyId) {
    const { KeyMetadata: found } = await aws.kms.describeKey({ KeyId })
    if (found!.KeyState === 'PendingDeletion') return undefined
    const { Policy } = await aws.kms.getKeyPolicy({ KeyId, PolicyName: 'default' })
    const rotates = found!.KeySpec === 'SYMMETRIC_DEFAULT' && found!.Origin === 'AWS_KMS'
    return {
      Description: found!.Description,
      Enabled: found!.Enabled,
      KeyPolicy: JSON.parse(Policy!),
      KeySpec: found!.KeySpec,
      KeyUsage: found!.KeyUsage,
      MultiRegion: found!.MultiRegion,
      ...(rotates && {
        EnableKeyRotation: (await aws.kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled,
      }),
    }
  },
  async 'AWS::CloudWatch::Alarm'(aws, name) {
    const { MetricAlarms = [] } = await aws.cloudwatch.describeAlarms({ AlarmNames: [name] })
    const [found] = MetricAlarms
    if (!found) return undefined
    return {
      ActionsEnabled: found.ActionsEnabled,
      AlarmActions: found.AlarmActions,
      AlarmDescription: found.AlarmDescription,
      AlarmName: found.AlarmName,
      ComparisonOperator: found.ComparisonOperator,
      DatapointsToAlarm: found.DatapointsToAlarm,
      Dimensions: found.Dimensions,
      EvaluationPeriods: found.EvaluationPeriods,
      ExtendedStatistic: found.ExtendedStatistic,
      InsufficientDataActions: found.InsufficientDataActions,
      MetricName: found.MetricName,
      Namespace: found.Namespace,
      OKActions: found.OKActions,
      Period: found.Period,
      Statistic: found.Statistic,
      Threshold: found.Threshold,
      TreatMissingData: found.TreatMissingData,
      Unit: found.Unit,
    }
  },
  async 'AWS::Events::Rule'(aws, physicalId, given) {
    const Name = afterLast(physicalId, '|')
    const bus = physicalId.includes('|') ? physicalId.split('|')[0] : undefined
    const found = await aws.events.describeRule({ Name, EventBusName: bus })
    const { Targets } = await aws.events.listTargetsByRule({ Rule: Name, EventBusName: bus })
    // Numbers and flags inside a pattern are told apart, and its order does not matter.
    return {
      Description: found.Description,
      EventPattern: patternOf(found.EventPattern, given['EventPattern']),
      Name,
      RoleArn: found.RoleArn,
      ScheduleExpression: found.ScheduleExpression,
      State: found.State,
      Targets: list(given['Targets']).length > 0 || Targets?.length ? Targets : undefined,
    }
  },
  async 'AWS::SSM::Parameter'(aws, Name) {
    const { Parameter: found } = await aws.ssm.getParameter({ Name })
    return { DataType: found!.DataType, Name, Type: found!.Type, Value: found!.Value }
  },
}

/** As text where the template gives it as text. */
function patternOf(pattern: string | undefined, given: Value | undefined): unknown {
  return pattern === undefined || typeof given === 'string' ? pattern : JSON.parse(pattern)
}
