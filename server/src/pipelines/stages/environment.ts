import type { Environment } from '../declarative/index.ts'
import type { Scope } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { bindEnvironment, type Bound, forget } from '../steps/index.ts'
import { evaluate, inStep } from './context.ts'

/**
 * Runs the body with an `environment { }` section: credentials are bound first, then the plain
 * entries, each of which may use those before it.
 */
export async function inEnvironment(
  scope: Scope,
  section: Environment | null,
  body: (scope: Scope) => Promise<Value>,
): Promise<Value> {
  if (!section || section.entries.length === 0) return body(scope)
  const bound = await bindCredentials(scope, section)
  const withSecrets = scope.environment.with(bound.variables)
  let inner = scope.inside(`${scope.nextPath('environment')}`, { environment: withSecrets })
  try {
    const overrides: string[] = []
    for (const entry of section.entries) {
      if (entry.credentials) continue
      const value = await evaluate(inner, { expr: entry.value, constant: undefined })
      const text = await scope.session.interpreter.print(value, inner)
      overrides.push(`${entry.name}=${text}`)
      const environment = inner.environment.with([[entry.name, text]])
      inner = inner.inside(`${inner.path}/${entry.name}`, { environment })
    }
    const outer = scope.inside(scope.nextPath('secrets'), { environment: withSecrets })
    if (overrides.length === 0) return await body(outer)
    const named = new GroovyMap([['overrides', overrides as Value]])
    return await inStep(outer, 'withEnv', { named }, body)
  } finally {
    if (!scope.session.letGo.signal.aborted) await forget(bound)
  }
}

async function bindCredentials(scope: Scope, section: Environment): Promise<Bound> {
  const all: Bound = { variables: [], folders: [] }
  for (const { name, credentials } of section.entries) {
    if (!credentials) continue
    const { interpreter } = scope.session
    const value = await interpreter.evaluate(credentials, null, scope)
    const bound = await bindEnvironment(scope, name, await interpreter.print(value, scope))
    all.variables.push(...bound.variables)
    all.folders.push(...bound.folders)
  }
  const names = all.variables.map(([name]) => `$${name}`)
  if (names.length > 0) scope.say(`Masking supported pattern matches of ${names.join(' or ')}`)
  return all
}
