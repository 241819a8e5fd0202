import type { Database, Statement } from '../../../kernel/index.ts'
import { isIndexed, type Place, placeOf, type Stored } from './item-key.ts'
import type { ItemStore } from './store-items.ts'
import type { Table } from './table-model.ts'

export interface Target {
  table: Table
  place: Place
}

/** What becomes of one item; `after` undefined takes it away. */
export interface Change extends Target {
  before: Stored | undefined
  after: Stored | undefined
}

export interface Decision<R> {
  changes: Change[]
  result: R
  /** Joins the same write. */
  also?: Statement[]
}

/**
 * The only way items change. What concerns one item happens one after the other: read, decide,
 * send to the database. On SQLite, which applies in the order of sending, the next one may decide
 * before the last is on disk: it sees what is in flight. It is answered when its own write is, and
 * a refusal that rests on a write in flight waits for that write.
 */
export interface Writer {
  change<R>(
    targets: Target[],
    decide: (current: (Stored | undefined)[]) => Decision<R>,
    options?: { blind?: boolean },
  ): Promise<R>
  /** Reads several items as they were at one moment. */
  snapshot(targets: Target[]): Promise<(Stored | undefined)[]>
}

interface Flight {
  stored: Stored | undefined
  durable: Promise<void>
}

const settled = () => undefined

export function createWriter(database: Database, items: ItemStore): Writer {
  const tails = new Map<string, Promise<unknown>>()
  const flights = new Map<string, Flight>()
  const appliesInOrder = database.dialect === 'sqlite'

  const alone = <R>(id: string, run: () => Promise<R>): Promise<R> => {
    const before = tails.get(id)
    const mine = before ? before.then(run) : run()
    const tail = mine.then(settled, settled)
    tails.set(id, tail)
    void tail.then(() => {
      if (tails.get(id) === tail) tails.delete(id)
    })
    return mine
  }

  /** All of them locked, always in the same order, so that two transactions can't wait in a ring. */
  const allAlone = <R>(ids: string[], run: () => Promise<R>): Promise<R> => {
    const [first, ...others] = ids
    if (first === undefined) return run()
    return alone(first, () => (others.length === 0 ? run() : allAlone(others, run)))
  }

  const current = ({ table, place }: Target) => {
    const flight = flights.get(place.id)
    return flight ? flight.stored : items.get(table.id, place)
  }

  const take = (changes: Change[], statements: Statement[]): Promise<void> => {
    const durable = items.apply(statements)
    for (const { place, after } of changes) {
      const flight = { stored: after, durable }
      flights.set(place.id, flight)
      const land = () => {
        if (flights.get(place.id) === flight) flights.delete(place.id)
      }
      durable.then(land, land)
    }
    return durable
  }

  const landed = (targets: Target[]) =>
    Promise.all(targets.map(({ place }) => flights.get(place.id)?.durable))

  return {
    async change(targets, decide, { blind = false } = {}) {
      const ids = idsOf(targets)
      const outcome = await allAlone(ids, async () => {
        const found = blind ? [] : await Promise.all(targets.map(current))
        const {
          changes,
          result,
          also = [],
        } = await orLanded(
          () => decide(found),
          () => landed(targets),
        )
        const statements = changes.flatMap((change) => statementsOf(items, change)).concat(also)
        if (statements.length === 0) {
          await landed(targets)
          return { result, durable: undefined }
        }
        const durable = take(changes, statements)
        if (!appliesInOrder) await durable
        return { result, durable }
      })
      await outcome.durable
      return outcome.result
    },
    snapshot: (targets) =>
      allAlone(idsOf(targets), async () => {
        await landed(targets)
        return Promise.all(targets.map(({ table, place }) => items.get(table.id, place)))
      }),
  }
}

const idsOf = (targets: Target[]) =>
  targets.length === 1
    ? [targets[0]!.place.id]
    : [...new Set(targets.map((t) => t.place.id))].sort()

async function orLanded<R>(run: () => R, landed: () => Promise<unknown>): Promise<R> {
  try {
    return run()
  } catch (error) {
    await landed()
    throw error
  }
}

function statementsOf(items: ItemStore, { table, place, before, after }: Change): Statement[] {
  const statements: Statement[] = []
  if (after) statements.push(items.put(table.id, place, after, expiryOf(table, after)))
  else if (before) statements.push(items.remove(table.id, place))
  for (const index of table.indexes) {
    const old = before && isIndexed(index, before.item) ? before.item : undefined
    const now = after && isIndexed(index, after.item) ? after.item : undefined
    const from = old && placeOf(index.id, index.key, old)
    const to = now && placeOf(index.id, index.key, now)
    if (from?.id === to?.id) continue
    if (from) statements.push(items.leave(index.id, from, place))
    if (to) statements.push(items.enter(index.id, table.id, to, place))
  }
  return statements
}

/** Whole seconds since the epoch, of the attribute that the table's time to live names. */
export function expiryOf(table: Table, stored: Stored): number | null {
  if (!table.ttl) return null
  const value = stored.item[table.ttl.attribute]?.N
  const seconds = value === undefined ? Number.NaN : Math.floor(Number(value))
  return Number.isSafeInteger(seconds) ? seconds : null
}
