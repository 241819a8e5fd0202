import {
  all,
  each,
  eachOneOf,
  length,
  members,
  oneOf,
  pattern,
  range,
  refusalText,
  required,
  type Rule,
  type Rules,
  violations,
} from '../../constraints/index.ts'
import { invalid } from './refusals.ts'

// Lengths, patterns and sets of the service model (API reference of each operation), in the order in
// which the service tells of them: seldom that of the model, the stream mostly last.

const name = all(pattern('[a-zA-Z0-9_.-]+'), length(1, 128))
const arn = all(pattern('arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+'), length(1, 2048))
const consumerArn = all(
  pattern(
    '^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+',
  ),
  length(1, 2048),
)
const resourceArn = required(
  all(pattern('arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+'), length(1, 2048)),
)
const shard = all(pattern('[a-zA-Z0-9_.-]+'), length(1, 128))
const decimal = pattern('0|([1-9]\\d{0,38})')
const sequence = pattern('0|([1-9]\\d{0,128})')
const partitionKey = length(1, 256)
const metrics = required(
  all(
    length(1, 7),
    eachOneOf(
      'IncomingBytes',
      'IncomingRecords',
      'OutgoingBytes',
      'OutgoingRecords',
      'WriteProvisionedThroughputExceeded',
      'ReadProvisionedThroughputExceeded',
      'IteratorAgeMilliseconds',
      'ALL',
    ),
  ),
)
const between = (least: number, most: number) =>
  `satisfy constraint: [Member must have length less than or equal to ${most}, ` +
  `Member must have length greater than or equal to ${least}]`
const isBetween = ({ length: found }: string, least: number, most: number) =>
  found >= least && found <= most

/** Keys and values of tags are told of the whole map. */
const tagMap: Rule = (value, path) => {
  if (value === undefined) return []
  const tags = Object.entries(value as Record<string, string>)
  const told = `Value '{${tags.map((tag) => tag.join('=')).join(', ')}}' at '${path}'`
  const failed = `${told} failed to satisfy constraint:`
  return [
    ...(tags.length > 200 ? [`${failed} Member must have length less than or equal to 200`] : []),
    ...(tags.length < 1 ? [`${failed} Member must have length greater than or equal to 1`] : []),
    ...(tags.every(([key]) => isBetween(key, 1, 128))
      ? []
      : [`${failed} Map keys must ${between(1, 128)}`]),
    ...(tags.every(([, text]) => isBetween(text, 0, 256))
      ? []
      : [`${failed} Map value must ${between(0, 256)}`]),
  ]
}

/** So are those of a list of keys. */
const tagKeys = required(
  all(length(1, 50), (value, path) => {
    const keys = value as string[]
    if (keys.every((key) => isBetween(key, 1, 128))) return []
    return [
      `Value '[${keys.join(', ')}]' at '${path}' failed to satisfy constraint: Member must ${between(1, 128)}`,
    ]
  }),
)
const stream: Rules = { StreamName: name, StreamARN: arn }
const mode = members({ StreamMode: required(oneOf('PROVISIONED', 'ON_DEMAND')) })
const strategy = oneOf('AUTO', 'USER_PARTITION_KEY')
const encryption: Rules = {
  ...stream,
  EncryptionType: required(oneOf('NONE', 'KMS')),
  KeyId: required(length(1, 2048)),
}
const token = length(1, 1_048_576)
const positions = [
  'AFTER_SEQUENCE_NUMBER',
  'LATEST',
  'AT_TIMESTAMP',
  'AT_SEQUENCE_NUMBER',
  'TRIM_HORIZON',
]
const filters = [
  'AFTER_SHARD_ID',
  'AT_TRIM_HORIZON',
  'FROM_TRIM_HORIZON',
  'AT_LATEST',
  'AT_TIMESTAMP',
  'FROM_TIMESTAMP',
]
// A record's greatest size is the stream's own affair; this is the greatest of any.
const data = required(length(0, 10_485_760))

/** PutRecord and PutRecords: streams that place records by themselves need no partition key. */
const writesBy = (key: Rule): Record<string, Rules> => ({
  PutRecord: {
    SequenceNumberForOrdering: sequence,
    PartitionKey: key,
    ExplicitHashKey: decimal,
    Data: data,
    ...stream,
  },
  PutRecords: {
    Records: required(
      all(
        length(1, 500),
        each(members({ PartitionKey: key, ExplicitHashKey: decimal, Data: data })),
      ),
    ),
    ...stream,
  },
})
const keyed = writesBy(required(partitionKey))
const keyless = writesBy(partitionKey)

