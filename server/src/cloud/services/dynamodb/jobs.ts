import type { Jobs, Kernel, Transaction } from '../../../kernel/index.ts'
import { isIndexed, placeId, placeOf } from './item-key.ts'
import type { DynamoParts } from './parts.ts'
import type { Found } from './store-items.ts'
import type { Index, Table } from './table-model.ts'
import type { Target } from './writer.ts'

const PURGE = 'cloud-dynamodb.purge'
const FILL = 'cloud-dynamodb.fill'
const EXPIRE = 'cloud-dynamodb.expire'
const TRIM = 'cloud-dynamodb.trim'
const TRIM_CHANGES = 'cloud-dynamodb.trim-changes'
const ERASE = 'cloud-dynamodb.erase'
const PIECE = 500
const HOUR_MS = 3_600_000
const A_DAY_MS = 86_400_000
const SWEEP_EVERY_MS = 60_000
const FIVE_YEARS_S = 5 * 365.25 * 86_400

/** Takes a deleted table's items away, and then the table's own row. */
export const enqueuePurge = (jobs: Jobs, tx: Transaction, { id, goneAtMs }: Table) =>
  jobs.enqueue(tx, { kind: PURGE, payload: { tableId: id }, runAtMs: goneAtMs!, key: `${id}` })

/** Enters what was in the table before the index; or empties an index that is no more. */
export const enqueueFill = (jobs: Jobs, tx: Transaction, tableId: number, indexId: number) =>
  jobs.enqueue(tx, { kind: FILL, payload: { tableId, indexId }, key: `${tableId}/${indexId}` })

/** Deletes items past their time, now and every minute, as long as the table wants it. */
export const enqueueExpiry = (jobs: Jobs, tx: Transaction, tableId: number, runAtMs: number) =>
  jobs.enqueue(tx, {
    kind: EXPIRE,
    payload: { tableId, marked: false },
    runAtMs,
    key: `${tableId}`,
  })

/** A stream's records are kept for a day, and looked through each hour. */
export const enqueueTrim = (jobs: Jobs, tx: Transaction, table: Table, now: number) =>
  table.stream &&
  jobs.enqueue(tx, {
    kind: TRIM,
    payload: { tableId: table.id, streamId: table.stream.id },
    runAtMs: now + HOUR_MS,
    key: `${table.stream.id}`,
  })

/** Takes away items that stand under a number without a table: a deleted backup's. */
export const enqueueErase = (jobs: Jobs, tx: Transaction, itemsId: number) =>
  jobs.enqueue(tx, { kind: ERASE, payload: { itemsId }, key: `${itemsId}` })

/** Changes older than a table's recovery reaches are forgotten hourly; all of them when it is off. */
export const enqueueTrimChanges = (jobs: Jobs, tx: Transaction, tableId: number, runAtMs: number) =>
  jobs.enqueue(tx, { kind: TRIM_CHANGES, payload: { tableId }, runAtMs, key: `${tableId}` })

async function trimChanges(kernel: Kernel, parts: DynamoParts, tableId: number): Promise<void> {
  const now = kernel.clock.now()
  const recovery = parts.tables.byId(tableId)?.recovery
  const before = recovery ? now - recovery.days * A_DAY_MS : Number.MAX_SAFE_INTEGER
  await parts.changes.trim(tableId, before)
  if (!recovery) return
  await kernel.database.write((tx) => enqueueTrimChanges(kernel.jobs, tx, tableId, now + HOUR_MS))
}

async function trim(
  { kernel, parts }: { kernel: Kernel; parts: DynamoParts },
  payload: { tableId: number; streamId: number },
): Promise<void> {
  const now = kernel.clock.now()
  await parts.streams.trim(payload.streamId, now - A_DAY_MS)
  const table = parts.tables.byId(payload.tableId)
  const all = [...(table?.closedStreams ?? []), ...(table?.stream ? [table.stream] : [])]
  const stream = all.find(({ id }) => id === payload.streamId)
  if (!stream || now - (stream.closedAtMs ?? now) > A_DAY_MS) return
  await kernel.database.write((tx) =>
    kernel.jobs.enqueue(tx, {
      kind: TRIM,
      payload,
      runAtMs: now + HOUR_MS,
      key: `${payload.streamId}`,
    }),
  )
}

