import type { Run, RunCause, RunResult, RunStage } from '@madang/api'
import type { Kysely } from 'kysely'
import { parseColumn, type Secrets, stringify } from '../kernel/index.ts'
import { runPage } from './model.ts'
import type { PipelinesTables, RunRow } from './tables.ts'

type Db = Kysely<PipelinesTables>
type Values = Record<string, string | boolean>

interface KeptParameters {
  values: Values
  /** Names of the passwords, shown to nobody. */
  hidden: string[]
  /** Those that the log masks, where that is not all: a default stands in the Jenkinsfile for all to read. */
  masked?: string[]
}

const purpose = (id: string) => `pipelines/run/${id}/parameters`

/** Parameters as a column: sealed when there is a password among them. */
export function sealParameters(secrets: Secrets, id: string, kept: KeptParameters): string {
  const text = stringify(kept)
  return kept.hidden.length > 0 ? secrets.seal(text, purpose(id)) : text
}

export function openParameters(
  secrets: Secrets,
  row: Pick<RunRow, 'id' | 'parameters'>,
): KeptParameters {
  const isSealed = !row.parameters.startsWith('{')
  const text = isSealed ? secrets.open(row.parameters, purpose(row.id)) : row.parameters
  return parseColumn<KeptParameters>(text)
}

export function runById(db: Db, id: string): Promise<RunRow | undefined> {
  return db.selectFrom('pipelines_run').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The job's oldest run that is left. */
export function firstRunOf(db: Db, jobId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst()
}

export function runsIn(db: Db, states: RunRow['state'][]): Promise<RunRow[]> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('state', 'in', states)
    .orderBy('id')
    .execute()
}

export interface RunFilter {
  repo?: string | undefined
  branch?: string | undefined
  commit?: string | undefined
  state?: RunRow['state'] | undefined
  number?: number | undefined
  cursor?: string | undefined
  limit: number
}

/** The queue counts over all jobs, as Jenkins' does. */
export async function nextQueueNumber(db: Db): Promise<number> {
  const found = await db
    .selectFrom('pipelines_run')
    .select((query) => query.fn.max('queue_number').as('highest'))
    .executeTakeFirst()
  return (found?.highest ?? 0) + 1
}

/** Newest first. */
export function listRuns(db: Db, project: string, ask: RunFilter): Promise<RunRow[]> {
  let query = db.selectFrom('pipelines_run').selectAll().where('project', '=', project)
  if (ask.repo !== undefined) query = query.where('repo', '=', ask.repo)
  if (ask.branch !== undefined) query = query.where('branch', '=', ask.branch)
  if (ask.commit !== undefined) query = query.where('commit_sha', '=', ask.commit)
  if (ask.state !== undefined) query = query.where('state', '=', ask.state)
  if (ask.number !== undefined) query = query.where('number', '=', ask.number)
  if (ask.cursor !== undefined) query = query.where('id', '<', ask.cursor)
  return query.orderBy('id', 'desc').limit(ask.limit).execute()
}

export function lastRunOf(db: Db, jobId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The finished run before a run of the same job, for `changed`, `fixed` and `regression`. */
export async function finishedBefore(
  db: Db,
  run: RunRow,
): Promise<{ number: number; result: RunResult } | undefined> {
  const row = await db
    .selectFrom('pipelines_run')
    .select(['number', 'result'])
    .where('job_id', '=', run.job_id)
    .where('number', '<', run.number)
    .where('state', '=', 'finished')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.result ? { number: row.number, result: row.result } : undefined
}

/** Finished runs of a job, before a number where one is told; the newest first, at most 100. */
export function finishedRuns(db: Db, jobId: string, before?: number): Promise<RunRow[]> {
  let query = db.selectFrom('pipelines_run').selectAll().where('job_id', '=', jobId)
  if (before !== undefined) query = query.where('number', '<', before)
  return query.where('state', '=', 'finished').orderBy('number', 'desc').limit(100).execute()
}

export async function stagesOf(db: Db, runId: string): Promise<RunStage[]> {
  const rows = await db
    .selectFrom('pipelines_stage')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('ordinal')
    .execute()
  return rows.map((row) => ({
    id: row.path,
    parent: row.parent ?? undefined,
    name: row.name,
    kind: row.kind,
    state: row.state,
    result: row.result ?? undefined,
    startedAt: moment(row.started_at),
    finishedAt: optionalMoment(row.finished_at),
  }))
}

const moment = (ms: number) => new Date(ms).toISOString()
const optionalMoment = (ms: number | null) => (ms === null ? undefined : moment(ms))

export function presentRun(secrets: Secrets, row: RunRow): Run {
  const { values, hidden } = openParameters(secrets, row)
  const shown = Object.entries(values).filter(([name]) => !hidden.includes(name))
  const tests = {
    passed: row.tests_passed,
    failed: row.tests_failed,
    skipped: row.tests_skipped,
  }
  const hasTests = tests.passed + tests.failed + tests.skipped > 0
  return {
    id: row.id,
    project: row.project,
    repo: row.repo,
    branch: row.branch,
    isTag: row.tag !== null,
    number: row.number,
    state: row.state,
    result: row.result ?? undefined,
    commit: row.commit_sha,
    commitTitle: row.commit_title,
    cause: parseColumn<RunCause>(row.cause),
    parameters: Object.fromEntries(shown),
    description: row.description ?? undefined,
    tests: hasTests ? tests : undefined,
    queuedAt: moment(row.queued_at),
    startedAt: optionalMoment(row.started_at),
    finishedAt: optionalMoment(row.finished_at),
    url: runPage(row),
  }
}

/** Forgets a finished run and everything noted about it. */
export async function deleteRun(db: Db, id: string): Promise<void> {
  await db.deleteFrom('pipelines_step').where('run_id', '=', id).execute()
  await db.deleteFrom('pipelines_stage').where('run_id', '=', id).execute()
  await db.deleteFrom('pipelines_test').where('run_id', '=', id).execute()
  await db.deleteFrom('pipelines_report').where('run_id', '=', id).execute()
  await db.deleteFrom('pipelines_input').where('run_id', '=', id).execute()
  await db.deleteFrom('pipelines_run').where('id', '=', id).execute()
}
