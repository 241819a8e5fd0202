import type { Kysely } from 'kysely'
import type { PipelinesTables, RunRow } from '../tables.ts'

type Db = Kysely<PipelinesTables>

/** A run is a build once it has begun; before, it is an item of the queue. */
const builds = (db: Db, jobId: string) =>
  db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('started_at', 'is not', null)

/** Newest first. */
export function buildsOf(db: Db, jobId: string, limit: number): Promise<RunRow[]> {
  return builds(db, jobId).orderBy('number', 'desc').limit(limit).execute()
}

export function buildAt(db: Db, jobId: string, number: number): Promise<RunRow | undefined> {
  return builds(db, jobId).where('number', '=', number).executeTakeFirst()
}

export function buildNext(
  db: Db,
  { job_id, number }: RunRow,
  to: 'earlier' | 'later',
): Promise<RunRow | undefined> {
  const isEarlier = to === 'earlier'
  return builds(db, job_id)
    .where('number', isEarlier ? '<' : '>', number)
    .orderBy('number', isEarlier ? 'desc' : 'asc')
    .limit(1)
    .executeTakeFirst()
}

type Results = NonNullable<RunRow['result']>[]

const permalinks: Record<string, { results?: Results; isFinished?: boolean; isFirst?: boolean }> = {
  lastBuild: {},
  firstBuild: { isFirst: true },
  lastCompletedBuild: { isFinished: true },
  lastFailedBuild: { results: ['FAILURE'] },
  lastStableBuild: { results: ['SUCCESS'] },
  lastSuccessfulBuild: { results: ['SUCCESS', 'UNSTABLE'] },
  lastUnstableBuild: { results: ['UNSTABLE'] },
  lastUnsuccessfulBuild: { results: ['UNSTABLE', 'FAILURE', 'NOT_BUILT', 'ABORTED'] },
}

export const permalinkNames = Object.keys(permalinks)

/** The build behind `lastSuccessfulBuild` and its like; undefined also for other names. */
export async function permalink(db: Db, jobId: string, name: string): Promise<RunRow | undefined> {
  const wanted = permalinks[name]
  if (!wanted) return undefined
  let query = builds(db, jobId)
  if (wanted.isFinished || wanted.results) query = query.where('state', '=', 'finished')
  if (wanted.results) query = query.where('result', 'in', wanted.results)
  return query
    .orderBy('number', wanted.isFirst ? 'asc' : 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Runs that have not begun; the newest first, as Jenkins lists its queue. */
export function waitingRuns(db: Db): Promise<RunRow[]> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('state', '=', 'queued')
    .orderBy('queue_number', 'desc')
    .execute()
}

export function waitingRunOf(db: Db, jobId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('state', '=', 'queued')
    .orderBy('number')
    .limit(1)
    .executeTakeFirst()
}

export function runByQueueNumber(db: Db, number: number): Promise<RunRow | undefined> {
  return db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('queue_number', '=', number)
    .executeTakeFirst()
}

/** Failed tests of a job's builds before a number, the newest first. */
export function failuresBefore(db: Db, { job_id, number }: RunRow) {
  return db
    .selectFrom('pipelines_test')
    .innerJoin('pipelines_run', 'pipelines_run.id', 'pipelines_test.run_id')
    .select(['pipelines_run.number', 'pipelines_test.class_name', 'pipelines_test.name'])
    .where('pipelines_run.job_id', '=', job_id)
    .where('pipelines_run.number', '<', number)
    .where('pipelines_test.status', '=', 'failed')
    .orderBy('pipelines_run.number', 'desc')
    .limit(5000)
    .execute()
}

/** Numbers of a job's builds with tests before one, the newest first. */
export async function testedBefore(db: Db, { job_id, number }: RunRow): Promise<number[]> {
  const rows = await db
    .selectFrom('pipelines_run')
    .select('number')
    .where('job_id', '=', job_id)
    .where('number', '<', number)
    .where((query) =>
      query.or([
        query('tests_passed', '>', 0),
        query('tests_failed', '>', 0),
        query('tests_skipped', '>', 0),
      ]),
    )
    .orderBy('number', 'desc')
    .limit(100)
    .execute()
  return rows.map((row) => row.number)
}
