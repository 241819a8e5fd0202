import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { abortException, type Call, type Step, toJson } from '../engine/index.ts'
import { openCredential } from './bindings.ts'
import { docker } from './docker-program.ts'
import { filesOf } from './machine.ts'
import { temporaryFolder } from './workspace.ts'

/**
 * Logs in for the block, in a client configuration of its own that goes away with it, so that
 * neither other runs nor the machine's user find the password. Madang's own registry needs no
 * credentials: the run's token is taken.
 */
export const withDockerRegistry: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  positional: ['registry'],
  async run(call) {
    const { url, credentialsId } = endpointOf(call)
    const login = await loginFor(call, url, credentialsId)
    const folder = configFolder(call)
    try {
      if (!login) return await call.body()
      await filesOf(call).makeFolder(folder, 0o700)
      await logIn(call, folder, url, login)
      const environment = call.scope.environment.with([['DOCKER_CONFIG', folder]])
      return await call.body({ environment })
    } finally {
      if (!call.session.isLetGo) await filesOf(call).remove(folder)
      call.close()
    }
  },
}

/** Programs of the block talk to another Docker Engine. */
export const withDockerServer: Step = {
  kind: 'own',
  isBlock: true,
  needsNode: true,
  positional: ['server'],
  async run(call) {
    const server = (toJson(call.args.value('server')) ?? {}) as Record<string, unknown>
    const uri = call.args.optionalText('uri') ?? String(server['uri'] ?? '')
    const credentials = call.args.optionalText('credentialsId') ?? server['credentialsId']
    if (credentials) throw abortException('withDockerServer: certificates are not supported here')
    const entries: [string, string][] = uri === '' ? [] : [['DOCKER_HOST', uri]]
    try {
      return await call.body({ environment: call.scope.environment.with(entries) })
    } finally {
      call.close()
    }
  },
}

interface Endpoint {
  url: string
  credentialsId: string | undefined
}

/** `url:` and `credentialsId:` beside each other, or in a map `registry:`. */
function endpointOf({ args }: Call): Endpoint {
  const map = (toJson(args.value('registry')) ?? {}) as Record<string, unknown>
  const url = args.optionalText('url') ?? textIn(map, 'url') ?? ''
  const credentialsId = args.optionalText('credentialsId') ?? textIn(map, 'credentialsId')
  return { url, credentialsId: credentialsId || undefined }
}

function textIn(map: Record<string, unknown>, name: string): string | undefined {
  const value = map[name]
  return typeof value === 'string' ? value : undefined
}

interface Login {
  username: string
  password: string
}

async function loginFor(
  { scope, session }: Call,
  url: string,
  id: string | undefined,
): Promise<Login | undefined> {
  if (id !== undefined) return openCredential(scope, id, ['usernamePassword'])
  const isOurs = url !== '' && hostOf(url) === hostOf(session.parts.originUrl())
  if (!isOurs) return undefined
  const { MADANG_TOKEN: password = '' } = await session.access.variables({})
  return { username: 'madang', password }
}

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url)

async function logIn(call: Call, folder: string, url: string, login: Login): Promise<void> {
  const server = url === '' ? [] : [url]
  call.say(
    `$ docker login -u ${login.username} -p ******** ${url || 'https://index.docker.io/v1/'}`,
  )
  const { code, output, errors } = await call.scope.interrupts.during((signal) =>
    docker(call, ['login', '-u', login.username, '--password-stdin', ...server], {
      signal,
      input: login.password,
      env: { DOCKER_CONFIG: folder },
    }),
  )
  if (code !== 0) {
    call.say(errors.trim())
    throw abortException('docker login failed')
  }
  call.say(output.trim())
}

/** The same again after a restart: programs of before still read it. */
function configFolder({ scope, session, path }: Call): string {
  const mark = createHash('sha256').update(`${session.record.id} ${path}`).digest('hex')
  return join(temporaryFolder(scope), `docker-${mark.slice(0, 16)}`)
}
