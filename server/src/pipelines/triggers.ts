import type { RunCause } from '@madang/api'
import { pipelinesErrors } from '@madang/api'
import { type Actor, type Kernel, refusals, stringify, systemActor } from '../kernel/index.ts'
import type { StoredEvent } from '../kernel/index.ts'
import { isQueueBranch } from '../code/index.ts'
import type { DownstreamWish, MeantJob } from './engine/index.ts'
import type { RunFinished } from './events.ts'
import { nextDueOf } from './cron.ts'
import { LARGEST_SOURCE, parseJenkinsfile } from './declarative/index.ts'
import { bothProperties, type JobProperties } from './job-properties.ts'
import { settingsOf } from './job-settings.ts'
import { jobName, type JobPlace } from './model.ts'
import { parameterValues } from './parameters.ts'
import type { CodePort, PullRequestChanged, Pushed } from './ports.ts'
import * as jobs from './store-jobs.ts'
import { takeBuildNumber } from './store-repo-runs.ts'
import { lastRunOf, nextQueueNumber, runById, sealParameters } from './store-runs.ts'
import type { JobRow, PipelinesTables, RunRow } from './tables.ts'
import { findJob, upstreamCause, waitingFor } from './upstream.ts'

const refuse = refusals(pipelinesErrors)
const GONE = /^0+$/
/** After a job whose repository could not be read. */
const CRON_RETRY_MS = 60_000

/** Where a run's program and its job's properties are from. */
interface Source {
  place: JobPlace
  sha: string
  /** Another file than the commit's: a replay. */
  jenkinsfile?: string | undefined
  /** Of a plain job: see `Tip`. */
  source?: string | undefined
  properties?: JobProperties | undefined
}

interface Wanted extends Source {
  title: string
  cause: RunCause
  /** The same trigger again starts nothing. */
  key: string
  actorId: string
  given?: Record<string, string | boolean>
  tag?: string | undefined
  notBeforeMs?: number | undefined
  restart?: { stage: string; from: string }
}

/** What a run of a job would build now. */
export interface Tip {
  sha: string
  title: string
  jenkinsfile?: string
  /** Column of a plain job's source, and what its configuration says beside the script. */
  source?: string
  properties?: JobProperties
}

/** Turns what happens (pushes, the clock, people) into queued runs. */
export class Triggers {
  readonly #kernel: Kernel
  readonly #code: CodePort
  readonly #queued: () => void
  #cancelCron: () => void = () => undefined
  /** Jobs that are no branches; undefined for a place that is none of theirs. */
  plainTip: (place: JobPlace) => Promise<Tip | undefined> = async () => undefined

  /** Ends what builds a branch of a merge queue that is gone. */
  queueBranchGone: (place: JobPlace) => Promise<void> = async () => undefined

  constructor(kernel: Kernel, code: CodePort, queued: () => void) {
    this.#kernel = kernel
    this.#code = code
    this.#queued = queued
  }

