import { type Thread, threadKinds } from '@madang/api'
import type { Database } from '../kernel/index.ts'
import { type NodeRow, refOf } from './fold.ts'
import type { Sight } from './sight.ts'
import { asItem } from './item.ts'
import type { ThreadTables } from './tables.ts'

const DEEPEST = 14
const MOST_NODES = 300
const MOST_EDGES_A_STEP = 600

type Side = Thread['nodes'][number]['side']
type Edge = { from: string; to: string }

/**
 * Everything that led to a thing and everything that came of it. The walk keeps its direction: what led
 * to a stack is every run that changed it, but what else those runs made is another thread.
 */
export class Walk {
  readonly #database: Database
  readonly #sight: Sight
  readonly #seen = new Map<string, { row: NodeRow; side: Side }>()
  readonly #edges = new Map<string, Edge>()
  #isCut = false
  #root = ''

  constructor(database: Database, sight: Sight) {
    this.#database = database
    this.#sight = sight
  }

  async from(root: NodeRow): Promise<Thread> {
    this.#root = root.ref
    this.#seen.set(root.ref, { row: root, side: 'root' })
    const parents = await this.#go([root.ref], 'before')
    await this.#go([root.ref], 'after')
    await this.#besides(parents)
    return {
      root: { kind: root.kind, id: root.id },
      nodes: this.#ordered(),
      edges: [...this.#edges.values()].map(({ from, to }) => ({
        from: this.#thing(from),
        to: this.#thing(to),
      })),
      isCut: this.#isCut,
    }
  }

  /** Walks one way to its end; gives the first step's refs. */
  async #go(start: string[], side: 'before' | 'after'): Promise<string[]> {
    let frontier = start
    let first: string[] | undefined
    for (let depth = 0; frontier.length > 0; depth++) {
      if (depth === DEEPEST) {
        this.#isCut = true
        break
      }
      frontier = await this.#step(frontier, side, side)
      first ??= frontier
    }
    return first ?? []
  }

  /** What the same run made: from a package's page one wants to see the tests and the stack, too. */
  async #besides(parents: string[]): Promise<void> {
    const runs = parents.filter((ref) => ref.startsWith('run '))
    const latest = runs.sort((a, b) => this.#seqOf(b) - this.#seqOf(a))[0]
    if (latest) await this.#step([latest], 'after', 'beside')
  }

  async #step(frontier: string[], way: 'before' | 'after', side: Side): Promise<string[]> {
    const [near, far] =
      way === 'after' ? (['from_ref', 'to_ref'] as const) : (['to_ref', 'from_ref'] as const)
    const rows = await this.#database
      .tables<ThreadTables>()
      .selectFrom('thread_edge')
      .selectAll()
      .where(near, 'in', frontier)
      .orderBy('seq', 'desc')
      .limit(MOST_EDGES_A_STEP)
      .execute()
    if (rows.length === MOST_EDGES_A_STEP) this.#isCut = true
    const found = await this.#visible(rows.map((row) => row[far]))
    const next: string[] = []
    for (const row of rows) {
      const ref = row[far]
      const node = found.get(ref) ?? this.#seen.get(ref)?.row
      const ofStack = isStackDeployment(row)
      // All deployments of a place are on its stack: only their runs and commits say which belong here.
      if (!node || (ofStack && row[near] !== this.#root)) continue
      if (!this.#take(node, side, ofStack && way === 'before' ? [] : next)) continue
      this.#edges.set(`${row.from_ref} ${row.to_ref}`, { from: row.from_ref, to: row.to_ref })
    }
    return next
  }

  #take(row: NodeRow, side: Side, next: string[]): boolean {
    if (this.#seen.has(row.ref)) return true
    if (this.#seen.size >= MOST_NODES) {
      this.#isCut = true
      return false
    }
    this.#seen.set(row.ref, { row, side })
    next.push(row.ref)
    return true
  }

  async #visible(refs: string[]): Promise<Map<string, NodeRow>> {
    const unknown = [...new Set(refs)].filter((ref) => !this.#seen.has(ref))
    if (unknown.length === 0) return new Map()
    const rows = await this.#database
      .tables<ThreadTables>()
      .selectFrom('thread_node')
      .selectAll()
      .where('ref', 'in', unknown)
      .execute()
    return new Map(rows.filter((row) => this.#sight.sees(row.project)).map((row) => [row.ref, row]))
  }

  #ordered(): Thread['nodes'] {
    const place = (kind: string) => {
      const index = (threadKinds as readonly string[]).indexOf(kind)
      return index < 0 ? threadKinds.length : index
    }
    return [...this.#seen.values()]
      .sort((a, b) => place(a.row.kind) - place(b.row.kind) || b.row.seq - a.row.seq)
      .map(({ row, side }) => ({ ...asItem(row), side }))
  }

  #thing(ref: string): { kind: string; id: string } {
    const { kind, id } = this.#seen.get(ref)!.row
    return { kind, id }
  }

  #seqOf(ref: string): number {
    return this.#seen.get(ref)?.row.seq ?? 0
  }
}

function isStackDeployment(row: { from_ref: string; to_ref: string }): boolean {
  return row.from_ref.startsWith('stack ') && row.to_ref.startsWith('deployment ')
}

export function nodeRow(
  database: Database,
  thing: { kind: string; id: string },
): Promise<NodeRow | undefined> {
  return database
    .tables<ThreadTables>()
    .selectFrom('thread_node')
    .selectAll()
    .where('ref', '=', refOf(thing))
    .executeTakeFirst()
}
