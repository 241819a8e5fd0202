import type { Artifact } from '@madang/api'
import { checkCsrf, type Edge, type Exchange, refuse, sendJson, streamTo } from '../kernel/index.ts'
import { BlobTooLarge } from '../kernel/index.ts'
import type { Registry } from './door.ts'
import { type Checksums, type Coordinates, rangeOf, refuse as refuseArtifact } from './model.ts'

/**
 * `/artifacts/<project>/<name>/<version>/<file…>` for curl and browsers: GET and HEAD with ranges and
 * ETag, PUT with checksum headers (`X-Checksum-Sha256`, `-Sha1`, `-Md5` as Artifactory has them, and
 * `Content-MD5`), DELETE.
 */
export function artifactEdge(registry: Registry): Edge {
  return {
    name: 'artifacts',
    prefix: '/artifacts',
    access: 'viewer of the project to read, developer to upload, maintainer to delete',
    async handle(exchange) {
      const method = exchange.request.method ?? 'GET'
      const place = placeOf(exchange.url)
      if (method === 'GET' || method === 'HEAD') return send(registry, exchange, place)
      if (method === 'PUT') return receive(registry, exchange, place)
      if (method === 'DELETE') return remove(registry, exchange, place)
      throw refuse('methodNotAllowed', { method, allowed: 'GET, HEAD, PUT, DELETE' })
    },
  }
}

function placeOf(url: URL): Coordinates {
  let parts: string[]
  try {
    parts = url.pathname.split('/').slice(2).map(decodeURIComponent)
  } catch {
    throw refuse('badRequest', { reason: 'the path has a % that is no escape' })
  }
  const [project = '', name = '', version = '', ...path] = parts
  if (path.length === 0) {
    throw refuseArtifact('artifactName', { part: 'path', text: url.pathname })
  }
  return { project, name, version, path: path.join('/') }
}

async function admit(exchange: Exchange, role: 'viewer' | 'developer' | 'maintainer', key: string) {
  const actor = await exchange.identify()
  // wget and Maven send credentials only when they are asked for them.
  if (!actor) exchange.response.setHeader('www-authenticate', 'Basic realm="Madang"')
  await exchange.authorise(actor, { project: role }, key)
  checkCsrf(actor, exchange.request)
  return actor!
}

async function send(registry: Registry, exchange: Exchange, place: Coordinates): Promise<void> {
  await admit(exchange, 'viewer', place.project)
  const artifact = await found(registry, exchange, place)
  const { request, response } = exchange
  setHeaders(exchange, artifact)
  const etag = `"${artifact.sha256}"`
  if (request.headers['if-none-match']?.includes(etag)) {
    response.writeHead(304).end()
    return
  }
  const isCurrent = (request.headers['if-range'] ?? etag) === etag
  const range = isCurrent ? rangeOf(request.headers.range, artifact.sizeBytes) : undefined
  const length = range ? range.end - range.start + 1 : artifact.sizeBytes
  response.setHeader('content-length', length)
  if (range) {
    const of = artifact.sizeBytes
    response.setHeader('content-range', `bytes ${range.start}-${range.end}/${of}`)
  }
  response.statusCode = range ? 206 : 200
  if (request.method === 'HEAD' || length === 0) return void response.end()
  await streamTo(response, await registry.artifactRead(artifact, range))
}

/** Whatever was uploaded is never run as a page of ours: a download, in a sandbox of its own. */
function setHeaders({ response }: Exchange, artifact: Artifact): void {
  const file = artifact.path.slice(artifact.path.lastIndexOf('/') + 1)
  const plain = file.replace(/[^\x20-\x7e]|["\\]/g, '_')
  const disposition = `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file)}`
  response.setHeader('content-disposition', disposition)
  response.setHeader('content-security-policy', "sandbox; default-src 'none'")
  response.setHeader('content-type', artifact.contentType)
  response.setHeader('etag', `"${artifact.sha256}"`)
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('cache-control', 'private, no-cache')
  response.setHeader('last-modified', new Date(artifact.createdAt).toUTCString())
  response.setHeader('x-checksum-sha256', artifact.sha256)
  response.setHeader('x-checksum-sha1', artifact.sha1)
  response.setHeader('x-checksum-md5', artifact.md5)
}

async function receive(registry: Registry, exchange: Exchange, place: Coordinates): Promise<void> {
  const { request, response } = exchange
  const actor = await admit(exchange, 'developer', place.project)
  const known = await registry.artifactAt(place)
  try {
    const artifact = await registry.artifactPut(actor, {
      ...place,
      contentType: request.headers['content-type'],
      promised: promisedBy(exchange),
      // The connection stays, so that a refusal reaches whoever is still sending.
      bytes: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    })
    response.setHeader('location', artifact.downloadUrl)
    sendJson(response, known ? 200 : 201, artifact)
  } catch (error) {
    if (error instanceof BlobTooLarge) throw refuse('tooLarge', { limit: error.limitBytes })
    throw error
  }
}

function promisedBy({ request }: Exchange): Partial<Checksums> {
  const header = (name: string) => request.headers[name]?.toString()
  const contentMd5 = header('content-md5')
  return {
    sha256: header('x-checksum-sha256'),
    sha1: header('x-checksum-sha1'),
    md5:
      header('x-checksum-md5') ?? (contentMd5 && Buffer.from(contentMd5, 'base64').toString('hex')),
  }
}

async function remove(registry: Registry, exchange: Exchange, place: Coordinates): Promise<void> {
  const actor = await admit(exchange, 'maintainer', place.project)
  const artifact = await found(registry, exchange, place)
  await registry.artifactDelete(actor, artifact.project, artifact.id)
  exchange.response.writeHead(204).end()
}

async function found(
  registry: Registry,
  exchange: Exchange,
  place: Coordinates,
): Promise<Artifact> {
  const artifact = await registry.artifactAt(place)
  if (artifact) return artifact
  throw refuseArtifact('artifactNotFound', { artifact: exchange.url.pathname })
}
