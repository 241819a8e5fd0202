import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import type { Database, Transaction } from './database/index.ts'
import { errorText } from './errors.ts'
import { type Cause, causeScope } from './event-model.ts'
import type { Ids } from './ids.ts'
import { jobMigrations, type JobRow, type JobTables } from './job-tables.ts'
import { parseColumn, stringify } from './json.ts'
import type { Log } from './log.ts'

export interface Job<P = unknown> {
  id: string
  kind: string
  payload: P
  /** 1 at the first try. */
  attempt: number
  /** Aborted when the server stops; the job is then run again after the next start. */
  signal: AbortSignal
}

export interface JobHandler {
  /** How many of this kind run side by side; 1 unless told. */
  concurrency?: number
  /** Tries before the job counts as failed; 10 unless told. Waits double from 1 s up to 10 min. */
  maxAttempts?: number
  run(job: Job): Promise<void>
}

export interface NewJob {
  kind: string
  payload: object
  /** Not before this moment. */
  runAtMs?: number
  /** At most one waiting job of a kind has this key; enqueuing again moves the waiting one's moment. */
  key?: string
}

/**
 * Durable work: enqueued in the same transaction as its reason, run at least once, also after
 * `kill -9`; retried with back-off. Handlers are idempotent.
 */
export interface Jobs {
  enqueue(tx: Transaction, job: NewJob): Promise<string>
  /** Calls off a waiting job by its kind and key. */
  cancel(tx: Transaction, kind: string, key: string): Promise<void>
  handle(kind: string, handler: JobHandler): void
  start(): Promise<void>
  /** Resolves when nothing runs and nothing is due; a retry that waits for its moment is not due. */
  settled(): Promise<void>
  /** Jobs that used up their tries, newest first. */
  failed(limit: number): Promise<{ id: string; kind: string; error: string; atMs: number }[]>
  stop(): Promise<void>
}

interface JobParts {
  database: Database
  clock: Clock
  ids: Ids
  log: Log
}

interface Kind {
  handler: JobHandler
  running: Map<string, Promise<void>>
}

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 10 * 60_000
const DEFAULT_ATTEMPTS = 10

export async function createJobs(parts: JobParts): Promise<Jobs> {
  await parts.database.migrate('kernel-jobs', jobMigrations)
  return new JobRunner(parts)
}

class JobRunner implements Jobs {
  readonly #parts: JobParts
  readonly #kinds = new Map<string, Kind>()
  readonly #stop = new AbortController()
  #started = false
  #pumping: Promise<void> | undefined
  #again = false
  #cancelTimer: () => void = () => undefined

  constructor(parts: JobParts) {
    this.#parts = parts
  }

