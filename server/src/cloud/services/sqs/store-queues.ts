import { type Clock, type Database, parseColumn, stringify } from '../../../kernel/index.ts'
import type { SqsTables } from './migrations.ts'
import { Queue, type QueueFacts } from './queue.ts'
import { rulesOf } from './rules.ts'

/** How long a FIFO queue takes a message once. */
export const DEDUPLICATE_MS = 5 * 60_000

const MOST_REMEMBERED = 10_000

export interface Scope {
  account: string
  region: string
}

/** All queues of this cloud, in memory by place and name; rows only say how they were made. */
export class QueueStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #scopes = new Map<string, Map<string, Queue>>()
  readonly #byId = new Map<string, Queue>()
  /** Queues by the ARN of their dead-letter queue. */
  readonly #sources = new Map<string, Set<Queue>>()
  /** By ARN, the latest last. */
  readonly #deletedAt = new Map<string, number>()

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  async load(): Promise<void> {
    const tables = this.#database.tables<SqsTables>()
    for (const row of await tables.selectFrom('sqs_queue').selectAll().execute()) {
      this.#put(new Queue(factsOf(row), this.#clock))
    }
    const known = await tables.selectFrom('sqs_dedup').selectAll().execute()
    for (const row of known) {
      const { message_id: messageId, dedup_key: key } = row
      const seq = Number(row.seq)
      const until = Math.min(Number(row.until), this.#clock.now() + DEDUPLICATE_MS)
      const entry = { messageId, seq, until, stored: Promise.resolve() }
      this.#byId.get(row.queue_id)?.deduplications.set(key, entry)
    }
  }

  find({ account, region }: Scope, name: string): Queue | undefined {
    return this.#scopes.get(`${account}/${region}`)?.get(name)
  }

  deletedAt({ account, region }: Scope, name: string): number | undefined {
    return this.#deletedAt.get(`arn:aws:sqs:${region}:${account}:${name}`)
  }

  byArn(arn: string): Queue | undefined {
    const [, , service, region, account, name] = arn.split(':')
    if (service !== 'sqs' || !name) return undefined
    return this.find({ account: account!, region: region! }, name)
  }

  byId(id: string): Queue | undefined {
    return this.#byId.get(id)
  }

  all(): IterableIterator<Queue> {
    return this.#byId.values()
  }

  list({ account, region }: Scope): Queue[] {
    const queues = [...(this.#scopes.get(`${account}/${region}`)?.values() ?? [])]
    return queues.sort((a, b) => (a.facts.name < b.facts.name ? -1 : 1))
  }

  /** Queues whose messages die into this one, by name. */
  sourcesOf(arn: string): Queue[] {
    const sources = [...(this.#sources.get(arn) ?? [])]
    return sources.sort((a, b) => (a.facts.name < b.facts.name ? -1 : 1))
  }

  async create(facts: QueueFacts): Promise<Queue> {
    const queue = new Queue(facts, this.#clock)
    // Known at once: of two that create it together, the second finds the first's.
    this.#put(queue)
    try {
      await this.#database.write((tx) =>
        tx.tables<SqsTables>().insertInto('sqs_queue').values(rowOf(facts)).execute(),
      )
    } catch (error) {
      this.#drop(queue)
      throw error
    }
    return queue
  }

  /** Stores changed facts, then lets them hold. */
  async update(queue: Queue, change: Partial<QueueFacts>): Promise<void> {
    const facts = { ...queue.facts, ...change }
    await this.#database.write((tx) =>
      tx
        .tables<SqsTables>()
        .updateTable('sqs_queue')
        .set(rowOf(facts))
        .where('id', '=', facts.id)
        .execute(),
    )
    this.#unlink(queue)
    Object.assign(queue.facts, change)
    queue.rules = rulesOf(queue.facts.attributes)
    this.#link(queue)
  }

  /** A purged FIFO queue takes again what it has already seen. */
  async purged(queue: Queue, purgedAt: number): Promise<void> {
    await this.#database.write((tx) =>
      tx
        .tables<SqsTables>()
        .deleteFrom('sqs_dedup')
        .where('queue_id', '=', queue.facts.id)
        .execute(),
    )
    await this.update(queue, { purgedAt })
  }

  async remove(queue: Queue, now: number): Promise<void> {
    this.#drop(queue)
    queue.isDeleted = true
    this.#deletedAt.set(queue.arn, now)
    if (this.#deletedAt.size > MOST_REMEMBERED) {
      this.#deletedAt.delete(this.#deletedAt.keys().next().value!)
    }
    await this.#database.write(async (tx) => {
      const { id } = queue.facts
      const tables = tx.tables<SqsTables>()
      await tables.deleteFrom('sqs_queue').where('id', '=', id).execute()
      await tables.deleteFrom('sqs_dedup').where('queue_id', '=', id).execute()
    })
  }

  async forgetDeduplications(now: number): Promise<void> {
    await this.#database.write((tx) =>
      tx.tables<SqsTables>().deleteFrom('sqs_dedup').where('until', '<=', now).execute(),
    )
  }

  async empty(): Promise<void> {
    for (const queue of this.#byId.values()) {
      this.#drop(queue)
      queue.isDeleted = true
      queue.clear()
      queue.release()
    }
    await this.#database.write(async (tx) => {
      const tables = tx.tables<SqsTables>()
      for (const table of ['sqs_message', 'sqs_dedup', 'sqs_move_task', 'sqs_queue'] as const) {
        await tables.deleteFrom(table).execute()
      }
    })
  }

  #put(queue: Queue): void {
    const { account, region, name, id } = queue.facts
    const key = `${account}/${region}`
    let scope = this.#scopes.get(key)
    if (!scope) this.#scopes.set(key, (scope = new Map()))
    scope.set(name, queue)
    this.#byId.set(id, queue)
    this.#link(queue)
  }

  #drop(queue: Queue): void {
    const { account, region, name, id } = queue.facts
    this.#scopes.get(`${account}/${region}`)?.delete(name)
    this.#byId.delete(id)
    this.#unlink(queue)
  }

  #link(queue: Queue): void {
    const target = queue.rules.redrive?.deadLetterTargetArn
    if (!target) return
    const sources = this.#sources.get(target) ?? new Set()
    this.#sources.set(target, sources.add(queue))
  }

  #unlink(queue: Queue): void {
    const target = queue.rules.redrive?.deadLetterTargetArn
    if (target) this.#sources.get(target)?.delete(queue)
  }
}

const rowOf = (facts: QueueFacts): SqsTables['sqs_queue'] => ({
  id: facts.id,
  account: facts.account,
  region: facts.region,
  name: facts.name,
  created_at: facts.createdAt,
  modified_at: facts.modifiedAt,
  attributes: stringify(facts.attributes),
  tags: stringify(facts.tags),
  purged_at: facts.purgedAt,
})

const factsOf = (row: SqsTables['sqs_queue']): QueueFacts => ({
  id: row.id,
  account: row.account,
  region: row.region,
  name: row.name,
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
  attributes: parseColumn(row.attributes),
  tags: parseColumn(row.tags),
  purgedAt: Number(row.purged_at),
})