  /** `code.pushed`: each moved branch that has a Jenkinsfile gets a run. */
  async pushed(event: StoredEvent<Pushed>): Promise<void> {
    const { project, repo, updates } = event.data
    for (const { branch: head, tag, after, commits } of updates) {
      const branch = head ?? tag
      if (branch === undefined) continue
      const place = { project, repo, branch }
      if (GONE.test(after)) await this.#branchGone(place)
      else if (head === undefined) await this.#tagPushed(event, place, after)
      else {
        await this.#queue({
          place,
          sha: after,
          title: commits[0]?.title ?? '',
          cause: { kind: 'push', text: `Started by a push to ${branch}` },
          key: `${event.id}/${branch}`,
          actorId: event.actor ?? systemActor.id,
        })
      }
    }
  }

  async #branchGone(place: JobPlace): Promise<void> {
    await this.#disable(place, 'branchDeleted')
    if (isQueueBranch(place.branch)) await this.queueBranchGone(place)
  }

  /** A tag is a job of its own, as in a multibranch project that discovers tags. */
  async #tagPushed(event: StoredEvent<Pushed>, place: JobPlace, after: string): Promise<void> {
    const { project, repo, branch: tag } = place
    const commit = await this.#code.commitGet(project, repo, after)
    // A tag of a tree or of a file has nothing to build.
    if (!commit) return
    await this.#queue({
      place,
      sha: commit.sha,
      title: commit.title,
      tag,
      cause: { kind: 'push', text: `Started by a push to tag ${tag}` },
      key: `${event.id}/tags/${tag}`,
      actorId: event.actor ?? systemActor.id,
    })
  }

  /** Keeps which branches stand in an open pull request, and ties its head's runs to it. */
  async pullRequestChanged(event: StoredEvent<PullRequestChanged>): Promise<void> {
    const { project, repo, number, title, source, target, head } = event.data
    const isOpen = /Opened|Updated/.test(event.type)
    await this.#kernel.database.write(async (tx) => {
      const db = tx.tables<PipelinesTables>()
      const row = { project, repo, branch: source, number, title, target }
      await db
        .deleteFrom('pipelines_change')
        .where('project', '=', project)
        .where('repo', '=', repo)
        .where('number', '=', number)
        .execute()
      if (!isOpen) return
      await db.insertInto('pipelines_change').values(row).execute()
      const runs = await db
        .selectFrom('pipelines_run')
        .select('id')
        .where('project', '=', project)
        .where('repo', '=', repo)
        .where('commit_sha', '=', head)
        .execute()
      if (runs.length === 0) return
      const from = { kind: 'pullRequest', id: `${project}/${repo}#${number}` }
      await this.#kernel.events.append(tx, {
        type: 'pipelines.runLinked',
        subject: `pullRequest:${from.id}`,
        project,
        data: { number, runs: runs.map(({ id }) => id) },
        edges: runs.map(({ id }) => ({ from, to: { kind: 'run', id } })),
      })
    })
  }

  async startedBy(
    actor: Actor,
    place: JobPlace,
    given: Record<string, string | boolean>,
    wish: { cause?: RunCause; notBeforeMs?: number; commit?: string; key?: string } = {},
  ): Promise<RunRow> {
    const { repo, branch } = place
    const tip = await this.#tip(place, wish.commit)
    const run =
      tip &&
      (await this.#queue({
        place,
        ...tip,
        notBeforeMs: wish.notBeforeMs,
        cause: wish.cause ?? { kind: 'manual', text: `Started by user ${actor.name}` },
        key: wish.key ?? this.#kernel.ids.next('start'),
        actorId: actor.id,
        given,
      }))
    if (!run) throw refuse('jobNotFound', { repo, branch })
    return run
  }

  async #tip(place: JobPlace, wanted = place.branch): Promise<Tip | undefined> {
    const plain = await this.plainTip(place)
    if (plain) return plain
    const commit = await this.#code.commitGet(place.project, place.repo, wanted)
    return commit && { sha: commit.sha, title: commit.title }
  }

  /**
   * The same commit, Jenkinsfile and parameters once more; with an edited file (a replay), or from a
   * stage on (a restart).
   */
  async again(
    actor: Actor,
    row: RunRow,
    given: Record<string, string | boolean>,
    change: { jenkinsfile?: string; stage?: string } = {},
  ): Promise<RunRow> {
    const { project, repo, branch, commit_sha: sha, commit_title: title } = row
    const { stage, jenkinsfile = row.jenkinsfile } = change
    const texts = {
      again: `Started by user ${actor.name}, again as #${row.number}`,
      replay: `Replayed #${row.number}`,
      restart: `Restarted from build #${row.number}, stage ${stage}`,
    }
    const kind = stage !== undefined ? 'restart' : change.jenkinsfile ? 'replay' : 'again'
    const run = await this.#queue({
      place: { project, repo, branch },
      sha,
      title,
      jenkinsfile,
      source: row.source ?? undefined,
      ...(stage === undefined ? {} : { restart: { stage, from: row.id } }),
      cause: { kind: 'rerun', text: texts[kind] },
      key: this.#kernel.ids.next('start'),
      actorId: actor.id,
      given,
    })
    if (!run) throw refuse('jobNotFound', { repo, branch })
    return run
  }

  async #disable(place: JobPlace, reason: 'branchDeleted' | 'noJenkinsfile'): Promise<void> {
    await this.#kernel.database.write((tx) =>
      jobs.jobDisable(tx.tables<PipelinesTables>(), place, reason),
    )
  }

  /** Undefined when the commit has no Jenkinsfile. */
  async #queue(wanted: Wanted): Promise<RunRow | undefined> {
    const jenkinsfile = await this.#jenkinsfile(wanted)
    if (jenkinsfile === undefined) {
      await this.#disable(wanted.place, 'noJenkinsfile')
      return undefined
    }
    const described = await this.#settings(wanted, jenkinsfile)
    // A queue builds a branch again when what stands before it changed: nobody needs the older run.
    const settings = isQueueBranch(wanted.place.branch)
      ? { ...described, concurrency: 'abortPrevious' as const }
      : described
    const values = parameterValues(settings.parameters, wanted.given ?? {})
    const row = await this.#insert(wanted, jenkinsfile, settings, values)
    this.#queued()
    if (settings.cron.length > 0) await this.armCron()
    return row
  }

  /** Of one that is too large, as much is kept as shows that it is: its run says so. */
  async #jenkinsfile({ place, sha, jenkinsfile }: Source): Promise<string | undefined> {
    const { project, repo } = place
    const bytes =
      jenkinsfile === undefined
        ? await this.#code.fileRead(project, repo, sha, 'Jenkinsfile')
        : Buffer.from(jenkinsfile)
    return (
      bytes &&
      Buffer.from(bytes)
        .toString('utf8')
        .slice(0, LARGEST_SOURCE + 1)
    )
  }

  /** What has to be run to be known is as the job's last run left it. */
  async #settings({ place, properties }: Source, jenkinsfile: string): Promise<JobProperties> {
    const { isWhole, ...written } = settingsOf(parseJenkinsfile(jenkinsfile))
    if (isWhole) return properties ? bothProperties(properties, written) : written
    const job = await jobs.jobAt(this.#kernel.database.tables<PipelinesTables>(), place)
    const known = job?.properties ? jobs.propertiesOf(job) : written
    return properties ? bothProperties(properties, known) : known
  }

  #insert(
    wanted: Wanted,
    jenkinsfile: string,
    settings: JobProperties,
    values: Record<string, string | boolean>,
  ): Promise<RunRow> {
    const { database, ids, clock, secrets, live } = this.#kernel
    return database.write(async (tx) => {
      const db = tx.tables<PipelinesTables>()
      const known = await db
        .selectFrom('pipelines_run')
        .selectAll()
        .where('trigger_key', '=', wanted.key)
        .executeTakeFirst()
      if (known) return known
      const nowMs = clock.now()
      const { tag, source } = wanted
      const fresh = { id: ids.next('job'), nowMs, tag, source }
      const job = await jobs.jobEnsure(db, wanted.place, fresh)
      const name = `${wanted.place.project}/${jobName(job)}`
      await jobs.describeJob(db, job.id, settings, nextDueOf(settings.cron, name, nowMs))
      const id = ids.next('run')
      const passwords = settings.parameters.filter(({ kind }) => kind === 'password')
      const hidden = passwords.map(({ name }) => name)
      const masked = passwords.filter((each) => values[each.name] !== each.default)
      const row: RunRow = {
        id,
        job_id: job.id,
        ...wanted.place,
        number: await jobs.nextNumber(db, job),
        state: 'queued',
        result: null,
        commit_sha: wanted.sha,
        commit_title: wanted.title,
        tag: job.tag,
        source: source ?? null,
        queue_number: await nextQueueNumber(db),
        build_number: source ? null : await takeBuildNumber(db, wanted.place),
        not_before: wanted.notBeforeMs ?? null,
        restart: wanted.restart ? stringify(wanted.restart) : null,
        before_sha: (await lastRunOf(db, job.id))?.commit_sha ?? null,
        cause: stringify(wanted.cause),
        trigger_key: wanted.key,
        actor: wanted.actorId,
        parameters: sealParameters(secrets, id, {
          values,
          hidden,
          masked: masked.map(({ name }) => name),
        }),
        jenkinsfile,
        description: null,
        tests_passed: 0,
        tests_failed: 0,
        tests_skipped: 0,
        queued_at: nowMs,
        started_at: null,
        finished_at: null,
      }
      await db.insertInto('pipelines_run').values(row).execute()
      const message = { type: 'pipelines.runQueued', id }
      tx.afterCommit(() => live.publish(`project:${row.project}`, message))
      return row
    })
  }

  armLater(): void {
    this.armCron().catch((error: unknown) => this.#kernel.log.error('pipelines.cron', { error }))
  }

  async meantByRun(from: RunRow, job: string): Promise<MeantJob | undefined> {
    const place = await findJob(this.#kernel.database, from, job)
    const tip = place && (await this.#tip(place))
    const source = tip && { place, ...tip }
    const jenkinsfile = source && (await this.#jenkinsfile(source))
    if (!source || jenkinsfile === undefined) return undefined
    const { parameters } = await this.#settings(source, jenkinsfile)
    return { name: jobName({ ...source.place, ...tip }).replace('/', ' » '), parameters }
  }

  /** `build job: …`: a run of another job, made once for each call. */
  async startedByRun({ from, job, parameters, key }: DownstreamWish): Promise<RunRow | undefined> {
    const place = await findJob(this.#kernel.database, from, job)
    const tip = place && (await this.#tip(place))
    if (!place || !tip) return undefined
    return this.#queue({
      place,
      ...tip,
      cause: upstreamCause(from),
      key,
      actorId: from.actor,
      given: parameters,
    })
  }

  /** `triggers { upstream(…) }`: jobs that wait for the one that has ended. */
  async runFinished(event: StoredEvent<RunFinished>): Promise<void> {
    const { database } = this.#kernel
    const ended = await runById(database.tables<PipelinesTables>(), event.data.runId)
    if (!ended) return
    for (const { id, ...place } of await waitingFor(database, ended, event.data.result)) {
      const tip = await this.#tip(place)
      if (!tip) continue
      await this.#queue({
        place,
        ...tip,
        cause: upstreamCause(ended),
        key: `upstream/${id}/${ended.id}`,
        actorId: systemActor.id,
      })
    }
  }

  /** Waits for the next moment that any job's cron names. */
  /** Waits for the next job that is due, `notBeforeMs` at the earliest. */
  async armCron(notBeforeMs = 0): Promise<void> {
    const next = await this.#kernel.database
      .tables<PipelinesTables>()
      .selectFrom('pipelines_job')
      .select((query) => query.fn.min('cron_due').as('due'))
      .where('disabled', 'is', null)
      .executeTakeFirst()
    this.#cancelCron()
    this.#cancelCron = () => undefined
    if (next?.due == null) return
    this.#cancelCron = this.#kernel.clock.at(Math.max(next.due, notBeforeMs), () => {
      this.#runDue().catch((error: unknown) => this.#kernel.log.error('pipelines.cron', { error }))
    })
  }

  async #runDue(): Promise<void> {
    const { database, clock } = this.#kernel
    const due = await database
      .tables<PipelinesTables>()
      .selectFrom('pipelines_job')
      .selectAll()
      .where('cron_due', '<=', clock.now())
      .where('disabled', 'is', null)
      .execute()
    let hasFailed = false
    for (const job of due) {
      // The other jobs are started all the same.
      await this.#runTimed(job).catch((error: unknown) => {
        hasFailed = true
        this.#kernel.log.error('pipelines.cron', { job: job.id, error })
      })
    }
    await this.armCron(hasFailed ? clock.now() + CRON_RETRY_MS : 0)
  }

  async #runTimed({ id, project, repo, branch, cron_due }: JobRow): Promise<void> {
    const place = { project, repo, branch }
    const tip = await this.#tip(place)
    if (!tip) return this.#disable(place, 'branchDeleted')
    await this.#queue({
      place,
      ...tip,
      cause: { kind: 'cron', text: 'Started by timer' },
      key: `cron/${id}/${cron_due}`,
      actorId: systemActor.id,
    })
  }

  stop(): void {
    this.#cancelCron()
  }
}
