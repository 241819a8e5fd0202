import type { ParameterDefinition } from '@madang/api'
import { parseColumn } from '../../kernel/index.ts'
import { parameterValues } from '../parameters.ts'
import { openParameters } from '../store-runs.ts'
import type { PipelinesTables, RunRow } from '../tables.ts'
import { type Call, type Reply } from './exchange.ts'
import { Failure } from './failure.ts'
import { definitionOf, fullNameOf, isDisabled, type JobItem } from './model.ts'
import { waitingRunOf } from './store-builds.ts'

type Given = Record<string, string | boolean>

/** `build`: parameters, where the job has some, come as `json`, as the page's form sends them. */
export async function startBuild(call: Call, item: JobItem): Promise<Reply> {
  await needBuild(call, item)
  if (definitionsOf(item).length === 0) return queue(call, item, {})
  const json = await call.given('json')
  if (json === undefined) throw new Failure(400, 'Nothing is submitted')
  return queue(call, item, parametersIn(json))
}

/** `buildWithParameters`: each parameter a field of the query or the form. */
export async function startWithParameters(call: Call, item: JobItem): Promise<Reply> {
  await needBuild(call, item)
  if (definitionsOf(item).length === 0) throw new Failure(500, 'This build is not parameterized!')
  const fields = new Map([...call.query, ...(await call.form())])
  return queue(call, item, Object.fromEntries(fields))
}

const definitionsOf = ({ job }: JobItem) => parseColumn<ParameterDefinition[]>(job.parameters)

/** Who knows the job's token may start it with less than the role; it has to see the job. */
async function needBuild(call: Call, item: JobItem): Promise<void> {
  const { token } = definitionOf(item) ?? {}
  const isKnown = token !== undefined && (await call.given('token')) === token
  await call.need(item.project, isKnown ? 'viewer' : 'developer', 'Job/Build')
}

async function queue(call: Call, item: JobItem, given: Given): Promise<Reply> {
  if (isDisabled(item)) throw new Failure(409, `${fullNameOf(item)} is not buildable`)
  const definitions = definitionsOf(item)
  const known = definitions.map(({ name }) => name)
  const values = Object.fromEntries(Object.entries(given).filter(([name]) => known.includes(name)))
  const run =
    (await sameInQueue(call, item, parameterValues(definitions, values))) ??
    (await start(call, item, values))
  const location = `${call.base}queue/item/${run.queue_number}/`
  return { status: 201, headers: { location } }
}

async function start(call: Call, item: JobItem, values: Given): Promise<RunRow> {
  const { triggers, kernel } = call.parts
  const { project, repo, branch } = item.job
  const delay = await call.given('delay')
  const notBeforeMs = delay === undefined ? undefined : kernel.clock.now() + delayMs(delay)
  const wish = notBeforeMs === undefined ? {} : { notBeforeMs }
  return triggers.startedBy(call.actor, { project, repo, branch }, values, wish)
}

const units: Record<string, number> = { '': 1, s: 1, sec: 1, secs: 1, m: 60, min: 60, mins: 60 }

/** `5`, `5sec`, `2min`. */
function delayMs(text: string): number {
  const found = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text)
  const factor = found && units[found[2]!.toLowerCase()]
  if (!factor) throw new Failure(400, `Invalid value: ${text}`)
  return Number(found[1]) * factor * 1000
}

/** Jenkins keeps one item in the queue for the same job with the same parameters. */
async function sameInQueue(
  { parts }: Call,
  { job }: JobItem,
  values: Given,
): Promise<RunRow | undefined> {
  const waiting = await waitingRunOf(parts.kernel.database.tables<PipelinesTables>(), job.id)
  if (!waiting) return undefined
  const kept = openParameters(parts.kernel.secrets, waiting).values
  const isSame = Object.entries(values).every(([name, value]) => kept[name] === value)
  return isSame ? waiting : undefined
}

/** `{"parameter": [{"name": …, "value": …}]}`; one alone also without the list. */
export function parametersIn(json: string): Given {
  let read: unknown
  try {
    read = JSON.parse(json)
  } catch (error) {
    throw new Failure(400, `The parameters are no JSON: ${(error as Error).message}`)
  }
  const { parameter = [] } = (read ?? {}) as { parameter?: unknown }
  const entries = (Array.isArray(parameter) ? parameter : [parameter]) as {
    name?: unknown
    value?: unknown
  }[]
  return Object.fromEntries(
    entries
      .filter(({ name }) => typeof name === 'string')
      .map(({ name, value }) => [
        name as string,
        typeof value === 'boolean' ? value : String(value ?? ''),
      ]),
  )
}
