import { abortException, type Step, timeSpan } from '../engine/index.ts'
import { toGroovyString } from '../groovy/index.ts'

export const echo: Step = {
  kind: 'own',
  positional: ['message'],
  run(call) {
    const message = call.args.value('message')
    call.say(typeof message === 'string' ? message : toGroovyString(message))
    return null
  },
}

export const error: Step = {
  kind: 'own',
  positional: ['message'],
  run(call) {
    throw abortException(call.args.optionalText('message') ?? null)
  },
}

export const unstable: Step = {
  kind: 'own',
  positional: ['message'],
  run(call) {
    const message = call.args.text('message').trim()
    call.say(`WARNING: ${message}`)
    call.session.worsen('UNSTABLE')
    call.session.stages.worsen(call.scope.stage, 'UNSTABLE')
    return null
  },
}

export const isUnix: Step = { kind: 'own', needsNode: true, run: async () => true }

export const pwd: Step = {
  kind: 'own',
  needsNode: true,
  async run({ args, scope }) {
    return args.flag('tmp') ? `${scope.node!.workspace}@tmp` : scope.folder!
  },
}

const UNITS_MS: Record<string, number> = {
  NANOSECONDS: 1e-6,
  MICROSECONDS: 1e-3,
  MILLISECONDS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: 86_400_000,
}

export function durationMs(time: number, unit: string): number {
  const factor = UNITS_MS[unit.toUpperCase()]
  if (factor === undefined) throw abortException(`${unit} is not a unit of time`)
  return time * factor
}

export const sleep: Step = {
  kind: 'leaf',
  positional: ['time'],
  async run(call) {
    const { args, session } = call
    const unit = args.optionalText('unit') ?? 'SECONDS'
    const time = args.number('time', 0)
    call.say(`Sleeping for ${timeSpan(durationMs(time, unit))}`)
    const end = `${call.path}:end`
    const untilMs = await session.journal.fixed(end, () => session.nowMs() + durationMs(time, unit))
    const left = untilMs - session.nowMs()
    if (left > 0) await session.kernel.clock.sleep(left, call.signal)
    return null
  },
}
