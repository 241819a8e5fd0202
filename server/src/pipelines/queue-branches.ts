import { rm } from 'node:fs/promises'
import { isQueueBranch } from '../code/index.ts'
import { type Kernel, systemActor } from '../kernel/index.ts'
import type { JobPlace } from './model.ts'
import type { Runs } from './runs.ts'
import { jobAt } from './store-jobs.ts'
import { deleteRun } from './store-runs.ts'
import type { JobRow, PipelinesTables } from './tables.ts'

/** Whoever was taken out of a queue has to see why: so many such branches are remembered. */
const KEPT_JOBS = 30

/**
 * A branch of a merge queue is gone: what builds it has no reader any more, and of those that went
 * before only the latest are kept.
 */
export async function queueBranchGone(kernel: Kernel, runs: Runs, place: JobPlace): Promise<void> {
  const db = kernel.database.tables<PipelinesTables>()
  const job = await jobAt(db, place)
  if (!job) return
  const unfinished = await db
    .selectFrom('pipelines_run')
    .selectAll()
    .where('job_id', '=', job.id)
    .where('state', '!=', 'finished')
    .execute()
  for (const run of unfinished) await runs.abort(run, systemActor)
  const gone = await db
    .selectFrom('pipelines_job')
    .selectAll()
    .where('project', '=', place.project)
    .where('repo', '=', place.repo)
    .where('disabled', '=', 'branchDeleted')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const old = gone.filter(({ branch }) => isQueueBranch(branch)).slice(KEPT_JOBS)
  for (const each of old) await forgetJob(kernel, runs, each)
}

async function forgetJob({ database }: Kernel, runs: Runs, job: JobRow): Promise<void> {
  const ended = await database
    .tables<PipelinesTables>()
    .selectFrom('pipelines_run')
    .select(['id', 'state'])
    .where('job_id', '=', job.id)
    .execute()
  // One that still ends is forgotten with the next branch.
  if (ended.some(({ state }) => state !== 'finished')) return
  await database.write(async (tx) => {
    const db = tx.tables<PipelinesTables>()
    for (const { id } of ended) await deleteRun(db, id)
    await db.deleteFrom('pipelines_job').where('id', '=', job.id).execute()
  })
  for (const { id } of ended) await rm(runs.folderOf(id), { recursive: true, force: true })
}