  async enqueue(tx: Transaction, job: NewJob): Promise<string> {
    const { clock, ids } = this.#parts
    const id = ids.next('job')
    const runAt = job.runAtMs ?? clock.now()
    const scope = causeScope.getStore()
    const cause = scope ? stringify(scope) : null
    const payload = stringify(job.payload)
    await tx
      .tables<JobTables>()
      .insertInto('kernel_job')
      .values({
        id,
        kind: job.kind,
        key: job.key ?? id,
        payload,
        state: 'waiting',
        run_at: runAt,
        attempts: 0,
        error: null,
        cause,
      })
      .onConflict((conflict) =>
        conflict.columns(['kind', 'key', 'state']).doUpdateSet({ run_at: runAt, payload, cause }),
      )
      .execute()
    tx.afterCommit(() => this.#wake())
    return id
  }

  async cancel(tx: Transaction, kind: string, key: string): Promise<void> {
    await tx
      .tables<JobTables>()
      .deleteFrom('kernel_job')
      .where('kind', '=', kind)
      .where('key', '=', key)
      .where('state', '=', 'waiting')
      .execute()
  }

  async settled(): Promise<void> {
    for (;;) {
      await this.#pumping
      const running = [...this.#kinds.values()].flatMap((entry) => [...entry.running.values()])
      await Promise.all(running)
      if (running.length > 0 || this.#pumping) continue
      if (!(await this.#hasDue())) return
      this.#wake()
      if (!this.#pumping) return
    }
  }

  async #hasDue(): Promise<boolean> {
    const { database, clock } = this.#parts
    const due = await database
      .tables<JobTables>()
      .selectFrom('kernel_job')
      .select('id')
      .where('state', '=', 'waiting')
      .where('kind', 'in', [...this.#kinds.keys(), ''])
      .where('run_at', '<=', clock.now())
      .executeTakeFirst()
    return due !== undefined
  }

  handle(kind: string, handler: JobHandler): void {
    if (this.#kinds.has(kind)) throw new Error(`two handlers for jobs of kind ${kind}`)
    this.#kinds.set(kind, { handler, running: new Map() })
    this.#wake()
  }

  /** What ran when the last process died runs again. */
  async start(): Promise<void> {
    await this.#parts.database.write(async (tx) => {
      const jobs = tx.tables<JobTables>()
      const running = await jobs
        .selectFrom('kernel_job')
        .selectAll()
        .where('state', '=', 'running')
        .execute()
      for (const row of running) await this.#toWaiting(tx, row, this.#parts.clock.now())
    })
    this.#started = true
    this.#wake()
  }

  async failed(limit: number) {
    const rows = await this.#parts.database
      .tables<JobTables>()
      .selectFrom('kernel_job')
      .selectAll()
      .where('state', '=', 'failed')
      .orderBy('run_at', 'desc')
      .limit(limit)
      .execute()
    return rows.map((row) => {
      const { id, kind, error } = row
      return { id, kind, error: error ?? '', atMs: row.run_at }
    })
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the server stops'))
    this.#cancelTimer()
    await this.#pumping
    const running = [...this.#kinds.values()].flatMap((kind) => [...kind.running.values()])
    await Promise.all(running)
  }

  #wake(): void {
    if (!this.#started || this.#stop.signal.aborted) return
    if (this.#pumping) {
      this.#again = true
      return
    }
    this.#pumping = this.#pump()
      .catch((error: unknown) => {
        this.#parts.log.error('jobs.pump', { error })
        this.#arm(this.#parts.clock.now() + FIRST_RETRY_MS)
      })
      .finally(() => {
        this.#pumping = undefined
        if (this.#again) {
          this.#again = false
          this.#wake()
        }
      })
  }

  async #pump(): Promise<void> {
    // One moment for both looks: what falls due between them is else in neither.
    const begun = this.#parts.clock.now()
    for (const [kind, entry] of this.#kinds) {
      const free = (entry.handler.concurrency ?? 1) - entry.running.size
      if (free <= 0) continue
      for (const row of await this.#claim(kind, free)) this.#run(entry, row)
    }
    const next = await this.#parts.database
      .tables<JobTables>()
      .selectFrom('kernel_job')
      .select((query) => query.fn.min('run_at').as('due'))
      .where('state', '=', 'waiting')
      .where('run_at', '>', begun)
      .executeTakeFirst()
    if (next?.due != null) this.#arm(next.due)
  }

  /** Takes due jobs of a kind; one key is never run twice at once. */
  async #claim(kind: string, most: number): Promise<JobRow[]> {
    const due = this.#parts.database
      .tables<JobTables>()
      .selectFrom('kernel_job')
      .selectAll()
      .where('kind', '=', kind)
      .where('state', '=', 'waiting')
      .where('run_at', '<=', this.#parts.clock.now())
      .orderBy('run_at')
      .limit(most)
    if ((await due.execute()).length === 0) return []
    return this.#parts.database.write(async (tx) => {
      const jobs = tx.tables<JobTables>()
      const running = jobs
        .selectFrom('kernel_job')
        .select('key')
        .where('kind', '=', kind)
        .where('state', '=', 'running')
      const rows = await jobs
        .selectFrom('kernel_job')
        .selectAll()
        .where('kind', '=', kind)
        .where('state', '=', 'waiting')
        .where('run_at', '<=', this.#parts.clock.now())
        .where('key', 'not in', running)
        .orderBy('run_at')
        .limit(most)
        .execute()
      for (const row of rows) {
        await jobs
          .updateTable('kernel_job')
          .set({ state: 'running', attempts: row.attempts + 1 })
          .where('id', '=', row.id)
          .execute()
      }
      return rows
    })
  }

  #run(entry: Kind, row: JobRow): void {
    const attempt = row.attempts + 1
    const payload = parseColumn<unknown>(row.payload)
    const job: Job = { id: row.id, kind: row.kind, payload, attempt, signal: this.#stop.signal }
    // What the job does has the same cause as what asked for it, across restarts, too.
    const run = async () => entry.handler.run(job)
    const begun = row.cause
      ? causeScope.run(parseColumn<Cause>(row.cause), run)
      : causeScope.exit(run)
    const done = begun
      .then(
        () => this.#store(row, () => this.#finish(row)),
        (error: unknown) => this.#failure(entry, row, attempt, error),
      )
      .finally(() => {
        entry.running.delete(row.id)
        this.#wake()
      })
    entry.running.set(row.id, done)
  }

  async #finish(row: JobRow): Promise<void> {
    await this.#parts.database.write(async (tx) => {
      await tx.tables<JobTables>().deleteFrom('kernel_job').where('id', '=', row.id).execute()
    })
  }

  /**
   * What came of a job is stored however long the store refuses (a full disk): one that stays `running`
   * holds up its key until the next start.
   */
  async #store(row: JobRow, write: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      try {
        return await write()
      } catch (error) {
        this.#parts.log.error('jobs.store', { job: row.id, error })
      }
      try {
        await delay(FIRST_RETRY_MS, undefined, { signal })
      } catch (error) {
        // A stop ends the wait; the next start runs the job again.
        if (signal.aborted) return
        throw error
      }
    }
  }

