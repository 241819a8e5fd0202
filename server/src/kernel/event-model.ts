import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from './clock.ts'
import type { Database, Transaction } from './database/index.ts'
import type { EventRow } from './event-tables.ts'
import type { Ids } from './ids.ts'
import { parseColumn } from './json.ts'
import type { Log } from './log.ts'

/** A thing that the thread knows: `kind` is one of the contract's thread kinds, `id` unique in its kind. */
export interface ThreadRef {
  kind: string
  id: string
}

/** What the thread shows of a thing; a later fact about it replaces the members that it gives. */
export interface ThreadNode extends ThreadRef {
  /** Key of the project it belongs to; who may not see that project does not see the node. */
  project?: string
  title?: string
  /** Where its page is, from the server's root. */
  url?: string
  /** A short state in the field's own word: `open`, `merged`, `SUCCESS`, `CREATE_COMPLETE`, `ALARM`. */
  state?: string
  /** Text that search finds besides the title. */
  text?: string
  removed?: boolean
}

/** `from` brought about `to`: an issue a branch, a commit a run, a run an artifact. */
export interface ThreadEdge {
  from: ThreadRef
  to: ThreadRef
  remove?: boolean
}

/** A fact to append. */
export interface NewEvent {
  /** `<capability>.<what happened>`, in the past tense: `code.pushed`. */
  type: string
  /** What it is about, such as `issue:GB-1`; events of one subject are delivered in order. */
  subject: string
  project?: string
  actor?: string
  data: object
  nodes?: ThreadNode[]
  edges?: ThreadEdge[]
}

export interface StoredEvent<D = unknown> {
  seq: number
  id: string
  type: string
  subject: string
  project: string | undefined
  actor: string | undefined
  atMs: number
  /** The event whose handling appended this one. */
  cause: string | undefined
  /** `listener subject` of every step that led here; a listener refuses to be in it twice. */
  path: string[]
  data: D
  nodes: ThreadNode[]
  edges: ThreadEdge[]
}

export interface Listener {
  /** Stable name: the place reached is stored under it. */
  name: string
  /** Event types, or `*`. */
  types: string[]
  /** Idempotent: an event may come again. A throw is retried with back-off. */
  handle(event: StoredEvent): Promise<void>
  /**
   * Handles several, oldest first, all or none: in one transaction, for a listener that has much to
   * catch up with. Appends no facts, since these would have no one cause. After a throw each comes to
   * `handle` by itself.
   */
  handleTogether?(events: StoredEvent[]): Promise<void>
}

/**
 * The facts of the house. Written in the same transaction as the change; delivered to each listener
 * at least once, in order for each subject, also after a crash.
 */
export interface Events {
  append(tx: Transaction, event: NewEvent): Promise<void>
  listen(listener: Listener): void
  /** Begins delivery; listeners are known by then. */
  start(): void
  /** Pages through the facts, oldest first. */
  list(options: { afterSeq?: number; project?: string; limit: number }): Promise<StoredEvent[]>
  /** Resolves when every listener has handled what was appended before the call (for tests and stop). */
  settled(): Promise<void>
  stop(): Promise<void>
}

export interface EventParts {
  database: Database
  clock: Clock
  ids: Ids
  log: Log
}

/** The event being handled, and the listeners passed on the way to it. */
export interface Cause {
  cause: string
  path: string[]
}

export const causeScope = new AsyncLocalStorage<Cause>()

export function asEvent(row: EventRow): StoredEvent {
  const thread = parseColumn<{ nodes: ThreadNode[]; edges: ThreadEdge[] }>(row.thread)
  return {
    seq: row.seq,
    id: row.id,
    type: row.type,
    subject: row.subject,
    project: row.project ?? undefined,
    actor: row.actor ?? undefined,
    atMs: row.at,
    cause: row.cause ?? undefined,
    path: parseColumn<string[]>(row.path),
    data: parseColumn<unknown>(row.data),
    ...thread,
  }
}
