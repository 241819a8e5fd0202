import { hash } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Database, Statement } from '../../../kernel/index.ts'
import { keyOf } from './item-key.ts'
import type { DynamoTables } from './migrations.ts'
import { itemSize, itemText } from './value.ts'
import type { Change } from './writer.ts'

/** A change as a stream tells it; images as the items' own JSON text. */
export interface StreamRecord {
  seq: number
  atMs: number
  name: 'INSERT' | 'MODIFY' | 'REMOVE'
  keys: string
  before?: string
  after?: string
  sizeBytes: number
  isExpiry: boolean
}

export interface StreamStore {
  /** What the change adds to its table's stream; nothing where nothing changed. */
  record(change: Change): Statement[]
  /** Records from a sequence number on. */
  read(streamId: number, from: number, limit: number): Promise<StreamRecord[]>
  /** The number the next record will at least have. */
  next(): number
  trim(streamId: number, beforeMs: number): Promise<void>
  /** Forgets records up to a sequence number, which are delivered. */
  delivered(streamId: number, upTo: number): Promise<void>
  /** Says the number of a stream (`record`) for which a record is on its way to the disk. */
  recorded: EventEmitter
}

export function openStreamStore(database: Database, now: () => number): StreamStore {
  let last = 0
  const recorded = new EventEmitter().setMaxListeners(0)
  const insert = database
    .tables<DynamoTables>()
    .insertInto('dynamodb_stream_record')
    .values({ stream_id: 0, seq: 0, at: 0, record: '' })
    .compile().sql
  // Microseconds of the moment, and one more than the last where that isn't past it: it goes on
  // growing after a restart.
  const next = () => Math.max(now() * 1000, last + 1)
  return {
    record(change) {
      const { stream, destinations = [] } = change.table
      const listeners = destinations
        .filter(({ isActive }) => isActive)
        .map(({ id }) => ({ id, viewType: 'NEW_AND_OLD_IMAGES' }))
      if (stream) listeners.push(stream)
      return listeners.flatMap(({ id, viewType }) => {
        const record = recordOf(change, viewType)
        if (!record) return []
        last = next()
        recorded.emit('record', id)
        return [{ sql: insert, parameters: [id, last, now(), JSON.stringify(record)] }]
      })
    },
    recorded,
    async read(streamId, from, limit) {
      const rows = await database
        .tables<DynamoTables>()
        .selectFrom('dynamodb_stream_record')
        .select(['seq', 'at', 'record'])
        .where('stream_id', '=', streamId)
        .where('seq', '>=', from)
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map(({ seq, at, record }) => ({
        ...(JSON.parse(record) as Omit<StreamRecord, 'seq' | 'atMs'>),
        seq,
        atMs: at,
      }))
    },
    next,
    async trim(streamId, beforeMs) {
      const statement = database
        .tables<DynamoTables>()
        .deleteFrom('dynamodb_stream_record')
        .where('stream_id', '=', streamId)
        .where('at', '<', beforeMs)
        .compile()
      await database.apply([{ sql: statement.sql, parameters: statement.parameters }])
    },
    async delivered(streamId, upTo) {
      const { sql, parameters } = database
        .tables<DynamoTables>()
        .deleteFrom('dynamodb_stream_record')
        .where('stream_id', '=', streamId)
        .where('seq', '<=', upTo)
        .compile()
      await database.apply([{ sql, parameters }])
    },
  }
}

function recordOf(
  { table, before, after, isExpiry = false }: Change,
  viewType: string,
): Omit<StreamRecord, 'seq' | 'atMs'> | undefined {
  // A write that leaves the item as it was is no change.
  if (before?.text === after?.text) return undefined
  const item = (after ?? before)!.item
  const key = keyOf(table.key, item)
  const showsOld = viewType === 'OLD_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES'
  const showsNew = viewType === 'NEW_IMAGE' || viewType === 'NEW_AND_OLD_IMAGES'
  const old = showsOld ? before : undefined
  const now = showsNew ? after : undefined
  return {
    name: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    keys: itemText(key),
    ...(old && { before: old.text }),
    ...(now && { after: now.text }),
    sizeBytes: itemSize(key) + (old?.sizeBytes ?? 0) + (now?.sizeBytes ?? 0),
    isExpiry,
  }
}

/** Thirty-two hex digits, the same each time the record is read. */
export const eventId = (streamId: number, seq: number): string =>
  hash('md5', `${streamId}/${seq}`, 'hex')
