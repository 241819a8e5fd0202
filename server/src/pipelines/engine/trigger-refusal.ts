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
    const wrong = hostError('antlr.ANTLRException', problem)
    throw notMade(`{${timed.member}=${spec}} for ${timed.type}`, wrong)
  }
}

/** A choice is of a list or of lines of a text. */
export function refuseChoices(name: string, choices: unknown): void {
  if (typeof choices !== 'number' && typeof choices !== 'boolean') return
  const type = typeof choices === 'number' ? 'Integer' : 'Boolean'
  const text = `expected String or List, but got java.lang.${type}`
  const what = `{name=${name}, choices=${choices}} for hudson.model.ChoiceParameterDefinition`
  throw notMade(what, hostError('java.lang.IllegalArgumentException', text))
}

function notMade(what: string, wrong: GroovyError): GroovyError {
  const reflected = hostError('java.lang.reflect.InvocationTargetException', null)
  reflected.thrown.fields.set('cause', wrong.thrown)
  const error = hostError('java.lang.IllegalArgumentException', `Could not instantiate ${what}`)
  error.thrown.fields.set('cause', reflected.thrown)
  return error
}