  async #failure(entry: Kind, row: JobRow, attempt: number, error: unknown): Promise<void> {
    // Stopped on purpose: it stays `running` and the next start takes it up again.
    if (this.#stop.signal.aborted) return
    this.#parts.log.warn('jobs.failed', { job: row.id, kind: row.kind, attempt, error })
    const isLast = attempt >= (entry.handler.maxAttempts ?? DEFAULT_ATTEMPTS)
    await this.#store(row, () => this.#giveBack({ ...row, attempts: attempt }, isLast, error))
  }

  /** To its next try, or to what failed for good. */
  async #giveBack(row: JobRow, isLast: boolean, error: unknown): Promise<void> {
    const { clock, database } = this.#parts
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (row.attempts - 1), LONGEST_RETRY_MS)
    await database.write(async (tx) => {
      if (!isLast) return this.#toWaiting(tx, row, clock.now() + wait)
      await tx
        .tables<JobTables>()
        .updateTable('kernel_job')
        .set({ state: 'failed', key: row.id, error: errorText(error), run_at: clock.now() })
        .where('id', '=', row.id)
        .execute()
    })
  }

  /** Back to waiting; when the same key was enqueued meanwhile, the newer one stands for both. */
  async #toWaiting(tx: Transaction, row: JobRow, runAtMs: number): Promise<void> {
    const jobs = tx.tables<JobTables>()
    const newer = await jobs
      .selectFrom('kernel_job')
      .select('id')
      .where('kind', '=', row.kind)
      .where('key', '=', row.key)
      .where('state', '=', 'waiting')
      .executeTakeFirst()
    if (newer) await jobs.deleteFrom('kernel_job').where('id', '=', row.id).execute()
    else {
      await jobs
        .updateTable('kernel_job')
        .set({ state: 'waiting', run_at: runAtMs, attempts: row.attempts })
        .where('id', '=', row.id)
        .execute()
    }
    tx.afterCommit(() => this.#wake())
  }

  #arm(timeMs: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#parts.clock.at(timeMs, () => this.#wake())
  }
}
