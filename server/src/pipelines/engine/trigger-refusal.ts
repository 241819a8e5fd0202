import { type GroovyError, hostError } from '../groovy/index.ts'
import { cronProblem } from './cron-text.ts'

/** Triggers with a cron text: the class that it is given to, and what that calls it. */
const TIMED: Record<string, { type: string; member: string }> = {
  cron: { type: 'hudson.triggers.TimerTrigger', member: 'spec' },
  pollSCM: { type: 'hudson.triggers.SCMTrigger', member: 'scmpoll_spec' },
}

/** What the trigger's class calls its cron text; undefined for triggers that have none. */
export function cronMember(trigger: string): string | undefined {
  return Object.hasOwn(TIMED, trigger) ? TIMED[trigger]!.member : undefined
}

/** A trigger that Jenkins could not make: what was wrong comes first, and then what it prevented. */
export function refuseTrigger(trigger: string, spec: string): void {
  const timed = Object.hasOwn(TIMED, trigger) ? TIMED[trigger] : undefined
  const problem = timed && cronProblem(spec)
  if (timed && problem !== undefined) {
    throw notMade(`{${timed.member}=${spec}} for ${timed.type}`, problem)
  }
}

function notMade(what: string, problem: string): GroovyError {
  const wrong = hostError('antlr.ANTLRException', problem)
  const reflected = hostError('java.lang.reflect.InvocationTargetException', null)
  reflected.thrown.fields.set('cause', wrong.thrown)
  const error = hostError('java.lang.IllegalArgumentException', `Could not instantiate ${what}`)
  error.thrown.fields.set('cause', reflected.thrown)
  return error
}
