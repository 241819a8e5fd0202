import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RunResult } from '@madang/api'
import { type Actor, parseColumn, systemActor } from '../kernel/index.ts'
import { driveRun, tidyRun } from './driver.ts'
import {
  type EngineParts,
  HardAbort,
  type Holder,
  interruption,
  type NodeLease,
  Session,
} from './engine/index.ts'
import { runFinished, runStarted } from './events.ts'
import { runPage, sourceOf } from './model.ts'
import type { JobProperties } from './job-properties.ts'
import * as jobs from './store-jobs.ts'
import { milestonePassed } from './store-jobs.ts'
import * as store from './store-runs.ts'
import { changesOf, readySession } from './session-start.ts'
import type { PipelinesTables, RunRow } from './tables.ts'

const MOST_ACTIVE = 100
const DAY_MS = 86_400_000

/** Starts queued runs, carries them, ends them, and takes them up again after a restart. */
export class Runs {
  readonly #parts: EngineParts
  readonly #active = new Map<string, { session: Session; done: Promise<void> }>()
  /** Runs on their way from the queue to `#active`. */
  readonly #starting = new Map<string, Promise<void>>()
  /** Runs belong to nobody's request: what they write carries no one else's cause. */
  readonly #outside = AsyncLocalStorage.snapshot()
  #waking: Promise<void> | undefined
  #again = false
  readonly #waiters = new Set<() => void>()
  /** What is under way goes on; nothing is started. */
  isQuiet = false
  /** Resolved when what was under way is taken up; until then nothing is started. */
  readonly #takenUp = Promise.withResolvers<void>()
  #isTakenUp = false
  #isStopped = false

  constructor(parts: EngineParts) {
    this.#parts = parts
  }

