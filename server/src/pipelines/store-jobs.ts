import type { Job, ParameterDefinition } from '@madang/api'
import type { Kysely } from 'kysely'
import { QUEUE_BRANCHES } from '../code/index.ts'
import { parseColumn, stringify } from '../kernel/index.ts'
import { type JobProperties, noProperties } from './job-properties.ts'
import { jobPage, type JobPlace } from './model.ts'
import type { JobRow, PipelinesTables } from './tables.ts'

type Db = Kysely<PipelinesTables>

export function jobAt(db: Db, { project, repo, branch }: JobPlace): Promise<JobRow | undefined> {
  return db
    .selectFrom('pipelines_job')
    .selectAll()
    .where('project', '=', project)
    .where('repo', '=', repo)
    .where('branch', '=', branch)
    .executeTakeFirst()
}

/** The job of a branch, made when it isn't there, and in use again when it was disabled. */
export async function jobEnsure(
  db: Db,
  place: JobPlace,
  fresh: {
    id: string
    nowMs: number
    tag?: string | undefined
    source?: string | undefined
  },
): Promise<JobRow> {
  const known = await jobAt(db, place)
  if (known) {
    const update = db.updateTable('pipelines_job').set({ disabled: null })
    if (known.disabled) await update.where('id', '=', known.id).execute()
    return { ...known, disabled: null }
  }
  const { project, repo, branch } = place
  const row: JobRow = {
    id: fresh.id,
    project,
    repo,
    branch,
    disabled: null,
    next_number: 1,
    parameters: '[]',
    cron: '[]',
    cron_due: null,
    properties: null,
    tag: fresh.tag ?? null,
    source: fresh.source ?? null,
    created_at: fresh.nowMs,
  }
  await db.insertInto('pipelines_job').values(row).execute()
  return row
}

export async function jobDisable(
  db: Db,
  place: JobPlace,
  reason: NonNullable<JobRow['disabled']>,
): Promise<void> {
  await db
    .updateTable('pipelines_job')
    .set({ disabled: reason, cron_due: null })
    .where('project', '=', place.project)
    .where('repo', '=', place.repo)
    .where('branch', '=', place.branch)
    .execute()
}

/** Keeps what the Jenkinsfile says of its job. */
export async function describeJob(
  db: Db,
  id: string,
  properties: JobProperties,
  cronDueMs: number | undefined,
): Promise<void> {
  await db
    .updateTable('pipelines_job')
    .set({
      parameters: stringify(properties.parameters),
      cron: stringify(properties.cron),
      cron_due: cronDueMs ?? null,
      properties: stringify(properties),
    })
    .where('id', '=', id)
    .execute()
}

/** What the job's Jenkinsfile said when it was last read or run. */
export function propertiesOf(job: Pick<JobRow, 'properties'> | undefined): JobProperties {
  return job?.properties ? parseColumn<JobProperties>(job.properties) : noProperties()
}

export function jobById(db: Db, id: string): Promise<JobRow | undefined> {
  return db.selectFrom('pipelines_job').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function nextNumber(db: Db, job: JobRow): Promise<number> {
  const { next_number } = await db
    .updateTable('pipelines_job')
    .set((update) => ({ next_number: update('next_number', '+', 1) }))
    .where('id', '=', job.id)
    .returning('next_number')
    .executeTakeFirstOrThrow()
  return next_number - 1
}

/** Without the branches of merge queues that are gone: they come by the dozen. */
export function listJobs(
  db: Db,
  project: string,
  ask: { repo?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<JobRow[]> {
  let query = db
    .selectFrom('pipelines_job')
    .selectAll()
    .where('project', '=', project)
    .where((job) =>
      job.or([job('disabled', 'is', null), job('branch', 'not like', `${QUEUE_BRANCHES}%`)]),
    )
  if (ask.repo !== undefined) query = query.where('repo', '=', ask.repo)
  if (ask.cursor !== undefined) query = query.where('id', '>', ask.cursor)
  return query.orderBy('id').limit(ask.limit).execute()
}

export function presentJob(row: JobRow): Job {
  return {
    id: row.id,
    project: row.project,
    repo: row.repo,
    branch: row.branch,
    isTag: row.tag !== null,
    disabled: row.disabled ?? undefined,
    parameters: parseColumn<ParameterDefinition[]>(row.parameters),
    cron: parseColumn<string[]>(row.cron),
    url: jobPage(row),
  }
}

/** Notes that a run passed a milestone, unless a newer one did: then that one's number. */
export async function milestonePassed(
  db: Db,
  run: { job_id: string; number: number },
  ordinal: number,
): Promise<number | null> {
  const { job_id, number } = run
  const known = await db
    .selectFrom('pipelines_milestone')
    .select('number')
    .where('job_id', '=', job_id)
    .where('ordinal', '=', ordinal)
    .executeTakeFirst()
  if (known && known.number > number) return known.number
  await db
    .insertInto('pipelines_milestone')
    .values({ job_id, ordinal, number })
    .onConflict((conflict) => conflict.columns(['job_id', 'ordinal']).doUpdateSet({ number }))
    .execute()
  return null
}
