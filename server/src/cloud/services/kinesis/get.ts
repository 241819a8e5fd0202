import type { Kinesis, Operations } from '../../gateway/index.ts'
import { readIterator, writeIterator } from './iterator.ts'
import { addressOf, type KinesisParts } from './parts.ts'
import { positionOf, readableShard } from './position.ts'
import { readPage } from './reading.ts'
import { dryRun, noShard, tooFast } from './refusals.ts'
import { shardId } from './model.ts'
import { mayRead } from './throughput.ts'

const USUAL = 10_000

export const getOperations = (parts: KinesisParts) =>
  ({
    async GetShardIterator(input, ctx) {
      const address = addressOf(input, ctx)
      const stream = parts.streams.find(address, address.name)
      const shard = readableShard(stream, address, input.ShardId!)
      const start = {
        type: input.ShardIteratorType!,
        sequence: input.StartingSequenceNumber,
        moment: input.Timestamp,
      }
      const count = await positionOf(parts, stream!, shard, start)
      if (input.DryRun) throw dryRun()
      const { id: streamId, name } = stream!.facts
      const at = { createdAtMs: ctx.now, streamId, name, shardIndex: shard.facts.index, count }
      return { ShardIterator: writeIterator(at) }
    },

    async GetRecords(input, ctx) {
      const from = readIterator(input.ShardIterator!, ctx.now)
      const stream = parts.streams.byId(from.streamId)
      const shard = stream?.shards.get(from.shardIndex)
      if (!stream || !shard) {
        throw noShard({ ...ctx, name: from.name }, shardId(from.shardIndex))
      }
      if (!mayRead(parts, shard, ctx.now)) {
        const { name, account } = stream.facts
        parts.metrics.throttledRead(stream, shard)
        throw tooFast(
          `Rate exceeded for shard ${shardId(from.shardIndex)} in stream ${name} under account ${account}.`,
        )
      }
      if (input.DryRun) throw dryRun()
      const page = await readPage(parts, stream, shard, from.count, input.Limit ?? USUAL, ctx)
      parts.metrics.read(stream, shard, page.records, page.behindMs)
      return {
        Records: page.records,
        ...(page.next !== undefined && {
          NextShardIterator: writeIterator({ ...from, createdAtMs: ctx.now, count: page.next }),
        }),
        MillisBehindLatest: page.behindMs,
        ...(page.children && { ChildShards: page.children }),
      }
    },
  }) satisfies Operations<Kinesis>
