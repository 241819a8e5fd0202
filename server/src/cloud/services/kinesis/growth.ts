import type { Written } from './metrics.ts'
import { statusOf } from './model.ts'
import type { KinesisParts } from './parts.ts'
import { resize } from './resharding.ts'
import type { Stream } from './stream.ts'

const MIB = 1024 * 1024
const SHARD_RECORDS_A_SECOND = 1000
/** An on-demand stream's greatest size where no quota was raised: 200 MiB a second. */
const MOST_SHARDS = 200

/**
 * An on-demand stream holds room for twice what was written to it ("capacity modes", developer
 * guide): a minute above half of what its shards take opens more. It never shrinks here.
 */
export async function grow(
  parts: KinesisParts,
  stream: Stream,
  { bytes, records }: Written,
): Promise<void> {
  const now = parts.deps.kernel.clock.now()
  const { facts, open } = stream
  if (!facts.isOnDemand || statusOf(facts, now) !== 'ACTIVE') return
  const used = Math.max(bytes / 60 / MIB, records / 60 / SHARD_RECORDS_A_SECOND)
  const wanted = Math.min(Math.ceil(used * 2), MOST_SHARDS)
  if (wanted > open.length) await resize(parts, stream, wanted, now)
}
