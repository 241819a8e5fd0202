import { createHash } from 'node:crypto'
import { type Edge, type Exchange, readBody, refuse } from '../../kernel/index.ts'
import { refuse as refuseArtifact } from '../model.ts'
import type { ArtifactRow } from '../store.ts'
import { admit, type PackageParts, pathParts, sendBytes, sendText } from './http.ts'
import { checksumOf, type MavenChecksum, type MavenPlace, mavenPlace } from './maven-layout.ts'
import { artifactMetadata, snapshotMetadata } from './maven-metadata.ts'
import type { Remotes } from './remote.ts'

const PREFIX = '/maven'
const XML = 'application/xml'
const LARGEST_METADATA = 4 * 1024 * 1024
/** Metadata that is nobody's files: a group's plugins. */
const KEPT = { name: 'maven-metadata', version: 'latest' }

interface Call {
  exchange: Exchange
  project: string
  /** Below the project, with `/`. */
  path: string
  place: MavenPlace
}

/** `/maven/<PROJECT>/…`: a Maven 2 repository for mvn and Gradle, releases and snapshots in one. */
export function mavenEdge(parts: PackageParts, remotes: Remotes): Edge {
  return {
    name: 'maven',
    prefix: PREFIX,
    access: 'viewer of the project to resolve, developer to deploy',
    async handle(exchange) {
      const method = exchange.request.method ?? 'GET'
      const [project = '', ...rest] = pathParts(exchange.url, PREFIX) ?? []
      const isRead = method === 'GET' || method === 'HEAD'
      if (!isRead && method !== 'PUT') {
        throw refuse('methodNotAllowed', { method, allowed: 'GET, HEAD, PUT' })
      }
      const actor = await admit(exchange, project, isRead ? 'viewer' : 'developer')
      const path = rest.join('/')
      const sum = checksumOf(path)
      const place = mavenPlace((sum?.path ?? path).split('/'))
      if (!place) throw refuse('notFound', { path: exchange.url.pathname })
      const call = { exchange, project, path: sum?.path ?? path, place }
      if (isRead) return send(parts, remotes, call, sum?.algorithm)
      if (sum) return checkSum(parts, call, sum.algorithm)
      await receive(parts, call, actor)
    },
  }
}

async function receive(
  parts: PackageParts,
  call: Call,
  actor: Parameters<PackageParts['registry']['artifactPut']>[0],
) {
  const { exchange, project, path, place } = call
  const { request, response } = exchange
  if (place.kind !== 'file') {
    // An artifact's own is made from what is stored; only others' is kept.
    const bytes = await readBody(request, LARGEST_METADATA)
    if (bytes.includes('<plugins>')) {
      const where = { project, ...KEPT, path }
      await parts.registry.artifactPut(actor, { ...where, bytes, contentType: XML, replace: true })
    }
    return void response.writeHead(201).end()
  }
  await parts.registry.artifactPut(actor, {
    project,
    name: nameOf(place),
    version: place.version,
    path: place.file,
    bytes: request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    // A snapshot without a time in its name is Gradle's or an older Maven's way to say it again.
    replace: place.version.endsWith('-SNAPSHOT'),
  })
  response.writeHead(201).end()
}

/** The client sends what it believes the file to be: a difference is told, so that it tries again. */
async function checkSum(parts: PackageParts, call: Call, algorithm: MavenChecksum) {
  const { exchange, place } = call
  const given = (await readBody(exchange.request, 4096)).toString('utf8').trim().split(/\s/)[0]!
  if (place.kind === 'file') {
    const row = await rowOf(parts, call)
    if (!row) throw refuseArtifact('artifactNotFound', { artifact: call.path })
    const actual = await digest(parts, row, algorithm)
    if (given.toLowerCase() !== actual) {
      throw refuseArtifact('artifactChecksum', { algorithm, expected: given, actual })
    }
  }
  exchange.response.writeHead(201).end()
}

async function send(
  parts: PackageParts,
  remotes: Remotes,
  call: Call,
  algorithm: MavenChecksum | undefined,
) {
  const { exchange, place } = call
  const text = place.kind === 'file' ? undefined : await metadata(parts, call)
  if (text !== undefined) {
    const sum = algorithm && createHash(algorithm).update(text).digest('hex')
    return sendText(exchange, sum ?? text, sum ? 'text/plain' : XML)
  }
  const row = await rowOf(parts, call)
  if (row && algorithm) return sendText(exchange, await digest(parts, row, algorithm), 'text/plain')
  if (row) {
    const { blob, size, content_type, sha256, sha1 } = row
    return sendBytes(parts.kernel, exchange, {
      blob,
      size,
      sha256,
      sha1,
      contentType: content_type,
    })
  }
  await sendRemote(parts, remotes, call, algorithm)
}

/** Never for what the project publishes itself: nobody elsewhere may put another under its name. */
async function sendRemote(
  parts: PackageParts,
  remotes: Remotes,
  { exchange, project, path, place }: Call,
  algorithm: MavenChecksum | undefined,
) {
  const absent = refuse('notFound', { path: exchange.url.pathname })
  const own = await parts.store.ofName(project, nameOf(place))
  const base = own.length > 0 ? undefined : await remotes.urlOf(project, 'maven')
  if (base === undefined) throw absent
  const isIndex = place.kind !== 'file' || place.version.endsWith('-SNAPSHOT')
  const asked = algorithm ? `${path}.${algorithm}` : path
  const found = await remotes.fetch(`${base}/${asked}`, { isIndex })
  if (!found) throw absent
  await sendBytes(parts.kernel, exchange, found)
}

async function metadata({ store, kernel }: PackageParts, call: Call): Promise<string | undefined> {
  const { project, place, path } = call
  const rows = await store.ofName(project, nameOf(place))
  if (place.kind === 'snapshotMetadata') {
    return snapshotMetadata(
      place,
      rows.filter(({ version }) => version === place.version),
    )
  }
  if (rows.length > 0) return artifactMetadata(place.group, place.artifact, rows)
  const kept = await store.at(kernel.database, { project, ...KEPT, path })
  return kept && (await kernel.blobs.readAll(kept.blob)).toString('utf8')
}

async function rowOf({ store, kernel }: PackageParts, { project, place }: Call) {
  if (place.kind !== 'file') return undefined
  const { version, file } = place
  return store.at(kernel.database, { project, name: nameOf(place), version, path: file })
}

async function digest({ kernel }: PackageParts, row: ArtifactRow, algorithm: MavenChecksum) {
  if (algorithm !== 'sha512') return row[algorithm]
  const hash = createHash('sha512')
  for await (const piece of kernel.blobs.read(row.blob)) hash.update(piece)
  return hash.digest('hex')
}

const nameOf = ({ group, artifact }: { group: string; artifact: string }) => `${group}:${artifact}`
