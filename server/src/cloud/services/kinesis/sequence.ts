// A sequence number as Kinesis makes them, seen in real answers: hex digits read as one decimal of 56:
// 2 · shard's creation in s (9) · shard's last digit (1) · count (16) · 00 · arrival in s (9) · shard (8) · 2

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

/** The count a closed shard's end has: beyond any record's. */
const LAST_COUNT = '7fffffffffffffff'

/** Older forms are still understood: 0 has no arrival and no count, 1 counts within one byte. */
export interface Sequence {
  version: 0 | 1 | 2
  shardCreatedS: number
  atS?: number
  count: number
  shardIndex: number
}

interface ShardOf {
  index: number
  createdAtMs: number
}

const joined = (shard: ShardOf, count: string, atMs: number): string =>
  BigInt(
    `0x2${hex(Math.floor(shard.createdAtMs / 1000), 9)}${hex(shard.index & 15, 1)}${count}00` +
      `${hex(Math.floor(atMs / 1000), 9)}${hex(shard.index, 8)}2`,
  ).toString()

export const sequenceNumber = (shard: ShardOf, count: number, atMs: number): string =>
  joined(shard, hex(count, 16), atMs)

export const firstSequence = (shard: ShardOf): string => sequenceNumber(shard, 0, shard.createdAtMs)

export const lastSequence = (shard: ShardOf & { closedAtMs?: number }): string =>
  joined(shard, LAST_COUNT, shard.closedAtMs ?? shard.createdAtMs)

/** No shard was made in so distant a second. */
const LAST_SECOND = 16_025_175_000
const FORM_0 = 1n << 124n

/** What a number tells; undefined when no real one looks like it. */
export function readSequence(text: string): Sequence | undefined {
  if (!/^\d{1,128}$/.test(text)) return undefined
  const value = BigInt(text)
  const digits = (value < FORM_0 ? value + FORM_0 : value).toString(16)
  const part = (from: number, to: number) => Number.parseInt(digits.slice(from, to), 16)
  const shardCreatedS = part(1, 10)
  if (shardCreatedS >= LAST_SECOND) return undefined
  if (digits.length === 32 && digits.startsWith('1')) {
    return { version: 0, shardCreatedS, count: 0, shardIndex: part(28, 32) }
  }
  if (digits.length !== 47 || !digits.startsWith('2')) return undefined
  const shardIndex = part(38, 46)
  if (digits.endsWith('1')) {
    return { version: 1, shardCreatedS, atS: part(13, 22), count: part(36, 38), shardIndex }
  }
  // Counts and shards have a sign; a real count is never below nought.
  if (!digits.endsWith('2') || part(11, 12) > 7) return undefined
  return { version: 2, shardCreatedS, atS: part(29, 38), count: part(11, 27), shardIndex }
}
