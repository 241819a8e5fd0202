import { GroovyClosure, GroovyMap, HostObject, hostError, type Value } from '../groovy/index.ts'
import { abortException } from './failures.ts'
import { invokeStep } from './invoke.ts'
import type { Scope } from './scope.ts'
import type { Session } from './session.ts'

// The `docker` variable: what it does, it does with the node's own `docker` program through `sh`, as
// Jenkins does, so a node without one says `docker: not found` and the step fails with code 127.

const TYPE = 'org.jenkinsci.plugins.docker.workflow.Docker'

export function dockerOf(session: Session): HostObject {
  return new HostObject({
    typeName: TYPE,
    get: () => undefined,
    async call(method, { positional, named }, context) {
      const scope = context as Scope
      const texts = await printed(session, scope, positional)
      const [first = '', second] = texts
      if (method === 'image') return image(session, first)
      if (method === 'build') {
        await sh(scope, `docker build -t ${quoted(first)} ${second ?? '.'}`)
        return image(session, first)
      }
      const body = positional.at(-1)
      if (method === 'withRegistry' && body instanceof GroovyClosure) {
        return withRegistry(session, scope, first, second, body)
      }
      if ((method === 'withServer' || method === 'withTool') && body instanceof GroovyClosure) {
        const entries = method === 'withServer' ? [`DOCKER_HOST=${first}`] : []
        return withEnv(scope, entries, (inner) =>
          session.interpreter.callClosure(body, [], { context: inner }),
        )
      }
      throw missing(method, positional.length + (named?.size ?? 0))
    },
  })
}

function image(session: Session, name: string): HostObject {
  return new HostObject({
    typeName: `${TYPE}$Image`,
    get: (member) => (member === 'id' ? name : undefined),
    async call(method, { positional }, context) {
      const scope = context as Scope
      const [first] = await printed(session, scope, positional)
      switch (method) {
        case 'imageName':
          return name
        case 'pull':
          return sh(scope, `docker pull ${quoted(name)}`)
        case 'tag':
        case 'push': {
          const wanted = first === undefined ? name : `${name.replace(/:[^/:]*$/, '')}:${first}`
          if (wanted !== name) await sh(scope, `docker tag ${quoted(name)} ${quoted(wanted)}`)
          return method === 'push' ? sh(scope, `docker push ${quoted(wanted)}`) : null
        }
        case 'inside':
        case 'withRun':
        case 'run':
          return inContainer(scope, name, method)
        default:
          throw missing(method, positional.length)
      }
    },
  })
}

/** Brings the image as Jenkins does; a container to run steps in is what is not here. */
async function inContainer(scope: Scope, name: string, method: string): Promise<Value> {
  const isThere = await sh(scope, `docker inspect -f . ${quoted(name)}`, true)
  if (isThere !== 0) await sh(scope, `docker pull ${quoted(name)}`)
  throw abortException(
    `docker.image('${name}').${method}: steps inside a container are not supported here yet. ` +
      'Use sh with docker run.',
  )
}

async function withRegistry(
  session: Session,
  scope: Scope,
  url: string,
  credentials: string | undefined,
  body: GroovyClosure,
): Promise<Value> {
  const run = (inner: Scope) => session.interpreter.callClosure(body, [], { context: inner })
  const entries = [`DOCKER_REGISTRY_URL=${url}`]
  if (credentials === undefined) return withEnv(scope, entries, run)
  const binding = new GroovyMap([
    ['$class', 'usernamePassword'],
    ['credentialsId', credentials],
    ['usernameVariable', 'DOCKER_LOGIN_USR'],
    ['passwordVariable', 'DOCKER_LOGIN_PSW'],
  ])
  const named = new GroovyMap([['bindings', [binding]]])
  const login = 'docker login -u "$DOCKER_LOGIN_USR" -p "$DOCKER_LOGIN_PSW" "$DOCKER_REGISTRY_URL"'
  return invokeStep(scope, {
    name: 'withCredentials',
    positional: [],
    named,
    body: (bound) =>
      withEnv(bound, entries, async (inner) => {
        await sh(inner, login)
        return run(inner)
      }),
  })
}

function withEnv(
  scope: Scope,
  entries: string[],
  body: (inner: Scope) => Promise<Value>,
): Promise<Value> {
  const named = new GroovyMap([['overrides', entries]])
  return invokeStep(scope, { name: 'withEnv', positional: [], named, body })
}

function sh(scope: Scope, script: string, returnStatus = false): Promise<Value> {
  const named = new GroovyMap([['script', script]])
  if (returnStatus) named.set('returnStatus', true)
  return invokeStep(scope, { name: 'sh', positional: [], named, body: undefined })
}

function printed(session: Session, scope: Scope, values: Value[]): Promise<string[]> {
  const texts = values.filter((value) => !(value instanceof GroovyClosure))
  return Promise.all(texts.map((value) => session.interpreter.print(value, scope)))
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

function missing(method: string, count: number) {
  const text = `No signature of method: ${TYPE}.${method}() is applicable for ${count} arguments`
  return hostError('groovy.lang.MissingMethodException', text)
}
