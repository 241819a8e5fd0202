import { bitbucketApi as api } from '../../code/index.ts'
import { parseColumn, stringify } from '../../kernel/index.ts'
import { listJobs } from '../store-jobs.ts'
import { lastRunOf } from '../store-runs.ts'
import type { JobRow, RunRow } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'
import { momentOf } from './present.ts'
import { nextOfSchedule } from './quartz.ts'
import { tablesOf } from './runs.ts'
import { keyOfSchedule, type ScheduleClock } from './schedule-clock.ts'
import {
  dropSchedule,
  putSchedule,
  runsKeyed,
  type ScheduleRow,
  schedulesIn,
} from './store-schedules.ts'

const { BitbucketError } = api
const MOST_JOBS = 10_000

/** One that was made here, or a line of `triggers { cron(…) }` in a branch's Jenkinsfile. */
type Schedule = { row: ScheduleRow } | { job: JobRow; cron: string }

async function schedulesOf(parts: BitbucketParts, { repo }: api.RepoAsk): Promise<Schedule[]> {
  const { project, name } = repo
  const made = await schedulesIn(parts.kernel.database, { project, repo: name })
  const jobs = await listJobs(tablesOf(parts), project, { repo: name, limit: MOST_JOBS })
  const own = jobs.filter(({ source, tag }) => source === null && tag === null)
  const written = own.flatMap((job) =>
    parseColumn<string[]>(job.cron).map((cron) => ({ job, cron })),
  )
  return [...made.map((row) => ({ row })), ...written]
}

const uuidOf = (schedule: Schedule) =>
  'row' in schedule
    ? api.uuidOf(schedule.row.id)
    : api.uuidOf(`schedule ${schedule.job.id} ${schedule.cron}`)

async function find(parts: BitbucketParts, ask: api.RepoAsk): Promise<Schedule> {
  const { schedule_uuid: given = '' } = ask.params
  const wanted = `{${given.replace(/^\{|\}$/g, '').toLowerCase()}}`
  const found = (await schedulesOf(parts, ask)).find((entry) => uuidOf(entry) === wanted)
  if (found) return found
  throw new BitbucketError(404, 'Not found', { detail: `No schedule ${wanted}` })
}

/** One that may be changed: not a line of a Jenkinsfile. */
async function findMade(parts: BitbucketParts, ask: api.RepoAsk): Promise<ScheduleRow> {
  const found = await find(parts, ask)
  if ('row' in found) return found.row
  const detail = 'It stands in the Jenkinsfile: triggers { cron(…) }. Change it there.'
  throw new BitbucketError(400, 'Bad request', { detail })
}

const shared = { type: 'pipeline_schedule' }
const branchTarget = (branch: string, selector: unknown) => ({
  type: 'pipeline_ref_target',
  ref_type: 'branch',
  ref_name: branch,
  selector,
})

function presentMade(row: ScheduleRow): api.Json {
  return {
    ...shared,
    uuid: api.uuidOf(row.id),
    enabled: row.is_enabled === 1,
    cron_pattern: row.cron,
    target: branchTarget(row.branch, parseColumn(row.selector)),
    created_on: momentOf(row.created_at),
    updated_on: momentOf(row.updated_at),
  }
}

async function present(parts: BitbucketParts, ask: api.RepoAsk, schedule: Schedule) {
  if ('row' in schedule) return presentMade(schedule.row)
  const { job, cron } = schedule
  const last = await lastRunOf(tablesOf(parts), job.id)
  const commit = last && (await api.commitBriefly(ask, ask.repo, last.commit_sha))
  return {
    ...shared,
    uuid: uuidOf(schedule),
    enabled: job.disabled === null,
    cron_pattern: cron,
    target: { ...branchTarget(job.branch, { type: 'default' }), ...(commit && { commit }) },
    created_on: momentOf(job.created_at),
    updated_on: momentOf(job.created_at),
  }
}

