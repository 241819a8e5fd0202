import {
  abortException,
  downstreamFailure,
  type Call,
  runWrapper,
  type Step,
  SYMBOL,
  toJson,
} from '../engine/index.ts'
import { isWorse, jobName } from '../model.ts'

/** `build job: 'other/main', parameters: […]`: starts another job, and waits for its end. */
export const build: Step = {
  kind: 'own',
  positional: ['job'],
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
  const wish = { from: record, job, parameters: given(call), key: `build/${record.id}${path}` }
  const row = await parts.jobs.start(wish)
  if (!row) throw abortException(`No item named ${job} found`)
  call.say(`Scheduling project: ${jobName(row).replace('/', ' » ')}`)
  // Who doesn't wait is not told.
  if (call.args.flag('wait', true) || call.args.flag('waitForStart')) {
    call.say(`Starting building: ${displayName(row)}`)
  }
  return row.id
}

function given({ args }: Call): Record<string, string | boolean> {
  const list = toJson(args.value('parameters'))
  const entries = (Array.isArray(list) ? list : []) as Record<string, unknown>[]
  return Object.fromEntries(
    entries.map((entry) => {
      const isFlag = /boolean/i.test(String(entry[SYMBOL]))
      return [
        String(entry['name']),
        isFlag ? String(entry['value']) === 'true' : String(entry['value'] ?? ''),
      ]
    }),
  )
}
