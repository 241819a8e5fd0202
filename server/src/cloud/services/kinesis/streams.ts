import type { Input, Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { ranges } from './hash-key.ts'
import { statusOf, streamArn, type StreamFacts } from './model.ts'
import { busyFor, type KinesisParts, streamOf } from './parts.ts'
import { badArgument, inUse, limitExceeded, notOnDemand, streamExists } from './refusals.ts'
import { shardsShown } from './shard-shapes.ts'
import { checkTags } from './tag-rules.ts'
import type { Stream } from './stream.ts'

const ON_DEMAND_SHARDS = 4
const USUAL_RETENTION_HOURS = 24
const USUAL_RECORD_KIB = 1024
export const SHARD_LIMIT = 20_000
export const ON_DEMAND_LIMIT = 50

export const streamOperations = (parts: KinesisParts) =>
  ({
    async CreateStream(input, ctx) {
      const { account, region } = ctx
      const name = input.StreamName!
      if (parts.streams.find(ctx, name)) throw streamExists(ctx, name)
      checkTags(input.Tags ?? {}, { account, name })
      await parts.streams.create(newStream(parts, input, { account, region, name }, ctx))
      return {}
    },

    async DeleteStream(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const { name, account } = stream.facts
      if (stream.facts.consumers.length > 0 && !input.EnforceConsumerDeletion) {
        throw inUse(
          `Stream ${name} under account ${account} has consumers. Deregister them, or set ` +
            'EnforceConsumerDeletion to true.',
        )
      }
      await parts.streams.remove(stream)
      return {}
    },

    DescribeStream(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      const { shards, more } = shardsShown(stream, input, input.Limit ?? 100, ctx.now)
      return {
        StreamDescription: { ...described(stream, ctx), Shards: shards, HasMoreShards: more },
      }
    },

    DescribeStreamSummary(input, ctx) {
      return { StreamDescriptionSummary: summary(streamOf(parts, input, ctx), ctx) }
    },

    ListStreams(input, ctx) {
      const after = input.NextToken ?? input.ExclusiveStartStreamName
      const all = parts.streams.list(ctx)
      const rest = after === undefined ? all : all.filter(({ facts }) => facts.name > after)
      const page = rest.slice(0, input.Limit ?? 100)
      const HasMoreStreams = page.length < rest.length
      return {
        StreamNames: page.map(({ facts }) => facts.name),
        HasMoreStreams,
        ...(HasMoreStreams && { NextToken: page.at(-1)!.facts.name }),
        StreamSummaries: page.map(({ facts }) => ({
          StreamName: facts.name,
          StreamARN: streamArn(facts),
          StreamStatus: statusOf(facts, ctx.now),
          StreamModeDetails: modeOf(facts),
          StreamCreationTimestamp: new Date(facts.createdAtMs),
        })),
      }
    },

    DescribeLimits(_input, ctx) {
      const streams = parts.streams.list(ctx)
      const onDemand = streams.filter(({ facts }) => facts.isOnDemand)
      return {
        ShardLimit: SHARD_LIMIT,
        OpenShardCount: openShards(parts, ctx),
        OnDemandStreamCount: onDemand.length,
        OnDemandStreamCountLimit: ON_DEMAND_LIMIT,
      }
    },
  }) satisfies Operations<Kinesis>

export const openShards = ({ streams }: KinesisParts, place: RequestContext): number =>
  streams
    .list(place)
    .filter(({ facts }) => !facts.isOnDemand)
    .reduce((sum, { open }) => sum + open.length, 0)

/** Refuses when the account would have more shards than it may. */
export function checkShardLimit(parts: KinesisParts, more: number, ctx: RequestContext): void {
  const count = openShards(parts, ctx)
  if (count + more <= SHARD_LIMIT) return
  throw limitExceeded(
    `This request would exceed the shard limit for the account ${ctx.account} in ${ctx.region}. ` +
      `Current shard count for the account: ${count}. Limit: ${SHARD_LIMIT}. Number of additional ` +
      `shards that would have resulted from this request: ${more}. Refer to the AWS Service Limits ` +
      'page (https://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current ' +
      'limits and how to request higher limits.',
  )
}

function newStream(
  parts: KinesisParts,
  input: Input<Kinesis, 'CreateStream'>,
  place: { account: string; region: string; name: string },
  ctx: RequestContext,
): StreamFacts {
  const isOnDemand = input.StreamModeDetails?.StreamMode === 'ON_DEMAND'
  if (isOnDemand && input.ShardCount !== undefined) {
    throw badArgument('ShardCount must not be specified for a stream in ON_DEMAND mode.')
  }
  if (!isOnDemand && input.StreamModeDetails !== undefined && input.ShardCount === undefined) {
    throw badArgument('ShardCount must be specified for a stream in PROVISIONED mode.')
  }
  const isFixed = !isOnDemand && input.ShardCount !== undefined
  if (isFixed && input.RecordDistributionStrategy === 'AUTO') throw notOnDemand()
  const count = isOnDemand ? ON_DEMAND_SHARDS : (input.ShardCount ?? ON_DEMAND_SHARDS)
  if (!isOnDemand) checkShardLimit(parts, count, ctx)
  const busy = busyFor(parts, 'CREATING', ctx.now)
  return {
    id: parts.streams.newId(),
    ...place,
    createdAtMs: ctx.now,
    ...(busy && { busy }),
    // Without a count and a mode AWS makes an on-demand stream.
    isOnDemand: isOnDemand || input.ShardCount === undefined,
    retentionHours: USUAL_RETENTION_HOURS,
    shards: ranges(count).map((range, index) => ({
      rowId: parts.streams.newRowId(),
      index,
      ...range,
      createdAtMs: ctx.now,
    })),
    shardsMade: count,
    metrics: [],
    tags: input.Tags ?? {},
    consumers: [],
    ...(input.RecordDistributionStrategy === 'AUTO' && { placesRecords: true }),
    maxRecordKiB: input.MaxRecordSizeInKiB ?? USUAL_RECORD_KIB,
    ...(input.WarmThroughputMiBps !== undefined && { warmMiBps: input.WarmThroughputMiBps }),
  }
}

const modeOf = ({ isOnDemand }: StreamFacts) => ({
  StreamMode: isOnDemand ? ('ON_DEMAND' as const) : ('PROVISIONED' as const),
})

function described({ facts }: Stream, { now }: RequestContext) {
  const { keyId } = facts
  return {
    StreamName: facts.name,
    StreamARN: streamArn(facts),
    StreamStatus: statusOf(facts, now),
    StreamModeDetails: modeOf(facts),
    RetentionPeriodHours: facts.retentionHours,
    StreamCreationTimestamp: new Date(facts.createdAtMs),
    EnhancedMonitoring: [{ ShardLevelMetrics: facts.metrics as ['ALL'] }],
    EncryptionType: keyId === undefined ? ('NONE' as const) : ('KMS' as const),
    ...(keyId !== undefined && { KeyId: keyId }),
  }
}

function summary(stream: Stream, ctx: RequestContext) {
  const { facts, open } = stream
  const { warmMiBps: warm } = facts
  return {
    ...described(stream, ctx),
    OpenShardCount: open.length,
    ConsumerCount: facts.consumers.length,
    MaxRecordSizeInKiB: facts.maxRecordKiB,
    ...(facts.isOnDemand && {
      RecordDistributionStrategy: facts.placesRecords
        ? ('AUTO' as const)
        : ('USER_PARTITION_KEY' as const),
    }),
    ...(warm !== undefined && { WarmThroughput: { TargetMiBps: warm, CurrentMiBps: warm } }),
  }
}
