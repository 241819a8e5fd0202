import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { streamArn } from './model.ts'
import { activeStream, busyFor, type KinesisParts, streamOf } from './parts.ts'
import { badArgument, invalid } from './refusals.ts'
import type { Stream } from './stream.ts'

const LEAST_HOURS = 24
const MOST_HOURS = 8760

const everyMetric = [
  'IncomingBytes',
  'IncomingRecords',
  'IteratorAgeMilliseconds',
  'OutgoingBytes',
  'OutgoingRecords',
  'ReadProvisionedThroughputExceeded',
  'WriteProvisionedThroughputExceeded',
]

export const retentionOperations = (parts: KinesisParts) =>
  ({
    async IncreaseStreamRetentionPeriod(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const hours = input.RetentionPeriodHours!
      checkHours(hours)
      const { retentionHours: had, name } = stream.facts
      if (hours < had) {
        throw badArgument(
          `Requested retention period (${hours} hours) for stream ${name} can not be shorter than ` +
            `existing retention period (${had} hours). Use DecreaseRetentionPeriod API.`,
        )
      }
      await parts.streams.update(stream, { retentionHours: hours })
      return {}
    },

    async DecreaseStreamRetentionPeriod(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const hours = input.RetentionPeriodHours!
      checkHours(hours)
      const { retentionHours: had, name } = stream.facts
      if (hours > had) {
        throw badArgument(
          `Requested retention period (${hours} hours) for stream ${name} can not be longer than ` +
            `existing retention period (${had} hours). Use IncreaseRetentionPeriod API.`,
        )
      }
      await parts.streams.update(stream, { retentionHours: hours })
      return {}
    },
  }) satisfies Operations<Kinesis>

export const settingOperations = (parts: KinesisParts) =>
  ({
    async EnableEnhancedMonitoring(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const asked = input.ShardLevelMetrics!
      const more = asked.includes('ALL') ? everyMetric : asked
      return monitor(parts, stream, [...new Set([...stream.facts.metrics, ...more])])
    },

    async DisableEnhancedMonitoring(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const asked: string[] = input.ShardLevelMetrics!
      const kept = stream.facts.metrics.filter((one) => !asked.includes(one))
      return monitor(parts, stream, asked.includes('ALL') ? [] : kept)
    },

    async StartStreamEncryption(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      if (input.EncryptionType !== 'KMS') throw badType('KMS')
      await parts.dataKeys.check(stream.facts, input.KeyId!, ctx.aws)
      await encryption(parts, stream, input.KeyId, ctx)
      return {}
    },

    async StopStreamEncryption(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      if (input.EncryptionType !== 'KMS') throw badType('KMS')
      await encryption(parts, stream, undefined, ctx)
      return {}
    },

    async UpdateMaxRecordSize(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      await parts.streams.update(stream, { maxRecordKiB: input.MaxRecordSizeInKiB! })
      return {}
    },

    async UpdateStreamWarmThroughput(input, ctx) {
      const stream = streamOf(parts, input, ctx)
      if (!stream.facts.isOnDemand) {
        throw badArgument('Warm throughput can only be set for streams in ON_DEMAND mode.')
      }
      const warmMiBps = input.WarmThroughputMiBps!
      await parts.streams.update(stream, { warmMiBps })
      return {
        StreamARN: streamArn(stream.facts),
        StreamName: stream.facts.name,
        WarmThroughput: { TargetMiBps: warmMiBps, CurrentMiBps: warmMiBps },
      }
    },
  }) satisfies Operations<Kinesis>

const badType = (wanted: string) => invalid(`EncryptionType must be ${wanted}.`)

function checkHours(hours: number): void {
  const [word, bound, is] =
    hours < LEAST_HOURS ? ['Minimum', LEAST_HOURS, 'short'] : ['Maximum', MOST_HOURS, 'long']
  if (hours >= LEAST_HOURS && hours <= MOST_HOURS) return
  throw badArgument(
    `${word} allowed retention period is ${bound} hours. Requested retention period (${hours} ` +
      `hours) is too ${is}.`,
  )
}

async function monitor(parts: KinesisParts, stream: Stream, metrics: string[]) {
  const before = stream.facts.metrics
  await parts.streams.update(stream, { metrics: metrics.sort() })
  return {
    StreamName: stream.facts.name,
    CurrentShardLevelMetrics: before as ['ALL'],
    DesiredShardLevelMetrics: metrics as ['ALL'],
    StreamARN: streamArn(stream.facts),
  }
}

/** What is stored keeps its form: each record tells by itself how it is read. */
async function encryption(
  parts: KinesisParts,
  stream: Stream,
  keyId: string | undefined,
  ctx: RequestContext,
): Promise<void> {
  const busy = busyFor(parts, 'UPDATING', ctx.now)
  await parts.streams.update(stream, { keyId, ...(busy && { busy }) })
}
