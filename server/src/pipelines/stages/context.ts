import { GroovyError, GroovyMap, type Value } from '../groovy/index.ts'
import type { ClosureExpr } from '../groovy/index.ts'
import type { Agent, Argument, Directive, Pipeline, Stage, Tools } from '../declarative/index.ts'
import { abortException, invokeStep, type Scope, Suspended } from '../engine/index.ts'

/** What the stages of a Declarative file have in common. */
export interface Course {
  pipeline: Pipeline
  /** Options without a body that apply to the whole file. */
  hasOption(name: string): boolean
  /** Folder of the workspace that the sources are brought to. */
  subdirectory?: Argument | undefined
  /** The nearest agent around the stage. */
  agent: Agent
  /** Tools of the stages around. */
  tools: Tools | null
  /** The stage that a restarted run begins with, until it is reached. */
  restart?: { stage: string } | undefined
  /** The cell of a matrix that is run. */
  cell?: { one: Stage; axes: [string, string][] }
}

export function isSuspension(error: unknown): boolean {
  return error instanceof Suspended || (!(error instanceof GroovyError) && isBug(error))
}

// Whatever is neither an error of the script's world nor an abort is ours: it ends the run at once.
const isBug = (error: unknown) => error instanceof TypeError || error instanceof RangeError

export function evaluate(scope: Scope, argument: Argument): Promise<Value> {
  if (argument.constant !== undefined) return Promise.resolve(argument.constant)
  return scope.session.interpreter.evaluate(argument.expr, null, scope, scope.owner)
}

export async function textOf(scope: Scope, argument: Argument): Promise<string> {
  return scope.session.interpreter.print(await evaluate(scope, argument), scope)
}

export async function argumentsOf(
  scope: Scope,
  directive: Pick<Directive, 'positional' | 'named'>,
): Promise<{ positional: Value[]; named: GroovyMap }> {
  const positional: Value[] = []
  for (const argument of directive.positional) positional.push(await evaluate(scope, argument))
  const named = new GroovyMap()
  for (const [name, argument] of directive.named) named.set(name, await evaluate(scope, argument))
  return { positional, named }
}

/** Runs a block of the file, `steps { … }` or `always { … }`. */
export function runBlock(scope: Scope, body: ClosureExpr): Promise<Value> {
  const { interpreter } = scope.session
  return interpreter.callClosure(interpreter.closureOf(body, scope.owner), [], { context: scope })
}

/** Calls a step that takes a block, with the engine's own work as the block. */
export function inStep(
  scope: Scope,
  name: string,
  args: { positional?: Value[]; named?: GroovyMap },
  body: (inner: Scope) => Promise<Value>,
): Promise<Value> {
  const { positional = [], named = new GroovyMap() } = args
  return invokeStep(scope, { name, positional, named, body })
}

/** The body with variables set by `withEnv`, where there are any. */
export async function withVariables(
  scope: Scope,
  overrides: string[],
  body: (inner: Scope) => Promise<Value>,
): Promise<Value> {
  if (overrides.length === 0) return body(scope)
  return inStep(scope, 'withEnv', { named: new GroovyMap([['overrides', overrides]]) }, body)
}

const NO_NODE = 'org.jenkinsci.plugins.workflow.steps.MissingContextVariableException'

/** Runs steps; where `agent none` is the reason that one finds no node, the error says so. */
export async function onAgentOf(
  course: Course,
  scope: Scope,
  body: () => Promise<Value>,
): Promise<Value> {
  try {
    return await body()
  } catch (error) {
    const isNodeMissing = error instanceof GroovyError && error.className === NO_NODE
    if (!isNodeMissing || course.agent.type !== 'none') throw error
    const message =
      'Attempted to execute a step that requires a node context while ‘agent none’ was ' +
      'specified. Be sure to specify your own ‘node { ... }’ blocks when using ‘agent none’.'
    return inStep(scope, 'error', { positional: [message] }, async () => null)
  }
}

export function unsupported(what: string, instead: string): GroovyError {
  return abortException(`${what} is not supported here yet. ${instead}`)
}
