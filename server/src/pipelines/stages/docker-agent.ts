import { createHash } from 'node:crypto'
import { join } from 'node:path/posix'
import type { Agent } from '../declarative/index.ts'
import { inside, invokeStep, pull, type Scope, withRegistry } from '../engine/index.ts'
import { GroovyError, GroovyMap, isTruthy, type Value } from '../groovy/index.ts'
import { jobName } from '../model.ts'
import { evaluate, inStep, textOf } from './context.ts'
import { inStage } from './stage-block.ts'

type Body = (scope: Scope) => Promise<Value>

/** `agent { docker … }` and `agent { dockerfile … }`: a container in a workspace of the node. */
export const isContainer = (agent: Agent) => agent.type === 'docker' || agent.type === 'dockerfile'

/** With `reuseNode` the container is put on the node and into the workspace around the stage. */
export async function reusesNode(scope: Scope, agent: Agent): Promise<boolean> {
  return scope.node !== undefined && (await flag(scope, agent, 'reuseNode'))
}

/** Runs the body in the agent's container; the sources are in the workspace already. */
export async function inContainerOf(scope: Scope, agent: Agent, body: Body): Promise<Value> {
  const url = await optionalText(scope, agent, 'registryUrl')
  const credentials = await optionalText(scope, agent, 'registryCredentialsId')
  const run: Body = async (at) => {
    const args = (await optionalText(at, agent, 'args')) ?? ''
    return inside(at, await imageFor(at, agent), args, body)
  }
  if (url === undefined && credentials === undefined) return run(scope)
  return withRegistry(scope, url ?? '', credentials, run)
}

async function imageFor(scope: Scope, agent: Agent): Promise<string> {
  if (agent.type === 'dockerfile') return setUp(scope, (at) => build(at, agent))
  const image = agent.options.get('image') ?? agent.value!
  const id = await textOf(scope, image)
  if (await flag(scope, agent, 'alwaysPull')) {
    await setUp(scope, async (at) => {
      await pull(at, id)
      return id
    })
  }
  return id
}

/** Outside the stages, what prepares the agent is a stage of its own. */
async function setUp(scope: Scope, prepare: (at: Scope) => Promise<string>): Promise<string> {
  if (scope.stage !== undefined) return prepare(scope)
  let image = ''
  await inStage(scope, 'Declarative: Agent Setup', 'stage', async (at) => {
    image = await prepare(at)
  })
  return image
}

/** Builds the Dockerfile; the image is named after the job and what the file says. */
async function build(scope: Scope, agent: Agent): Promise<string> {
  const directory = await optionalText(scope, agent, 'dir')
  const file = join(directory ?? '', (await optionalText(scope, agent, 'filename')) ?? 'Dockerfile')
  const given = await optionalText(scope, agent, 'additionalBuildArgs')
  const args = given === undefined ? '' : ` ${given}`
  await call(scope, 'isUnix')
  const text = await readDockerfile(scope, file)
  const name = [jobName(scope.session.record), text, args].join('\n')
  const image = createHash('sha1').update(name).digest('hex')
  const script = `docker build -t ${image}${args} -f "${file}" "${directory ?? '.'}"`
  await call(scope, 'sh', [['script', script]])
  return image
}

async function readDockerfile(scope: Scope, file: string): Promise<string> {
  try {
    return String(await call(scope, 'readFile', [['file', file]]))
  } catch (error) {
    const isMissing = error instanceof GroovyError && /NoSuchFile/.test(error.className)
    if (!isMissing) throw error
    const message = `No Dockerfile found at ${file} in repository - failing.`
    await inStep(scope, 'error', { positional: [message] }, async () => null)
    throw error
  }
}

function call(scope: Scope, name: string, named: [string, string][] = []): Promise<Value> {
  const ask = { name, positional: [], named: new GroovyMap(named), body: undefined }
  return invokeStep(scope, ask)
}

async function optionalText(scope: Scope, agent: Agent, name: string): Promise<string | undefined> {
  const argument = agent.options.get(name)
  const text = argument && (await textOf(scope, argument))
  return text === '' || text === 'null' ? undefined : text
}

async function flag(scope: Scope, agent: Agent, name: string): Promise<boolean> {
  const argument = agent.options.get(name)
  return argument !== undefined && isTruthy(await evaluate(scope, argument))
}
