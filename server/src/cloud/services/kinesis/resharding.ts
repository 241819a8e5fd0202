import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { before, ofDecimal, ranges, toDecimal, toNumber } from './hash-key.ts'
import { shardId, shardIndex, type ShardFacts, streamArn } from './model.ts'
import { activeStream, addressOf, busyFor, type KinesisParts } from './parts.ts'
import { badArgument, invalid, limitExceeded, unknownShard } from './refusals.ts'
import { type NewShard, planOf } from './resize-plan.ts'
import { checkShardLimit } from './streams.ts'
import type { Stream } from './stream.ts'

/** What UpdateShardCount goes to at most ("Quotas and limits" of the developer guide). */
const STREAM_LIMIT = 10_000

export const reshardingOperations = (parts: KinesisParts) =>
  ({
    async SplitShard(input, ctx) {
      const stream = provisioned(activeStream(parts, input, ctx))
      const shard = changeable(stream, input.ShardToSplit!)
      checkShardLimit(parts, 1, ctx)
      const at = splitPoint(stream, shard, input.NewStartingHashKey!)
      await reshape(
        parts,
        stream,
        new Set([shard.index]),
        [
          { parent: shard.index, from: shard.from, to: before(at) },
          { parent: shard.index, from: at, to: shard.to },
        ],
        ctx.now,
      )
      return {}
    },

    async MergeShards(input, ctx) {
      // A name that is no shard's is missed before the stream is looked up.
      for (const id of [input.ShardToMerge!, input.AdjacentShardToMerge!]) {
        if (shardIndex(id) === undefined) throw unknownShard(addressOf(input, ctx), id)
      }
      const stream = provisioned(activeStream(parts, input, ctx))
      const [one, other] = [input.ShardToMerge!, input.AdjacentShardToMerge!].map((id) =>
        changeable(stream, id),
      ) as [ShardFacts, ShardFacts]
      // The shard to merge has to be the lower of the two.
      if (toNumber(one.to) + 1n !== toNumber(other.from)) {
        const { name, account } = stream.facts
        throw badArgument(
          `Shards ${shardId(one.index)} and ${shardId(other.index)} in stream ${name} under ` +
            `account ${account} are not an adjacent pair of shards eligible for merging`,
        )
      }
      const merged = {
        parent: one.index,
        adjacentParent: other.index,
        from: one.from,
        to: other.to,
      }
      await reshape(parts, stream, new Set([one.index, other.index]), [merged], ctx.now)
      return {}
    },

    async UpdateShardCount(input, ctx) {
      const stream = provisioned(activeStream(parts, input, ctx))
      const CurrentShardCount = stream.open.length
      const target = input.TargetShardCount!
      checkTarget(parts, stream, target, ctx)
      await resize(parts, stream, target, ctx.now)
      return {
        StreamName: stream.facts.name,
        CurrentShardCount,
        TargetShardCount: target,
        StreamARN: streamArn(stream.facts),
      }
    },
  }) satisfies Operations<Kinesis>

/** The shards of an on-demand stream are the service's own. */
function provisioned(stream: Stream): Stream {
  const { name, account, isOnDemand } = stream.facts
  if (!isOnDemand) return stream
  throw invalid(`Request is invalid. Stream ${name} under account ${account} is in On-Demand mode.`)
}

function changeable(stream: Stream, id: string): ShardFacts {
  const index = shardIndex(id)
  const shard = index === undefined ? undefined : stream.shards.get(index)
  if (!shard) throw unknownShard(stream.facts, index === undefined ? id : shardId(index))
  if (shard.facts.closedAtMs !== undefined) {
    const { name, account } = stream.facts
    throw badArgument(
      `Shard ${shardId(shard.facts.index)} in stream ${name} under account ${account} has already ` +
        'been merged or split, and thus is not eligible for merging or splitting.',
    )
  }
  return shard.facts
}

function splitPoint(stream: Stream, shard: ShardFacts, given: string): string {
  const at = ofDecimal(given)
  const isInside = at !== undefined && toNumber(at) > toNumber(shard.from) + 1n && at < shard.to
  if (isInside) return at
  const { name, account } = stream.facts
  throw badArgument(
    `NewStartingHashKey ${given} used in SplitShard() on shard ${shardId(shard.index)} in stream ` +
      `${name} under account ${account} is not both greater than one plus the shard's ` +
      `StartingHashKey ${toDecimal(shard.from)} and less than the shard's EndingHashKey ` +
      `${toDecimal(shard.to)}.`,
  )
}

/** Closes shards and opens others; what is in both was on the way only. */
async function reshape(
  parts: KinesisParts,
  stream: Stream,
  closed: Set<number>,
  opened: NewShard[],
  now: number,
): Promise<void> {
  const { facts } = stream
  const made = opened.map((shard, i) => ({
    ...shard,
    rowId: parts.streams.newRowId(),
    index: facts.shardsMade + i,
    // Later than its parents' end, so that sequence numbers go on upwards.
    createdAtMs: now + 1000,
  }))
  const shards = [...facts.shards, ...made].map((shard) =>
    closed.has(shard.index) ? { ...shard, closedAtMs: Math.max(now, shard.createdAtMs) } : shard,
  )
  const busy = busyFor(parts, 'UPDATING', now)
  const shardsMade = facts.shardsMade + made.length
  const ended = stream.open.filter((shard) => closed.has(shard.facts.index))
  await parts.streams.update(stream, { shards, shardsMade, ...(busy && { busy }) })
  for (const shard of ended) shard.wake()
}

function checkTarget(
  parts: KinesisParts,
  { open }: Stream,
  target: number,
  ctx: RequestContext,
): void {
  if (target === open.length) {
    throw badArgument(
      'TargetShardCount cannot be the same as the current shard count: ' + String(target),
    )
  }
  const counts = `Current open shard count: ${open.length}, Target shard count: ${target}`
  if (target > STREAM_LIMIT) {
    throw limitExceeded(
      `Target shard count or number of open shards cannot be greater than ${STREAM_LIMIT}. ${counts}`,
    )
  }
  if (target > open.length * 2 || target < open.length / 2) {
    const way = target > open.length ? 'up over double' : 'down below half'
    throw limitExceeded(
      `UpdateShardCount cannot scale ${way} your current open shard count. ${counts}`,
    )
  }
  checkShardLimit(parts, Math.max(0, target - open.length), ctx)
}

/** To even ranges, by splits and merges. */
export async function resize(
  parts: KinesisParts,
  stream: Stream,
  target: number,
  now: number,
): Promise<void> {
  const open = stream.open.map(({ facts }) => facts)
  const { made, closed } = planOf(open, ranges(target), stream.facts.shardsMade)
  await reshape(parts, stream, closed, made, now)
}
