import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { ofDecimal, ofPartitionKey } from './hash-key.ts'
import { shardId, statusOf, type StreamFacts } from './model.ts'
import { type KinesisParts, streamOf } from './parts.ts'
import { badArgument, dryRun, invalid, noStream, tooFast } from './refusals.ts'
import { readSequence, sequenceNumber } from './sequence.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'
import { mayWrite } from './throughput.ts'

const BATCH_BYTES = 10 * 1024 * 1024

export const putOperations = (parts: KinesisParts) =>
  ({
    async PutRecord(input, ctx) {
      const stream = writable(parts, input, ctx)
      checkSize(stream.facts, input as Entry, 'data')
      const shard = shardOf(stream, input as Entry)
      checkOrdering(stream, shard, input.SequenceNumberForOrdering, ctx.now)
      if (!mayWrite(parts, stream, shard, sizeOf(input as Entry), ctx.now)) {
        parts.metrics.throttledWrite(stream, shard)
        throw tooFast(throttled(stream, shard))
      }
      if (input.DryRun) throw dryRun()
      const placed = await write(parts, stream, shard, input as Entry, ctx)
      placed.shard.wake()
      const { ShardId, SequenceNumber } = placed
      parts.metrics.answered(stream, [
        ['PutRecord.Success', 'Count', 1],
        ['PutRecord.Bytes', 'Bytes', (input as Entry).Data.length],
      ])
      return { ShardId, SequenceNumber, ...encrypted(stream.facts) }
    },

    async PutRecords(input, ctx) {
      const stream = writable(parts, input, ctx)
      const entries = input.Records as Entry[]
      checkBatch(stream.facts, entries)
      const shards = entries.map((entry) => shardOf(stream, entry))
      if (input.DryRun) throw dryRun()
      const Records = await Promise.all(
        entries.map((entry, i) => putOne(parts, stream, shards[i]!, entry, ctx)),
      )
      for (const shard of new Set(shards)) shard.wake()
      const FailedRecordCount = Records.filter((one) => 'ErrorCode' in one).length
      countBatch(parts, stream, entries, FailedRecordCount)
      return { FailedRecordCount, Records, ...encrypted(stream.facts) }
    },
  }) satisfies Operations<Kinesis>

interface Entry {
  Data: Uint8Array
  /** Missing only where the stream places records by itself. */
  PartitionKey?: string
  ExplicitHashKey?: string
}

function countBatch(
  { metrics }: KinesisParts,
  stream: Stream,
  entries: Entry[],
  failed: number,
): void {
  metrics.answered(stream, [
    ['PutRecords.Success', 'Count', failed < entries.length ? 1 : 0],
    ['PutRecords.Bytes', 'Bytes', entries.reduce((sum, { Data }) => sum + Data.length, 0)],
    ['PutRecords.TotalRecords', 'Count', entries.length],
    ['PutRecords.SuccessfulRecords', 'Count', entries.length - failed],
    ['PutRecords.FailedRecords', 'Count', 0],
    ['PutRecords.ThrottledRecords', 'Count', failed],
  ])
}

const encrypted = ({ keyId }: StreamFacts) =>
  keyId === undefined ? {} : { EncryptionType: 'KMS' as const }

function writable(
  parts: KinesisParts,
  input: Parameters<typeof streamOf>[1],
  ctx: RequestContext,
): Stream {
  const stream = streamOf(parts, input, ctx)
  const { facts } = stream
  if (facts.busy && statusOf(facts, ctx.now) === 'CREATING') throw noStream(facts, facts.name)
  return stream
}

const sizeOf = ({ Data, PartitionKey = '' }: Entry) => Data.length + Buffer.byteLength(PartitionKey)

/** Data and partition key count together. */
function checkSize({ maxRecordKiB }: StreamFacts, entry: Entry, path: string): void {
  const most = maxRecordKiB * 1024
  if (sizeOf(entry) > most) {
    throw invalid(
      `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member must ` +
        `have length less than or equal to ${most}`,
    )
  }
}

function checkBatch(facts: StreamFacts, entries: Entry[]): void {
  let total = 0
  for (const [index, entry] of entries.entries()) {
    checkSize(facts, entry, `records.${index + 1}.member.data`)
    total += sizeOf(entry)
  }
  if (total > BATCH_BYTES) {
    throw badArgument(`Records size exceeds ${BATCH_BYTES / 1024 / 1024} MB limit`)
  }
}

function shardOf(stream: Stream, { ExplicitHashKey: explicit, PartitionKey }: Entry): Shard {
  if (stream.facts.placesRecords) return stream.nextShard()
  if (explicit === undefined) return stream.shardFor(ofPartitionKey(PartitionKey!))
  const key = ofDecimal(explicit)
  if (key !== undefined) return stream.shardFor(key)
  throw badArgument(
    `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${explicit}`,
  )
}

/** Records are stored in the order they come in, so a number that was given is always before the next. */
function checkOrdering(stream: Stream, shard: Shard, given: string | undefined, now: number): void {
  if (given === undefined) return
  const sequence = readSequence(given)
  const isOfShard = sequence?.version === 2 && sequence.shardIndex === shard.facts.index
  const isAhead = isOfShard && sequence.count >= shard.next
  if (sequence && !isAhead && (sequence.atS ?? 0) * 1000 <= now) return
  const { name, account } = stream.facts
  throw badArgument(
    `ExclusiveMinimumSequenceNumber ${given} used in PutRecord on stream ${name} under account ` +
      `${account} is invalid.`,
  )
}

/** Resolves when the record is on disk. */
async function write(
  parts: KinesisParts,
  stream: Stream,
  chosen: Shard,
  entry: Entry,
  ctx: RequestContext,
) {
  const { facts } = stream
  const isSealed = facts.keyId !== undefined
  // Sealed before it gets its place: what comes later must not be stored earlier.
  const data = isSealed ? await parts.dataKeys.seal(facts, entry.Data, ctx) : entry.Data
  // Meanwhile the shard may have been split.
  const shard = chosen.facts.closedAtMs === undefined ? chosen : shardOf(stream, entry)
  const { count, at } = shard.take(ctx.now)
  try {
    await parts.records.append({
      shard: shard.facts.rowId,
      count,
      at,
      partition_key: entry.PartitionKey ?? '',
      data,
      sealed: isSealed ? 1 : 0,
    })
  } finally {
    shard.pending--
  }
  parts.metrics.put(stream, shard, entry.Data.length)
  const SequenceNumber = sequenceNumber(shard.facts, count, at)
  return { shard, ShardId: shardId(shard.facts.index), SequenceNumber }
}

async function putOne(
  parts: KinesisParts,
  stream: Stream,
  shard: Shard,
  entry: Entry,
  ctx: RequestContext,
) {
  if (!mayWrite(parts, stream, shard, sizeOf(entry), ctx.now)) {
    parts.metrics.throttledWrite(stream, shard)
    return {
      ErrorCode: 'ProvisionedThroughputExceededException',
      ErrorMessage: throttled(stream, shard),
    }
  }
  const { ShardId, SequenceNumber } = await write(parts, stream, shard, entry, ctx)
  return { SequenceNumber, ShardId }
}

const throttled = ({ facts: { name, account } }: Stream, { facts }: Shard) =>
  `Rate exceeded for shard ${shardId(facts.index)} in stream ${name} under account ${account}.`
