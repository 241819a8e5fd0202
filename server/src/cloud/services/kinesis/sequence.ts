// A sequence number as Kinesis makes them, seen in real answers: hex digits read as one decimal of 56:
// 2 · shard's creation in s (9) · shard's last digit (1) · count (16) · 00 · arrival in s (9) · shard (8) · 2

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

/** The count a closed shard's end has: beyond any record's. */
const LAST_COUNT = '7fffffffffffffff'

export interface Sequence {
  shardCreatedS: number
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

/** What a number tells; undefined when none of ours looks like it. */
export function readSequence(text: string): Sequence | undefined {
  if (!/^\d{1,128}$/.test(text)) return undefined
  const digits = BigInt(text).toString(16)
  if (digits.length !== 47 || !digits.startsWith('2') || !digits.endsWith('2')) return undefined
  const part = (from: number, to: number) => Number.parseInt(digits.slice(from, to), 16)
  return { shardCreatedS: part(1, 10), count: part(11, 27), shardIndex: part(38, 46) }
}
