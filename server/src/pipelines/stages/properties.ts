import type { Directive, Pipeline } from '../declarative/index.ts'
import { cronMember, refuseChoices, refuseTrigger, type Scope, toJson } from '../engine/index.ts'
import { type Described, jobProperties } from '../job-properties.ts'
import { propertyDirectives, settingsOfPipeline, within } from '../job-settings.ts'
import { textOf } from './context.ts'

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

/** Jenkins makes parameters and triggers before anything of the file runs, post included. */
export async function refuseBadProperties(
  scope: Scope,
  { parameters, triggers }: Pipeline,
): Promise<void> {
  for (const { name, named } of parameters?.items ?? []) {
    const choices = named.get('choices')?.constant
    if (name === 'choice') refuseChoices(String(named.get('name')?.constant), choices)
  }
  for (const trigger of triggers?.items ?? []) {
    const spec = await specOf(scope, trigger)
    if (spec !== undefined) refuseTrigger(trigger.name, spec)
  }
}

async function specOf(scope: Scope, { name, positional, named }: Directive) {
  const member = cronMember(name)
  const given = member === undefined ? undefined : (positional[0] ?? named.get(member))
  return given && textOf(scope, given)
}
