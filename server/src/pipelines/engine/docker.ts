import { GroovyClosure, GroovyMap, HostObject, hostError, type Value } from '../groovy/index.ts'
import { abortException } from './failures.ts'
import { imageNameOf, qualified, validImageName } from './image-names.ts'
import { invokeStep } from './invoke.ts'
import type { Scope } from './scope.ts'
import type { Session } from './session.ts'

// The `docker` variable of Jenkins' Docker Pipeline: what it does, it does with the node's own
// `docker` program through `sh`. Where no engine answers, images are built, tagged and pushed by
// Madang itself; containers need an engine.

const TYPE = 'org.jenkinsci.plugins.docker.workflow.Docker'

/** The shell's exit code for a program that isn't there. */
const NOT_FOUND = 127

export const NO_DOCKER =
  'This node has no docker program. Install Docker Engine on the machine that Madang runs on, or ' +
  'run these steps without a container (agent any).'

type Body = (scope: Scope) => Promise<Value>

export function dockerOf(session: Session): HostObject {
  return new HostObject({
    typeName: TYPE,
    get: () => undefined,
    async call(method, { positional, named, closure }, context) {
      const scope = context as Scope
      const [first = '', second] = await printed(session, scope, positional)
      const body = bodyOf(positional, closure)
      const inside: Body = (inner) => session.interpreter.callClosure(body!, [], { context: inner })
      if (method === 'image') return image(session, first)
      if (method === 'build') return build(session, scope, first, second)
      if (body && method === 'withRegistry') return withRegistry(scope, first, second, inside)
      if (body && method === 'withServer') return withServer(scope, first, second, inside)
      if (body && method === 'withTool') {
        return withVariables(scope, [`DOCKER_TOOL_NAME=${first}`], inside)
      }
      throw missing(method, positional.length + (named?.size ?? 0))
    },
  })
}

async function build(session: Session, scope: Scope, name: string, args = '.'): Promise<Value> {
  validImageName(name)
  await onNode(scope, async (at) => {
    if (!(await answers(at))) return withoutEngine(at, 'docker build', { image: name, args })
    return command(at, { JD_IMAGE: name }, `docker build -t "$JD_IMAGE" ${args}`)
  })
  return image(session, name)
}

function image(session: Session, id: string): HostObject {
  validImageName(id)
  return new HostObject({
    typeName: `${TYPE}$Image`,
    get: (member) => (member === 'id' ? id : undefined),
    async call(method, { positional, closure }, context) {
      const scope = context as Scope
      const [first, second] = await printed(session, scope, positional)
      const body = bodyOf(positional, closure)
      switch (method) {
        case 'imageName':
          return qualified(scope, id)
        case 'pull':
          return onNode(scope, (at) => pull(at, id))
        case 'tag':
          return onNode(scope, (at) => tag(at, id, first))
        case 'push':
          return onNode(scope, (at) => push(at, id, first))
        case 'run':
          return container(session, await start(scope, { id, args: first, command: second }))
      }
      if (body && method === 'inside') {
        return inside(scope, id, first ?? '', (inner) =>
          session.interpreter.callClosure(body, [], { context: inner }),
        )
      }
      if (body && method === 'withRun') {
        return withRun(session, scope, { id, args: first, command: second }, body)
      }
      throw missing(method, positional.length)
    },
  })
}

/** Brings the image when it isn't there, and runs the body in a container of it. */
export async function inside(scope: Scope, id: string, args: string, body: Body): Promise<Value> {
  return onNode(scope, async (at) => {
    const name = qualified(at, id)
    const isLocal = name !== id && (await isThere(at, id))
    if (!isLocal && !(await isThere(at, name))) await pull(at, id)
    const named = new GroovyMap([
      ['image', isLocal ? id : name],
      ['args', args],
    ])
    return invokeStep(at, { name: 'withDockerContainer', positional: [], named, body })
  })
}

async function isThere(scope: Scope, name: string): Promise<boolean> {
  const variables = { JD_TO_RUN: name }
  const options = { returnStatus: true }
  const code = await command(scope, variables, 'docker inspect -f . "$JD_TO_RUN"', options)
  if (code === NOT_FOUND) throw abortException(NO_DOCKER)
  return code === 0
}

export function pull(scope: Scope, id: string): Promise<Value> {
  return command(scope, { JD_TO_PULL: qualified(scope, id) }, 'docker pull "$JD_TO_PULL"')
}

async function tag(scope: Scope, id: string, wanted: string | undefined): Promise<string> {
  const { repository, tag: own } = imageNameOf(id)
  const name = qualified(scope, `${repository}:${wanted ?? own}`)
  if (!(await answers(scope))) {
    await withoutEngine(scope, 'docker tag', { image: id, as: name })
    return name
  }
  const variables = { JD_ID: id, JD_TAGGED_IMAGE_NAME: name }
  await command(scope, variables, 'docker tag "$JD_ID" "$JD_TAGGED_IMAGE_NAME"')
  return name
}

