import { AwsError } from '../../gateway/index.ts'
import type { DynamoDbStreams, Input } from '../../gateway/index.ts'
import { badValue, invalid } from './refusals.ts'
import type { Stream } from './table-model.ts'

export const RETENTION_MS = 86_400_000
const ITERATOR_MS = 15 * 60_000
const DIGITS = 21

/** Sequence numbers are 21 digits and more; ours are microseconds behind ones. */
export const sequence = (seq: number): string => String(seq).padStart(DIGITS, '1')
const seqOf = (text: string) => Number(text.slice(-16))

export const firstSeq = ({ startedAtMs }: Stream): number => startedAtMs * 1000
export const lastSeq = ({ closedAtMs }: Stream): number | undefined =>
  closedAtMs === undefined ? undefined : closedAtMs * 1000

/** From which number on records are still there. */
export const horizon = (now: number): number => (now - RETENTION_MS) * 1000

type IteratorInput = Input<DynamoDbStreams, 'GetShardIterator'>

/** The number from which an iterator reads; `next` is the number the next record will have. */
export function startOf(input: IteratorInput, stream: Stream, next: number, now: number): number {
  const { ShardIteratorType: type, SequenceNumber: given } = input
  if (type === 'TRIM_HORIZON' || type === 'LATEST') {
    if (given !== undefined) {
      throw badValue('SequenceNumber should not be passed for this iterator type')
    }
    return type === 'LATEST' ? next : firstSeq(stream)
  }
  if (given === undefined || !/^\d+$/.test(given)) throw badValue('Invalid SequenceNumber')
  const [least, most] = [firstSeq(stream), lastSeq(stream) ?? next].map(sequence)
  if (BigInt(given) < BigInt(least!) || BigInt(given) > BigInt(most!)) {
    throw invalid('Invalid SequenceNumber for the shard')
  }
  const seq = seqOf(given)
  if (type === 'AFTER_SEQUENCE_NUMBER') return seq + 1
  if (seq < horizon(now)) throw trimmed()
  return seq
}

const trimmed = () =>
  new AwsError('TrimmedDataAccessException', 'The data you are trying to access has been trimmed')

/** A place in a stream, and since when: an iterator is good for a quarter of an hour. */
export const iteratorText = (arn: string, from: number, now: number): string =>
  `${arn}|${Buffer.from(`${from}/${now}`).toString('base64')}`

export function readIterator(text: string, now: number): { arn: string; from: number } {
  const [arn = '', place = ''] = text.split('|')
  const [from, atMs] = Buffer.from(place, 'base64').toString().split('/').map(Number)
  if (!Number.isFinite(from) || !Number.isFinite(atMs)) throw invalid('Invalid ShardIterator')
  if (now - atMs! > ITERATOR_MS) throw new AwsError('ExpiredIteratorException', 'Iterator expired')
  return { arn, from: from! }
}
