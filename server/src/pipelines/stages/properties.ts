import type { Directive, Pipeline } from '../declarative/index.ts'
import { type Scope, toJson } from '../engine/index.ts'
import { type GroovyError, hostError } from '../groovy/index.ts'
import { type Described, jobProperties } from '../job-properties.ts'
import { propertyDirectives, settingsOfPipeline, within } from '../job-settings.ts'
import { textOf } from './context.ts'
import { cronProblem } from './cron-text.ts'

/** Options, triggers and parameters become the job's; expressions in them are evaluated here. */
export async function describeJob(scope: Scope, pipeline: Pipeline): Promise<void> {
  const { session } = scope
  const written = settingsOfPipeline(pipeline)
  let properties = written as ReturnType<typeof jobProperties>
  if (!written.isWhole) {
    const described: Described[] = []
    for (const { kind, directive } of propertyDirectives(pipeline)) {
      const value = await session.interpreter.evaluate(directive.expr, null, scope, scope.owner)
      described.push(within(kind, toJson(value) as Described))
    }
    properties = jobProperties(described)
    await session.describeJob(properties)
  }
  for (const problem of properties.problems) scope.say(`WARNING: ${problem}`)
}

/** Triggers with a cron text: the class that it is given to, and what that calls it. */
const TIMED: Record<string, { type: string; member: string }> = {
  cron: { type: 'hudson.triggers.TimerTrigger', member: 'spec' },
  pollSCM: { type: 'hudson.triggers.SCMTrigger', member: 'scmpoll_spec' },
}

/** Jenkins makes the triggers before anything of the file runs, post included. */
export async function refuseBadTriggers(scope: Scope, { triggers }: Pipeline): Promise<void> {
  for (const trigger of triggers?.items ?? []) {
    const timed = Object.hasOwn(TIMED, trigger.name) ? TIMED[trigger.name] : undefined
    const spec = timed && (await specOf(scope, trigger, timed.member))
    const problem = spec === undefined ? undefined : cronProblem(spec)
    if (timed && problem !== undefined) {
      throw notMade(`{${timed.member}=${spec}} for ${timed.type}`, problem)
    }
  }
}

async function specOf(scope: Scope, { positional, named }: Directive, member: string) {
  const given = positional[0] ?? named.get(member)
  return given && textOf(scope, given)
}

/** As Jenkins tells it: what was wrong comes first, and then what could not be done for it. */
function notMade(what: string, problem: string): GroovyError {
  const wrong = hostError('antlr.ANTLRException', problem)
  const reflected = hostError('java.lang.reflect.InvocationTargetException', null)
  reflected.thrown.fields.set('cause', wrong.thrown)
  const error = hostError('java.lang.IllegalArgumentException', `Could not instantiate ${what}`)
  error.thrown.fields.set('cause', reflected.thrown)
  return error
}
