import { fillText } from '@madang/api'
import { type Actor, asRefusal, type Exchange, includes, refuse } from '../../kernel/index.ts'
import { type CodeContext, type OpenRepo, openRepo } from '../context.ts'
import { answerBatch } from './batch.ts'
import { type LfsCall, refuseLfs } from './lfs-call.ts'
import { createLock, listLocks, unlock, verifyLocks } from './locks.ts'
import { readTicket, type TicketClaim } from './ticket.ts'
import { download, upload, verify } from './transfer.ts'

interface LfsPlace {
  project: string
  name: string
  /** What follows `info/lfs/`. */
  path: string
}

/** Git LFS below `/git/<project>/<repository>.git/info/lfs`, in git-lfs' own form. */
export async function handleLfs(
  context: CodeContext,
  exchange: Exchange,
  place: LfsPlace,
): Promise<void> {
  try {
    const { method = 'GET' } = exchange.request
    const answer = find(method, place.path)
    if (!answer) throw refuse('notFound', { path: exchange.url.pathname })
    const call = await admit(context, exchange, place)
    if (answer.isWrite && !call.mayWrite) throw refuse('forbidden', { role: 'developer' })
    await answer.run(call)
  } catch (error) {
    sayNo(context, exchange, error)
  }
}

interface Answer {
  isWrite: boolean
  run(call: LfsCall): Promise<void>
}

function find(method: string, path: string): Answer | undefined {
  const [, oid] = /^objects\/([0-9a-f]{64})$/.exec(path) ?? []
  if (oid !== undefined) {
    if (method === 'PUT') return { isWrite: true, run: (call) => upload(call, oid) }
    const isRead = method === 'GET' || method === 'HEAD'
    return isRead ? { isWrite: false, run: (call) => download(call, oid) } : undefined
  }
  const [, lock] = /^locks\/([^/]+)\/unlock$/.exec(path) ?? []
  const known: Record<string, Answer> = {
    'POST objects/batch': { isWrite: false, run: answerBatch }, // it judges by its operation
    'POST objects/verify': { isWrite: true, run: verify },
    'GET locks': { isWrite: false, run: listLocks },
    'POST locks': { isWrite: true, run: createLock },
    'POST locks/verify': { isWrite: true, run: verifyLocks },
  }
  if (method === 'POST' && lock !== undefined) {
    return { isWrite: true, run: (call) => unlock(call, lock) }
  }
  return known[`${method} ${path}`]
}

async function admit(
  context: CodeContext,
  exchange: Exchange,
  { project, name }: LfsPlace,
): Promise<LfsCall> {
  const claim = readTicket(context.kernel, exchange.request.headers.authorization)
  if (claim) return byTicket(context, exchange, claim, await openRepo(context, project, name))
  // Never by a cookie: a page of somebody else could otherwise store with the reader's session.
  const hasCredentials = exchange.request.headers.authorization !== undefined
  const actor = hasCredentials ? await exchange.identify() : undefined
  if (!actor) throw refuse('notSignedIn')
  await exchange.authorise(actor, { project: 'viewer' }, { project, repo: name }, 'read')
  const repo = await openRepo(context, project, name)
  const role = await context.identity.roleIn(actor, project, name)
  const mayWrite = includes(role, 'developer') && actor.scopes.includes('write')
  const isMaintainer = mayWrite && includes(role, 'maintainer')
  return { context, exchange, repo, actor, mayWrite, isMaintainer }
}

/** A ticket counts for its repository only, and a person's only while they may still see it. */
async function byTicket(
  context: CodeContext,
  exchange: Exchange,
  claim: TicketClaim,
  repo: OpenRepo,
): Promise<LfsCall> {
  if (claim.repoId !== repo.row.id) throw refuse('badCredentials')
  const actor: Actor = {
    ...claim.actor,
    isAdministrator: false,
    scopes: claim.isWrite ? ['read', 'write'] : ['read'],
    project: repo.project,
  }
  const given = { context, exchange, repo, actor }
  if (claim.actor.kind !== 'person') {
    return { ...given, mayWrite: claim.isWrite, isMaintainer: false }
  }
  const person = await context.identity.personGet(claim.actor.id.slice('person:'.length))
  const role = await context.identity.roleIn(actor, repo.project, repo.slug)
  if (person?.isDisabled !== false || role === undefined) throw refuse('badCredentials')
  const mayWrite = claim.isWrite && includes(role, 'developer')
  return { ...given, mayWrite, isMaintainer: mayWrite && includes(role, 'maintainer') }
}

function sayNo(context: CodeContext, exchange: Exchange, error: unknown): void {
  const { request, response, info } = exchange
  request.resume()
  const isGone = request.destroyed && !request.complete
  const known = isGone ? refuseLfs('lfsBadRequest', { reason: 'the request broke off' }) : error
  const refusal = asRefusal(known, info, context.kernel.log)
  if (response.headersSent) return void response.destroy()
  if (refusal.status === 401) {
    response.setHeader('lfs-authenticate', 'Basic realm="Madang", charset="UTF-8"')
    response.setHeader('www-authenticate', 'Basic realm="Madang", charset="UTF-8"')
  }
  const body = JSON.stringify({
    message: fillText(refusal.text[info.language], refusal.parameters),
    request_id: info.id,
  })
  response.writeHead(refusal.status, { 'content-type': 'application/vnd.git-lfs+json' })
  response.end(body)
}
