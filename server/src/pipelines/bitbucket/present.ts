import type { RunStage } from '@madang/api'
import { bitbucketApi as api } from '../../code/index.ts'
import { parseColumn } from '../../kernel/index.ts'
import type { RunRow } from '../tables.ts'

type Json = api.Json

/** Moments of pipelines end in `Z`, unlike all others of the API. */
export const momentOf = (ms: number): string => new Date(ms).toISOString()

/** Jenkins' results; an unstable run fails, as its commit status does. */
const results: Record<string, string> = {
  SUCCESS: 'SUCCESSFUL',
  UNSTABLE: 'FAILED',
  FAILURE: 'FAILED',
  ABORTED: 'STOPPED',
  NOT_BUILT: 'ERROR',
  SKIPPED: 'NOT_RUN',
}

type Subject = 'pipeline' | 'pipeline_step'

/** The pair of state and stage (or result), each with its type derived from its name. */
function stateOf(subject: Subject, name: string, part: 'stage' | 'result', inner: string): Json {
  const type = `${subject}_state_${name.toLowerCase()}`
  return { name, type, [part]: { name: inner, type: `${type}_${inner.toLowerCase()}` } }
}

export function runState({ state, result }: Pick<RunRow, 'state' | 'result'>): Json {
  if (state === 'queued') return stateOf('pipeline', 'PENDING', 'stage', 'PENDING')
  if (state === 'running') return stateOf('pipeline', 'IN_PROGRESS', 'stage', 'RUNNING')
  if (state === 'paused') return stateOf('pipeline', 'IN_PROGRESS', 'stage', 'PAUSED')
  return stateOf('pipeline', 'COMPLETED', 'result', results[result ?? 'NOT_BUILT'] ?? 'ERROR')
}

function stepState({ state, result }: Pick<RunStage, 'state' | 'result'>): Json {
  if (state === 'running') return stateOf('pipeline_step', 'IN_PROGRESS', 'stage', 'RUNNING')
  if (state === 'paused') return stateOf('pipeline_step', 'PENDING', 'stage', 'PAUSED')
  const inner = results[result ?? 'SUCCESS'] ?? 'ERROR'
  return stateOf('pipeline_step', 'COMPLETED', 'result', inner)
}

const triggers: Record<string, string> = { push: 'PUSH', cron: 'SCHEDULE' }

function triggerOf({ cause }: Pick<RunRow, 'cause'>): Json {
  const name = triggers[parseColumn<{ kind: string }>(cause).kind] ?? 'MANUAL'
  return { name, type: `pipeline_trigger_${name.toLowerCase()}` }
}

/** Numbers of a repository's runs; those that Jenkins' clients see count by branch. */
export const buildNumber = (row: Pick<RunRow, 'build_number' | 'number'>): number =>
  row.build_number ?? row.number

export async function runUrl(ask: api.RepoAsk, row: Pick<RunRow, 'id'>): Promise<string> {
  const uuid = encodeURIComponent(api.uuidOf(row.id))
  return `${await api.repoUrl(ask, ask.repo)}/pipelines/${uuid}`
}

export async function refTarget(
  ask: api.RepoAsk,
  row: Pick<RunRow, 'tag' | 'branch' | 'commit_sha'>,
): Promise<Json> {
  return {
    type: 'pipeline_ref_target',
    ref_type: row.tag === null ? 'branch' : 'tag',
    ref_name: row.branch,
    selector: { type: 'default' },
    commit: await api.commitBriefly(ask, ask.repo, row.commit_sha),
  }
}

const secondsOf = (row: Pick<RunRow, 'started_at' | 'finished_at'>, nowMs: number): number =>
  row.started_at === null
    ? 0
    : Math.max(0, Math.round(((row.finished_at ?? nowMs) - row.started_at) / 1000))

export async function presentRun(
  ask: api.RepoAsk,
  row: RunRow,
  about: { nowMs: number; hasVariables: boolean },
): Promise<Json> {
  const self = await runUrl(ask, row)
  const seconds = secondsOf(row, about.nowMs)
  return {
    type: 'pipeline',
    uuid: api.uuidOf(row.id),
    build_number: buildNumber(row),
    run_number: 1,
    creator: await ask.people.user(row.actor, 'Madang'),
    repository: await api.presentRepoBriefly(ask, ask.repo),
    target: await refTarget(ask, row),
    trigger: triggerOf(row),
    state: runState(row),
    created_on: momentOf(row.queued_at),
    ...(row.finished_at === null ? {} : { completed_on: momentOf(row.finished_at) }),
    duration_in_seconds: seconds,
    build_seconds_used: seconds,
    first_successful: false,
    expired: false,
    has_variables: about.hasVariables,
    links: { self: { href: self }, steps: { href: `${self}/steps/` } },
  }
}

/** A stage without stages of its own; a run without any is one step, of the whole log. */
export interface StepOfRun {
  uuid: string
  name: string
  /** Of the log and the tests; undefined is the whole run. */
  stage: string | undefined
  state: Json
  startedMs: number | undefined
  endedMs: number | undefined
}

export function stepsOf(row: RunRow, stages: RunStage[]): StepOfRun[] {
  const parents = new Set(stages.map(({ parent }) => parent))
  const leaves = stages.filter(({ id }) => !parents.has(id))
  if (leaves.length === 0) return row.state === 'queued' ? [] : [wholeStep(row)]
  return leaves.map((stage) => ({
    uuid: api.uuidOf(`step ${row.id} ${stage.id}`),
    name: stage.name,
    stage: stage.id,
    state: stepState(stage),
    startedMs: Date.parse(stage.startedAt),
    endedMs: stage.finishedAt === undefined ? undefined : Date.parse(stage.finishedAt),
  }))
}

function wholeStep(row: RunRow): StepOfRun {
  const state = row.state === 'queued' ? 'running' : row.state
  return {
    uuid: api.uuidOf(`step ${row.id}`),
    name: 'Jenkinsfile',
    stage: undefined,
    state: stepState({ state, result: row.result ?? undefined }),
    startedMs: row.started_at ?? undefined,
    endedMs: row.finished_at ?? undefined,
  }
}

export function presentStep(row: RunRow, step: StepOfRun, nowMs: number): Json {
  const { startedMs, endedMs } = step
  const lastsMs = startedMs === undefined ? 0 : (endedMs ?? nowMs) - startedMs
  return {
    type: 'pipeline_step',
    uuid: step.uuid,
    name: step.name,
    pipeline: { type: 'pipeline', uuid: api.uuidOf(row.id) },
    run_number: 1,
    state: step.state,
    trigger: { type: 'pipeline_step_trigger_automatic' },
    ...(startedMs === undefined ? {} : { started_on: momentOf(startedMs) }),
    ...(endedMs === undefined ? {} : { completed_on: momentOf(endedMs) }),
    duration_in_seconds: Math.max(0, Math.round(lastsMs / 1000)),
    build_seconds_used: Math.max(0, Math.round(lastsMs / 1000)),
    // What a stage runs is known only by running it: a Jenkinsfile is a program.
    setup_commands: [],
    script_commands: [],
    teardown_commands: [],
  }
}