/** Only branches have schedules, and a Jenkinsfile has no pipelines of other names. */
function targetIn(body: api.Json): { branch: string; selector: api.Json } {
  const target = api.objectIn(body, 'target')
  const type = api.textIn(target, 'ref_type') ?? 'branch'
  if (type !== 'branch') throw api.badFields({ ref_type: [`"${type}" is not a valid choice.`] })
  const selector = api.objectIn(target, 'selector')
  const kind = api.textIn(selector, 'type') ?? 'default'
  if (kind === 'custom') {
    throw new BitbucketError(400, 'Bad request', {
      detail: 'Requested selector is not found in Jenkinsfile.',
      data: { key: 'result-service.pipeline.selector-not-found' },
    })
  }
  return { branch: api.requiredText(target, 'ref_name'), selector: { ...selector, type: kind } }
}

function dueOf(parts: BitbucketParts, cron: string): number | null {
  const next = nextOfSchedule(cron, parts.kernel.clock.now())
  if (typeof next === 'string') throw api.badFields({ cron_pattern: [`Invalid cron: ${next}`] })
  return next ?? null
}

async function save(parts: BitbucketParts, clock: ScheduleClock, row: ScheduleRow) {
  await parts.kernel.database.write((tx) => putSchedule(tx, row))
  await clock.arm()
  return presentMade(row)
}

async function make(parts: BitbucketParts, clock: ScheduleClock, ask: api.RepoAsk) {
  const body = await ask.body.json()
  const { branch, selector } = targetIn(body)
  const cron = api.requiredText(body, 'cron_pattern').trim()
  const isEnabled = api.flagIn(body, 'enabled') ?? true
  const due = dueOf(parts, cron)
  const { ids, clock: time } = parts.kernel
  const at = time.now()
  const row: ScheduleRow = {
    id: ids.next('sched'),
    project: ask.repo.project,
    repo: ask.repo.name,
    branch,
    selector: stringify(selector),
    cron,
    is_enabled: isEnabled ? 1 : 0,
    due: isEnabled ? due : null,
    created_at: at,
    updated_at: at,
  }
  return api.created(await save(parts, clock, row))
}

/** The original lets only `enabled` be changed; a new pattern is taken as well. */
async function edit(parts: BitbucketParts, clock: ScheduleClock, ask: api.RepoAsk) {
  const before = await findMade(parts, ask)
  const body = await ask.body.json()
  const cron = api.textIn(body, 'cron_pattern')?.trim() ?? before.cron
  const isEnabled = api.flagIn(body, 'enabled') ?? before.is_enabled === 1
  const due = dueOf(parts, cron)
  const next = { cron, is_enabled: isEnabled ? 1 : 0, due: isEnabled ? due : null }
  return save(parts, clock, { ...before, ...next, updated_at: parts.kernel.clock.now() })
}

async function remove(parts: BitbucketParts, clock: ScheduleClock, ask: api.RepoAsk) {
  const { id } = await findMade(parts, ask)
  await parts.kernel.database.write((tx) => dropSchedule(tx, id))
  await clock.arm()
  return api.nothing()
}

/** The runs it started; of a Jenkinsfile's lines, what any of them started on the branch. */
async function executions(parts: BitbucketParts, ask: api.RepoAsk) {
  const found = await find(parts, ask)
  const start = 'row' in found ? keyOfSchedule(found.row.id) : `cron/${found.job.id}/`
  const all = await runsKeyed(
    tablesOf(parts),
    { project: ask.repo.project, repo: ask.repo.name },
    start,
  )
  const execution = ({ id }: RunRow) => ({
    type: 'pipeline_schedule_execution_executed',
    pipeline: { type: 'pipeline', uuid: api.uuidOf(id) },
  })
  return api.listing(ask, { all, present: execution })
}

export function scheduleCalls(parts: BitbucketParts, clock: ScheduleClock): api.Call[] {
  const reading = api.inRepo('viewer')
  const writing = api.inRepo('developer')
  const path = '/pipelines_config/schedules'
  const one = `${path}/:schedule_uuid`
  return [
    reading('GET', path, async (ask) => {
      const all = await schedulesOf(parts, ask)
      return api.listing(ask, { all, present: (entry) => present(parts, ask, entry) })
    }),
    writing('POST', path, (ask) => make(parts, clock, ask)),
    reading('GET', one, async (ask) => present(parts, ask, await find(parts, ask))),
    writing('PUT', one, (ask) => edit(parts, clock, ask)),
    writing('DELETE', one, (ask) => remove(parts, clock, ask)),
    reading('GET', `${one}/executions`, (ask) => executions(parts, ask)),
  ]
}
