import type { RequestContext } from '../../gateway/index.ts'
import type { RecordRow } from './migrations.ts'
import { HOUR_MS } from './model.ts'
import type { KinesisParts } from './parts.ts'
import { sequenceNumber } from './sequence.ts'
import { childrenShown } from './shard-shapes.ts'
import type { Shard } from './shard.ts'
import type { Stream } from './stream.ts'

const MOST_BYTES = 10 * 1024 * 1024
/** Rows fetched at once: a page of many large records is not read whole to be cut. */
const STEP = 500

export interface Page {
  records: {
    SequenceNumber: string
    ApproximateArrivalTimestamp: Date
    Data: Uint8Array
    PartitionKey: string
    EncryptionType?: 'KMS'
  }[]
  /** Where to go on; undefined at the end of a closed shard. */
  next: number | undefined
  behindMs: number
  children: ReturnType<typeof childrenShown> | undefined
}

export async function readPage(
  parts: KinesisParts,
  stream: Stream,
  shard: Shard,
  from: number,
  limit: number,
  ctx: RequestContext,
): Promise<Page> {
  const rows = await readRows(parts, stream, shard, from, limit, ctx.now)
  const records = await Promise.all(rows.map((row) => shown(parts, stream, shard, row, ctx)))
  const last = rows.at(-1)
  // Nothing there and nothing on its way: what was there is past its retention.
  const position = last ? Number(last.count) + 1 : shard.pending === 0 ? shard.next : from
  const next = Math.max(position, from)
  const isAtTip = next >= shard.next
  const isAtEnd = isAtTip && shard.facts.closedAtMs !== undefined
  return {
    records,
    next: isAtEnd ? undefined : next,
    behindMs: isAtTip || !last ? 0 : Math.max(0, ctx.now - Number(last.at)),
    children: isAtEnd ? childrenShown(stream, shard.facts.index) : undefined,
  }
}

async function readRows(
  { records }: KinesisParts,
  { facts }: Stream,
  shard: Shard,
  from: number,
  limit: number,
  now: number,
): Promise<RecordRow[]> {
  if (from >= shard.next) return []
  const horizon = now - facts.retentionHours * HOUR_MS
  const kept: RecordRow[] = []
  let bytes = 0
  for (let at = from; kept.length < limit;) {
    const wanted = Math.min(STEP, limit - kept.length)
    const rows = await records.read(shard, at, wanted)
    for (const row of rows) {
      if (Number(row.at) < horizon) continue
      bytes += row.data.length
      if (bytes > MOST_BYTES && kept.length > 0) return kept
      kept.push(row)
    }
    if (rows.length < wanted) return kept
    const last = rows.at(-1)!
    // A page that is past its retention altogether: on to the first record that isn't.
    const isOld = Number(last.at) < horizon
    at = isOld ? await records.firstAt(shard, horizon) : Number(last.count) + 1
  }
  return kept
}

async function shown(
  { dataKeys }: KinesisParts,
  { facts }: Stream,
  shard: Shard,
  row: RecordRow,
  ctx: RequestContext,
): Promise<Page['records'][number]> {
  const at = Number(row.at)
  return {
    SequenceNumber: sequenceNumber(shard.facts, Number(row.count), at),
    ApproximateArrivalTimestamp: new Date(at),
    Data: row.sealed ? await dataKeys.open(facts, row.data, ctx) : row.data,
    PartitionKey: row.partition_key,
    ...(row.sealed && { EncryptionType: 'KMS' as const }),
  }
}
