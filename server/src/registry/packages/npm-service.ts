import { type Actor, readBody, Refusal, refuse } from '../../kernel/index.ts'
import { admit } from './http.ts'
import { audit, AUDITS } from './npm-audit.ts'
import { type NpmCall, npmError, ownPackument, sendNpm } from './npm-call.ts'
import type { Manifest } from './npm-document.ts'
import * as db from './store.ts'

const LARGEST_FORM = 64 * 1024

/** `/-/…`: what is not one package's own document. */
export async function npmService(call: NpmCall, rest: string[]): Promise<void> {
  const { exchange, project } = call
  const method = exchange.request.method ?? 'GET'
  const isRead = method === 'GET' || method === 'HEAD'
  const path = rest.join('/')
  if (method === 'PUT' && rest[0] === 'user') return signIn(call, rest[1] ?? '')
  const isQuestion = method === 'POST' && path.startsWith('npm/v1/security/')
  const role = isRead || isQuestion ? 'viewer' : 'developer'
  const actor = await admit(exchange, project, role, isQuestion ? 'read' : undefined)
  if (isQuestion && AUDITS.includes(rest.slice(3).join('/'))) {
    return audit(call, rest.slice(3).join('/'))
  }
  if (path === 'ping') return sendNpm(call, {})
  if (path === 'whoami') return sendNpm(call, { username: actor.signInName ?? actor.name })
  if (path === 'v1/search' && isRead) return sendNpm(call, await search(call))
  if (rest[0] === 'package' && rest.length > 2) return ofPackage(call, rest.slice(1))
  const isList = isRead && rest.length === 3 && rest[2] === 'package'
  if (isList && rest[0] === 'user') return access(call)
  npmError(call, 404, `/-/${path} is not served here`)
}

/**
 * `npm login` (with `--auth-type=legacy`, and as what it falls back to): npm keeps the token of the
 * answer. None is made for it: the access token given as the password is what it goes on with.
 */
async function signIn(call: NpmCall, user: string): Promise<void> {
  const { request } = call.exchange
  const password = passwordIn(await readBody(request, LARGEST_FORM))
  request.headers.authorization = `Bearer ${password}`
  try {
    await admit(call.exchange, call.project, 'viewer', 'read')
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error
    return npmError(
      call,
      401,
      'npm login takes an access token as the password: make one in your account menu',
    )
  }
  sendNpm(call, { ok: true, id: user, token: password }, 201)
}

function passwordIn(body: Buffer): string {
  try {
    const { password } = JSON.parse(body.toString('utf8')) as { password?: unknown }
    return typeof password === 'string' ? password : ''
  } catch {
    throw refuse('badRequest', { reason: 'the body is no JSON object with a password' })
  }
}

async function search(call: NpmCall) {
  const { parts, project, exchange } = call
  const { searchParams } = exchange.url
  const words = (searchParams.get('text') ?? '').toLowerCase().split(/\s+/)
  const size = Math.min(Number(searchParams.get('size') ?? 20) || 20, 250)
  const from = Number(searchParams.get('from') ?? 0) || 0
  const { database } = parts.kernel
  const found: { package: object }[] = []
  for (const name of await db.namesOf(database, project, 'npm')) {
    const packument = await ownPackument(call, name)
    const latest = packument?.versions[packument['dist-tags']['latest']!]
    if (!latest) continue
    const text = [name, latest.description, ...keywordsOf(latest)].join(' ').toLowerCase()
    const date = packument?.time?.[latest.version]
    if (words.every((word) => text.includes(word))) found.push({ package: shown(latest, date) })
  }
  const objects = found.slice(from, from + size)
  return { objects, total: found.length, time: new Date(parts.kernel.clock.now()).toUTCString() }
}

function shown(latest: Manifest, date: string | undefined) {
  const { name, version, description, keywords, maintainers = [], _npmUser: by } = latest
  const scope = name.startsWith('@') ? name.slice(1, name.indexOf('/')) : 'unscoped'
  const publisher = by && { username: by.name }
  return { name, scope, version, description, keywords, date, publisher, maintainers, links: {} }
}

const keywordsOf = ({ keywords }: Manifest) => (Array.isArray(keywords) ? keywords : [])

/** `/-/package/<name>/…`: its tags, and who sees it. A scoped name has a slash of its own. */
async function ofPackage(call: NpmCall, path: string[]): Promise<void> {
  const { parts, project, exchange } = call
  const method = exchange.request.method ?? 'GET'
  const parted = path.join('/').split('/')
  const length = parted[0]?.startsWith('@') ? 2 : 1
  const name = parted.slice(0, length).join('/')
  const [what = '', ...more] = parted.slice(length)
  const files = await db.filesOf(parts.kernel.database, project, 'npm', name)
  if (files.length === 0) return npmError(call, 404, 'not found')
  if (what === 'dist-tags') return distTags(call, { name, files, tag: more[0] })
  if (what === 'visibility' && method === 'GET') return sendNpm(call, { public: false })
  if (what === 'access' && method === 'POST') return accessSet(call)
  npmError(call, 404, `${what} of a package is not served here: its project's members have it`)
}

async function accessSet(call: NpmCall): Promise<void> {
  const text = (await readBody(call.exchange.request, LARGEST_FORM)).toString('utf8')
  if (/"access"\s*:\s*"restricted"/.test(text)) return sendNpm(call, { ok: true })
  npmError(call, 403, "who sees a package is who sees its project: it can't be set by package")
}

/** `npm access list packages`: what the caller may publish to is all of the project's. */
async function access(call: NpmCall): Promise<void> {
  const { parts, project, exchange } = call
  const names = await db.namesOf(parts.kernel.database, project, 'npm')
  const actor = await exchange.identify()
  const may = actor && (await mayPublish(call, actor)) ? 'read-write' : 'read-only'
  sendNpm(call, Object.fromEntries(names.map((name) => [name, may])))
}

async function mayPublish({ exchange, project }: NpmCall, actor: Actor): Promise<boolean> {
  try {
    await exchange.authorise(actor, { project: 'developer' }, project, 'write')
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function distTags(
  call: NpmCall,
  given: { name: string; files: db.PackageFile[]; tag: string | undefined },
): Promise<void> {
  const { parts, project, exchange } = call
  const { name, files, tag } = given
  const { database } = parts.kernel
  const method = exchange.request.method ?? 'GET'
  if (tag !== undefined && method === 'PUT') {
    const version = versionIn(await readBody(exchange.request, 1024))
    if (!files.some((file) => file.version === version)) {
      return npmError(call, 404, `version not found: ${version}`)
    }
    await database.write((tx) => db.tagSet(tx, { project, name, tag }, version))
  } else if (tag !== undefined && method === 'DELETE') {
    if (tag === 'latest') return npmError(call, 400, 'the tag latest cannot be removed')
    await database.write((tx) => db.tagRemove(tx, { project, name, tag }))
  } else if (tag !== undefined || method !== 'GET') {
    throw refuse('methodNotAllowed', { method, allowed: 'GET, PUT, DELETE' })
  }
  sendNpm(call, await db.tagsOf(database, project, name))
}

/** A JSON string, as npm sends it. */
function versionIn(body: Buffer): string {
  return body.toString('utf8').trim().replaceAll('"', '')
}