const rules: Record<string, Rules> = {
  AddTagsToStream: { Tags: required(tagMap), ...stream },
  CreateStream: {
    ShardCount: range(1, 100_000),
    StreamName: required(name),
    StreamModeDetails: mode,
    MaxRecordSizeInKiB: range(1024, 10_240),
    Tags: tagMap,
    RecordDistributionStrategy: strategy,
  },
  DecreaseStreamRetentionPeriod: { RetentionPeriodHours: required(), ...stream },
  DeleteResourcePolicy: { ResourceARN: resourceArn },
  DeleteStream: stream,
  DeregisterStreamConsumer: { StreamARN: arn, ConsumerName: name, ConsumerARN: consumerArn },
  DescribeStream: { Limit: range(1, 10_000), ExclusiveStartShardId: shard, ...stream },
  DescribeStreamConsumer: { StreamARN: arn, ConsumerName: name, ConsumerARN: consumerArn },
  DescribeStreamSummary: stream,
  DisableEnhancedMonitoring: { ...stream, ShardLevelMetrics: metrics },
  EnableEnhancedMonitoring: { ...stream, ShardLevelMetrics: metrics },
  GetRecords: {
    Limit: range(1, 10_000),
    ShardIterator: required(length(1, 512)),
    StreamARN: arn,
  },
  GetResourcePolicy: { ResourceARN: resourceArn },
  GetShardIterator: {
    ShardId: required(shard),
    ShardIteratorType: required(oneOf(...positions)),
    StartingSequenceNumber: sequence,
    ...stream,
  },
  IncreaseStreamRetentionPeriod: { RetentionPeriodHours: required(), ...stream },
  ListShards: {
    ExclusiveStartShardId: shard,
    MaxResults: range(1, 10_000),
    NextToken: token,
    ShardFilter: members({ Type: required(oneOf(...filters)), ShardId: shard }),
    ...stream,
  },
  ListStreamConsumers: { StreamARN: required(arn), NextToken: token, MaxResults: range(1, 10_000) },
  ListStreams: { Limit: range(1, 10_000), ExclusiveStartStreamName: name, NextToken: token },
  ListTagsForResource: { ResourceARN: resourceArn },
  ListTagsForStream: { Limit: range(1, 50), ExclusiveStartTagKey: length(1, 128), ...stream },
  MergeShards: { ShardToMerge: required(shard), AdjacentShardToMerge: required(shard), ...stream },
  PutResourcePolicy: { ResourceARN: resourceArn, Policy: required() },
  RegisterStreamConsumer: {
    StreamARN: required(arn),
    ConsumerName: required(name),
    Tags: tagMap,
  },
  RemoveTagsFromStream: { TagKeys: tagKeys, ...stream },
  SplitShard: { NewStartingHashKey: required(decimal), ...stream, ShardToSplit: required(shard) },
  StartStreamEncryption: encryption,
  StopStreamEncryption: encryption,
  SubscribeToShard: {
    ConsumerARN: required(consumerArn),
    ShardId: required(shard),
    StartingPosition: required(
      members({ Type: required(oneOf(...positions)), SequenceNumber: sequence }),
    ),
  },
  TagResource: { ResourceARN: resourceArn, Tags: required(tagMap) },
  UntagResource: { ResourceARN: resourceArn, TagKeys: tagKeys },
  UpdateAccountSettings: {
    MinimumThroughputBillingCommitment: required(
      members({ Status: required(oneOf('ENABLED', 'DISABLED')) }),
    ),
  },
  UpdateMaxRecordSize: { StreamARN: arn, MaxRecordSizeInKiB: required(range(1024, 10_240)) },
  UpdateShardCount: {
    ...stream,
    TargetShardCount: required(range(1, 1_000_000)),
    ScalingType: required(oneOf('UNIFORM_SCALING')),
  },
  UpdateStreamRecordDistributionStrategy: {
    StreamARN: required(arn),
    RecordDistributionStrategy: required(strategy),
  },
  UpdateStreamMode: { StreamARN: required(arn), StreamModeDetails: required(mode) },
  UpdateStreamWarmThroughput: { ...stream, WarmThroughputMiBps: required(range(0, 10_240)) },
}

/** More are not told of. */
const MOST_TOLD = 10

/** `isKeyless`: asked of writes only, whether their stream takes records without a partition key. */
export function checkInput(
  operation: string,
  input: Record<string, unknown>,
  isKeyless: () => boolean,
): void {
  if (operation === 'PutRecord' && isPlain(input)) return
  const own = operation in keyed ? (isKeyless() ? keyless : keyed)[operation] : rules[operation]
  const text = refusalText(violations(input, own ?? {}).slice(0, MOST_TOLD))
  if (text !== undefined) throw invalid(text)
}

/** What nearly all writes look like: nothing of it can violate a rule. */
function isPlain(input: Record<string, unknown>): boolean {
  const { Data, PartitionKey: key, StreamName: name } = input
  return (
    Data instanceof Uint8Array &&
    Data.length <= 1_048_576 &&
    typeof key === 'string' &&
    key.length > 0 &&
    key.length <= 256 &&
    typeof name === 'string' &&
    /^[\w.-]{1,128}$/.test(name) &&
    input['ExplicitHashKey'] === undefined &&
    input['SequenceNumberForOrdering'] === undefined &&
    input['StreamARN'] === undefined
  )
}
