import { type Actor, readBody, Refusal, stringify, type Transaction } from '../../kernel/index.ts'
import { blobText } from './blobs.ts'
import { OciError } from './error.ts'
import { imagePushed, imageRemoved } from './events.ts'
import { type ImageFacts, imageFacts } from './image-facts.ts'
import { invalid, type ManifestDocument, mediaTypes, readManifest } from './manifest-document.ts'
import { algorithmOf, checkDigest, checkTag, digestOf, isDigest, type RepoName } from './names.ts'
import { type Call, nextLink, type OciParts, reply, replyJson, type Stored } from './parts.ts'
import { checkFixed } from './policy.ts'
import * as store from './store.ts'

// Docker's and the specification's own bound.
export const LARGEST_MANIFEST_BYTES = 4 * 1024 * 1024
export const LARGEST_CONFIG_BYTES = 8 * 1024 * 1024
const REFERRERS_PAGE = 200
const TOUCH_MS = 600_000

export async function manifestSend(parts: OciParts, { exchange, repo, reference }: Call) {
  await parts.proxy.manifest(repo, reference)
  const row = await find(parts, repo.name, reference)
  const { request, response } = exchange
  if (request.method === 'HEAD') await touch(parts, row)
  const headers = {
    'content-type': row.media_type,
    'docker-content-digest': row.digest,
    etag: `"${row.digest}"`,
  }
  if (request.headers['if-none-match']?.includes(row.digest)) {
    return void response.writeHead(304, headers).end()
  }
  response.writeHead(200, { ...headers, 'content-length': row.size })
  response.end(request.method === 'HEAD' ? undefined : row.content)
}

/** A push of an index asks by HEAD which of its images it may leave out: those have to stay until it comes. */
async function touch({ kernel }: OciParts, row: store.ManifestRow): Promise<void> {
  const now = kernel.clock.now()
  if (now - (row.touched_at ?? row.pushed_at) < TOUCH_MS) return
  await kernel.database.write((tx) => store.manifestTouch(tx, row.repo, row.digest, now))
}

