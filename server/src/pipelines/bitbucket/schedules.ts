import { bitbucketApi as api } from '../../code/index.ts'
import { parseColumn } from '../../kernel/index.ts'
import {
  nextOfSchedule,
  runKeyOf,
  runsKeyed,
  type Schedule,
  type ScheduleRow,
} from '../schedules/index.ts'
import { lastRunOf } from '../store-runs.ts'
import type { RunRow } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'
import { momentOf } from './present.ts'
import { tablesOf } from './runs.ts'

const { BitbucketError } = api

const placeOf = ({ repo }: api.RepoAsk) => ({ project: repo.project, repo: repo.name })

const uuidOf = (schedule: Schedule) =>
  'row' in schedule
    ? api.uuidOf(schedule.row.id)
    : api.uuidOf(`schedule ${schedule.job.id} ${schedule.cron}`)

async function find(parts: BitbucketParts, ask: api.RepoAsk): Promise<Schedule> {
  const { schedule_uuid: given = '' } = ask.params
  const wanted = `{${given.replace(/^\{|\}$/g, '').toLowerCase()}}`
  const found = (await parts.schedules.of(placeOf(ask))).find((entry) => uuidOf(entry) === wanted)
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

function checkCron(parts: BitbucketParts, cron: string): string {
  const next = nextOfSchedule(cron, parts.kernel.clock.now())
  if (typeof next === 'string') throw api.badFields({ cron_pattern: [`Invalid cron: ${next}`] })
  return cron
}

async function make(parts: BitbucketParts, ask: api.RepoAsk) {
  const body = await ask.body.json()
  const { branch, selector } = targetIn(body)
  const cron = checkCron(parts, api.requiredText(body, 'cron_pattern').trim())
  const isOn = api.flagIn(body, 'enabled') ?? true
  const row = await parts.schedules.make({ ...placeOf(ask), branch, selector, cron, isOn })
  return api.created(presentMade(row))
}

/** The original lets only `enabled` be changed; a new pattern is taken as well. */
async function edit(parts: BitbucketParts, ask: api.RepoAsk) {
  const before = await findMade(parts, ask)
  const body = await ask.body.json()
  const cron = checkCron(parts, api.textIn(body, 'cron_pattern')?.trim() ?? before.cron)
  const isOn = api.flagIn(body, 'enabled')
  return presentMade(await parts.schedules.change(before, { cron, isOn }))
}

async function remove(parts: BitbucketParts, ask: api.RepoAsk) {
  await parts.schedules.remove(await findMade(parts, ask))
  return api.nothing()
}

async function executions(parts: BitbucketParts, ask: api.RepoAsk) {
  const start = runKeyOf(await find(parts, ask))
  const all = await runsKeyed(tablesOf(parts), placeOf(ask), start)
  const execution = ({ id }: RunRow) => ({
    type: 'pipeline_schedule_execution_executed',
    pipeline: { type: 'pipeline', uuid: api.uuidOf(id) },
  })
  return api.listing(ask, { all, present: execution })
}

export function scheduleCalls(parts: BitbucketParts): api.Call[] {
  const reading = api.inRepo('viewer')
  const writing = api.inRepo('developer')
  const path = '/pipelines_config/schedules'
  const one = `${path}/:schedule_uuid`
  return [
    reading('GET', path, async (ask) => {
      const all = await parts.schedules.of(placeOf(ask))
      return api.listing(ask, { all, present: (entry) => present(parts, ask, entry) })
    }),
    writing('POST', path, (ask) => make(parts, ask)),
    reading('GET', one, async (ask) => present(parts, ask, await find(parts, ask))),
    writing('PUT', one, (ask) => edit(parts, ask)),
    writing('DELETE', one, (ask) => remove(parts, ask)),
    reading('GET', `${one}/executions`, (ask) => executions(parts, ask)),
  ]
}
