import { createHash } from 'node:crypto'
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
import { detailPage, indexPage, pageType, type PypiFile } from './pypi-pages.ts'
import { readUpload } from './pypi-upload.ts'
import type { Remotes } from './remote.ts'
import * as db from './store.ts'

const PREFIX = '/pypi'
const LARGEST_BODY = 256 * 1024 * 1024
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
  const given = await readUpload(body, request.headers['content-type'] ?? '')
  if ('problem' in given) return refuseUpload(call, given.problem)
  const { version, file, content } = given
  const name = normalised(given.name)
  const place = { project, name, version, path: file }
  const sha256 = createHash('sha256').update(content).digest('hex')
  const { kernel, registry } = parts
  const [ever, standing] = await Promise.all([
    db.filesEver(kernel.database, project, 'pypi', name),
    db.filesOf(kernel.database, project, 'pypi', name),
  ])
  const earlier = standing.find((row) => row.file === file)
  if (earlier && db.documentOf<PypiFile>(earlier).sha256 !== sha256) {
    const problem = `File already exists ('${file}', with sha256 hash '${sha256}'). Use a new version.`
    return refuseUpload(call, problem)
  }
  if (!earlier && ever.has(file)) {
    const since = 'This filename was previously used by a file that has since been deleted.'
    return refuseUpload(call, `${since} Use a different version.`)
  }
  const artifact = await registry.artifactPut(actor, { ...place, bytes: content })
  const now = kernel.clock.now()
  const facts: PypiFile = {
    filename: file,
    version,
    sha256,
    requiresPython: given.requiresPython,
    sizeBytes: content.length,
    uploadedAt: new Date(now).toISOString(),
  }
  const row = { project, kind: 'pypi', name, version, file, artifact: artifact.id }
  // The same bytes once more leave what was said of them (when, yanked) as it is.
  if (!earlier) {
    await kernel.database.write((tx) =>
      db.filePut(tx, { ...row, document: stringify(facts), published_at: now }),
    )
  }
  response.writeHead(200, { 'content-length': 0 }).end()
}

/** PyPI says why in the status line: twine and uv print that, and skip what "already exists" when told to. */
function refuseUpload({ exchange }: Call, problem: string): void {
  const reason = problem.replace(/[^\x20-\x7e]/g, '?').slice(0, 300)
  const body = Buffer.from(`400 ${problem}\n`)
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length }
  exchange.response.writeHead(400, reason, headers).end(body)
}

async function simple(call: Call, rest: string[]): Promise<void> {
  const { exchange, parts, project } = call
  const [asked = '', ...more] = rest
  const type = pageType(exchange.request.headers.accept)
  if (type === undefined) return notAcceptable(exchange)
  exchange.response.setHeader('vary', 'Accept')
  if (asked === '') {
    const names = await db.namesOf(parts.kernel.database, project, 'pypi')
    return sendText(exchange, indexPage(names, type), withCharset(type))
  }
  const name = normalised(asked)
  if (name !== asked || more[0] !== '') {
    const location = `${PREFIX}/${encodeURIComponent(project)}/simple/${encodeURIComponent(name)}/`
    return void exchange.response.writeHead(301, { location, 'content-length': 0 }).end()
  }
  const files = await find(call, name)
  if (!files) throw notThere(exchange)
  const base = `${PREFIX}/${encodeURIComponent(project)}/files/${name}`
  sendText(exchange, detailPage(name, files, { base, type }), withCharset(type))
}

const withCharset = (type: string) => (type.endsWith('html') ? `${type}; charset=utf-8` : type)

function notAcceptable(exchange: Exchange): void {
  const types = `${SIMPLE_JSON}, application/vnd.pypi.simple.v1+html or text/html`
  sendText(exchange, `an index is given as ${types}\n`, 'text/plain; charset=utf-8', 406)
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
    'upload-time'?: string
    yanked?: string | boolean
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
    ...(file['upload-time'] !== undefined && { uploadedAt: file['upload-time'] }),
    ...(file.yanked && { yanked: file.yanked === true ? '' : file.yanked }),
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
