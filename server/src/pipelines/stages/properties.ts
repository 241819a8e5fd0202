import type { Pipeline } from '../declarative/index.ts'
import { type Scope, toJson } from '../engine/index.ts'
import { type Described, jobProperties } from '../job-properties.ts'
import { propertyDirectives, settingsOfPipeline, within } from '../job-settings.ts'

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
