import { rm } from 'node:fs/promises'
import { type Actor, stringify, type Transaction } from '../../kernel/index.ts'
import { nextDueOf } from '../cron.ts'
import { bothProperties, type JobProperties } from '../job-properties.ts'
import { settingsOf } from '../job-settings.ts'
import { parseJenkinsfile } from '../declarative/index.ts'
import type { JobPlace, RunSource } from '../model.ts'
import { describeJob, jobAt, jobDisable, jobEnsure } from '../store-jobs.ts'
import { deleteRun } from '../store-runs.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'
import type { Tip } from '../triggers.ts'
import {
  type Definition,
  type JobDefinition,
  readDefinition,
  type ScmSource,
} from './definition.ts'
import { pathOfPlace, placeOf } from './model.ts'
import type { RemoteParts } from './parts.ts'
import { itemAt, itemMove, itemPut, itemRemove } from './store.ts'
import type { ItemRow } from './tables.ts'

const STOP_WITHIN_MS = 30_000

/** Jobs that stand in their configuration: what a run of one builds, and what changes them. */
export class PlainJobs {
  readonly #parts: RemoteParts

  constructor(parts: RemoteParts) {
    this.#parts = parts
  }

  /** What a run of the job at a place builds; undefined where there is none, or it is disabled. */
  async tip(place: JobPlace): Promise<Tip | undefined> {
    const path = pathOfPlace(place)
    const row = await itemAt(this.#parts.kernel.database, place.project, path)
    if (row?.kind !== 'job' || row.disabled === 1) return undefined
    const definition = readDefinition(row.config)
    if (definition.kind !== 'job') return undefined
    const { script, properties } = definition
    if (typeof script !== 'string') {
      return { ...(await this.#fromRepository(place.project, script)), properties }
    }
    const source: RunSource = { repo: null, branch: '', path: '' }
    return { sha: '', title: '', jenkinsfile: script, source: stringify(source), properties }
  }

  async #fromRepository(project: string, scm: ScmSource): Promise<Tip> {
    const { code } = this.#parts
    const repo = await this.#repoOf(project, scm.url)
    if (repo === undefined) {
      return failing(`The repository ${scm.url} is not on this server; push it to ${project}`)
    }
    const commit = await code.commitGet(project, repo, scm.branch)
    if (!commit) return failing(`Couldn't find any revision to build: ${scm.branch} of ${scm.url}`)
    const bytes = await code.fileRead(project, repo, commit.sha, scm.path)
    if (!bytes) return failing(`Unable to find ${scm.path} from git ${scm.url}`)
    const source: RunSource = { repo, branch: scm.branch, path: scm.path }
    const jenkinsfile = bytes.toString('utf8')
    return { sha: commit.sha, title: commit.title, jenkinsfile, source: stringify(source) }
  }

  /** A repository of the project with the URL's last name: it was moved here with its jobs. */
  async #repoOf(project: string, url: string): Promise<string | undefined> {
    const name = /([^/:]+?)(?:\.git)?\/?$/.exec(url)?.[1]
    if (name === undefined) return undefined
    return (await this.#parts.code.repoGet(project, name)) && name
  }

  /** Makes the item, or gives it another configuration; says what of it can't be done here. */
  async put(actor: Actor, row: ItemRow): Promise<string[]> {
    const { kernel, triggers } = this.#parts
    const definition = readDefinition(row.config)
    const isNew = (await itemAt(kernel.database, row.project, row.path)) === undefined
    const described = definition.kind === 'job' && (await this.#describe(row.project, definition))
    const properties = described || undefined
    await kernel.database.write(async (tx) => {
      await itemPut(tx, row)
      if (properties) await this.#putJob(tx, row, properties)
      await this.#tell(tx, actor, row, isNew ? 'Created' : 'Changed')
    })
    if (properties) triggers.armLater()
    return [...(properties?.problems ?? []), ...(await this.#absent(row.project, definition))]
  }

  /** The repository that a configuration names and that has to be pushed here yet. */
  async #absent(project: string, definition: Definition): Promise<string[]> {
    if (definition.kind === 'multibranch') {
      return [
        `Push the branches of ${definition.remote ?? 'its repository'} to the one made for it`,
      ]
    }
    if (definition.kind !== 'job' || typeof definition.script === 'string') return []
    const { url } = definition.script
    if ((await this.#repoOf(project, url)) !== undefined) return []
    return [`The repository ${url} is not on this server; push it to ${project}`]
  }

  /** What a job's configuration and its script, as far as it can be read now, say of it. */
  async #describe(project: string, definition: JobDefinition): Promise<JobProperties> {
    const { script, properties } = definition
    const text =
      typeof script === 'string'
        ? script
        : ((await this.#fromRepository(project, script)).jenkinsfile ?? '')
    const { isWhole: _isWhole, ...written } = settingsOf(parseJenkinsfile(text))
    return bothProperties(properties, written)
  }

  async #putJob(tx: Transaction, row: ItemRow, properties: JobProperties): Promise<void> {
    const { ids, clock } = this.#parts.kernel
    const db = tx.tables<PipelinesTables>()
    const nowMs = clock.now()
    const source = stringify({ repo: null, branch: '', path: '' } satisfies RunSource)
    const fresh = { id: ids.next('job'), nowMs, source }
    const job = await jobEnsure(db, placeOf(row.project, row.path), fresh)
    const dueMs = row.disabled === 1 ? undefined : nextDueOf(properties.cron, row.path, nowMs)
    await describeJob(db, job.id, properties, dueMs)
    // Its upstream jobs and the clock pass it over.
    if (row.disabled === 1) await jobDisable(db, placeOf(row.project, row.path), 'turnedOff')
  }

  /** Its builds go with it, under their numbers. */
  async move(actor: Actor, row: ItemRow, path: string): Promise<void> {
    const from = placeOf(row.project, row.path)
    const { repo, branch } = placeOf(row.project, path)
    await this.#parts.kernel.database.write(async (tx) => {
      const db = tx.tables<PipelinesTables>()
      await itemMove(tx, row, path)
      const job = await jobAt(db, from)
      if (job) {
        await db
          .updateTable('pipelines_job')
          .set({ repo, branch })
          .where('id', '=', job.id)
          .execute()
        await db
          .updateTable('pipelines_run')
          .set({ repo, branch })
          .where('job_id', '=', job.id)
          .execute()
      }
      await this.#tell(tx, actor, { ...row, path }, 'Changed')
    })
  }

  /** Ends its builds, then forgets them and the job. */
  async remove(actor: Actor, row: ItemRow): Promise<void> {
    const { kernel } = this.#parts
    const job = await jobAt(
      kernel.database.tables<PipelinesTables>(),
      placeOf(row.project, row.path),
    )
    const runs = job ? await this.#runsOf(job.id) : []
    for (const run of runs) if (run.state !== 'finished') await this.#end(actor, run)
    for (const run of runs) await this.forget(run)
    await kernel.database.write(async (tx) => {
      const db = tx.tables<PipelinesTables>()
      if (job) await db.deleteFrom('pipelines_job').where('id', '=', job.id).execute()
      await itemRemove(tx, row)
      await this.#tell(tx, actor, row, 'Removed')
    })
  }

  #runsOf(jobId: string): Promise<RunRow[]> {
    return this.#parts.kernel.database
      .tables<PipelinesTables>()
      .selectFrom('pipelines_run')
      .selectAll()
      .where('job_id', '=', jobId)
      .execute()
  }

  async #end(actor: Actor, run: RunRow): Promise<void> {
    const { runs } = this.#parts
    await runs.abort(run, actor)
    await runs.ended(run.id, AbortSignal.timeout(STOP_WITHIN_MS))
  }

  async forget(run: RunRow): Promise<void> {
    const { kernel, runs } = this.#parts
    await kernel.database.write((tx) => deleteRun(tx.tables<PipelinesTables>(), run.id))
    await rm(runs.folderOf(run.id), { recursive: true, force: true })
  }

  async #tell(
    tx: Transaction,
    actor: Actor,
    { project, path, kind }: ItemRow,
    what: 'Created' | 'Changed' | 'Removed',
  ): Promise<void> {
    const type = `pipelines.item${what}`
    const subject = `item:${project}/${path}`
    const data = { path, kind }
    await this.#parts.kernel.events.append(tx, { type, subject, project, actor: actor.id, data })
  }
}

/** A build that says what is missing, as a build of Jenkins fails when it can't reach its SCM. */
function failing(reason: string): Tip {
  const text = reason.replace(/\\/g, '\\\\').replace(/'/g, "\\'")
  const source: RunSource = { repo: null, branch: '', path: '' }
  return { sha: '', title: '', jenkinsfile: `error '${text}'`, source: stringify(source) }
}
