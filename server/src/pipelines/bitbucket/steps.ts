import { bitbucketApi as api } from '../../code/index.ts'
import { stagesOf } from '../store-runs.ts'
import type { RunRow } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'
import { presentStep, type StepOfRun, stepsOf } from './present.ts'
import { findRun, tablesOf } from './runs.ts'

const { BitbucketError } = api

const allSteps = async (parts: BitbucketParts, row: RunRow): Promise<StepOfRun[]> =>
  stepsOf(row, await stagesOf(tablesOf(parts), row.id))

export async function findStep(
  parts: BitbucketParts,
  ask: api.RepoAsk,
): Promise<{ row: RunRow; step: StepOfRun }> {
  const row = await findRun(parts, ask)
  const wanted = ask.params['step_uuid']!.replace(/^\{|\}$/g, '').toLowerCase()
  const step = (await allSteps(parts, row)).find(({ uuid }) => uuid === `{${wanted}}`)
  if (step) return { row, step }
  const detail = `Step with UUID {${wanted}} not found in pipeline ${api.uuidOf(row.id)}`
  throw new BitbucketError(404, 'Not found', {
    detail,
    data: { key: 'result-service.step-id.not-found' },
  })
}

async function list(parts: BitbucketParts, ask: api.RepoAsk) {
  const row = await findRun(parts, ask)
  const nowMs = parts.kernel.clock.now()
  const all = await allSteps(parts, row)
  return api.listing(ask, { all, present: (step) => presentStep(row, step, nowMs) })
}

async function get(parts: BitbucketParts, ask: api.RepoAsk) {
  const { row, step } = await findStep(parts, ask)
  return presentStep(row, step, parts.kernel.clock.now())
}

/** The log of a step as bytes: 404 before there is any, 206 for a range of it. */
async function log(parts: BitbucketParts, ask: api.RepoAsk) {
  const { row, step } = await findStep(parts, ask)
  const size = await parts.door.runLogSize(row.project, row.id, step.stage)
  if (size === 0) {
    const detail = `Log of step ${step.uuid} not found`
    throw new BitbucketError(404, 'Not found', {
      detail,
      data: { key: 'log-service.log.not-found' },
    })
  }
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' }
  const range = api.rangeIn(ask.headers.range, size)
  if (range === 'outside') {
    return new api.Answer(416, '', { ...headers, 'content-range': `bytes */${size}` })
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  const place = { offset: start, limitBytes: end - start + 1, stage: step.stage }
  const bytes = await parts.door.runLogBytes(row.project, row.id, place)
  if (!range) return new api.Answer(200, bytes, headers)
  const shown = `bytes ${start}-${start + bytes.length - 1}/${size}`
  return new api.Answer(206, bytes, { ...headers, 'content-range': shown })
}

export function stepCalls(parts: BitbucketParts): api.Call[] {
  const reading = api.inRepo('viewer')
  const steps = '/pipelines/:pipeline_uuid/steps'
  return [
    reading('GET', steps, (ask) => list(parts, ask)),
    reading('GET', `${steps}/:step_uuid`, (ask) => get(parts, ask)),
    reading('GET', `${steps}/:step_uuid/log`, (ask) => log(parts, ask)),
    // A step has one log here; its container's, in the original, has the step's own id.
    reading('GET', `${steps}/:step_uuid/logs/:log_uuid`, (ask) => log(parts, ask)),
  ]
}
