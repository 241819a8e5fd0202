import { toDecimal } from './hash-key.ts'
import { shardId, shardIndex, type ShardFacts } from './model.ts'
import { firstSequence, lastSequence } from './sequence.ts'
import type { Stream } from './stream.ts'

export function shardShown(shard: ShardFacts) {
  const { parent, adjacentParent, closedAtMs } = shard
  return {
    ShardId: shardId(shard.index),
    ...(parent !== undefined && { ParentShardId: shardId(parent) }),
    ...(adjacentParent !== undefined && { AdjacentParentShardId: shardId(adjacentParent) }),
    HashKeyRange: { StartingHashKey: toDecimal(shard.from), EndingHashKey: toDecimal(shard.to) },
    SequenceNumberRange: {
      StartingSequenceNumber: firstSequence(shard),
      ...(closedAtMs !== undefined && { EndingSequenceNumber: lastSequence(shard) }),
    },
  }
}

export function shardsShown(
  stream: Stream,
  { ExclusiveStartShardId: after }: { ExclusiveStartShardId?: string | undefined },
  limit: number,
  now: number,
) {
  const from = after === undefined ? -1 : (shardIndex(after) ?? -1)
  const rest = stream.list(now).filter(({ index }) => index > from)
  return { shards: rest.slice(0, limit).map(shardShown), more: rest.length > limit }
}

/** A closed shard's successors, as readers at its end are told of them. */
export const childrenShown = (stream: Stream, index: number) =>
  stream.childrenOf(index).map((child) => ({
    ShardId: shardId(child.index),
    ParentShards: [child.parent, child.adjacentParent].flatMap((parent) =>
      parent === undefined ? [] : [shardId(parent)],
    ),
    HashKeyRange: { StartingHashKey: toDecimal(child.from), EndingHashKey: toDecimal(child.to) },
  }))
