import { createHash } from 'node:crypto'
import { type Actor, asRefusal, type Edge, readBody, stringify } from '../../kernel/index.ts'
import { refuse } from '../model.ts'
import { admit, type PackageParts, pathParts, sendBytes } from './http.ts'
import { NPM_PREFIX, type NpmCall, npmBase, npmError, ownPackument, sendNpm } from './npm-call.ts'
import {
  type Manifest,
  type Packument,
  type Publication,
  readPublication,
  remotePackument,
  tarballName,
} from './npm-document.ts'
import { npmService } from './npm-service.ts'
import { unpublish } from './npm-unpublish.ts'
import type { Remotes } from './remote.ts'
import * as db from './store.ts'

const ABBREVIATED = 'application/vnd.npm.install-v1+json'
/** Base64 inside of JSON: a third more than the package. */
const LARGEST_BODY = 256 * 1024 * 1024

/** `/npm/<PROJECT>/…`: an npm registry (publish, install, tags, scopes, search, unpublish, audit). */
export function npmEdge(parts: PackageParts, remotes: Remotes): Edge {
  return {
    name: 'npm',
    prefix: NPM_PREFIX,
    access: 'viewer of the project to install, developer to publish, maintainer to unpublish',
    async handle(exchange) {
      const [project = '', ...rest] = pathParts(exchange.url, NPM_PREFIX) ?? []
      const call: NpmCall = { exchange, project, parts, remotes }
      try {
        await answer(call, rest)
      } catch (error) {
        // npm prints the text at `error`, and nothing of an object there.
        if (exchange.response.headersSent) throw error
        const { status, message } = asRefusal(error, exchange.info, parts.kernel.log)
        npmError(call, status, message)
        exchange.request.resume()
      }
    },
  }
}

async function answer(call: NpmCall, rest: string[]): Promise<void> {
  if (rest[0] === '-') return npmService(call, rest.slice(1))
  // A scope's slash comes as it is or as %2f, which was decoded with its part.
  const path = rest.join('/').split('/')
  const length = path[0]?.startsWith('@') ? 2 : 1
  const name = path.slice(0, length).join('/')
  await packageCall(call, name, path.slice(length))
}

async function packageCall(call: NpmCall, name: string, rest: string[]): Promise<void> {
  const { exchange } = call
  const method = exchange.request.method ?? 'GET'
  const isRead = method === 'GET' || method === 'HEAD'
  const isRevision = rest.at(-2) === '-rev'
  const role = isRead ? 'viewer' : isRevision ? 'maintainer' : 'developer'
  const actor = await admit(exchange, call.project, role)
  if (!/^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(name)) {
    return npmError(call, 404, 'not found')
  }
  if (method === 'PUT' && rest.length === 0) return publish(call, name, actor)
  if (!isRead && isRevision) return unpublish(call, name, { rest, actor })
  if (!isRead) return npmError(call, 405, `${method} is not possible here`)
  if (rest.length === 0) return sendPackument(call, name)
  if (rest[0] === '-' && rest.length === 2) return sendTarball(call, name, rest[1]!)
  if (rest.length === 1) return sendVersion(call, name, rest[0]!)
  npmError(call, 404, 'not found')
}

async function publish(call: NpmCall, name: string, actor: Actor): Promise<void> {
  const { exchange } = call
  const given = readPublication(await readBody(exchange.request, LARGEST_BODY), name)
  if ('problem' in given) return npmError(call, 400, given.problem)
  if (given.tarball === undefined) return deprecate(call, name, given)
  const { manifest, tarball } = given
  const { database } = call.parts.kernel
  const taken = await db.filesEver(database, call.project, 'npm', name)
  if (taken.has(tarballName(name, manifest.version))) {
    const text = `You cannot publish over the previously published versions: ${manifest.version}.`
    return npmError(call, 403, text)
  }
  await keep(call, actor, { name, manifest, tarball, tags: given.tags })
  sendNpm(call, { ok: true, success: true }, 201)
}

async function keep(
  { parts, project }: NpmCall,
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
      document: stringify({ ...manifest, dist, _npmUser: { name: actor.name } }),
      published_at: kernel.clock.now(),
    })
    for (const [tag, of] of Object.entries(tags)) await db.tagSet(tx, { project, name, tag }, of)
  })
}

/** `npm deprecate` sends the packument back with a word beside the versions. */
async function deprecate(call: NpmCall, name: string, given: Publication) {
  const { parts, project } = call
  const { database } = parts.kernel
  const files = await db.filesOf(database, project, 'npm', name)
  if (files.length === 0) return npmError(call, 404, 'not found')
  await database.write(async (tx) => {
    for (const row of files) {
      const said = given.versions[row.version]?.deprecated
      if (typeof said !== 'string') continue
      const { deprecated: _before, ...manifest } = db.documentOf<Manifest>(row)
      await db.documentSet(tx, row, said === '' ? manifest : { ...manifest, deprecated: said })
    }
  })
  sendNpm(call, { ok: true }, 201)
}

async function find(call: NpmCall, name: string): Promise<Packument | undefined> {
  const { project, remotes } = call
  const own = await ownPackument(call, name)
  if (own) return own
  const remote = await remotes.urlOf(project, 'npm')
  if (remote === undefined) return undefined
  const url = `${remote}/${name.replace('/', '%2f')}`
  // npm view, --before and the age gates of pnpm and yarn need what the short form leaves out: `time`.
  const isShort = call.exchange.request.headers.accept?.includes(ABBREVIATED) === true
  const text = isShort
    ? await remotes.text(url, ABBREVIATED)
    : await remotes.text(`${url}#full`, 'application/json')
  if (text === undefined) return undefined
  const found = remotePackument(name, text, npmBase(call))
  if (!found) throw refuse('packageRemote', { url, reason: 'it sent no packument' })
  return found
}

async function sendPackument(call: NpmCall, name: string): Promise<void> {
  const found = await find(call, name)
  if (!found) return npmError(call, 404, 'not found')
  sendNpm(call, found)
}

/** One version, by its number or a tag. */
async function sendVersion(call: NpmCall, name: string, wanted: string): Promise<void> {
  const found = await find(call, name)
  const version = found?.['dist-tags'][wanted] ?? wanted
  const manifest = found?.versions[version]
  if (!manifest) return npmError(call, 404, `version not found: ${wanted}`)
  sendNpm(call, manifest)
}

async function sendTarball(call: NpmCall, name: string, file: string): Promise<void> {
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
  if (!found) return npmError(call, 404, 'not found')
  await sendBytes(kernel, exchange, found)
}
