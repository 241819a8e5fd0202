import { bitbucketApi as api, publicKeyOf } from '../../code/index.ts'
import { fingerprintsOf, isHostname, isKey, type KnownHost } from '../ssh/index.ts'
import type { BitbucketParts } from './parts.ts'

const { BitbucketError } = api

const ownerOf = ({ repo }: api.RepoAsk) => `${repo.project}/${repo.name}`

async function pair({ ssh }: BitbucketParts, ask: api.RepoAsk) {
  const key = await ssh.publicKey(ownerOf(ask))
  if (key !== undefined) return { type: 'pipeline_ssh_key_pair', public_key: key }
  throw new BitbucketError(404, 'Not found', { detail: 'SSH key pair not found' })
}

/** The private half is written and never read again. */
async function putPair(parts: BitbucketParts, ask: api.RepoAsk) {
  const body = await ask.body.json()
  const privateKey = `${api.requiredText(body, 'private_key').trim()}\n`
  const own = publicKeyOf(privateKey)
  if (own === undefined) {
    const why = 'Not a private key without a passphrase, in a format that OpenSSH reads.'
    throw api.badFields({ private_key: [why] })
  }
  const publicKey = api.textIn(body, 'public_key')?.trim() ?? own
  if (!publicKey.startsWith(own)) {
    throw api.badFields({ public_key: ['It does not belong to the private key.'] })
  }
  await parts.ssh.putPair(ask.actor, ownerOf(ask), { publicKey, privateKey })
  return pair(parts, ask)
}

async function dropPair(parts: BitbucketParts, ask: api.RepoAsk) {
  await pair(parts, ask)
  await parts.ssh.putPair(ask.actor, ownerOf(ask), undefined)
  return api.nothing()
}

function present({ id, hostname, key_type, key }: KnownHost): api.Json {
  const { md5, sha256 } = fingerprintsOf(key)
  return {
    type: 'pipeline_known_host',
    uuid: api.uuidOf(id),
    hostname,
    public_key: {
      type: 'pipeline_ssh_public_key',
      key_type,
      key,
      md5_fingerprint: md5,
      sha256_fingerprint: sha256,
    },
  }
}

async function find({ ssh }: BitbucketParts, ask: api.RepoAsk): Promise<KnownHost> {
  const { known_host_uuid: uuid = '' } = ask.params
  const id = `host_${api.idTailOf(uuid) ?? ''}`
  const found = (await ssh.hosts(ownerOf(ask))).find((host) => host.id === id)
  if (found) return found
  throw new BitbucketError(404, 'Not found', { detail: `Known host with UUID ${uuid} not found` })
}

function hostIn(body: api.Json): Pick<KnownHost, 'hostname' | 'key_type' | 'key'> {
  const hostname = api.requiredText(body, 'hostname').trim()
  const key = api.objectIn(body, 'public_key')
  const host = { hostname, key_type: api.requiredText(key, 'key_type') }
  const text = api.requiredText(key, 'key').trim()
  if (!isHostname(hostname)) throw api.badFields({ hostname: ['Not a name of a host.'] })
  if (isKey(host.key_type, text)) return { ...host, key: text }
  throw api.badFields({ public_key: ['Not a public key.'] })
}

async function putHost(parts: BitbucketParts, ask: api.RepoAsk, before?: KnownHost) {
  const owner = ownerOf(ask)
  const given = hostIn(await ask.body.json())
  const taken = (await parts.ssh.hosts(owner)).find(({ hostname }) => hostname === given.hostname)
  if (taken && taken.id !== before?.id) {
    const detail = `A known host ${given.hostname} exists already.`
    throw new BitbucketError(409, 'Conflict', { detail })
  }
  return present(await parts.ssh.putHost(ask.actor, { ...before, ...given, owner }))
}

/** What programs of a repository's runs log in elsewhere with, and whom they believe there. */
export function sshCalls(parts: BitbucketParts): api.Call[] {
  const keeping = api.inRepo('maintainer')
  const key = '/pipelines_config/ssh/key_pair'
  const hosts = '/pipelines_config/ssh/known_hosts'
  const one = `${hosts}/:known_host_uuid`
  return [
    keeping('GET', key, (ask) => pair(parts, ask)),
    keeping('PUT', key, (ask) => putPair(parts, ask)),
    keeping('DELETE', key, (ask) => dropPair(parts, ask)),
    keeping('GET', hosts, async (ask) =>
      api.listing(ask, { all: await parts.ssh.hosts(ownerOf(ask)), present }),
    ),
    keeping('POST', hosts, async (ask) => api.created(await putHost(parts, ask))),
    keeping('GET', one, async (ask) => present(await find(parts, ask))),
    keeping('PUT', one, async (ask) => putHost(parts, ask, await find(parts, ask))),
    keeping('DELETE', one, async (ask) => {
      await parts.ssh.removeHost(ask.actor, await find(parts, ask))
      return api.nothing()
    }),
  ]
}
