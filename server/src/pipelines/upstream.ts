import type { RunCause, RunResult } from '@madang/api'
import type { Database } from '../kernel/index.ts'
import { isWorse, jobName, type JobPlace } from './model.ts'
import { propertiesOf } from './store-jobs.ts'
import type { JobRow, PipelinesTables, RunRow } from './tables.ts'

/** As Jenkins' log begins: `Started by upstream project "app/main" build number 3`. */
export function upstreamCause(run: RunRow): RunCause {
  const text = `Started by upstream project "${jobName(run)}" build number ${run.number}`
  return { kind: 'upstream', text }
}

/**
 * The full names that a name may mean, seen from a job: a sibling (another branch of the same
 * repository), `../other/main`, `/other/main`; a repository alone means its main branch.
 */
function meanings(from: JobPlace, name: string): string[] {
  const parts = name.split('/')
  if (parts[0] === '') return [parts.slice(1).join('/')]
  if (parts[0] === '..') return [parts.slice(1).join('/')]
  return [`${from.repo}/${name}`, name, `${name}/main`, `${name}/master`]
}

function jobsOf(database: Database, project: string): Promise<JobRow[]> {
  return database
    .tables<PipelinesTables>()
    .selectFrom('pipelines_job')
    .selectAll()
    .where('project', '=', project)
    .where('disabled', 'is', null)
    .execute()
}

const namesOf = (job: JobPlace) => [jobName(job), `${job.repo}/${job.branch}`]

/** The job that a run means by a name. */
export async function findJob(
  database: Database,
  from: RunRow,
  name: string,
): Promise<JobPlace | undefined> {
  const all = await jobsOf(database, from.project)
  for (const meaning of meanings(from, name)) {
    const job = all.find((candidate) => namesOf(candidate).includes(meaning))
    if (job) return { project: job.project, repo: job.repo, branch: job.branch }
  }
  return undefined
}

/** Jobs with `upstream` among their triggers that wait for this run's end. */
export async function waitingFor(
  database: Database,
  ended: RunRow,
  result: RunResult,
): Promise<(JobPlace & { id: string })[]> {
  const names = namesOf(ended)
  const all = await jobsOf(database, ended.project)
  return all
    .filter((job) =>
      propertiesOf(job).upstream.some(
        ({ jobs, threshold }) =>
          !isWorse(result, threshold) &&
          jobs.some((name) => meanings(job, name).some((meaning) => names.includes(meaning))),
      ),
    )
    .map(({ id, project, repo, branch }) => ({ id, project, repo, branch }))
}
