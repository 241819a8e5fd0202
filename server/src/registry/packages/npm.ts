import { createHash } from 'node:crypto'
import {
  type Actor,
  type Edge,
  type Exchange,
  readBody,
  refuse,
  stringify,
} from '../../kernel/index.ts'
import {
  admit,
  type PackageParts,
  type PackageRole,
  pathParts,
  sendBytes,
  sendText,
} from './http.ts'
import * as db from './store.ts'
import {
  type Manifest,
  npmError,
  type Packument,
  packument,
  type Publication,
  readPublication,
  remotePackument,
  tarballName,
} from './npm-document.ts'
import type { Remotes } from './remote.ts'

const PREFIX = '/npm'
const JSON_TYPE = 'application/json; charset=utf-8'
const ABBREVIATED = 'application/vnd.npm.install-v1+json'
/** Base64 inside of JSON: a third more than the package. */
const LARGEST_BODY = 256 * 1024 * 1024

interface Call {
  exchange: Exchange
  project: string
  parts: PackageParts
  remotes: Remotes
}

/** `/npm/<PROJECT>/…`: an npm registry (publish, install, dist-tags, scopes, search). */
export function npmEdge(parts: PackageParts, remotes: Remotes): Edge {
  return {
    name: 'npm',
    prefix: PREFIX,
    access: 'viewer of the project to install, developer to publish',
    async handle(exchange) {
      const [project = '', ...rest] = pathParts(exchange.url, PREFIX) ?? []
      const call = { exchange, project, parts, remotes }
      if (rest[0] === '-') return service(call, rest.slice(1))
      // A scope's slash comes as it is or as %2f, which was decoded with its part.
      const path = rest.join('/').split('/')
      const length = path[0]?.startsWith('@') ? 2 : 1
      const name = path.slice(0, length).join('/')
      await packageCall(call, name, path.slice(length))
    },
  }
}

async function packageCall(call: Call, name: string, rest: string[]): Promise<void> {
  const { exchange } = call
  const method = exchange.request.method ?? 'GET'
  const isRead = method === 'GET' || method === 'HEAD'
  const actor = await enter(call, isRead ? 'viewer' : 'developer')
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name)) {
    return npmError(exchange, 404, 'not found')
  }
  if (method === 'PUT' && rest.length === 0) return publish(call, name, actor)
  if (!isRead) {
    return npmError(exchange, 405, 'published versions stay; deprecate them instead')
  }
  if (rest.length === 0) return sendPackument(call, name)
  if (rest[0] === '-' && rest.length === 2) return sendTarball(call, name, rest[1]!)
  if (rest.length === 1) return sendVersion(call, name, rest[0]!)
  npmError(exchange, 404, 'not found')
}

const enter = ({ exchange, project }: Call, role: PackageRole) => admit(exchange, project, role)

async function publish(call: Call, name: string, actor: Actor): Promise<void> {
  const { exchange } = call
  const given = readPublication(await readBody(exchange.request, LARGEST_BODY), name)
  if ('problem' in given) return npmError(exchange, 400, given.problem)
  if (given.tarball === undefined) return deprecate(call, name, given)
  const { manifest, tarball } = given
  const files = await db.filesOf(call.parts.kernel.database, call.project, 'npm', name)
  if (files.some((file) => file.version === manifest.version)) {
    const text = `You cannot publish over the previously published versions: ${manifest.version}.`
    return npmError(exchange, 403, text)
  }
  await keep(call, actor, { name, manifest, tarball, tags: given.tags })
  sendText(exchange, JSON.stringify({ ok: true, success: true }), JSON_TYPE, 201)
}

async function keep(
  { parts, project }: Call,
  actor: Actor,
  given: { name: string; manifest: Manifest; tarball: Buffer; tags: Record<string, string> },
) {
  const { name, manifest, tarball, tags } = given
  const { version } = manifest
  const file = tarballName(name, version)
  const { kernel, registry } = parts
  const artifact = await registry.artifactPut(actor, {
    project,
    name,
    version,
    path: file,
    contentType: 'application/octet-stream',
    bytes: tarball,
  })
  const dist = {
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    shasum: artifact.sha1,
  }
  await kernel.database.write(async (tx) => {
    await db.filePut(tx, {
      project,
      kind: 'npm',
      name,
      version,
      file,
      artifact: artifact.id,
      document: stringify({ ...manifest, dist }),
      published_at: kernel.clock.now(),
    })
    for (const [tag, of] of Object.entries(tags)) await db.tagSet(tx, { project, name, tag }, of)
  })
}

/** `npm deprecate` sends the packument back with a word beside the versions. */
async function deprecate({ parts, project, exchange }: Call, name: string, given: Publication) {
  const { database } = parts.kernel
  const files = await db.filesOf(database, project, 'npm', name)
  if (files.length === 0) return npmError(exchange, 404, 'not found')
  await database.write(async (tx) => {
    for (const row of files) {
      const said = given.versions[row.version]?.deprecated
      if (said === undefined) continue
      const { deprecated: _before, ...manifest } = db.documentOf<Manifest>(row)
      await db.documentSet(tx, row, said === '' ? manifest : { ...manifest, deprecated: said })
    }
  })
  sendText(exchange, JSON.stringify({ ok: true }), JSON_TYPE, 201)
}

