import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Actor, type OutgoingReply, Refusal } from '../../kernel/index.ts'
import { blobKeep } from './blobs.ts'
import { OciError } from './error.ts'
import { mediaTypes, readManifest } from './manifest-document.ts'
import { LARGEST_CONFIG_BYTES, LARGEST_MANIFEST_BYTES, manifestCache } from './manifests.ts'
import { algorithmOf, digestOf, hashFor, isDigest, type RepoName } from './names.ts'
import type { Stored } from './parts.ts'
import * as store from './store.ts'

/** A tag may have moved there: it is looked at again after this long. */
const FRESH_MS = 10 * 60_000
const LARGEST_BYTES = 20 * 1024 ** 3

/** Who stores what the proxy brings: nobody pushed it. */
const PROXY: Actor = {
  kind: 'person',
  id: 'system',
  name: 'proxy',
  isAdministrator: false,
  scopes: ['read', 'write'],
}

interface Remote {
  url: URL
  /** The repository there. */
  name: string
}

/**
 * `<project>/proxy/<name>` is `<name>` of the registry that the project's rules name. What was
 * fetched stays, and is served while that registry is away; layers are fetched when they are asked for.
 */
export class ProxyPull {
  readonly #parts: Stored
  readonly #tokens = new Map<string, string>()
  readonly #running = new Map<string, Promise<void>>()

  constructor(parts: Stored) {
    this.#parts = parts
  }

