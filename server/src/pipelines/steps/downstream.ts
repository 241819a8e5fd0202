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
import { isWorse } from '../model.ts'

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
    const { jobs } = session.parts
    if (!args.flag('wait', true)) return null
    const row = await call.scope.interrupts.during((signal) => jobs.ended(id, signal))
    if (!row?.result) throw abortException(`The run of ${job} was deleted before it ended`)
    const name = displayName(row)
    call.say(`Build ${name} completed: ${row.result}`)
    if (args.flag('propagate', true) && isWorse(row.result, 'SUCCESS')) {
      const text = `${name} completed with status ${row.result} (propagate: false to ignore)`
      throw downstreamFailure(row.result, text)
    }
    return runWrapper(session, row)
  },
}

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
