import type { Tool, Tools } from '../declarative/index.ts'
import { invokeStep, type Scope } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { toolVariables } from '../steps/index.ts'
import { type Course, textOf, withVariables } from './context.ts'
import { inStage } from './stage-block.ts'

/** Runs the body with the tools of a section, and those around it, on the PATH: each stage anew. */
export async function inTools(
  course: Course,
  scope: Scope,
  section: Tools | null,
  body: (scope: Scope) => Promise<Value>,
): Promise<Value> {
  const merged = new Map<string, Tool>()
  for (const tool of [...(course.tools?.items ?? []), ...(section?.items ?? [])]) {
    merged.set(tool.type, tool)
  }
  const items = [...merged.values()]
  if (items.length === 0 || course.agent.type === 'none') return body(scope)
  const variables: string[] = []
  const install = async (at: Scope) => {
    for (const tool of items) variables.push(...(await installTool(at, tool)))
  }
  if (scope.stage === undefined) {
    await inStage(scope, 'Declarative: Tool Install', 'stage', install)
  } else await install(scope)
  return withVariables(scope, variables, body)
}

async function installTool(scope: Scope, { type, version }: Tool): Promise<string[]> {
  const name = await textOf(scope, version)
  const named = new GroovyMap([
    ['name', name],
    ['type', type],
  ])
  const home = await invokeStep(scope, { name: 'tool', positional: [], named, body: undefined })
  scope.mark(`${scope.nextPath('envVarsForTool')}#`, 'envVarsForTool')
  return toolVariables(type, String(home))
}
