import type { ParameterDefinition } from '@madang/api'
import {
  abortException,
  type Call,
  downstreamFailure,
  type MeantJob,
  runWrapper,
  type Step,
  SYMBOL,
  toJson,
} from '../engine/index.ts'
import { isWorse, jobName } from '../model.ts'
import type { RunRow } from '../tables.ts'

/** `build job: 'other/main', parameters: […]`: starts another job, and waits for its end. */
export const build: Step = {
  kind: 'own',
  positional: ['job'],
  async label({ values }, { session }) {
    const job = values.get('job')
    const meant = typeof job === 'string' && (await session.parts.jobs.meant(session.record, job))
    return meant ? `Building ${meant.name}` : undefined
  },
  async run(call) {
    const { args, session, path } = call
    const job = args.optionalText('job') ?? 'null'
    const id = await session.journal.fixed(`${path}:run`, () => start(call, job))
    if (args.flag('waitForStart')) {
      const row = await session.parts.jobs.run(id)
      if (!row) throw forgotten(job)
      await session.journal.fixed(keyOf(externalId(row)), () => id)
      return runWrapper(session, row)
    }
    if (!args.flag('wait', true)) return null
    return endOf(call, id, job, args.flag('propagate', true))
  },
}

/** `waitForBuild runId: run.externalizableId`: the end of a run that this one has started. */
export const waitForBuild: Step = {
  kind: 'own',
  positional: ['runId'],
  async run(call) {
    const { args, session } = call
    const runId = args.optionalText('runId') ?? 'null'
    const id = await session.journal.fixed<string | null>(keyOf(runId), () => null)
    const row = id === null ? undefined : await session.parts.jobs.run(id)
    if (!row) throw abortException(`No build exists with runId ${runId}`)
    const name = displayName(row)
    // Said once: after a restart of the server the run may have ended.
    call.say(
      row.result === null ? `Will wait for ${name} to complete` : `${name} is already complete`,
    )
    return endOf(call, row.id, runId, args.flag('propagate'))
  },
}

async function endOf(call: Call, id: string, job: string, propagate: boolean) {
  const { session, scope } = call
  const row = await scope.interrupts.during((signal) => session.parts.jobs.ended(id, signal))
  if (!row?.result) throw forgotten(job)
  const name = displayName(row)
  call.say(`Build ${name} completed: ${row.result}`)
  if (propagate && isWorse(row.result, 'SUCCESS')) {
    const text = `${name} completed with status ${row.result} (propagate: false to ignore)`
    throw downstreamFailure(row.result, text)
  }
  return runWrapper(session, row)
}

const forgotten = (job: string) => abortException(`The run of ${job} was deleted before it ended`)

const externalId = (row: RunRow) => `${jobName(row)}#${row.number}`

/** Where a run notes another that it has started, by the name scripts have for it. */
const keyOf = (externalId: string) => `run/${externalId}`

const displayName = (row: { repo: string; branch: string; number: number }) =>
  `${row.repo} » ${row.branch} #${row.number}`

async function start(call: Call, job: string): Promise<string> {
  const { session, path } = call
  const { record, parts } = session
  const meant = await parts.jobs.meant(record, job)
  if (!meant) throw abortException(`No item named ${job} found`)
  call.say(`Scheduling project: ${meant.name}`)
  const parameters = fitted(call, meant)
  const key = `build/${record.id}${path}`
  const row = await parts.jobs.start({ from: record, job, parameters, key })
  if (!row) throw abortException(`No item named ${job} found`)
  // Who doesn't wait is not told.
  if (call.args.flag('wait', true) || call.args.flag('waitForStart')) {
    call.say(`Starting building: ${displayName(row)}`)
  }
  return row.id
}

const CONVERTED = new Map<ParameterDefinition['kind'], string>([
  ['boolean', 'Boolean Parameter'],
  ['password', 'Password Parameter'],
])

/** The values the other job takes: what it has no parameter for is left out, as Jenkins leaves it out. */
function fitted(call: Call, { name: job, parameters }: MeantJob) {
  const values = given(call)
  const fitting: [string, string | boolean][] = []
  for (const { name, kind, choices } of parameters) {
    const entry = values.get(name)
    if (!entry) continue
    const { type, value } = entry
    const wanted = CONVERTED.get(kind)
    if (wanted !== undefined && type === 'String') {
      const text = `The parameter '${name}' did not have the type expected by ${job}`
      call.say(`${text}. Converting to ${wanted}.`)
    }
    if (kind === 'choice' && !(type === 'String' && choices?.includes(String(value)))) {
      throw abortException(`Invalid parameter value: (${type}ParameterValue) ${name}='${value}'`)
    }
    fitting.push([name, value])
  }
  return Object.fromEntries(fitting)
}

interface Given {
  /** Of the parameter's value in Jenkins. */
  type: 'Boolean' | 'Password' | 'String'
  value: string | boolean
}

function given({ args }: Call): Map<string, Given> {
  const list = toJson(args.value('parameters'))
  const entries = (Array.isArray(list) ? list : []) as Record<string, unknown>[]
  return new Map(entries.map((entry) => [String(entry['name']), givenValue(entry)]))
}

function givenValue({ [SYMBOL]: symbol, value }: Record<string, unknown>): Given {
  if (/boolean/i.test(String(symbol))) return { type: 'Boolean', value: String(value) === 'true' }
  const type = /password/i.test(String(symbol)) ? 'Password' : 'String'
  return { type, value: String(value ?? '') }
}
