import { bitbucketApi as api } from '../../code/index.ts'
import { finishedStates, type RunsAsked, runByBuildNumber, runsOfRepo } from '../store-repo-runs.ts'
import { openParameters, runById } from '../store-runs.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'
import { buildNumber, presentRun, runUrl } from './present.ts'

const { BitbucketError } = api

export const tablesOf = ({ kernel }: BitbucketParts) => kernel.database.tables<PipelinesTables>()

const notFound = (detail: string, key: string) =>
  new BitbucketError(404, 'Not found', { detail, data: { key } })

/** By UUID or build number. Throws 404 in the words of the original. */
export async function findRun(parts: BitbucketParts, ask: api.RepoAsk): Promise<RunRow> {
  const { pipeline_uuid: name = '' } = ask.params
  const { project, name: repo } = ask.repo
  const db = tablesOf(parts)
  const isNumber = /^\d{1,9}$/.test(name)
  const row = isNumber
    ? await runByBuildNumber(db, { project, repo }, Number(name))
    : await runById(db, `run_${api.idTailOf(name) ?? ''}`)
  if (row?.project === project && row.repo === repo && row.source === null) return row
  const what = isNumber ? `build number '${name}'` : `UUID ${name}`
  const detail = `Pipeline with ${what} not found in repository ${api.uuidOf(ask.repo.row.id)}`
  throw notFound(detail, 'result-service.pipeline-id.not-found')
}

const show = (parts: BitbucketParts, ask: api.RepoAsk, row: RunRow): Promise<api.Json> => {
  const { secrets, clock } = parts.kernel
  const hasVariables = Object.keys(openParameters(secrets, row).values).length > 0
  return presentRun(ask, row, { nowMs: clock.now(), hasVariables })
}

/** Words of the list's `status` filter. */
const statuses: Record<string, Pick<RunsAsked, 'states' | 'results'>> = {
  PENDING: { states: ['queued'] },
  BUILDING: { states: ['running'] },
  IN_PROGRESS: { states: ['running', 'paused'] },
  PAUSED: { states: ['paused'] },
  HALTED: { states: ['paused'] },
  COMPLETED: { states: finishedStates },
  PASSED: { states: finishedStates, results: ['SUCCESS'] },
  FAILED: { states: finishedStates, results: ['FAILURE', 'UNSTABLE'] },
  STOPPED: { states: finishedStates, results: ['ABORTED'] },
  ERROR: { states: finishedStates, results: ['NOT_BUILT'] },
}

function asked({ query, repo }: api.RepoAsk): RunsAsked {
  const status = query.get('status')
  const found = status === null ? {} : statuses[status.toUpperCase()]
  if (!found) throw api.badFields({ status: [`"${status}" is not a valid choice.`] })
  return {
    project: repo.project,
    repo: repo.name,
    branch: query.get('target.ref_name') ?? query.get('target.branch') ?? undefined,
    commit: query.get('target.commit.hash') ?? undefined,
    isTag: { branch: false, tag: true }[query.get('target.ref_type')?.toLowerCase() ?? ''],
    ...found,
    isNewestFirst: query.get('sort')?.startsWith('-') ?? false,
  }
}

/** The oldest first, as there; pages come from the database unless a query looks into all. */
async function list(parts: BitbucketParts, ask: api.RepoAsk) {
  const db = tablesOf(parts)
  const wanted = asked(ask)
  const sort = ask.query.get('sort')
  const present = (row: RunRow) => show(parts, ask, row)
  const isPlain = !ask.query.get('q') && (sort === null || /^-?created_on$/.test(sort))
  if (!isPlain) return api.listing(ask, { all: (await runsOfRepo(db, wanted)).rows, present })
  const { page, pagelen } = api.pageAsked(ask)
  const offset = (page - 1) * pagelen
  const { rows, size } = await runsOfRepo(db, wanted, { offset, limit: pagelen })
  const values: api.Json[] = []
  for (const row of rows) values.push(await present(row))
  return api.pageOf(ask, values, { page, pagelen, size, hasMore: offset + rows.length < size })
}

interface Target {
  ref: string
  commit: string | undefined
}

function targetIn(body: api.Json): Target {
  const target = api.objectIn(body, 'target')
  const type = api.requiredText(target, 'type')
  const selector = api.objectIn(target, 'selector')
  if (api.textIn(selector, 'type') === 'custom') {
    // There is one Jenkinsfile a branch, and no pipeline of another name in it.
    throw new BitbucketError(400, 'Bad request', {
      detail: 'Requested selector is not found in Jenkinsfile.',
      data: { key: 'result-service.pipeline.selector-not-found' },
    })
  }
  const commit = api.textIn(api.objectIn(target, 'commit'), 'hash')
  if (type !== 'pipeline_ref_target') {
    throw new BitbucketError(
      501,
      `A target of type ${type} is not available here: name the branch.`,
    )
  }
  return { ref: api.requiredText(target, 'ref_name'), commit }
}

function parametersIn(body: api.Json): Record<string, string> {
  const given = api.listIn(body, 'variables')
  return Object.fromEntries(
    given.map((entry) => [api.requiredText(entry, 'key'), api.textIn(entry, 'value') ?? '']),
  )
}

/** Variables set parameters of the Jenkinsfile; one that it doesn't declare is refused. */
async function create(parts: BitbucketParts, ask: api.RepoAsk) {
  const { project, name: repo } = ask.repo
  const body = await ask.body.json()
  const { ref, commit } = targetIn(body)
  const found = await parts.code.commitGet(project, repo, commit ?? ref)
  const tip = await parts.code.commitGet(project, repo, ref)
  if (!found || !tip)
    throw notFound('Could not find the revision', 'result-service.revision.not-found')
  const place = { project, repo, branch: ref }
  const run = await parts.door.runStart(ask.actor, {
    ...place,
    parameters: parametersIn(body),
    commit: found.sha,
  })
  const row = (await runById(tablesOf(parts), run.id))!
  const location = await runUrl(ask, row)
  return new api.Answer(201, await show(parts, ask, row), { location })
}

async function stop(parts: BitbucketParts, ask: api.RepoAsk) {
  const row = await findRun(parts, ask)
  if (row.state === 'finished') {
    const detail = `Pipeline with build number '${buildNumber(row)}' has already completed`
    throw new BitbucketError(400, 'Bad request', { detail })
  }
  await parts.door.runAbort(ask.actor, row.project, row.id)
  return api.nothing()
}

export function runCalls(parts: BitbucketParts): api.Call[] {
  const reading = api.inRepo('viewer')
  const running = api.inRepo('developer')
  return [
    reading('GET', '/pipelines', (ask) => list(parts, ask)),
    running('POST', '/pipelines', (ask) => create(parts, ask)),
    reading('GET', '/pipelines/:pipeline_uuid', async (ask) =>
      show(parts, ask, await findRun(parts, ask)),
    ),
    running('POST', '/pipelines/:pipeline_uuid/stopPipeline', (ask) => stop(parts, ask)),
  ]
}
