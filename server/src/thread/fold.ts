import type { Selectable } from 'kysely'
import type { StoredEvent, ThreadEdge, ThreadNode, Transaction } from '../kernel/index.ts'
import { movesThings, moveThings } from './moved.ts'
import type { ThreadTables } from './tables.ts'
import { tokensOf } from './tokens.ts'

export type NodeRow = Selectable<ThreadTables['thread_node']>
type NewRow = Omit<NodeRow, 'number'>

const TEXT_LIMIT = 4000
const ROWS_AT_ONCE = 500

export function refOf(thing: { kind: string; id: string }): string {
  return `${thing.kind} ${thing.id}`
}

/** Adds facts to the thread, oldest first. The same facts twice change nothing. */
export async function foldEvents(tx: Transaction, events: StoredEvent[]): Promise<void> {
  const at = events.findIndex(movesThings)
  const before = at < 0 ? events : events.slice(0, at)
  await foldNodes(tx, before)
  await foldEdges(tx, before)
  if (at < 0) return
  await moveThings(tx, events[at]!)
  await foldEvents(tx, events.slice(at + 1))
}

async function foldNodes(tx: Transaction, events: StoredEvent[]): Promise<void> {
  const told = events.flatMap((event) => event.nodes.map((node) => ({ node, event })))
  const known = await rowsOf(tx, [...new Set(told.map(({ node }) => refOf(node)))])
  const fresh = new Map<string, NewRow>()
  const changed = new Map<string, { before: NodeRow; after: NodeRow }>()
  for (const { node, event } of told) {
    const ref = refOf(node)
    const before = known.get(ref)
    if (!before) fresh.set(ref, merged(fresh.get(ref), node, event))
    else {
      const after = merged(changed.get(ref)?.after ?? before, node, event)
      changed.set(ref, { before, after: { ...after, number: before.number } })
    }
  }
  await insertRows(tx, [...fresh.values()])
  for (const { before, after } of changed.values()) await updateRow(tx, before, after)
}

/**
 * What is known about a node after a fact. An older fact that comes late (its delivery had failed)
 * only fills what is missing.
 */
function merged(row: NewRow | undefined, node: ThreadNode, event: StoredEvent): NewRow {
  const isNewer = !row || event.seq >= row.seq
  const pick = <T>(stored: T | null | undefined, given: T | undefined): T | null =>
    (isNewer ? (given ?? stored) : stored || given) ?? null
  return {
    ref: refOf(node),
    kind: node.kind,
    id: node.id,
    project: pick(row?.project, node.project),
    title: pick(row?.title, node.title) ?? '',
    url: pick(row?.url, node.url),
    state: pick(row?.state, node.state),
    text: (pick(row?.text, node.text) ?? '').slice(0, TEXT_LIMIT),
    removed: isNewer ? Number(node.removed ?? false) : row.removed,
    seq: isNewer ? event.seq : row.seq,
    at: isNewer ? event.atMs : row.at,
  }
}

async function rowsOf(tx: Transaction, refs: string[]): Promise<Map<string, NodeRow>> {
  const found = new Map<string, NodeRow>()
  for (const some of inPieces(refs)) {
    const rows = await tx
      .tables<ThreadTables>()
      .selectFrom('thread_node')
      .selectAll()
      .where('ref', 'in', some)
      .execute()
    for (const row of rows) found.set(row.ref, row)
  }
  return found
}

async function insertRows(tx: Transaction, rows: NewRow[]): Promise<void> {
  for (const some of inPieces(rows)) {
    const numbered = await tx
      .tables<ThreadTables>()
      .insertInto('thread_node')
      .values(some)
      .returning(['number', 'ref'])
      .execute()
    const numbers = new Map(numbered.map((row) => [row.ref, row.number]))
    const tokens = some.flatMap((row) =>
      row.removed
        ? []
        : [...tokensOf(row)].map((token) => ({ token, node: numbers.get(row.ref)! })),
    )
    await insertTokens(tx, tokens)
  }
}

async function updateRow(tx: Transaction, before: NodeRow, after: NodeRow): Promise<void> {
  const { number, ...change } = after
  const db = tx.tables<ThreadTables>()
  await db.updateTable('thread_node').set(change).where('number', '=', number).execute()
  const old = before.removed ? new Set<string>() : tokensOf(before)
  const now = after.removed ? new Set<string>() : tokensOf(after)
  for (const some of inPieces([...old].filter((token) => !now.has(token)))) {
    await db
      .deleteFrom('thread_token')
      .where('node', '=', number)
      .where('token', 'in', some)
      .execute()
  }
  const added = [...now].filter((token) => !old.has(token))
  await insertTokens(
    tx,
    added.map((token) => ({ token, node: number })),
  )
}

async function insertTokens(tx: Transaction, rows: ThreadTables['thread_token'][]): Promise<void> {
  for (const some of inPieces(rows)) {
    await tx
      .tables<ThreadTables>()
      .insertInto('thread_token')
      .values(some)
      .onConflict((conflict) => conflict.columns(['token', 'node']).doNothing())
      .execute()
  }
}

async function foldEdges(tx: Transaction, events: StoredEvent[]): Promise<void> {
  const db = tx.tables<ThreadTables>()
  const added = new Map<string, ThreadTables['thread_edge']>()
  const told = events.flatMap(({ seq, edges }) => edges.map((edge) => ({ edge, seq })))
  for (const { edge, seq } of told) {
    const row = { from_ref: refOf(edge.from), to_ref: refOf(edge.to), seq }
    const key = `${row.from_ref} ${row.to_ref}`
    if (edge.remove) {
      added.delete(key)
      await removeEdge(tx, edge)
    } else if (!added.has(key)) added.set(key, row)
  }
  for (const some of inPieces([...added.values()])) {
    await db
      .insertInto('thread_edge')
      .values(some)
      .onConflict((conflict) => conflict.columns(['from_ref', 'to_ref']).doNothing())
      .execute()
  }
}

async function removeEdge(tx: Transaction, edge: ThreadEdge): Promise<void> {
  await tx
    .tables<ThreadTables>()
    .deleteFrom('thread_edge')
    .where('from_ref', '=', refOf(edge.from))
    .where('to_ref', '=', refOf(edge.to))
    .execute()
}

function* inPieces<T>(list: T[]): Generator<T[]> {
  for (let i = 0; i < list.length; i += ROWS_AT_ONCE) yield list.slice(i, i + ROWS_AT_ONCE)
}