  /** Brings a manifest in, or makes sure that a tag's is not old; nothing where the name is no proxy's. */
  async manifest(repo: RepoName, reference: string): Promise<void> {
    const remote = await this.#remote(repo)
    if (!remote) return
    const { database } = this.#parts.kernel
    const known = isDigest(reference)
      ? await store.manifestByDigest(database, repo.name, reference)
      : await this.#freshTag(repo.name, reference)
    if (known) return
    await this.#once(`${repo.name} ${reference}`, () =>
      this.#fetchManifest(repo, remote, reference),
    )
  }

  async blob(repo: RepoName, digest: string): Promise<void> {
    const remote = await this.#remote(repo)
    if (!remote) return
    if (await store.linkedBlob(this.#parts.kernel.database, repo.name, digest)) return
    await this.#once(`${repo.name} ${digest}`, () => this.#fetchBlob(repo, remote, digest))
  }

  async #remote({ project, name }: RepoName): Promise<Remote | undefined> {
    const prefix = `${project.toLowerCase()}/proxy/`
    if (!name.startsWith(prefix)) return undefined
    const policy = await store.policyOf(this.#parts.kernel.database, project)
    if (!policy?.proxy_url) return undefined
    return { url: new URL(policy.proxy_url), name: name.slice(prefix.length) }
  }

  async #freshTag(repo: string, tag: string): Promise<boolean> {
    const row = await store.tagByName(this.#parts.kernel.database, repo, tag)
    return row !== undefined && this.#parts.kernel.clock.now() - row.updated_at < FRESH_MS
  }

  /** Two who want the same fetch it once. */
  async #once(key: string, bring: () => Promise<void>): Promise<void> {
    const running = this.#running.get(key) ?? bring()
    this.#running.set(key, running)
    try {
      await running
    } finally {
      this.#running.delete(key)
    }
  }

  async #fetchManifest(repo: RepoName, remote: Remote, reference: string): Promise<void> {
    const accept = [
      mediaTypes.ociIndex,
      mediaTypes.dockerList,
      mediaTypes.ociManifest,
      mediaTypes.dockerManifest,
    ].join(', ')
    const answer = await this.#get(remote, `manifests/${reference}`, { accept })
    if (!answer) return // away, or it has none: what is here is what there is
    const bytes = await small(answer)
    const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256')
    if (isDigest(reference) && digest !== reference) {
      throw new OciError('MANIFEST_INVALID', `the proxied registry sent ${digest} for ${reference}`)
    }
    const text = bytes.toString('utf8')
    const manifest = readManifest(text, answer.headers['content-type'])
    const { config } = manifest
    if (config && config.size <= LARGEST_CONFIG_BYTES) await this.blob(repo, config.digest)
    const tags = isDigest(reference) ? [] : [reference]
    const size = bytes.length
    await manifestCache(this.#parts, PROXY, { repo, digest, text, size, manifest, tags })
  }

  async #fetchBlob(repo: RepoName, remote: Remote, digest: string): Promise<void> {
    const answer = await this.#get(remote, `blobs/${digest}`, {})
    if (!answer) return
    const { kernel } = this.#parts
    const file = join(kernel.folder('uploads'), `proxy-${crypto.randomUUID()}`)
    const hash = hashFor(algorithmOf(digest))
    let size = 0
    const counted = async function* (bytes: AsyncIterable<Buffer>) {
      for await (const piece of bytes) {
        hash.update(piece)
        size += piece.length
        if (size > LARGEST_BYTES)
          throw new OciError('SIZE_INVALID', 'the proxied blob is too large')
        yield piece
      }
    }
    try {
      await pipeline(answer.body, counted, createWriteStream(file, { flags: 'wx', mode: 0o600 }))
      const actual = `${algorithmOf(digest)}:${hash.digest('hex')}`
      if (actual !== digest) {
        throw new OciError('DIGEST_INVALID', `the proxied registry sent ${actual} for ${digest}`)
      }
      await blobKeep(this.#parts, repo, { digest, size, file })
    } finally {
      await rm(file, { force: true })
    }
  }

  /** The answer, or undefined where there is none of it. Anonymous, with the token that a 401 names. */
  async #get(remote: Remote, path: string, headers: Record<string, string>) {
    const { url, name } = remote
    const at = new URL(`${url.pathname.replace(/\/+$/, '')}/v2/${name}/${path}`, url)
    const key = `${url.origin} ${name}`
    for (let tries = 0; tries < 2; tries++) {
      const token = this.#tokens.get(key)
      const own = token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` }
      const answer = await this.#ask(at, own)
      if (!answer) return undefined
      if (answer.status === 200) return answer
      answer.body.destroy()
      if (answer.status !== 401 || tries > 0) return undefined
      const fresh = await this.#token(answer.headers['www-authenticate'])
      if (fresh === undefined) return undefined
      this.#tokens.set(key, fresh)
    }
    return undefined
  }

  /** Throws DENIED where this server may not call it. */
  async #ask(url: URL, headers: Record<string, string>): Promise<OutgoingReply | undefined> {
    const { outgoing, log } = this.#parts.kernel
    try {
      return await outgoing.fetch(url.href, { headers })
    } catch (error) {
      if (error instanceof Refusal && error.code === 'outgoingRefused') {
        throw new OciError('DENIED', `the proxied registry may not be called: ${error.message}`)
      }
      const reason = (error as Error).message
      log.warn('the proxied registry was not reached', { url: url.href, reason })
      return undefined
    }
  }

  async #token(challenge: string | undefined): Promise<string | undefined> {
    const found = [...(challenge ?? '').matchAll(/(\w+)="([^"]*)"/g)]
    const { realm, service, scope } = Object.fromEntries(
      found.map(([, name, value]) => [name, value]),
    )
    if (!/^Bearer /i.test(challenge ?? '') || !realm || !URL.canParse(realm)) return undefined
    const url = new URL(realm)
    if (service) url.searchParams.set('service', service)
    if (scope) url.searchParams.set('scope', scope)
    const answer = await this.#ask(url, {})
    if (!answer) return undefined
    const said = JSON.parse((await small(answer)).toString('utf8')) as Record<string, string>
    return said['token'] ?? said['access_token']
  }
}

async function small({ body }: OutgoingReply): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > LARGEST_MANIFEST_BYTES)
      throw new OciError('SIZE_INVALID', 'the proxied manifest is too large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
