import { parseColumn } from '../../../kernel/index.ts'
import { compare, type Position } from './position.ts'
import type { LogsStore } from './store.ts'

export interface StoredLogEvent extends Position {
  streamId: string
  message: string
  ingestionTime: number
}

/** Which events: of a stream, or of a group (perhaps only some of its streams). */
export interface EventRange {
  of: { streamId: string } | { groupId: string; streamIds?: string[] }
  /** Inclusive, ms. */
  startMs: number
  /** Exclusive, ms. */
  endMs: number
  matches?: (message: string) => boolean
}

const PAGE_BATCHES = 50

/** At most `limit` events after a position (first excluded), in order. */
export async function eventsAfter(
  store: LogsStore,
  range: EventRange,
  after: Position | undefined,
  limit: number,
): Promise<StoredLogEvent[]> {
  const from = Math.max(after?.timestamp ?? 0, range.startMs)
  const wanted = (event: Position) => !after || compare(event, after) > 0
  return gather(range, wanted, limit, 1, (offset) =>
    batches(store, range)
      .where('last_at', '>=', from)
      .where('first_at', '<', range.endMs)
      .orderBy('first_at')
      .orderBy('seq')
      .limit(PAGE_BATCHES)
      .offset(offset)
      .execute(),
  )
}

/** At most `limit` events right before a position, in order; from the newest when there is none. */
export async function eventsBefore(
  store: LogsStore,
  range: EventRange,
  before: Position | undefined,
  limit: number,
): Promise<StoredLogEvent[]> {
  const to = Math.min(before?.timestamp ?? Infinity, range.endMs)
  const wanted = (event: Position) => !before || compare(event, before) < 0
  const found = await gather(range, wanted, limit, -1, (offset) =>
    batches(store, range)
      .where('last_at', '>=', range.startMs)
      .where('first_at', '<=', Math.min(to, Number.MAX_SAFE_INTEGER))
      .orderBy('last_at', 'desc')
      .orderBy('seq', 'desc')
      .limit(PAGE_BATCHES)
      .offset(offset)
      .execute(),
  )
  return found.reverse()
}

interface BatchRow {
  seq: number
  stream_id: string
  first_at: number
  last_at: number
  ingested_at: number
  events: string
}

// Batches may overlap in time. Reading stops when every batch still to come lies beyond the limit-th
// event found, which the batches' order by their near end makes certain.
async function gather(
  range: EventRange,
  wanted: (event: Position) => boolean,
  limit: number,
  direction: 1 | -1,
  page: (offset: number) => Promise<BatchRow[]>,
): Promise<StoredLogEvent[]> {
  const order = (a: Position, b: Position) => direction * compare(a, b)
  let found: StoredLogEvent[] = []
  for (let offset = 0; ; offset += PAGE_BATCHES) {
    const rows = await page(offset)
    for (const row of rows) {
      found.push(...unpack(row).filter((event) => isInside(range, event) && wanted(event)))
    }
    found = found.sort(order).slice(0, limit)
    const farthest = rows.at(-1)
    if (!farthest || rows.length < PAGE_BATCHES) return found
    const last = found[limit - 1]
    const nearEnd = direction === 1 ? farthest.first_at : farthest.last_at
    if (last && direction * (nearEnd - last.timestamp) > 0) return found
  }
}

function isInside(range: EventRange, event: StoredLogEvent): boolean {
  if (event.timestamp < range.startMs || event.timestamp >= range.endMs) return false
  return range.matches?.(event.message) ?? true
}

function unpack(row: BatchRow): StoredLogEvent[] {
  return parseColumn<[number, string][]>(row.events).map(([timestamp, message], index) => ({
    timestamp,
    message,
    batch: row.seq,
    index,
    streamId: row.stream_id,
    ingestionTime: row.ingested_at,
  }))
}

function batches(store: LogsStore, { of }: EventRange) {
  const query = store.tables.selectFrom('logs_batch').selectAll()
  if ('streamId' in of) return query.where('stream_id', '=', of.streamId)
  const inGroup = query.where('group_id', '=', of.groupId)
  return of.streamIds ? inGroup.where('stream_id', 'in', of.streamIds) : inGroup
}
