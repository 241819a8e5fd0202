import {
  type KnownHost as Shown,
  pipelineSetupEndpoints as api,
  pipelineSetupErrors,
} from '@madang/api'
import { hostKeyAt, newKeyPair, publicKeyOf } from '../../code/index.ts'
import { type Kernel, refusals, type Route, route } from '../../kernel/index.ts'
import type { CodePort } from '../ports.ts'
import { fingerprintsOf, isHostname, isKey } from './known-host.ts'
import type { KnownHost, SshStore } from './store.ts'

const refuse = refusals(pipelineSetupErrors)
const done = { done: true } as const

interface RouteParts {
  kernel: Pick<Kernel, 'outgoing'>
  code: Pick<CodePort, 'repoName'>
  ssh: SshStore
}

interface InRepo {
  project: string
  repo: string
}

/** How runs of a repository log in elsewhere, as its settings show it. */
export function sshRoutes({ kernel, code, ssh }: RouteParts): Route[] {
  const ownerOf = async ({ project, repo }: InRepo) =>
    `${project}/${await code.repoName(project, repo)}`
  return [
    route(api.pipelineSshGet, async ({ params }) => {
      const owner = await ownerOf(params)
      const [publicKey, hosts] = await Promise.all([ssh.publicKey(owner), ssh.hosts(owner)])
      return { publicKey, hosts: hosts.map(present) }
    }),
    route(api.pipelineKeyPut, async ({ actor, params, body }) => {
      const owner = await ownerOf(params)
      const pair = body.privateKey === undefined ? newKeyPair(owner) : pairOf(body.privateKey)
      await ssh.putPair(actor, owner, pair)
      return { publicKey: pair.publicKey }
    }),
    route(api.pipelineKeyDelete, async ({ actor, params }) => {
      await ssh.putPair(actor, await ownerOf(params), undefined)
      return done
    }),
    route(api.hostKeyLook, ({ body }) => look(kernel, body.host)),
    route(api.knownHostCreate, async ({ actor, params, body }) => {
      const owner = await ownerOf(params)
      const { hostname, keyType: key_type, key } = body
      if (!isHostname(hostname) || !isKey(key_type, key)) throw refuse('knownHostInvalid')
      const taken = (await ssh.hosts(owner)).some((host) => host.hostname === hostname)
      if (taken) throw refuse('knownHostTaken', { hostname })
      return present(await ssh.putHost(actor, { owner, hostname, key_type, key }))
    }),
    route(api.knownHostDelete, async ({ actor, params }) => {
      const found = (await ssh.hosts(await ownerOf(params))).find(({ id }) => id === params.id)
      if (!found) throw refuse('knownHostNotFound')
      await ssh.removeHost(actor, found)
      return done
    }),
  ]
}

function pairOf(given: string) {
  const privateKey = `${given}\n`
  const publicKey = publicKeyOf(privateKey)
  if (publicKey === undefined) throw refuse('pipelineKeyInvalid')
  return { publicKey, privateKey }
}

async function look({ outgoing }: Pick<Kernel, 'outgoing'>, given: string) {
  const target = await outgoing.target(`ssh://${given}`, ['ssh'])
  try {
    const [keyType = '', key = ''] = (await hostKeyAt(target)).split(' ')
    const { host, port } = target
    const hostname = port === 22 ? host : `[${host}]:${port}`
    return { hostname, keyType, key, fingerprint: fingerprintsOf(key).sha256 }
  } catch (error) {
    throw refuse('hostKeyUnseen', { host: given, reason: (error as Error).message })
  }
}

const present = ({ id, hostname, key_type: keyType, key }: KnownHost): Shown => ({
  id,
  hostname,
  keyType,
  key,
  fingerprint: fingerprintsOf(key).sha256,
})