  get #db() {
    return this.#parts.kernel.database.tables<PipelinesTables>()
  }

  /** Takes up what was under way when the last server ended, then what was queued. */
  async start(): Promise<void> {
    const rows = await store.runsIn(this.#db, ['running', 'paused'])
    const sessions: Session[] = []
    for (const row of rows) {
      const session = await this.#resume(row)
      if (session) sessions.push(session)
    }
    for (const session of sessions) this.#carry(session)
    this.#isTakenUp = true
    this.#takenUp.resolve()
    this.wake()
  }

  async #resume(row: RunRow): Promise<Session | undefined> {
    const session = this.#session(row)
    if (!(await this.#ready(session, true))) return undefined
    const leases = await this.#openSteps(row.id, 'node')
    for (const lease of leases as NodeLease[]) this.#parts.nodes.takeBack(lease)
    const locked = await this.#openSteps(row.id, 'lock')
    for (const { keys, holder } of locked as { keys: string[]; holder: Holder }[]) {
      for (const key of keys) this.#parts.locks.take(key, holder)
    }
    return session
  }

  /** False when it can't be (its repository is gone, the disk is full): it has ended then, nothing else has. */
  async #ready(session: Session, isResumed: boolean): Promise<boolean> {
    try {
      await readySession(session, isResumed)
      return true
    } catch (error) {
      this.#parts.kernel.log.error('pipelines.run', { run: session.record.id, error })
      session.log.append(`ERROR: ${(error as Error).message}\nFinished: FAILURE\n`, {})
      await this.#finish(session, 'FAILURE')
      session.log.close()
      return false
    }
  }

  async #openSteps(runId: string, name: string): Promise<unknown[]> {
    const rows = await this.#db
      .selectFrom('pipelines_step')
      .select('result')
      .where('run_id', '=', runId)
      .where('name', '=', name)
      .where('state', '=', 'open')
      .execute()
    return rows.map(({ result }) => parseColumn<unknown>(result))
  }

  /** Notes the pass and ends older runs that are behind; the newer run that was here, or null. */
  async passMilestone(run: RunRow, ordinal: number): Promise<number | null> {
    const passed = await this.#parts.kernel.database.write((tx) =>
      milestonePassed(tx.tables<PipelinesTables>(), run, ordinal),
    )
    if (passed !== null) return passed
    this.#endBehind(run, ordinal)
    return null
  }

  /** Ends older runs of the job whose last milestone is one before. */
  #endBehind(run: RunRow, ordinal: number): void {
    for (const { session } of this.#active.values()) {
      const { record, milestone } = session
      const isBehind = milestone !== undefined && milestone < ordinal
      if (record.job_id !== run.job_id || record.number >= run.number || !isBehind) continue
      this.#interrupt(session, 'NOT_BUILT', `Superseded by #${run.number}`)
    }
  }

  #session(row: RunRow): Session {
    const {
      values,
      hidden,
      masked = hidden,
    } = store.openParameters(this.#parts.kernel.secrets, row)
    const session = new Session(this.#parts, row, values)
    for (const name of masked) {
      const value = String(values[name] ?? '')
      if (value !== '') session.masks.add(value)
    }
    return session
  }

  /** Looks for runs that can start; calls while it looks make it look again. */
  wake(): void {
    // A run that a push started meanwhile would be taken for one of before, and carried twice.
    if (!this.#isTakenUp || this.#isStopped) return
    if (this.#waking) {
      this.#again = true
      return
    }
    this.#waking = this.#outside(() => this.#look())
      .catch((error: unknown) => this.#parts.kernel.log.error('pipelines.queue', { error }))
      .finally(() => {
        this.#waking = undefined
        if (!this.#again) return
        this.#again = false
        this.wake()
      })
  }

  async #look(): Promise<void> {
    for (const row of await store.runsIn(this.#db, ['queued'])) {
      if (this.isQuiet || this.#isStopped || this.#active.size >= MOST_ACTIVE) return
      if (this.#active.has(row.id) || (await this.#mustWait(row))) continue
      const started = this.#start(row).finally(() => this.#starting.delete(row.id))
      this.#starting.set(row.id, started)
      await started
    }
  }

  async #mustWait(row: RunRow): Promise<boolean> {
    const properties = jobs.propertiesOf(await jobs.jobById(this.#db, row.job_id))
    const { clock } = this.#parts.kernel
    const quietMs = row.queued_at + properties.quietPeriodS * 1000
    const dueMs = row.not_before ?? quietMs
    if (clock.now() < dueMs) {
      clock.at(dueMs, () => this.wake())
      return true
    }
    return properties.concurrency !== undefined && this.#hasSibling(row, properties.concurrency)
  }

  #hasSibling(row: RunRow, concurrency: 'wait' | 'abortPrevious'): boolean {
    const siblings = [...this.#active.values()]
      .map((entry) => entry.session)
      .filter(({ record }) => record.job_id === row.job_id)
    if (siblings.length === 0) return false
    if (concurrency === 'abortPrevious') {
      const reason = `Superseded by #${row.number}`
      for (const session of siblings) {
        if (session.interrupts.isPending || session.abortedAt !== undefined) continue
        session.abortedAt = session.nowMs()
        this.#interrupt(session, 'NOT_BUILT', reason)
      }
    }
    return true
  }

  async #start(row: RunRow): Promise<void> {
    const { kernel } = this.#parts
    const startedAt = kernel.clock.now()
    const record: RunRow = { ...row, state: 'running', started_at: startedAt }
    const session = this.#session(record)
    // The first line is in the log before anything else is done.
    session.log.append(`${session.cause.text}\n`, { key: 'run:started' })
    const requests = await changesOf(this.#db, row)
    const isTaken = await kernel.database.write(async (tx) => {
      const { numUpdatedRows } = await tx
        .tables<PipelinesTables>()
        .updateTable('pipelines_run')
        .set({ state: 'running', started_at: startedAt })
        .where('id', '=', row.id)
        .where('state', '=', 'queued')
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) return false
      const numbers = requests.map((request) => request.number)
      await kernel.events.append(tx, runStarted(record, numbers))
      await this.#tellCode(tx, record, 'pending', 'The pipeline runs')
      tx.afterCommit(() => this.#publish(record))
      return true
    })
    if (!isTaken) return session.log.close()
    if (await this.#ready(session, false)) this.#carry(session)
  }

  #carry(session: Session): void {
    const { id } = session.record
    const done = this.#outside(() => this.#drive(session))
      .catch((error: unknown) => this.#parts.kernel.log.error('pipelines.run', { run: id, error }))
      .finally(() => {
        this.#active.delete(id)
        session.log.close()
        this.wake()
      })
    this.#active.set(id, { session, done })
    // It came from the queue while the others were let go.
    if (this.#isStopped) session.suspend()
  }

  async #drive(session: Session): Promise<void> {
    const result = await driveRun(session).catch((error: unknown) => {
      // Not even its log can be written (a full disk): the run ends, and the server's log says why.
      this.#parts.kernel.log.error('pipelines.run', { run: session.record.id, error })
      return session.isLetGo ? undefined : ('FAILURE' as const)
    })
    await session.journal.settled()
    if (result === undefined) return
    await this.#finish(session, result)
    // Its end leaves its last milestone behind, as the next one would.
    if (session.milestone !== undefined) this.#endBehind(session.record, session.milestone + 1)
    await session.access.revoke()
    const job = await jobs.jobById(this.#db, session.record.job_id)
    const { keep, keepsStashes } = jobs.propertiesOf(job)
    await tidyRun(session, keepsStashes)
    await this.#discardOld(session, keep)
  }

  async #finish(session: Session, result: RunResult): Promise<void> {
    const { kernel } = this.#parts
    const finishedAt = kernel.clock.now()
    const record: RunRow = {
      ...session.record,
      state: 'finished',
      result,
      finished_at: finishedAt,
      description: session.description ?? null,
    }
    await kernel.database.write(async (tx) => {
      await tx
        .tables<PipelinesTables>()
        .updateTable('pipelines_run')
        .set({
          state: 'finished',
          result,
          finished_at: finishedAt,
          description: record.description,
        })
        .where('id', '=', record.id)
        .execute()
      await kernel.events.append(tx, runFinished(record, result))
      await this.#tellCode(tx, record, ...verdictOf(result))
      tx.afterCommit(() => this.#publish(record))
    })
  }

  async #tellCode(
    tx: Parameters<EngineParts['code']['statusSet']>[0],
    record: RunRow,
    state: 'pending' | 'success' | 'failure' | 'error',
    description: string,
  ): Promise<void> {
    const { project, commit_sha: sha } = record
    const { repo } = sourceOf(record)
    // A script that stands in the job has no commit to tell it of.
    if (repo === null || sha === '') return
    const url = runPage(record)
    const status = { project, repo, sha, key: 'pipeline', state, description, url }
    await this.#parts.code.statusSet(tx, systemActor, status)
  }

  /** The run once it has ended; rejects when the signal says so. */
  async ended(id: string, signal: AbortSignal): Promise<RunRow | undefined> {
    for (;;) {
      const changed = this.#nextChange(signal)
      const row = await store.runById(this.#db, id)
      if (row === undefined || row.state === 'finished') return row
      await changed
    }
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // Nobody may be waiting when it is rejected.
    promise.catch(() => undefined)
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    this.#waiters.add(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    return promise
  }

  #publish({ project, id, state }: RunRow): void {
    if (state === 'finished') {
      for (const tell of this.#waiters) tell()
      this.#waiters.clear()
    }
    const { live } = this.#parts.kernel
    const message = { type: 'pipelines.runChanged', id }
    live.publish(`project:${project}`, message)
    live.publish(`project:${project}/run:${id}`, message)
  }

  /** Ends a run. A second call ends a script that pays no heed to the first. */
  async abort(row: RunRow, actor: Actor): Promise<void> {
    if (!this.#active.has(row.id) && (await this.#abortQueued(row, actor))) return
    // It is of before a restart, or was just taken from the queue.
    await this.#takenUp.promise
    await this.#starting.get(row.id)?.catch(() => undefined)
    const entry = this.#active.get(row.id)
    if (!entry) return
    const { session } = entry
    const text = `Aborted by ${actor.name}`
    session.log.append(`${text}\n`, {})
    await session.journal.put('abort', 'abort', 'done', { text }, session.nowMs())
    if (session.abortedAt !== undefined) session.hardAbort = new HardAbort(text)
    session.abortedAt = session.nowMs()
    this.#interrupt(session, 'ABORTED', text)
  }

  /** The run ends no better than this, also when its script catches what ends it. */
  #interrupt(session: Session, result: RunResult, cause: string): void {
    session.worsen(result)
    session.interrupts.interrupt(interruption(result, cause))
  }

  /** False when it is queued no more. */
  async #abortQueued(row: RunRow, actor: Actor): Promise<boolean> {
    const { kernel } = this.#parts
    const finishedAt = kernel.clock.now()
    const description = `Aborted by ${actor.name}`
    const record: RunRow = { ...row, state: 'finished', finished_at: finishedAt, description }
    return kernel.database.write(async (tx) => {
      const { numUpdatedRows } = await tx
        .tables<PipelinesTables>()
        .updateTable('pipelines_run')
        .set({ state: 'finished', result: 'ABORTED', finished_at: finishedAt, description })
        .where('id', '=', row.id)
        .where('state', '=', 'queued')
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) return false
      await kernel.events.append(tx, runFinished(record, 'ABORTED'))
      await this.#tellCode(tx, record, ...verdictOf('ABORTED'))
      tx.afterCommit(() => this.#publish(record))
      return true
    })
  }

  /** `buildDiscarder(logRotator(…))`: forgets older runs; their artifacts stay in the registry. */
  async #discardOld({ record }: Session, keep: JobProperties['keep']): Promise<void> {
    if (keep.runs === undefined && keep.days === undefined) return
    const { kernel } = this.#parts
    const before = keep.days === undefined ? 0 : kernel.clock.now() - keep.days * DAY_MS
    const rows = await this.#db
      .selectFrom('pipelines_run')
      .select(['id', 'number', 'finished_at'])
      .where('job_id', '=', record.job_id)
      .where('state', '=', 'finished')
      .where('id', '!=', record.id)
      .execute()
    const newest = record.number - (keep.runs ?? Infinity)
    const old = rows.filter((row) => row.number <= newest || (row.finished_at ?? 0) < before)
    for (const { id } of old) {
      await kernel.database.write((tx) => store.deleteRun(tx.tables<PipelinesTables>(), id))
      await rm(this.folderOf(id), { recursive: true, force: true })
    }
  }

  folderOf(id: string): string {
    return join(this.#parts.kernel.folder('runs'), id)
  }

  hasLog(id: string): boolean {
    return existsSync(join(this.folderOf(id), 'log'))
  }

  /** Lets go of all runs; they go on after the next start, and their programs meanwhile. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#takenUp.resolve()
    for (const { session } of this.#active.values()) session.suspend()
    await this.#waking
    await Promise.all([...this.#active.values()].map((entry) => entry.done))
  }
}

function verdictOf(result: RunResult): ['success' | 'failure' | 'error', string] {
  if (result === 'SUCCESS') return ['success', 'The pipeline succeeded']
  if (result === 'UNSTABLE') return ['failure', 'The pipeline is unstable: tests failed']
  if (result === 'FAILURE') return ['failure', 'The pipeline failed']
  return ['error', result === 'ABORTED' ? 'The pipeline was aborted' : 'The pipeline was not run']
}
