import type { Environment, EnvironmentEntry } from '../declarative/index.ts'
import { abortException, Environment as Layer, type Scope } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { bindEnvironment, type Bound, forget, maskingLine } from '../steps/index.ts'
import { keptVariables } from '../run-variables.ts'
import { evaluate, withVariables } from './context.ts'

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
  return inCredentials(scope, section, async (outer) => {
    const overrides: string[] = []
    let inner = outer.inside(outer.nextPath('environment'))
    for (const entry of inOrderOfUse(section)) {
      const value = await evaluate(inner, { expr: entry.value, constant: undefined })
      const text = await scope.session.interpreter.print(value, inner)
      overrides.push(`${entry.name}=${text}`)
      // The other entries see it, also where it is empty.
      const environment = new Layer([[entry.name, text]], inner.environment)
      inner = inner.inside(`${inner.path}/${entry.name}`, { environment })
    }
    const named = overrides.findLast((entry) => entry.startsWith(DEPLOYMENT))
    const deploying = await inDeployment(outer, named?.slice(DEPLOYMENT.length))
    return withVariables(deploying, overrides, body)
  })
}

/** What Bitbucket calls the environment that a step deploys to; a Jenkinsfile sets it itself. */
const DEPLOYMENT = 'BITBUCKET_DEPLOYMENT_ENVIRONMENT='

/** Variables of an environment of releases, beneath what the section itself sets. */
async function inDeployment(scope: Scope, name: string | undefined): Promise<Scope> {
  if (name === undefined) return scope
  const { session } = scope
  const path = scope.nextPath('deployment')
  const found = await keptVariables(session, path, () =>
    session.parts.variables.ofDeployment(session.record, name),
  )
  const environment = scope.environment.with(found.map(({ key, value }) => [key, value]))
  return scope.inside(path, { environment })
}

/** Entries may use one another in any order, as long as none needs itself. */
function inOrderOfUse(section: Environment): EnvironmentEntry[] {
  const open = section.entries.filter(({ credentials }) => !credentials)
  const out: EnvironmentEntry[] = []
  const begun = new Set<EnvironmentEntry>()
  const visit = (entry: EnvironmentEntry): void => {
    if (begun.has(entry)) return
    begun.add(entry)
    for (const name of namesIn(entry.value)) {
      const needed = open.find((other) => other.name === name)
      if (needed) visit(needed)
    }
    out.push(entry)
  }
  for (const entry of open) visit(entry)
  return out
}

/** Names that an expression may read: variables, and properties as in `env.NAME`. */
function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn)
  if (node === null || typeof node !== 'object') return []
  const { kind, name } = node as { kind?: unknown; name?: unknown }
  const own = (kind === 'variable' || kind === 'property') && typeof name === 'string' ? [name] : []
  return [...own, ...Object.values(node).flatMap(namesIn)]
}

/** The secrets of a section, between the lines that `withCredentials` writes. */
async function inCredentials(
  scope: Scope,
  section: Environment,
  body: (scope: Scope) => Promise<Value>,
): Promise<Value> {
  const entries = section.entries.filter(({ credentials }) => credentials)
  if (entries.length === 0) return body(scope)
  // They are looked up before the step that binds them begins.
  const bound = await bindCredentials(scope, section)
  const path = scope.nextPath('withCredentials')
  scope.mark(`${path}#`, 'withCredentials')
  try {
    scope.sayOnce(`${path}!masks`, maskingLine(bound))
    const environment = scope.environment.with(bound.variables)
    scope.mark(`${path}{`, '{')
    try {
      return await body(scope.inside(path, { environment }))
    } finally {
      scope.mark(`${path}}`, '}')
    }
  } finally {
    scope.mark(`${path}//`, '// withCredentials')
    if (!scope.session.letGo.signal.aborted) await forget(scope, bound)
  }
}

async function bindCredentials(scope: Scope, section: Environment): Promise<Bound> {
  const all: Bound = { variables: [], folders: [], open: [] }
  for (const { name, credentials } of section.entries) {
    if (!credentials) continue
    const { interpreter } = scope.session
    const value = await interpreter.evaluate(credentials, null, scope, scope.owner)
    const id = await interpreter.print(value, scope)
    const { parts, record } = scope.session
    // Here Jenkins says no more than the id.
    if (!(await parts.credentials.open(record.project, id))) throw abortException(id)
    const bound = await bindEnvironment(scope, name, id)
    all.variables.push(...bound.variables)
    all.folders.push(...bound.folders)
    all.open.push(...bound.open)
  }
  return all
}
