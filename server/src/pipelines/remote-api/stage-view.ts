import type { RunInput, RunStage } from '@madang/api'
import { waitingInputs } from '../store-inputs.ts'
import { stagesOf } from '../store-runs.ts'
import type { RunRow } from '../tables.ts'
import { archivedBy } from './artifacts.ts'
import { parameterType } from './parameter-bean.ts'
import { type Shower, tablesOf } from './context.ts'
import { type JobItem, nameOf, urlOf } from './model.ts'
import { buildsOf } from './store-builds.ts'

// The stage view's API: https://github.com/jenkinsci/pipeline-stage-view-plugin/tree/master/rest-api

const words: Record<string, string> = {
  SUCCESS: 'SUCCESS',
  UNSTABLE: 'UNSTABLE',
  FAILURE: 'FAILED',
  ABORTED: 'ABORTED',
  NOT_BUILT: 'NOT_EXECUTED',
  SKIPPED: 'NOT_EXECUTED',
}

function statusOf(state: string, result: string | null | undefined): string {
  if (state === 'paused') return 'PAUSED_PENDING_INPUT'
  return state === 'finished' ? (words[result ?? 'SUCCESS'] ?? 'SUCCESS') : 'IN_PROGRESS'
}

const hrefOf = (item: JobItem, number: number) => `/jenkins/${urlOf(item)}${number}/`

/** Nodes of the flow count from 2 in Jenkins; a stage's place in its run makes its id here. */
const nodeId = (index: number) => String(index + 3)

export async function describeRun(shower: Shower, item: JobItem, run: RunRow) {
  const { kernel } = shower.parts
  const own = hrefOf(item, run.number)
  const stages = await stagesOf(tablesOf(shower), run.id)
  const inputs = await waitingInputs(kernel.database, run.id)
  const endMs = run.finished_at ?? kernel.clock.now()
  const link = (path: string) => ({ href: `${own}wfapi/${path}` })
  return {
    _links: {
      self: link('describe'),
      ...(inputs.length > 0 && {
        pendingInputActions: link('pendingInputActions'),
        nextPendingInputAction: link('nextPendingInputAction'),
      }),
      ...(run.before_sha && { changesets: link('changesets') }),
    },
    id: String(run.number),
    name: `#${run.number}`,
    status: statusOf(run.state, run.result),
    startTimeMillis: run.started_at ?? run.queued_at,
    endTimeMillis: endMs,
    durationMillis: endMs - (run.started_at ?? endMs),
    queueDurationMillis: (run.started_at ?? endMs) - run.queued_at,
    pauseDurationMillis: 0,
    stages: stages.map((stage, index) => describeStage(own, stage, index, endMs)),
  }
}

function describeStage(own: string, stage: RunStage, index: number, nowMs: number) {
  const startMs = Date.parse(stage.startedAt)
  const endMs = stage.finishedAt === undefined ? nowMs : Date.parse(stage.finishedAt)
  const href = `${own}execution/node/${nodeId(index)}/wfapi/describe`
  return {
    _links: { self: { href } },
    id: nodeId(index),
    name: stage.name,
    execNode: '',
    status: statusOf(stage.state, stage.result),
    startTimeMillis: startMs,
    durationMillis: Math.max(0, endMs - startMs),
    pauseDurationMillis: 0,
  }
}

export async function describeNode(shower: Shower, item: JobItem, run: RunRow, id: string) {
  const { stages } = await describeRun(shower, item, run)
  const found = stages.find((stage) => stage.id === id)
  return found && { ...found, stageFlowNodes: [] }
}

/** The path of the stage that a node stands for. */
export async function stageOfNode(shower: Shower, run: RunRow, id: string) {
  return (await stagesOf(tablesOf(shower), run.id)).find((_stage, index) => nodeId(index) === id)
}

export async function describeJob(shower: Shower, item: JobItem) {
  const own = `/jenkins/${urlOf(item)}wfapi/`
  const builds = await buildsOf(tablesOf(shower), item.job.id, 100_000)
  return {
    _links: { self: { href: `${own}describe` }, runs: { href: `${own}runs` } },
    name: nameOf(item),
    runCount: builds.length,
  }
}

/** Newest first; `since=#5` gives that run and what came after it. */
export async function describeRuns(shower: Shower, item: JobItem, since: string | null) {
  const builds = await buildsOf(tablesOf(shower), item.job.id, 100)
  const first = since === null ? 0 : Number(since.replace(/^#/, '')) || 0
  const wanted = builds.filter(({ number }) => number >= first)
  return Promise.all(wanted.map((run) => describeRun(shower, item, run)))
}

export async function pendingInputs(shower: Shower, item: JobItem, run: RunRow) {
  const inputs = await waitingInputs(shower.parts.kernel.database, run.id)
  return inputs.map((input) => describeInput(hrefOf(item, run.number), input))
}

function describeInput(own: string, { id, message, ok, parameters }: RunInput) {
  return {
    id,
    proceedText: ok,
    message,
    inputs: parameters.map(({ kind, name, description, default: value, choices }) => ({
      type: `${parameterType(kind)}ParameterDefinition`,
      name,
      description,
      definition: { defaultVal: value, ...(choices && { choices }) },
    })),
    proceedUrl: `${own}wfapi/inputSubmit?inputId=${encodeURIComponent(id)}`,
    abortUrl: `${own}input/${encodeURIComponent(id)}/abort`,
    redirectApprovalUrl: `${own}input/`,
  }
}

export async function describeArtifacts(shower: Shower, item: JobItem, run: RunRow) {
  const own = hrefOf(item, run.number)
  return (await archivedBy(shower.parts, run)).map(({ path, sizeBytes }, index) => ({
    id: `n${index + 1}`,
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    url: `${own}artifact/${path.split('/').map(encodeURIComponent).join('/')}`,
    size: sizeBytes,
  }))
}