export function handleJobs(kernel: Kernel, parts: DynamoParts): void {
  const { jobs } = kernel
  jobs.handle(PURGE, {
    run: ({ payload }) => purge(parts, (payload as { tableId: number }).tableId),
  })
  jobs.handle(TRIM, {
    run: ({ payload }) => trim({ kernel, parts }, payload as { tableId: number; streamId: number }),
  })
  jobs.handle(TRIM_CHANGES, {
    run: ({ payload }) => trimChanges(kernel, parts, (payload as { tableId: number }).tableId),
  })
  jobs.handle(ERASE, {
    run: async ({ payload }) => {
      const { itemsId: tableId } = payload as { itemsId: number }
      while ((await parts.items.purge({ tableId }, PIECE)) > 0);
    },
  })
  jobs.handle(FILL, {
    concurrency: 4,
    run: ({ payload, signal }) => {
      const { tableId, indexId } = payload as { tableId: number; indexId: number }
      return fill(parts, tableId, indexId, signal)
    },
  })
  jobs.handle(EXPIRE, {
    run: async ({ payload, signal }) => {
      const { tableId, marked } = payload as { tableId: number; marked: boolean }
      const table = parts.tables.byId(tableId)
      if (!table?.ttl || table.goneAtMs !== undefined) return
      if (!marked) await mark(parts, table, signal)
      await expire(parts, table, kernel.clock.now(), signal)
      const runAtMs = kernel.clock.now() + SWEEP_EVERY_MS
      await kernel.database.write((tx) =>
        jobs.enqueue(tx, {
          kind: EXPIRE,
          payload: { tableId, marked: true },
          runAtMs,
          key: `${tableId}`,
        }),
      )
    },
  })
}

async function purge(
  { tables, items, streams, changes }: DynamoParts,
  tableId: number,
): Promise<void> {
  const table = tables.byId(tableId)
  if (!table) return
  while ((await items.purge({ tableId }, PIECE)) > 0);
  for (const { id } of table.indexes) while ((await items.purge({ indexId: id }, PIECE)) > 0);
  const { stream, closedStreams = [], destinations = [] } = table
  const told = [...closedStreams, ...destinations, ...(stream ? [stream] : [])]
  for (const { id } of told) await streams.trim(id, Number.MAX_SAFE_INTEGER)
  await changes.trim(tableId, Number.MAX_SAFE_INTEGER)
  await tables.forget(table)
}

async function fill(
  parts: DynamoParts,
  tableId: number,
  indexId: number,
  signal: AbortSignal,
): Promise<void> {
  const { tables, items } = parts
  const indexOf = () => tables.byId(tableId)?.indexes.find(({ id }) => id === indexId)
  if (!indexOf()) {
    while ((await items.purge({ indexId }, PIECE)) > 0);
    return
  }
  await eachPiece(parts, tableId, signal, async (table, found) => {
    const index = indexOf()
    if (index) await enter(parts, table, index, found)
  })
  const table = tables.byId(tableId)
  if (!table || !indexOf() || signal.aborted) return
  const indexes = table.indexes.map((index) =>
    index.id === indexId ? { ...index, isFilled: true } : index,
  )
  await tables.save({ ...table, indexes })
}

/** Entries of items as they are now: each is locked while it is looked at. */
async function enter(parts: DynamoParts, table: Table, index: Index, found: Found[]) {
  const targets = found.map((one) => targetOf(table, one))
  await parts.writer.change(targets, (current) => ({
    changes: [],
    result: undefined,
    also: targets.flatMap(({ place }, i) => {
      const item = current[i]?.item
      if (!item || !isIndexed(table, index, item)) return []
      return [parts.items.enter(index.id, table.id, placeOf(index.id, index.key, item), place)]
    }),
  }))
}

const targetOf = (table: Table, { pk, sk }: Found): Target => ({
  table,
  place: { pk, sk, id: placeId(table.id, pk, sk) },
})

async function eachPiece(
  { tables, items }: DynamoParts,
  tableId: number,
  signal: AbortSignal,
  run: (table: Table, found: Found[]) => Promise<void>,
): Promise<void> {
  let after: Found | undefined
  for (;;) {
    const table = tables.byId(tableId)
    if (!table || signal.aborted) return
    const range = { of: tableId, isIndex: false, backward: false, ...(after && { after }) }
    const found = await items.page(range, PIECE)
    if (found.length === 0) return
    await run(table, found)
    after = found.at(-1)
  }
}

/** Items written before the time to live was set get their moment: they are stored anew. */
async function mark(parts: DynamoParts, { id }: Table, signal: AbortSignal): Promise<void> {
  await eachPiece(parts, id, signal, async (table, found) => {
    const targets = found.map((one) => targetOf(table, one))
    await parts.writer.change(targets, (current) => ({
      changes: targets.flatMap((target, i) =>
        current[i] ? [{ ...target, before: current[i], after: current[i] }] : [],
      ),
      result: undefined,
    }))
  })
}

/** An item is deleted only while its moment still is past: it may have been written meanwhile. */
async function expire(
  parts: DynamoParts,
  table: Table,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const nowS = Math.floor(now / 1000)
  const isPast = (seconds: number) => seconds <= nowS && seconds > nowS - FIVE_YEARS_S
  for (;;) {
    const found = await parts.items.expired(table.id, nowS - FIVE_YEARS_S, nowS, PIECE)
    if (found.length === 0 || signal.aborted) return
    const targets = found.map((one) => targetOf(table, one))
    await parts.writer.change(targets, (current) => ({
      changes: targets.flatMap((target, i) => {
        const before = current[i]
        const seconds = Number(before?.item[table.ttl!.attribute]?.N ?? Number.NaN)
        return before && isPast(Math.floor(seconds))
          ? [{ ...target, before, after: undefined, isExpiry: true }]
          : []
      }),
      result: undefined,
    }))
  }
}