export async function manifestReceive(parts: OciParts, call: Call) {
  const { exchange, actor, repo, reference } = call
  const { text, bytes } = await body(call)
  const manifest = readManifest(text, exchange.request.headers['content-type'])
  const isByDigest = isDigest(reference)
  const digest = digestOf(bytes, isByDigest ? algorithmOf(reference) : 'sha256')
  if (isByDigest && digest !== reference) {
    throw new OciError('DIGEST_INVALID', `the manifest is ${digest}, not ${reference}`)
  }
  const extra = exchange.url.searchParams.getAll('tag').map(checkTag)
  const tags = isByDigest ? extra : [checkTag(reference), ...extra]
  await manifestKeep(parts, actor, { repo, digest, text, size: bytes.length, manifest, tags })
  reply(exchange.response, 201, {
    location: `/v2/${repo.name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(manifest.subject !== undefined && { 'oci-subject': manifest.subject }),
    ...(extra.length > 0 && { 'oci-tag': extra.join(', ') }),
  })
}

/** Stores a manifest whose parts are there, and the tags that name it from now on. */
export async function manifestKeep(
  parts: Stored,
  actor: Actor,
  given: Received & { tags: string[] },
): Promise<void> {
  const { repo, manifest, tags } = given
  const row = await rowOf(parts, actor, given)
  await keep(parts, { row, repo, manifest, tags, actor })
}

/** The same of another registry's: its parts are fetched when somebody asks for them. */
export async function manifestCache(
  parts: Stored,
  actor: Actor,
  given: Received & { tags: string[] },
): Promise<void> {
  const { repo, manifest, tags, digest } = given
  const row = await rowOf(parts, actor, given)
  await parts.kernel.database.write(async (tx) => {
    await store.repoEnsure(tx, repo, row.pushed_at)
    await store.manifestPut(tx, row, manifest.needs)
    for (const tag of tags) await store.tagPut(tx, repo.name, tag, digest, row.pushed_at)
  })
}

async function body({ exchange }: Call): Promise<{ text: string; bytes: Buffer }> {
  let bytes: Buffer
  try {
    bytes = await readBody(exchange.request, LARGEST_MANIFEST_BYTES)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'tooLarge') throw error
    throw new OciError(
      'SIZE_INVALID',
      `a manifest may have at most ${LARGEST_MANIFEST_BYTES} bytes`,
      {
        status: 413,
      },
    )
  }
  try {
    return { bytes, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    throw invalid('a manifest is JSON in UTF-8')
  }
}

interface Received {
  repo: RepoName
  digest: string
  text: string
  size: number
  manifest: ManifestDocument
}

async function rowOf(parts: Stored, actor: Actor, received: Received): Promise<store.ManifestRow> {
  const { repo, digest, text, size, manifest } = received
  const { config } = manifest
  const isImage =
    config?.mediaType === mediaTypes.ociConfig || config?.mediaType === mediaTypes.dockerConfig
  const configText = isImage
    ? await blobText(parts, repo.name, config.digest, LARGEST_CONFIG_BYTES)
    : undefined
  return {
    repo: repo.name,
    digest,
    media_type: manifest.mediaType,
    artifact_type: manifest.artifactType ?? null,
    subject: manifest.subject ?? null,
    size,
    content: text,
    facts: stringify(imageFacts(manifest, configText) satisfies ImageFacts),
    run_id: actor.kind === 'run' ? actor.id.replace(/^run:/, '') : null,
    pushed_at: parts.kernel.clock.now(),
    pushed_by: actor.id,
    touched_at: null,
  }
}

async function keep(
  { kernel, spaces }: Stored,
  given: {
    row: store.ManifestRow
    repo: RepoName
    manifest: ManifestDocument
    tags: string[]
    actor: Actor
  },
) {
  const { row, repo, manifest, tags, actor } = given
  await kernel.database.write(async (tx) => {
    await checkNeeds(tx, repo.name, manifest)
    const space = spaces.of(repo.project)
    for (const tag of tags) {
      await checkFixed(tx, repo, tag, row.digest)
      const fixed = space?.fixed(repo.name, tag)
      if (fixed !== undefined && (await store.tagByName(tx, repo.name, tag))) {
        throw new OciError('TAG_INVALID', fixed)
      }
    }
    await store.repoEnsure(tx, repo, row.pushed_at)
    await store.manifestPut(tx, row, manifest.needs)
    for (const tag of tags) await store.tagPut(tx, repo.name, tag, row.digest, row.pushed_at)
    // Parts of an index have no tag of their own: the index is what was pushed.
    if (space) {
      const { digest } = row
      await space.changed(tx, { action: 'PUSH', name: repo.name, digest, tags })
    } else if (tags.length > 0) {
      await kernel.events.append(tx, imagePushed({ row, repo, tags, actorId: actor.id }))
    }
    tx.afterCommit(() =>
      kernel.live.publish(`project:${repo.project}`, {
        type: 'registry.imagePushed',
        id: repo.name,
      }),
    )
  })
}

/** An image whose parts are missing could not be pulled: refused, with all that is missing. */
async function checkNeeds(tx: Transaction, repo: string, manifest: ManifestDocument) {
  const missing: string[] = []
  for (const { digest, kind } of manifest.needs) {
    const found =
      kind === 'blob'
        ? await store.linkedBlob(tx, repo, digest)
        : await store.manifestByDigest(tx, repo, digest)
    if (!found) missing.push(digest)
  }
  if (missing.length === 0) return
  throw new OciError('MANIFEST_BLOB_UNKNOWN', `push these first: ${missing.join(', ')}`, {
    detail: missing.map((digest) => ({ digest })),
  })
}

export async function manifestDelete(parts: OciParts, call: Call) {
  const { exchange, actor, repo, reference } = call
  const gone = await manifestRemove(parts, actor, repo, reference)
  if (!gone) throw manifestUnknown(repo.name, reference)
  reply(exchange.response, 202)
}

/** A tag, or an image with all its tags; false: there was none. */
export function manifestRemove(
  { kernel, spaces }: Stored,
  actor: Actor,
  repo: RepoName,
  reference: string,
): Promise<boolean> {
  const space = spaces.of(repo.project)
  const told = (tx: Transaction, digest: string, tags: string[]) =>
    space?.changed(tx, { action: 'DELETE', name: repo.name, digest, tags })
  return kernel.database.write(async (tx) => {
    if (!isDigest(reference)) {
      await checkFixed(tx, repo, checkTag(reference), null)
      const row = await store.manifestByTag(tx, repo.name, reference)
      if (row) await told(tx, row.digest, [reference])
      return store.tagRemove(tx, repo.name, reference)
    }
    const tags = await store.tagsOf(tx, repo.name, reference)
    for (const tag of tags) await checkFixed(tx, repo, tag, null)
    const removed = await store.manifestRemove(tx, repo.name, reference)
    if (removed && space) await told(tx, reference, tags)
    if (removed && !space) {
      await kernel.events.append(tx, imageRemoved(repo, reference, actor.id))
    }
    return removed
  })
}

export async function tagList({ kernel }: OciParts, { exchange, repo }: Call) {
  const { searchParams } = exchange.url
  if (!(await store.repoExists(kernel.database, repo.name))) throw nameUnknown(repo.name)
  const limit = pageSize(searchParams.get('n'), 1000)
  const after = searchParams.get('last') ?? undefined
  const rows =
    limit === 0 ? [] : await store.tags(kernel.database, repo.name, { after, limit: limit + 1 })
  const shown = rows.slice(0, limit).map(({ tag }) => tag)
  const query = { n: String(limit), last: shown.at(-1) ?? '' }
  const headers = rows.length > limit ? nextLink(`/v2/${repo.name}/tags/list`, query) : {}
  replyJson(exchange.response, { name: repo.name, tags: shown }, headers)
}

export async function referrerList({ kernel }: OciParts, { exchange, repo, reference }: Call) {
  const { searchParams } = exchange.url
  const subject = checkDigest(reference)
  const artifactType = searchParams.get('artifactType') ?? undefined
  const after = searchParams.get('last') ?? undefined
  const limit = pageSize(searchParams.get('n'), REFERRERS_PAGE)
  const page = { subject, artifactType, after, limit: limit + 1 }
  const rows = await store.referrers(kernel.database, repo.name, page)
  const shown = rows.slice(0, limit)
  const query = {
    ...(artifactType !== undefined && { artifactType }),
    n: String(limit),
    last: shown.at(-1)?.digest ?? '',
  }
  const more = rows.length > limit ? nextLink(`/v2/${repo.name}/referrers/${subject}`, query) : {}
  replyJson(
    exchange.response,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: shown.map(referrer) },
    {
      'content-type': mediaTypes.ociIndex,
      ...(artifactType !== undefined && { 'oci-filters-applied': 'artifactType' }),
      ...more,
    },
  )
}

function referrer(row: store.ManifestRow) {
  const { annotations } = JSON.parse(row.facts) as ImageFacts
  return {
    mediaType: row.media_type,
    digest: row.digest,
    size: row.size,
    ...(row.artifact_type !== null && { artifactType: row.artifact_type }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
}

/** `n` of a list; at most `most`. */
export function pageSize(text: string | null, most: number): number {
  if (text === null || text === '') return most
  if (!/^\d{1,9}$/.test(text)) {
    throw new OciError('UNSUPPORTED', `n=${text} is no number of entries`, { status: 400 })
  }
  return Math.min(Number(text), most)
}

/** By tag or digest. Throws MANIFEST_UNKNOWN. */
export async function find({ kernel }: OciParts, repo: string, reference: string) {
  const { database } = kernel
  const row = isDigest(reference)
    ? await store.manifestByDigest(database, repo, reference)
    : await store.manifestByTag(database, repo, checkTag(reference))
  if (row) return row
  if (!(await store.repoExists(database, repo))) throw nameUnknown(repo)
  throw manifestUnknown(repo, reference)
}

function manifestUnknown(repo: string, reference: string): OciError {
  return new OciError('MANIFEST_UNKNOWN', `${repo} has no ${reference}`, {
    detail: { name: repo, reference },
  })
}

export function nameUnknown(name: string): OciError {
  return new OciError(
    'NAME_UNKNOWN',
    `there is no repository ${name} yet; the first push makes it`,
    {
      detail: { name },
    },
  )
}
