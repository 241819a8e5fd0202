import type { KinesisParts } from './parts.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'

const RECORDS_A_SECOND = 1000
const BYTES_A_SECOND = 1024 * 1024
const READS_A_SECOND = 5

function present(shard: Shard, now: number) {
  const second = Math.floor(now / 1000)
  if (shard.window.second !== second) shard.window = { second, records: 0, bytes: 0, reads: 0 }
  return shard.window
}

/** A shard's limits hold where the cloud was started with `--realistic`; on-demand streams grow. */
export function mayWrite(
  { deps }: KinesisParts,
  { facts }: Stream,
  shard: Shard,
  bytes: number,
  now: number,
): boolean {
  if (!deps.settings.realistic || facts.isOnDemand) return true
  const window = present(shard, now)
  // One record larger than a second's share still gets in, by itself.
  const isFull = window.bytes > 0 && window.bytes + bytes > BYTES_A_SECOND
  if (isFull || window.records >= RECORDS_A_SECOND) return false
  window.records++
  window.bytes += bytes
  return true
}

export function mayRead({ deps }: KinesisParts, shard: Shard, now: number): boolean {
  if (!deps.settings.realistic) return true
  const window = present(shard, now)
  if (window.reads >= READS_A_SECOND) return false
  window.reads++
  return true
}
