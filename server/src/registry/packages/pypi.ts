import {
  type Actor,
  type Edge,
  type Exchange,
  readBody,
  refuse,
  stringify,
} from '../../kernel/index.ts'
import { refuse as refuseArtifact } from '../model.ts'
import { admit, type PackageParts, pathParts, sendBytes, sendText } from './http.ts'
import { detailPage, indexPage, type PypiFile, wantsJson } from './pypi-pages.ts'
import type { Remotes } from './remote.ts'
import * as db from './store.ts'

const PREFIX = '/pypi'
const LARGEST_BODY = 256 * 1024 * 1024
const HTML = 'text/html; charset=utf-8'
const SIMPLE_JSON = 'application/vnd.pypi.simple.v1+json'

interface Call {
  exchange: Exchange
  project: string
  parts: PackageParts
  remotes: Remotes
}

/** `/pypi/<PROJECT>/simple/…` for pip (PEP 503 and 691), `/pypi/<PROJECT>/legacy/` for twine. */
export function pypiEdge(parts: PackageParts, remotes: Remotes): Edge {
  return {
    name: 'pypi',
    prefix: PREFIX,
    access: 'viewer of the project to install, developer to upload',
    async handle(exchange) {
      const [project = '', what, ...rest] = pathParts(exchange.url, PREFIX) ?? []
      const call = { exchange, project, parts, remotes }
      const method = exchange.request.method ?? 'GET'
      if (method === 'POST') {
        const actor = await admit(exchange, project, 'developer')
        return upload(call, actor)
      }
      if (method !== 'GET' && method !== 'HEAD') {
        throw refuse('methodNotAllowed', { method, allowed: 'GET, HEAD, POST' })
      }
      await admit(exchange, project, 'viewer')
      if (what === 'simple') return simple(call, rest)
      if (what === 'files' && rest.length === 2) return sendFile(call, rest[0]!, rest[1]!)
      throw notThere(exchange)
    },
  }
}

/** PEP 503: names are alike whatever their case and separators. */
export const normalised = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-')

async function upload(call: Call, actor: Actor): Promise<void> {
  const { exchange, parts, project } = call
  const { request, response } = exchange
  const body = await readBody(request, LARGEST_BODY)
  const form = await formOf(body, request.headers['content-type'] ?? '')
  const text = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value : ''
  }
  const content = form.get('content')
  const [name, version] = [text('name'), text('version')]
  const isUpload = text(':action') === 'file_upload' && content instanceof File
  if (!isUpload || !/^[\w.-]+$/.test(name) || !/^[\w.!+-]+$/.test(version)) {
    throw refuse('badRequest', {
      reason: 'this takes file uploads of twine: a name, a version and a file',
    })
  }
  if (!/^[\w.!+-]+\.(whl|tar\.gz|zip|egg)$/.test(content.name)) {
    throw refuse('badRequest', { reason: `"${content.name}" is no wheel and no source archive` })
  }
  const artifact = await parts.registry.artifactPut(actor, {
    project,
    name: normalised(name),
    version,
    path: content.name,
    bytes: new Uint8Array(await content.arrayBuffer()),
    promised: { sha256: text('sha256_digest') || undefined, md5: text('md5_digest') || undefined },
  })
  const facts: PypiFile = {
    filename: content.name,
    sha256: artifact.sha256,
    requiresPython: text('requires_python') || undefined,
    sizeBytes: content.size,
  }
  const { kernel } = parts
  await kernel.database.write((tx) =>
    db.filePut(tx, {
      project,
      kind: 'pypi',
      name: normalised(name),
      version,
      file: content.name,
      artifact: artifact.id,
      document: stringify(facts),
      published_at: kernel.clock.now(),
    }),
  )
  response.writeHead(200, { 'content-length': 0 }).end()
}

async function formOf(body: Buffer, type: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), {
      headers: { 'content-type': type },
    }).formData()
  } catch (error) {
    throw refuse('badRequest', { reason: `the form cannot be read: ${(error as Error).message}` })
  }
}

async function simple(call: Call, rest: string[]): Promise<void> {
  const { exchange, parts, project } = call
  const [asked = '', ...more] = rest
  const isJson = wantsJson(exchange.request.headers.accept)
  const type = isJson ? SIMPLE_JSON : HTML
  if (asked === '') {
    const names = await db.namesOf(parts.kernel.database, project, 'pypi')
    return sendText(exchange, indexPage(names, isJson), type)
  }
  const name = normalised(asked)
  if (name !== asked || more[0] !== '') {
    const location = `${PREFIX}/${encodeURIComponent(project)}/simple/${name}/`
    return void exchange.response.writeHead(301, { location, 'content-length': 0 }).end()
  }
  const files = await find(call, name)
  if (!files) throw notThere(exchange)
  const base = `${PREFIX}/${encodeURIComponent(project)}/files/${name}`
  sendText(exchange, detailPage(name, files, { base, isJson }), type)
}

/** The project's own files of a package, else a remote's; never both: names can't be borrowed. */
async function find(call: Call, name: string): Promise<PypiFile[] | undefined> {
  const { parts, project } = call
  const rows = await db.filesOf(parts.kernel.database, project, 'pypi', name)
  if (rows.length > 0) return rows.map((row) => db.documentOf<PypiFile>(row))
  return remoteFiles(call, name)
}

interface RemoteDetail {
  files: {
    filename: string
    url: string
    hashes?: { sha256?: string }
    'requires-python'?: string
    size?: number
  }[]
}

async function remoteFiles({ remotes, project }: Call, name: string) {
  const base = await remotes.urlOf(project, 'pypi')
  if (base === undefined) return undefined
  const url = `${base}/${name}/`
  const text = await remotes.text(url, SIMPLE_JSON)
  if (text === undefined) return undefined
  const { files } = detailOf(text, url)
  return files.map((file) => ({
    filename: file.filename,
    sha256: file.hashes?.sha256 ?? '',
    requiresPython: file['requires-python'],
    sizeBytes: file.size ?? 0,
    url: new URL(file.url, url).href,
  }))
}

function detailOf(text: string, url: string): RemoteDetail {
  try {
    return JSON.parse(text) as RemoteDetail
  } catch {
    throw refuseArtifact('packageRemote', { url, reason: 'it has no JSON index (PEP 691)' })
  }
}

async function sendFile(call: Call, name: string, file: string): Promise<void> {
  const { exchange, parts, project, remotes } = call
  const { kernel, store } = parts
  const rows = await db.filesOf(kernel.database, project, 'pypi', name)
  const own = rows.find((row) => row.file === file)
  if (own) {
    const place = { project, name, version: own.version, path: file }
    const row = await store.at(kernel.database, place)
    if (!row) throw notThere(exchange)
    const { blob, size, sha256, sha1 } = row
    return sendBytes(kernel, exchange, { blob, size, sha256, sha1, contentType: row.content_type })
  }
  // Only what the remote's own index names is fetched, whatever the path says.
  const url = (await remoteFiles(call, name))?.find((one) => one.filename === file)?.url
  const found = url === undefined ? undefined : await remotes.fetch(url, { isIndex: false })
  if (!found) throw notThere(exchange)
  await sendBytes(kernel, exchange, found)
}

const notThere = ({ url }: Exchange) => refuse('notFound', { path: url.pathname })
