import type { Kinesis, Operations, RequestContext } from '../../gateway/index.ts'
import { before, ofDecimal, ranges, toDecimal, toNumber } from './hash-key.ts'
import { shardId, shardIndex, type ShardFacts, streamArn } from './model.ts'
import { activeStream, addressOf, busyFor, type KinesisParts } from './parts.ts'
import { badArgument, inUse, invalid, limitExceeded, unknownShard } from './refusals.ts'
import { checkShardLimit, ON_DEMAND_LIMIT } from './streams.ts'
import type { Stream } from './stream.ts'

/** What UpdateShardCount goes to at most ("Quotas and limits" of the developer guide). */
const STREAM_LIMIT = 10_000

export const reshardingOperations = (parts: KinesisParts) =>
  ({
    async SplitShard(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const shard = changeable(stream, input.ShardToSplit!)
      checkShardLimit(parts, 1, ctx)
      const at = splitPoint(stream, shard, input.NewStartingHashKey!)
      await reshape(
        parts,
        stream,
        [shard],
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
      const stream = activeStream(parts, input, ctx)
      const [one, other] = [input.ShardToMerge!, input.AdjacentShardToMerge!].map((id) =>
        changeable(stream, id),
      ) as [ShardFacts, ShardFacts]
      const [low, high] = one.from < other.from ? [one, other] : [other, one]
      if (one === other || toNumber(low.to) + 1n !== toNumber(high.from)) {
        const { name, account } = stream.facts
        throw badArgument(
          `Shards ${shardId(one.index)} and ${shardId(other.index)} in stream ${name} under ` +
            `account ${account} are not an adjacent pair of shards eligible for merging`,
        )
      }
      const merged = { parent: one.index, adjacentParent: other.index, from: low.from, to: high.to }
      await reshape(parts, stream, [one, other], [merged], ctx.now)
      return {}
    },

    async UpdateShardCount(input, ctx) {
      const stream = activeStream(parts, input, ctx)
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

    async UpdateStreamMode(input, ctx) {
      const stream = activeStream(parts, input, ctx)
      const isOnDemand = input.StreamModeDetails!.StreamMode === 'ON_DEMAND'
      const others = parts.streams.list(ctx).filter(({ facts }) => facts.isOnDemand)
      if (isOnDemand && others.length >= ON_DEMAND_LIMIT) {
        throw limitExceeded(
          `Account ${ctx.account} already has ${ON_DEMAND_LIMIT} on-demand streams.`,
        )
      }
      const busy = busyFor(parts, 'UPDATING', ctx.now)
      await parts.streams.update(stream, { isOnDemand, ...(busy && { busy }) })
      return {}
    },
  }) satisfies Operations<Kinesis>

function changeable(stream: Stream, id: string): ShardFacts {
  const index = shardIndex(id)
  const shard = index === undefined ? undefined : stream.shards.get(index)
  if (!shard) throw unknownShard(stream.facts, index === undefined ? id : shardId(index))
  if (shard.facts.closedAtMs !== undefined) {
    const { name, account } = stream.facts
    throw inUse(
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

type NewShard = Pick<ShardFacts, 'from' | 'to' | 'parent' | 'adjacentParent'>

/** Closes shards and opens their successors. */
async function reshape(
  parts: KinesisParts,
  stream: Stream,
  closed: ShardFacts[],
  opened: NewShard[],
  now: number,
): Promise<void> {
  const { facts } = stream
  const indexes = new Set(closed.map(({ index }) => index))
  const kept = facts.shards.map((shard) =>
    indexes.has(shard.index) ? { ...shard, closedAtMs: now } : shard,
  )
  const made = opened.map((shard, i) => ({
    ...shard,
    rowId: parts.streams.newRowId(),
    index: facts.shardsMade + i,
    // Later than its parents' end, so that sequence numbers go on upwards.
    createdAtMs: now + 1000,
  }))
  const busy = busyFor(parts, 'UPDATING', now)
  const shardsMade = facts.shardsMade + made.length
  const shards = [...kept, ...made]
  const ended = closed.map(({ index }) => stream.shards.get(index)!)
  await parts.streams.update(stream, { shards, shardsMade, ...(busy && { busy }) })
  for (const shard of ended) shard.wake()
}

function checkTarget(
  parts: KinesisParts,
  { facts, open }: Stream,
  target: number,
  ctx: RequestContext,
): void {
  const { name, account, isOnDemand } = facts
  if (isOnDemand) {
    throw invalid(
      `Request is invalid. Stream ${name} under account ${account} is in On-Demand mode.`,
    )
  }
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

/** Even ranges: each new shard's parents are the first and the last one its range touches. */
export async function resize(
  parts: KinesisParts,
  stream: Stream,
  target: number,
  now: number,
): Promise<void> {
  const wanted = ranges(target)
  const open = stream.open.map(({ facts }) => facts)
  const same = (a: { from: string; to: string }, b: { from: string; to: string }) =>
    a.from === b.from && a.to === b.to
  const closed = open.filter((shard) => !wanted.some((range) => same(range, shard)))
  const opened = wanted
    .filter((range) => !open.some((shard) => same(range, shard)))
    .map((range) => {
      const touched = open.filter(({ from, to }) => from <= range.to && to >= range.from)
      const [first, last] = [touched[0]!, touched.at(-1)!]
      return {
        ...range,
        parent: first.index,
        ...(last !== first && { adjacentParent: last.index }),
      }
    })
  await reshape(parts, stream, closed, opened, now)
}