async function find(call: Call, name: string): Promise<Packument | undefined> {
  const { parts, project, exchange, remotes } = call
  const { database } = parts.kernel
  const base = `${exchange.info.origin}${PREFIX}/${project}`
  const files = await db.filesOf(database, project, 'npm', name)
  if (files.length > 0) {
    return packument(name, { files, tags: await db.tagsOf(database, project, name), base })
  }
  const remote = await remotes.urlOf(project, 'npm')
  if (remote === undefined) return undefined
  const text = await remotes.text(`${remote}/${name.replace('/', '%2f')}`, ABBREVIATED)
  return text === undefined ? undefined : remotePackument(name, text, base)
}

async function sendPackument(call: Call, name: string): Promise<void> {
  const found = await find(call, name)
  if (!found) return npmError(call.exchange, 404, 'not found')
  sendText(call.exchange, JSON.stringify(found), JSON_TYPE)
}

/** One version, by its number or a tag. */
async function sendVersion(call: Call, name: string, wanted: string): Promise<void> {
  const found = await find(call, name)
  const version = found?.['dist-tags'][wanted] ?? wanted
  const manifest = found?.versions[version]
  if (!manifest) return npmError(call.exchange, 404, `version not found: ${wanted}`)
  sendText(call.exchange, JSON.stringify(manifest), JSON_TYPE)
}

async function sendTarball(call: Call, name: string, file: string): Promise<void> {
  const { parts, project, exchange, remotes } = call
  const { kernel, store } = parts
  const files = await db.filesOf(kernel.database, project, 'npm', name)
  const own = files.find((row) => row.file === file)
  const place = own && { project, name, version: own.version, path: file }
  const row = place && (await store.at(kernel.database, place))
  if (row) {
    const { blob, size, sha256, sha1, content_type } = row
    return sendBytes(kernel, exchange, { blob, size, sha256, sha1, contentType: content_type })
  }
  const remote = files.length > 0 ? undefined : await remotes.urlOf(project, 'npm')
  const url = remote && `${remote}/${name}/-/${encodeURIComponent(file)}`
  const found = url && (await remotes.fetch(url, { isIndex: false }))
  if (!found) return npmError(exchange, 404, 'not found')
  await sendBytes(kernel, exchange, found)
}

/** `/-/…`: what is not one package's. */
async function service(call: Call, rest: string[]): Promise<void> {
  const { exchange } = call
  const method = exchange.request.method ?? 'GET'
  const isRead = method === 'GET' || method === 'HEAD'
  const actor = await enter(call, isRead ? 'viewer' : 'developer')
  const json = (value: unknown) => sendText(exchange, JSON.stringify(value), JSON_TYPE)
  if (rest[0] === 'ping') return json({})
  if (rest[0] === 'whoami') return json({ username: actor.name })
  if (rest[0] === 'v1' && rest[1] === 'search' && isRead) return json(await search(call))
  if (rest[0] === 'package') {
    const at = rest.indexOf('dist-tags')
    if (at > 1) return distTags(call, rest.slice(1, at).join('/'), rest[at + 1])
  }
  npmError(exchange, 404, `/-/${rest.join('/')} is not served here`)
}

async function search({ parts, project, exchange }: Call) {
  const { searchParams } = exchange.url
  const text = (searchParams.get('text') ?? '').toLowerCase()
  const { database } = parts.kernel
  const names = (await db.namesOf(database, project, 'npm')).filter((name) => name.includes(text))
  const size = Math.min(Number(searchParams.get('size') ?? 20) || 20, 250)
  const objects = await Promise.all(
    names.slice(0, size).map(async (name) => {
      const newest = (await db.filesOf(database, project, 'npm', name)).at(-1)!
      const { version, description, keywords } = db.documentOf<Manifest>(newest)
      const date = new Date(newest.published_at).toISOString()
      return { package: { name, version, description, keywords, date } }
    }),
  )
  return { objects, total: names.length, time: new Date().toUTCString() }
}

async function distTags(call: Call, name: string, tag: string | undefined): Promise<void> {
  const { parts, project, exchange } = call
  const { database } = parts.kernel
  const method = exchange.request.method ?? 'GET'
  const files = await db.filesOf(database, project, 'npm', name)
  if (files.length === 0) return npmError(exchange, 404, 'not found')
  if (tag !== undefined && method === 'PUT') {
    const version = versionIn(await readBody(exchange.request, 1024))
    if (!files.some((file) => file.version === version)) {
      return npmError(exchange, 404, `version not found: ${version}`)
    }
    await database.write((tx) => db.tagSet(tx, { project, name, tag }, version))
  } else if (tag !== undefined && method === 'DELETE') {
    if (tag === 'latest') return npmError(exchange, 400, 'the tag latest cannot be removed')
    await database.write((tx) => db.tagRemove(tx, { project, name, tag }))
  } else if (tag !== undefined || method !== 'GET') {
    throw refuse('methodNotAllowed', { method, allowed: 'GET, PUT, DELETE' })
  }
  sendText(exchange, JSON.stringify(await db.tagsOf(database, project, name)), JSON_TYPE)
}

/** A JSON string, as npm sends it. */
function versionIn(body: Buffer): string {
  return body.toString('utf8').trim().replaceAll('"', '')
}
