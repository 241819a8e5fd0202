import type { Database, Statement } from '../../../kernel/index.ts'
import { createItemLocks } from './item-locks.ts'
import { hasIndexKey, isIndexed, type Place, placeId, placeOf, type Stored } from './item-key.ts'
import type { ItemStore } from './store-items.ts'
import type { TableStore } from './store-tables.ts'
import type { Table } from './table-model.ts'

export interface Target {
  table: Table
  place: Place
}

/** What becomes of one item; `after` undefined takes it away. */
export interface Change extends Target {
  before: Stored | undefined
  after: Stored | undefined
  /** The time to live took it away, which a stream says. */
  isExpiry?: boolean
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
  change<R>(targets: Target[], decide: (current: (Stored | undefined)[]) => Decision<R>): Promise<R>
  /** Replaces one, of which nothing is asked or told: most puts. */
  put(target: Target, after: Stored): Promise<void>
  /** Reads several items as they were at one moment. */
  snapshot(targets: Target[]): Promise<(Stored | undefined)[]>
}

interface Flight {
  stored: Stored | undefined
  durable: Promise<unknown>
}

export function createWriter(
  database: Database,
  items: ItemStore,
  tellers: { record(change: Change): Statement[] }[],
  tables: Pick<TableStore, 'byId' | 'replicasOf'>,
): Writer {
  const locks = createItemLocks()
  const flights = createFlights()
  const { landed } = flights
  const appliesInOrder = database.dialect === 'sqlite'

  const current = ({ table, place }: Target) => {
    const flight = flights.get(place.id)
    return flight ? flight.stored : items.get(table.id, place)
  }
  // An index may have come since the request looked its table up.
  const latest = (table: Table) => tables.byId(table.id) ?? table
  const lockOfTarget = ({ table, place }: Target) => lockOf(latest(table), place)
  const alone = <R>(targets: Target[], run: () => Promise<R>) =>
    locks.alone(targets.map(lockOfTarget), run)

  const send = (statements: Statement[], changes: Landing[]) =>
    flights.takeOff(changes, items.apply(statements, changes.map(idOf)))

  const change: Writer['change'] = async (targets, decide) => {
    const outcome = await alone(targets, async () => {
      const found = await Promise.all(targets.map(current))
      const { changes, result, also } = await orLanded(
        () => decide(found),
        () => landed(targets),
      )
      const all = changes.flatMap((given) => {
        const one = { ...given, table: latest(given.table) }
        return one.table.group ? [one, ...replicated(tables, one)] : [one]
      })
      const told = (one: Change) => tellers.flatMap((teller) => teller.record(one))
      const statements = all.flatMap((one) => [...statementsOf(items, one), ...told(one)])
      if (also) statements.push(...also)
      // What was decided rests on what is in flight.
      if (statements.length === 0) return { result, durable: landed(targets) }
      const durable = send(statements, all)
      if (!appliesInOrder) await durable
      return { result, durable }
    })
    await outcome.durable
    return outcome.result
  }
  return {
    change,
    async put(target, after) {
      const { table, place } = target
      // Nothing is waited for before it is sent, so nobody comes between, and it holds no lock.
      if (appliesInOrder && locks.isFree(place.id) && isPlain(latest(table))) {
        const statement = items.put(table.id, place, after, expiryOf(latest(table), after))
        await send([statement], [{ place, after }])
        return
      }
      await change([target], ([before]) => ({
        changes: [{ ...target, before, after }],
        result: undefined,
      }))
    },
    snapshot: (targets) =>
      alone(targets, async () => {
        await landed(targets)
        return Promise.all(targets.map(({ table, place }) => items.get(table.id, place)))
      }),
  }
}

/** Tables of a group hold the same items: what concerns one of them concerns the others'. */
const lockOf = ({ group }: Table, { id }: Place): string =>
  group ? `group ${group.id}${id.slice(id.indexOf(':'))}` : id

/** The same change in the other regions, in the same write. Their streams don't call it an expiry. */
const replicated = (tables: Pick<TableStore, 'replicasOf'>, change: Change): Change[] =>
  tables.replicasOf(change.table).map((table) => {
    const { pk, sk } = change.place
    const { table: _table, place: _place, isExpiry: _expiry, ...rest } = change
    return { ...rest, table, place: { pk, sk, id: placeId(table.id, pk, sk) } }
  })

/** Nobody but the item itself is concerned by a change of it. */
const isPlain = ({ indexes, stream, recovery, group, destinations }: Table): boolean =>
  indexes.length === 0 && !stream && !recovery && !group && !destinations

type Landing = Pick<Change, 'place' | 'after'>

const idOf = ({ place }: Landing): string => place.id

/** What is on its way to the disk: the next ones decide by it. */
function createFlights() {
  const flights = new Map<string, Flight>()
  return {
    get: (id: string) => flights.get(id),
    landed: (targets: Target[]) =>
      Promise.all(targets.map(({ place }) => flights.get(place.id)?.durable)),
    takeOff(changes: Landing[], durable: Promise<unknown>): Promise<unknown> {
      for (const { place, after } of changes) {
        const flight = { stored: after, durable }
        flights.set(place.id, flight)
        const land = () => {
          if (flights.get(place.id) === flight) flights.delete(place.id)
        }
        durable.then(land, land)
      }
      return durable
    },
  }
}

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
    // Of a key that fits the index no longer, or never did, no place is left behind.
    const old = before && hasIndexKey(index, before.item) ? before.item : undefined
    const now = after && isIndexed(table, index, after.item) ? after.item : undefined
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
