import type { Address, KinesisParts } from './parts.ts'
import { noShard, badArgument, unknownShard } from './refusals.ts'
import { shardId, shardIndex } from './model.ts'
import { firstSequence, readSequence } from './sequence.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'

/** Where a reader wants to begin, as GetShardIterator and SubscribeToShard say it. */
export interface Start {
  type: string
  sequence: string | undefined
  moment: Date | undefined
}

export function readableShard(stream: Stream | undefined, address: Address, id: string): Shard {
  const index = shardIndex(id)
  if (index === undefined) throw unknownShard(address, id)
  const shard = stream?.shards.get(index)
  if (!shard) throw noShard(address, shardId(index))
  return shard
}

/** The count of the first record wanted. */
export async function positionOf(
  parts: KinesisParts,
  stream: Stream,
  shard: Shard,
  { type, sequence, moment }: Start,
): Promise<number> {
  if (type === 'AT_TIMESTAMP') return momentPosition(parts, shard, moment, sequence)
  const isBySequence = type.endsWith('SEQUENCE_NUMBER')
  if (isBySequence !== (sequence !== undefined)) {
    throw badArgument(
      'Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and ' +
        'StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. ' +
        `Request specified ${type} and ${sequence === undefined ? 'no' : 'also a'} StartingSequenceNumber.`,
    )
  }
  if (sequence !== undefined) {
    const count = sequencePosition(stream, shard, sequence)
    return type === 'AT_SEQUENCE_NUMBER' ? count : count + 1
  }
  return type === 'LATEST' ? shard.next : 0
}

async function momentPosition(
  parts: KinesisParts,
  shard: Shard,
  moment: Date | undefined,
  sequence: string | undefined,
): Promise<number> {
  if (sequence !== undefined) {
    throw badArgument('StartingSequenceNumber must not be specified with AT_TIMESTAMP.')
  }
  if (moment === undefined) {
    throw badArgument(
      'Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. ' +
        'Current request has no timestamp parameter.',
    )
  }
  if (moment.getTime() > parts.deps.kernel.clock.now()) {
    throw badArgument(
      `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. ` +
        `timestampInMillis: ${moment.getTime()}, currentTimestampInMillis: ${parts.deps.kernel.clock.now()}`,
    )
  }
  return parts.records.firstAt(shard, moment.getTime())
}

function sequencePosition({ facts }: Stream, shard: Shard, given: string): number {
  const { name, account } = facts
  const id = shardId(shard.facts.index)
  const found = readSequence(given)
  const used =
    `StartingSequenceNumber ${given} used in GetShardIterator on shard ${id} in stream ${name} ` +
    `under account ${account} is invalid`
  if (!found) throw badArgument(`${used}.`)
  if (found.shardIndex !== shard.facts.index) {
    throw badArgument(
      `Invalid StartingSequenceNumber. It encodes ${shardId(found.shardIndex)}, while it was used ` +
        `in a call to a shard with ${id}`,
    )
  }
  const { shardCreatedS } = readSequence(firstSequence(shard.facts))!
  if (found.version !== 2 || found.shardCreatedS !== shardCreatedS) {
    throw badArgument(`${used} because it did not come from this stream.`)
  }
  return Math.min(found.count, Number.MAX_SAFE_INTEGER - 1)
}
