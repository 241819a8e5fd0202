import type { Compilable } from 'kysely'
import { type Database, type Log, parseColumn } from '../../../kernel/index.ts'
import { Journal } from '../../journal.ts'
import type { Content, Message } from './message.ts'
import type { SqsTables } from './migrations.ts'

/** Contents kept in memory beside the index; what is beyond is read from disk when received. */
const KEPT_BYTES = 64 * 1024 * 1024
const KEPT_EACH = 8 * 1024
/** How long a standard queue's receive may be on its way to disk. */
const WRITE_BEHIND_MS = 10
const CHUNK = 500
const LOAD_PAGE = 10_000

const sqlOf = (query: Compilable) => query.compile().sql

/** Rows of messages: everything is found by `seq`, which the index in memory knows. */
export class MessageStore {
  readonly #database: Database
  readonly #journal: Journal
  readonly #log: Log
  readonly #sql: Record<'insert' | 'touch' | 'remove' | 'dedup', string>
  readonly #touched = new Set<Message>()
  #flush: NodeJS.Timeout | undefined
  #flushing: Promise<unknown> = Promise.resolve()
  #keptBytes = 0
  lastSeq = 0

  constructor(database: Database, log: Log) {
    this.#database = database
    this.#journal = new Journal(database)
    this.#log = log
    this.#sql = statements(database)
  }

  /** Grows with every message, also over restarts. */
  nextSeq(): number {
    return ++this.lastSeq
  }

  insert(queueId: string, message: Message, deduplicated?: { key: string; untilMs: number }) {
    const content = JSON.stringify(message.content)
    const bytes = message.content!.body.length
    if (bytes > KEPT_EACH || this.#keptBytes > KEPT_BYTES) message.content = undefined
    else this.#keptBytes += bytes
    const { seq, id, group, sentAt, visibleAt, receives, receivesBefore, firstReceivedAt } = message
    if (deduplicated) {
      const { key, untilMs } = deduplicated
      void this.#journal.add(this.#sql.dedup, [queueId, key, id, seq, untilMs])
    }
    return this.#journal.add(this.#sql.insert, [
      seq,
      queueId,
      id,
      group ?? null,
      sentAt,
      visibleAt,
      receives,
      receivesBefore,
      firstReceivedAt,
      message.takenAt,
      content,
    ])
  }

  /** Stores visibility and counts. */
  touch(message: Message): Promise<void> {
    return this.#journal.add(this.#sql.touch, touchValues(message))
  }

  /** The same a little later; what is deleted until then costs nothing. */
  touchSoon(message: Message): void {
    this.#touched.add(message)
    this.#flush ??= setTimeout(() => void this.flush(), WRITE_BEHIND_MS)
  }

  /** Resolves when all that was touched is stored, also by a flush that is under way. */
  async flush(): Promise<void> {
    clearTimeout(this.#flush)
    this.#flush = undefined
    const touched = [...this.#touched].filter(({ state }) => state !== 'gone')
    this.#touched.clear()
    const stored = Promise.all(touched.map((message) => this.touch(message))).catch(
      (error: unknown) => this.#log.error('sqs.touch', { error }),
    )
    this.#flushing = Promise.all([this.#flushing, stored])
    await this.#flushing
  }

  remove(message: Message): Promise<void> {
    this.#forget(message)
    this.#touched.delete(message)
    return this.#journal.add(this.#sql.remove, [message.seq])
  }

  /** Rewrites a message under the same `seq` (a dead one: its content tells where it died). */
  async rewrite(before: Message, after: Message, queueId: string): Promise<void> {
    const removed = this.remove(before)
    await Promise.all([removed, this.insert(queueId, after)])
  }

  async removeAll(messages: Iterable<Message>): Promise<void> {
    const all = [...messages]
    for (const message of all) this.#forget(message)
    for (let from = 0; from < all.length; from += CHUNK) {
      const seqs = all.slice(from, from + CHUNK).map(({ seq }) => seq)
      await this.#database.write((tx) =>
        tx.tables<SqsTables>().deleteFrom('sqs_message').where('seq', 'in', seqs).execute(),
      )
    }
  }

  /** Contents by `seq`; from memory where they are. */
  async contents(messages: Message[]): Promise<Map<number, Content>> {
    const found = new Map<number, Content>()
    const absent: number[] = []
    for (const { seq, content } of messages) {
      if (content) found.set(seq, content)
      else absent.push(seq)
    }
    if (absent.length === 0) return found
    const rows = await this.#tables
      .selectFrom('sqs_message')
      .select(['seq', 'content'])
      .where('seq', 'in', absent)
      .execute()
    for (const { seq, content } of rows) found.set(Number(seq), parseColumn<Content>(content))
    return found
  }

  /** Every row's index entry by order of arrival, in pages. */
  async *load(): AsyncGenerator<{ queueId: string; message: Message }> {
    for (let after = 0; ;) {
      const rows = await this.#tables
        .selectFrom('sqs_message')
        .select(['seq', 'queue_id', 'message_id', 'group_id', 'sent_at', 'visible_at', 'receives'])
        .select(['receives_before', 'first_received_at', 'taken_at'])
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(LOAD_PAGE)
        .execute()
      for (const row of rows) {
        const message = entryOf(row)
        this.lastSeq = Math.max(this.lastSeq, message.seq)
        yield { queueId: row.queue_id, message }
      }
      if (rows.length < LOAD_PAGE) return
      after = this.lastSeq
    }
  }

  get #tables() {
    return this.#database.tables<SqsTables>()
  }

  #forget(message: Message): void {
    if (!message.content) return
    this.#keptBytes -= message.content.body.length
  }
}

const touchValues = ({ visibleAt, receives, firstReceivedAt, takenAt, seq }: Message) => [
  visibleAt,
  receives,
  firstReceivedAt,
  takenAt,
  seq,
]

type Row = Omit<SqsTables['sqs_message'], 'content'>

const entryOf = (row: Row): Message => ({
  seq: Number(row.seq),
  id: row.message_id,
  group: row.group_id ?? undefined,
  sentAt: Number(row.sent_at),
  visibleAt: Number(row.visible_at),
  receives: row.receives,
  receivesBefore: row.receives_before,
  firstReceivedAt: Number(row.first_received_at),
  takenAt: Number(row.taken_at),
  state: 'ready',
  content: undefined,
})

/** Compiled once; parameters are in the order written here. */
function statements(database: Database) {
  const tables = database.tables<SqsTables>()
  const touched = { visible_at: 0, receives: 0, first_received_at: 0, taken_at: 0 }
  const row = { seq: 0, queue_id: '', message_id: '', group_id: '', sent_at: 0, visible_at: 0 }
  const counts = { receives: 0, receives_before: 0, first_received_at: 0, taken_at: 0 }
  const known = { queue_id: '', dedup_key: '', message_id: '', seq: 0, until: 0 }
  return {
    insert: sqlOf(tables.insertInto('sqs_message').values({ ...row, ...counts, content: '' })),
    touch: sqlOf(tables.updateTable('sqs_message').set(touched).where('seq', '=', 0)),
    remove: sqlOf(tables.deleteFrom('sqs_message').where('seq', '=', 0)),
    dedup: sqlOf(
      tables
        .insertInto('sqs_dedup')
        .values(known)
        .onConflict((conflict) =>
          conflict.columns(['queue_id', 'dedup_key']).doUpdateSet((query) => ({
            message_id: query.ref('excluded.message_id'),
            seq: query.ref('excluded.seq'),
            until: query.ref('excluded.until'),
          })),
        ),
    ),
  }
}