async function push(scope: Scope, id: string, wanted: string | undefined): Promise<Value> {
  const name = await tag(scope, id, wanted)
  // Without an engine it was built into the registry: the tag is the push.
  if (!(await answers(scope))) return null
  const variables = { JD_TAGGED_IMAGE_NAME: name }
  return command(scope, variables, 'docker push "$JD_TAGGED_IMAGE_NAME"')
}

/** Whether a Docker Engine does it; the names of these steps are none that a script can call. */
async function answers(scope: Scope): Promise<boolean> {
  return (await withoutEngine(scope, 'docker answers', {})) === true
}

function withoutEngine(scope: Scope, name: string, given: Record<string, string>): Promise<Value> {
  const named = new GroovyMap(Object.entries(given))
  return invokeStep(scope, { name, positional: [], named, body: undefined })
}

interface Wish {
  id: string
  args: string | undefined
  command: string | undefined
}

/** Id of a container that runs in the background. */
async function start(scope: Scope, wish: Wish): Promise<string> {
  const words = ['docker run -d', wish.args, wish.id, wish.command].filter((word) => word)
  const options = { returnStdout: true }
  const id = await onNode(scope, (at) => command(at, {}, words.join(' '), options))
  return String(id).trim()
}

async function withRun(
  session: Session,
  scope: Scope,
  wish: Wish,
  body: GroovyClosure,
): Promise<Value> {
  return onNode(scope, async (at) => {
    const id = await start(at, wish)
    try {
      return await session.interpreter.callClosure(body, [container(session, id)], { context: at })
    } finally {
      await stop(at, id)
    }
  })
}

function container(session: Session, id: string): HostObject {
  return new HostObject({
    typeName: `${TYPE}$Container`,
    get: (member) => (member === 'id' ? id : undefined),
    async call(method, { positional }, context) {
      const scope = context as Scope
      if (method === 'stop') return stop(scope, id)
      if (method !== 'port') throw missing(method, positional.length)
      const [port = ''] = await printed(session, scope, positional)
      const variables = { JD_ID: id, JD_PORT: port }
      const options = { returnStdout: true }
      const found = await command(scope, variables, 'docker port "$JD_ID" "$JD_PORT"', options)
      return String(found).trim()
    },
  })
}

function stop(scope: Scope, id: string): Promise<Value> {
  if (scope.session.isLetGo) return Promise.resolve(null)
  return command(scope, { JD_ID: id }, 'docker stop "$JD_ID" && docker rm -f "$JD_ID"')
}

/** Logs in to a registry, whose name then stands before those of images. */
export function withRegistry(
  scope: Scope,
  url: string,
  credentialsId: string | undefined,
  body: Body,
): Promise<Value> {
  const named = new GroovyMap([
    ['url', url],
    ['credentialsId', credentialsId ?? null],
  ])
  return onNode(scope, (at) =>
    withVariables(at, [`DOCKER_REGISTRY_URL=${url}`], (inner) =>
      invokeStep(inner, { name: 'withDockerRegistry', positional: [], named, body }),
    ),
  )
}

function withServer(
  scope: Scope,
  uri: string,
  credentialsId: string | undefined,
  body: Body,
): Promise<Value> {
  const named = new GroovyMap([
    ['uri', uri],
    ['credentialsId', credentialsId ?? null],
  ])
  const ask = { name: 'withDockerServer', positional: [], named, body }
  return onNode(scope, (at) => invokeStep(at, ask))
}

/** The node around, or one for the purpose. */
function onNode<T extends Value>(scope: Scope, body: (at: Scope) => Promise<T>): Promise<Value> {
  if (scope.node) return body(scope)
  return invokeStep(scope, { name: 'node', positional: [], named: new GroovyMap(), body })
}

function withVariables(scope: Scope, overrides: string[], body: Body): Promise<Value> {
  const named = new GroovyMap([['overrides', overrides]])
  return invokeStep(scope, { name: 'withEnv', positional: [], named, body })
}

/** `sh` with names as variables: no name can be taken for a part of the script. */
async function command(
  scope: Scope,
  variables: Record<string, string>,
  script: string,
  options: Partial<Record<'returnStatus' | 'returnStdout', boolean>> = {},
): Promise<Value> {
  const named = new GroovyMap([['script', script], ...Object.entries(options)])
  const none = new GroovyMap()
  await invokeStep(scope, { name: 'isUnix', positional: [], named: none, body: undefined })
  const run: Body = (at) => invokeStep(at, { name: 'sh', positional: [], named, body: undefined })
  const overrides = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return overrides.length === 0 ? run(scope) : withVariables(scope, overrides, run)
}

/** A block after the call, or among its arguments. */
function bodyOf(values: Value[], closure: GroovyClosure | undefined): GroovyClosure | undefined {
  const last = closure ?? values.at(-1)
  return last instanceof GroovyClosure ? last : undefined
}

function printed(session: Session, scope: Scope, values: Value[]): Promise<string[]> {
  const texts = values.filter((value) => !(value instanceof GroovyClosure))
  return Promise.all(texts.map((value) => session.interpreter.print(value, scope)))
}

function missing(method: string, count: number) {
  const text = `No signature of method: ${TYPE}.${method}() is applicable for ${count} arguments`
  return hostError('groovy.lang.MissingMethodException', text)
}
