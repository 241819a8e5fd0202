import { badIterator, expiredIterator } from './refusals.ts'

/** Where a reader of a shard is. */
export interface Iterator {
  createdAtMs: number
  streamId: number
  name: string
  shardIndex: number
  /** The count of the next record. */
  count: number
}

const KEPT_MS = 300_000
const VERSION = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])

/** Opaque to clients, and at least as long as real ones. */
export function writeIterator(it: Iterator): string {
  const text = [it.createdAtMs, it.streamId, it.shardIndex, it.count, it.name].join('/')
  return Buffer.concat([VERSION, Buffer.from(text.padEnd(144, '/'))]).toString('base64')
}

/** Quotes around one are taken for nothing, as the real service takes them. */
export function readIterator(given: string, now: number): Iterator {
  const text = given.replace(/^"(.*)"$/, '$1')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text || !bytes.subarray(0, 8).equals(VERSION)) {
    throw badIterator()
  }
  const [created, stream, shard, count, name] = bytes.subarray(8).toString('utf8').split('/')
  const numbers = [created, stream, shard, count].map(Number)
  if (!name || !numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw badIterator()
  }
  const [createdAtMs, streamId, shardIndex, at] = numbers as [number, number, number, number]
  if (now - createdAtMs > KEPT_MS) {
    throw expiredIterator(
      `Iterator expired. The iterator was created at time ${told(createdAtMs)} while right now it ` +
        `is ${told(now)} which is further in the future than the tolerated delay of ${KEPT_MS} ` +
        'milliseconds.',
    )
  }
  return { createdAtMs, streamId, shardIndex, count: at, name }
}

/** `Thu Jan 22 01:22:02 UTC 2015`. */
function told(timeMs: number): string {
  const [day, date, month, year, time] = new Date(timeMs).toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${date} ${time} UTC ${year}`
}
