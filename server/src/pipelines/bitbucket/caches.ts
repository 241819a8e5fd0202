import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { bitbucketApi as api } from '../../code/index.ts'
import { CacheStore, type KeptCache } from '../cache-store.ts'
import type { BitbucketParts } from './parts.ts'
import { momentOf } from './present.ts'

const { BitbucketError } = api

const PATH = '/pipelines-config/caches'

const storeOf = ({ kernel }: BitbucketParts, { repo }: api.RepoAsk) =>
  new CacheStore(join(kernel.folder('caches'), repo.project))

const uuidOf = ({ job, id }: KeptCache) => api.uuidOf(`cache ${job} ${id}`)

/** The name that the step gives it, else its path. */
const nameOf = ({ id, path = id }: KeptCache) => /^[0-9a-f]{32}-(.+)$/.exec(id)?.[1] ?? path

const present = (cache: KeptCache): api.Json => ({
  type: 'pipeline_cache',
  uuid: uuidOf(cache),
  ...(cache.run === undefined ? {} : { pipeline_uuid: api.uuidOf(cache.run) }),
  name: nameOf(cache),
  ...(cache.path === undefined ? {} : { path: cache.path }),
  ...(cache.validity === undefined ? {} : { key_hash: cache.validity }),
  file_size_bytes: cache.sizeBytes,
  created_on: momentOf(cache.madeMs),
})

const allOf = (parts: BitbucketParts, ask: api.RepoAsk): Promise<KeptCache[]> =>
  storeOf(parts, ask).list(ask.repo.name)

async function find(parts: BitbucketParts, ask: api.RepoAsk): Promise<KeptCache> {
  const { cache_uuid: given = '' } = ask.params
  const wanted = `{${given.replace(/^\{|\}$/g, '').toLowerCase()}}`
  const found = (await allOf(parts, ask)).find((cache) => uuidOf(cache) === wanted)
  if (found) return found
  throw new BitbucketError(404, 'Not found', { detail: `No cache ${wanted}` })
}

/** All of a name, of every branch. */
async function dropNamed(parts: BitbucketParts, ask: api.RepoAsk) {
  const name = ask.query.get('name')
  if (!name) throw api.badFields({ name: ['required key not provided'] })
  const store = storeOf(parts, ask)
  for (const cache of await allOf(parts, ask)) if (nameOf(cache) === name) await store.drop(cache)
  return api.nothing()
}

async function contentUri(parts: BitbucketParts, ask: api.RepoAsk) {
  const uuid = encodeURIComponent(uuidOf(await find(parts, ask)))
  return { uri: `${await api.repoUrl(ask, ask.repo)}${PATH}/${uuid}/content` }
}

/** What the step packed: a tar archive, gzipped. */
async function content(parts: BitbucketParts, ask: api.RepoAsk) {
  const cache = await find(parts, ask)
  return new api.Answer(200, createReadStream(storeOf(parts, ask).archiveOf(cache)), {
    'content-type': 'application/gzip',
    'content-length': String(cache.sizeBytes),
    'content-disposition': 'attachment',
  })
}

/** What runs of a repository keep for the next ones, by the step `cache`. */
export function cacheCalls(parts: BitbucketParts): api.Call[] {
  const reading = api.inRepo('viewer')
  const writing = api.inRepo('developer')
  const one = `${PATH}/:cache_uuid`
  return [
    reading('GET', PATH, async (ask) =>
      api.listing(ask, { all: await allOf(parts, ask), present }),
    ),
    writing('DELETE', PATH, (ask) => dropNamed(parts, ask)),
    writing('DELETE', one, async (ask) => {
      await storeOf(parts, ask).drop(await find(parts, ask))
      return api.nothing()
    }),
    reading('GET', `${one}/content-uri`, (ask) => contentUri(parts, ask)),
    reading('GET', `${one}/content`, (ask) => content(parts, ask)),
  ]
}
