import { bitbucketApi as api } from '../../code/index.ts'
import { parseColumn } from '../../kernel/index.ts'
import { listJobs } from '../store-jobs.ts'
import { lastRunOf } from '../store-runs.ts'
import type { JobRow } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'
import { momentOf } from './present.ts'
import { tablesOf } from './runs.ts'

const MOST_JOBS = 10_000

async function config(ask: api.RepoAsk): Promise<api.Json> {
  const repository = await api.presentRepoBriefly(ask, ask.repo)
  return { type: 'repository_pipelines_configuration', enabled: true, repository }
}

/** A repository with a Jenkinsfile is built; there is nothing to switch on. */
async function setConfig(ask: api.RepoAsk) {
  const { enabled } = await ask.body.json()
  if (enabled === true) return config(ask)
  throw new api.BitbucketError(501, 'Switching pipelines off is not available here.')
}

interface Schedule {
  job: JobRow
  cron: string
}

/** What `triggers { cron(…) }` says in the Jenkinsfiles of the branches. */
async function schedulesOf(parts: BitbucketParts, { repo }: api.RepoAsk): Promise<Schedule[]> {
  const jobs = await listJobs(tablesOf(parts), repo.project, { repo: repo.name, limit: MOST_JOBS })
  const own = jobs.filter(({ source, tag }) => source === null && tag === null)
  return own.flatMap((job) => parseColumn<string[]>(job.cron).map((cron) => ({ job, cron })))
}

const uuidOf = ({ job, cron }: Schedule) => api.uuidOf(`schedule ${job.id} ${cron}`)

async function presentSchedule(parts: BitbucketParts, ask: api.RepoAsk, schedule: Schedule) {
  const { job, cron } = schedule
  const last = await lastRunOf(tablesOf(parts), job.id)
  const target = { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: job.branch }
  return {
    type: 'pipeline_schedule',
    uuid: uuidOf(schedule),
    enabled: job.disabled === null,
    cron_pattern: cron,
    target: {
      ...target,
      selector: { type: 'default' },
      ...(last && { commit: await api.commitBriefly(ask, ask.repo, last.commit_sha) }),
    },
    created_on: momentOf(job.created_at),
    updated_on: momentOf(job.created_at),
  }
}

async function schedules(parts: BitbucketParts, ask: api.RepoAsk) {
  const all = await schedulesOf(parts, ask)
  return api.listing(ask, { all, present: (entry) => presentSchedule(parts, ask, entry) })
}

async function schedule(parts: BitbucketParts, ask: api.RepoAsk) {
  const { schedule_uuid: wanted } = ask.params
  const found = (await schedulesOf(parts, ask)).find((entry) => uuidOf(entry) === wanted)
  if (found) return presentSchedule(parts, ask, found)
  throw new api.BitbucketError(404, 'Not found', { detail: `No schedule ${wanted}` })
}

export function configCalls(parts: BitbucketParts): api.Call[] {
  const reading = api.inRepo('viewer')
  const keeping = api.inRepo('maintainer')
  return [
    reading('GET', '/pipelines_config', config),
    keeping('PUT', '/pipelines_config', setConfig),
    reading('GET', '/pipelines_config/schedules', (ask) => schedules(parts, ask)),
    reading('GET', '/pipelines_config/schedules/:schedule_uuid', (ask) => schedule(parts, ask)),
  ]
}
