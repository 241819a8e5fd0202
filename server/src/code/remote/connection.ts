import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kernel, type Target, textOf } from '../../kernel/index.ts'
import { basicOf, type Remote } from './login.ts'
import { refuseRemote } from './refuse.ts'

export type GitService = 'git-upload-pack' | 'git-receive-pack'

/** A remote that was looked at: what git is given to reach it, and nothing else. */
export interface Connection {
  host: string
  /** For git's command line. */
  url: string
  env: Record<string, string>
  /** Texts that may never be shown. */
  secrets: string[]
  /** Of ssh: the host's keys as they were seen or believed. */
  hostKeys(): Promise<string | undefined>
  close(): Promise<void>
}

const ADVERTISEMENT_BYTES = 64 * 1024 * 1024
const nothing = async () => undefined

/**
 * Looks at a remote's address, follows where its web server sends (git itself follows nothing), and
 * pins git to the address that was judged. Throws `outgoing…`, `remote…`.
 */
export async function connect(
  kernel: Pick<Kernel, 'outgoing' | 'folder'>,
  remote: Remote,
  service: GitService,
): Promise<Connection> {
  const scheme = URL.parse(remote.url)?.protocol
  if (scheme === 'ssh:') return connectSsh(kernel, remote)
  if (scheme === 'git:') return connectGit(kernel, remote)
  return connectWeb(kernel, remote, service)
}

/** Settings by environment: no process list shows them. The first two are those of every git here. */
function settings(pairs: [string, string][], schemes: string): Record<string, string> {
  const all: [string, string][] = [
    ['credential.helper', ''],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
    ['protocol.version', '2'],
    ['transfer.bundleURI', 'false'],
    ['fetch.fsckObjects', 'true'],
    // Old, real histories hold these; the well-known hosts take them, too.
    ...[
      'zeroPaddedFilemode',
      'missingSpaceBeforeDate',
      'badTimezone',
      'missingSpaceBeforeEmail',
    ].map((name): [string, string] => [`fetch.fsck.${name}`, 'ignore']),
    ...pairs,
  ]
  const numbered = all.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index + 2}`, key],
    [`GIT_CONFIG_VALUE_${index + 2}`, value],
  ])
  return {
    ...(Object.fromEntries(numbered) as Record<string, string>),
    GIT_CONFIG_COUNT: String(all.length + 2),
    GIT_ALLOW_PROTOCOL: schemes,
    GIT_ASKPASS: 'false',
  }
}

/** As curl takes it: all that were judged, in the order to try. */
const pinned = ({ host, port, addresses }: Target) =>
  `${host}:${port}:${addresses.map(literal).join(',')}`

async function connectWeb(
  { outgoing }: Pick<Kernel, 'outgoing'>,
  remote: Remote,
  service: GitService,
): Promise<Connection> {
  const authorization = basicOf(remote.login)
  const asked = `${remote.url}/info/refs?service=${service}`
  const headers = { accept: '*/*', ...(authorization ? { authorization } : {}) }
  const reply = await outgoing.fetch(asked, { headers })
  const { host } = reply.url
  await textOf(reply, ADVERTISEMENT_BYTES)
  if (reply.status === 401 || reply.status === 403) throw refuseRemote('remoteDenied', { host })
  if (reply.status === 404) throw refuseRemote('remoteMissing', { host })
  if (reply.status !== 200) {
    throw refuseRemote('remoteFailed', { host, reason: `HTTP ${reply.status}` })
  }
  const isGit = reply.headers['content-type'] === `application/x-${service}-advertisement`
  const [url, rest] = reply.url.href.split('/info/refs')
  if (!isGit || rest === undefined) throw refuseRemote('remoteNoGit', { host })
  const target = await outgoing.target(url!)
  const isSame = target.url.origin === new URL(remote.url).origin
  const secret = isSame && authorization ? [authorization] : []
  const pairs: [string, string][] = secret.map((text) => [
    'http.extraHeader',
    `Authorization: ${text}`,
  ])
  return {
    host: target.host,
    url: target.url.href,
    env: settings([...pairs, ['http.curloptResolve', pinned(target)]], 'http:https'),
    secrets: secretsOf(remote),
    hostKeys: nothing,
    close: nothing,
  }
}

function secretsOf({ login }: Remote): string[] {
  if (login.kind !== 'password') return []
  return [login.password, basicOf(login)!.slice('Basic '.length)].filter((text) => text !== '')
}

const literal = ({ address, family }: Pick<Target, 'address' | 'family'>) =>
  family === 6 ? `[${address}]` : address

async function connectGit(
  { outgoing }: Pick<Kernel, 'outgoing'>,
  remote: Remote,
): Promise<Connection> {
  const target = await outgoing.target(remote.url, ['git'])
  const url = `git://${literal(target)}:${target.port}${target.url.pathname}`
  const env = { ...settings([], 'git'), GIT_OVERRIDE_VIRTUAL_HOST: target.url.host }
  return { host: target.host, url, env, secrets: [], hostKeys: nothing, close: nothing }
}

async function connectSsh(
  { outgoing, folder }: Pick<Kernel, 'outgoing' | 'folder'>,
  remote: Remote,
): Promise<Connection> {
  const target = await outgoing.target(remote.url, ['ssh'])
  const { host } = target
  const { login } = remote
  if (login.kind !== 'key') throw refuseRemote('remoteDenied', { host })
  const user = new URL(remote.url).username || 'git'
  if (!/^[\w.][\w.-]*$/.test(user)) throw refuseRemote('remoteDenied', { host })
  const stem = join(folder('remote-keys'), randomUUID())
  const [key, known] = [`${stem}.key`, `${stem}.known`]
  await writeFile(key, login.privateKey, { mode: 0o600 })
  await writeFile(known, login.hostKeys ?? '', { mode: 0o600 })
  const options = {
    BatchMode: 'yes',
    IdentitiesOnly: 'yes',
    IdentityFile: key,
    IdentityAgent: 'none',
    UserKnownHostsFile: known,
    GlobalKnownHostsFile: '/dev/null',
    HashKnownHosts: 'no',
    UpdateHostKeys: 'no',
    StrictHostKeyChecking: login.hostKeys ? 'yes' : 'accept-new',
    HostName: target.address,
    HostKeyAlias: host,
    ProxyCommand: 'none',
    ConnectTimeout: '20',
  }
  const words = Object.entries(options).map(([name, value]) => `-o ${name}='${value}'`)
  return {
    host,
    url: `ssh://${user}@${host.includes(':') ? `[${host}]` : host}:${target.port}${target.url.pathname}`,
    env: {
      ...settings([], 'ssh'),
      GIT_SSH_COMMAND: `ssh -F /dev/null ${words.join(' ')}`,
      GIT_SSH_VARIANT: 'ssh',
    },
    secrets: [],
    hostKeys: async () => (await readFile(known, 'utf8')).trim() || undefined,
    close: async () => {
      await Promise.all([rm(key, { force: true }), rm(known, { force: true })])
    },
  }
}
