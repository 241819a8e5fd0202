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
const partitionKey = required(length(1, 256))
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
const stream: Rules = { StreamName: name, StreamARN: arn }
const mode = members({ StreamMode: required(oneOf('PROVISIONED', 'ON_DEMAND')) })
const encryption: Rules = {
  ...stream,
  EncryptionType: required(oneOf('NONE', 'KMS')),
  KeyId: required(length(1, 2048)),
}
const token = length(1, 1_048_576)
const positions = [
  'AT_SEQUENCE_NUMBER',
  'AFTER_SEQUENCE_NUMBER',
  'TRIM_HORIZON',
  'LATEST',
  'AT_TIMESTAMP',
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

const rules: Record<string, Rules> = {
  AddTagsToStream: { Tags: required(), ...stream },
  CreateStream: {
    ShardCount: range(1, 100_000),
    StreamName: required(name),
    StreamModeDetails: mode,
    MaxRecordSizeInKiB: range(1024, 10_240),
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
  PutRecord: {
    SequenceNumberForOrdering: sequence,
    PartitionKey: partitionKey,
    ExplicitHashKey: decimal,
    Data: data,
    ...stream,
  },
  PutRecords: {
    Records: required(
      all(
        length(1, 500),
        each(members({ PartitionKey: partitionKey, ExplicitHashKey: decimal, Data: data })),
      ),
    ),
    ...stream,
  },
  PutResourcePolicy: { ResourceARN: resourceArn, Policy: required() },
  RegisterStreamConsumer: { StreamARN: required(arn), ConsumerName: required(name) },
  RemoveTagsFromStream: { TagKeys: required(all(length(1, 50), each(length(1, 128)))), ...stream },
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
  TagResource: { ResourceARN: resourceArn, Tags: required() },
  UntagResource: { ResourceARN: resourceArn, TagKeys: required(length(1, 50)) },
  UpdateMaxRecordSize: { StreamARN: arn, MaxRecordSizeInKiB: required(range(1024, 10_240)) },
  UpdateShardCount: {
    ...stream,
    TargetShardCount: required(range(1, 1_000_000)),
    ScalingType: required(oneOf('UNIFORM_SCALING')),
  },
  UpdateStreamMode: { StreamARN: required(arn), StreamModeDetails: required(mode) },
  UpdateStreamWarmThroughput: { ...stream, WarmThroughputMiBps: required(range(0, 10_240)) },
}

export function checkInput(operation: string, input: Record<string, unknown>): void {
  if (operation === 'PutRecord' && isPlain(input)) return
  const text = refusalText(violations(input, rules[operation] ?? {}))
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
