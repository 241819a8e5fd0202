import type { Agent } from '../declarative/index.ts'
import { invokeStep, type Scope, scmOf } from '../engine/index.ts'
import { GroovyMap, type Value } from '../groovy/index.ts'
import { sourceOf } from '../model.ts'
import { type Course, inStep, textOf, unsupported, withVariables } from './context.ts'
import { inContainerOf, isContainer, reusesNode } from './docker-agent.ts'

type Body = (scope: Scope) => Promise<Value>
type CheckOut = (scope: Scope) => Promise<Value>

/** Runs the body on the agent that a section asks for; `checkOut` brings the sources first. */
export async function onAgent(
  course: Course,
  scope: Scope,
  agent: Agent | null,
  checkOut: CheckOut,
  body: Body,
): Promise<Value> {
  if (agent === null) return perStage(course, scope, body)
  if (agent.type === 'none') return body(scope)
  if (!isContainer(agent)) return onNode(course, scope, agent, checkOut, body)
  const contained: Body = (at) => inContainerOf(at, agent, body)
  if (await reusesNode(scope, agent)) return contained(scope)
  // With newContainerPerStage the stages make the containers, on this node.
  const isPerStage = scope.stage === undefined && course.hasOption('newContainerPerStage')
  return onNode(course, scope, agent, checkOut, isPerStage ? body : contained)
}

/** With newContainerPerStage a stage that names no agent finds a container of its own. */
function perStage(course: Course, scope: Scope, body: Body): Promise<Value> {
  const { agent } = course.pipeline
  const isDue = scope.node !== undefined && scope.stage !== undefined && isContainer(agent)
  if (!isDue || !course.hasOption('newContainerPerStage')) return body(scope)
  return inContainerOf(scope, agent, body)
}

async function onNode(
  course: Course,
  scope: Scope,
  agent: Agent,
  checkOut: CheckOut,
  body: Body,
): Promise<Value> {
  const named = await nodeArguments(scope, agent)
  return inStep(scope, 'node', { named }, (inner) =>
    named.get('customWorkspace') === undefined
      ? withSources(course, inner, checkOut, body)
      : inWorkspace(inner, (at) => withSources(course, at, checkOut, body)),
  )
}

/** The node is in the workspace already; Jenkins gets there by a step of its own. */
async function inWorkspace(scope: Scope, body: Body): Promise<Value> {
  const path = scope.nextPath('ws')
  scope.mark(`${path}#`, 'ws')
  scope.sayOnce(`${path}!folder`, `Running in ${scope.folder}`)
  scope.mark(`${path}{`, '{')
  try {
    return await body(scope.inside(path))
  } finally {
    scope.mark(`${path}}`, '}')
    scope.mark(`${path}//`, '// ws')
  }
}

async function withSources(
  course: Course,
  scope: Scope,
  checkOut: CheckOut,
  body: Body,
): Promise<Value> {
  const isScript = sourceOf(scope.session.record).repo === null
  if (isScript || course.hasOption('skipDefaultCheckout')) return body(scope)
  const { subdirectory } = course
  const found = subdirectory
    ? await inStep(scope, 'dir', { positional: [await textOf(scope, subdirectory)] }, checkOut)
    : await checkOut(scope)
  const variables = found instanceof GroovyMap ? [...found] : []
  return withVariables(
    scope,
    variables.map(([name, value]) => `${String(name)}=${String(value)}`),
    body,
  )
}

const NODE_TYPES = new Set(['any', 'label', 'node', 'docker', 'dockerfile'])

async function nodeArguments(scope: Scope, agent: Agent): Promise<GroovyMap> {
  if (!NODE_TYPES.has(agent.type)) {
    throw unsupported(
      `agent { ${agent.type} }`,
      'Use "agent any", or agent { docker … }: this server runs steps on its own machine.',
    )
  }
  const label = agent.options.get('label') ?? (isContainer(agent) ? null : agent.value)
  const workspace = agent.options.get('customWorkspace')
  const named = new GroovyMap()
  if (label && agent.type !== 'any') named.set('label', await textOf(scope, label))
  if (workspace) named.set('customWorkspace', await textOf(scope, workspace))
  return named
}

/** `checkout scm`, as every new agent does it first. */
export async function checkOutSources(scope: Scope): Promise<Value> {
  const positional = [scmOf(scope.session)]
  return invokeStep(scope, {
    name: 'checkout',
    positional,
    named: new GroovyMap(),
    body: undefined,
  })
}
