import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fillText } from '@madang/api'
import {
  type Actor,
  asRefusal,
  type Edge,
  type Exchange,
  type Place,
  Refusal,
} from '../kernel/index.ts'
import { type CodeContext, openRepo, projectNow } from './context.ts'
import { type GitCall, GitHttpError, type GitService } from './git-call.ts'
import { advertise, serveFetch } from './git-fetch.ts'
import { servePush } from './git-push.ts'
import { handleLfs } from './lfs/index.ts'
import { repoPage } from './model.ts'
import { NotPktLines } from './pkt-line.ts'
import type { RefsSync } from './refs-sync.ts'

/** git's smart HTTP, protocols 0 to 2: `/git/<project>/<repository>.git`. */
export function gitEdge(context: CodeContext, sync: RefsSync): Edge {
  const running = new Set<Promise<void>>()
  // A push whose client was cut off at the stop still has to be recorded.
  context.kernel.onStop(async () => void (await Promise.allSettled(running)))
  return {
    name: 'git',
    prefix: '/git',
    access: 'viewer to clone and fetch, developer to push, maintainer to push the default branch',
    async handle(exchange) {
      const call = answer(context, sync, exchange)
      running.add(call)
      try {
        await call
      } catch (error) {
        sayNo(exchange, asGitError(context, error, exchange))
      } finally {
        running.delete(call)
      }
    },
  }
}

async function answer(context: CodeContext, sync: RefsSync, exchange: Exchange): Promise<void> {
  const { url, request } = exchange
  const path = /^\/git\/([^/]+)\/([^/]+?)(?:\.git)?(?:\/(.*))?$/.exec(url.pathname)
  const [, asked = '', name = '', rest = ''] = path ?? []
  if (!path) throw new GitHttpError(404, 'The address of a repository is /git/PROJECT/NAME.git')
  const project = await projectNow(context, asked, name)
  if (rest === '') return toPage(exchange, { project: asked, name })
  const [, lfs] = /^info\/lfs\/(.+)$/.exec(rest) ?? []
  if (lfs !== undefined) return handleLfs(context, exchange, { project, name, path: lfs })
  const call = { isInfo: rest === 'info/refs', service: serviceOf(exchange, rest) }
  const actor = await admit(exchange, { project, repo: name, service: call.service })
  const repo = await openRepo(context, project, name)
  const protocol = protocolOf(request.headers['git-protocol'])
  const given = { exchange, repo, service: call.service, actor, protocol }
  if (call.isInfo) return advertise({ ...given, body: request })
  checkPost(exchange, call.service)
  const withBody = { ...given, body: plainBody(exchange) }
  if (call.service === 'git-upload-pack') return serveFetch(context.objects, withBody)
  return push(context, sync, withBody, await may(exchange, actor, { project, repo: name }))
}

/** `POST git-receive-pack`. The status waits for git's first word, so that a refusal has its own. */
async function push(
  context: CodeContext,
  sync: RefsSync,
  call: GitCall,
  isMaintainer: boolean,
): Promise<void> {
  const { response } = call.exchange
  const begin = () => {
    if (response.headersSent) return
    response.writeHead(200, {
      'content-type': 'application/x-git-receive-pack-result',
      'cache-control': 'no-cache',
    })
  }
  const say = (bytes: Buffer) => {
    begin()
    response.write(bytes)
  }
  const rest = await servePush(context, sync, { ...call, isMaintainer, say })
  begin()
  response.end(rest)
}

function serviceOf({ url, request }: Exchange, rest: string): GitService {
  const name = rest === 'info/refs' ? url.searchParams.get('service') : rest
  if (name === 'git-upload-pack' || name === 'git-receive-pack') return name
  if (rest === 'info/refs' || rest === 'HEAD' || rest.startsWith('objects/')) {
    throw new GitHttpError(403, 'This server speaks only smart HTTP; use git 1.6.6 or newer.')
  }
  throw new GitHttpError(404, `git knows no ${request.method} of /${rest.slice(0, 80)}`)
}

/**
 * Only what is sent with the request counts, never a cookie: a page of somebody else could
 * otherwise push with the reader's session.
 */
async function admit(
  exchange: Exchange,
  asked: { project: string; repo: string; service: GitService },
): Promise<Actor> {
  const hasCredentials = exchange.request.headers.authorization !== undefined
  const actor = hasCredentials ? await exchange.identify() : undefined
  if (!actor) throw new GitHttpError(401, 'Sign in with your name and password, or with a token.')
  const isRead = asked.service === 'git-upload-pack'
  const access = { project: isRead ? 'viewer' : 'developer' } as const
  await exchange.authorise(actor, access, asked, isRead ? 'read' : 'write')
  return actor
}

async function may(exchange: Exchange, actor: Actor, place: Place): Promise<boolean> {
  try {
    await exchange.authorise(actor, { project: 'maintainer' }, place, 'write')
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

function checkPost({ request }: Exchange, service: GitService): void {
  if (request.method !== 'POST') throw new GitHttpError(405, `${service} takes POST`)
  if (request.headers['content-type'] === `application/x-${service}-request`) return
  throw new GitHttpError(415, `The body of ${service} has to be application/x-${service}-request`)
}

function plainBody({ request }: Exchange): Readable {
  const encoding = request.headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return request
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new GitHttpError(415, `Bodies may be gzip, not ${encoding}`)
  }
  const gunzip = createGunzip()
  request.on('error', (error) => gunzip.destroy(error))
  const cut = () => request.complete || gunzip.destroy(new Error('aborted'))
  request.on('close', cut)
  if (request.closed) cut()
  return request.pipe(gunzip)
}

/** Only what git itself would send; it ends in a process's environment. */
function protocolOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[a-z0-9=:.-]{1,100}$/.test(header) ? header : ''
}

/** Somebody opened the clone address in a browser. */
function toPage({ response, request }: Exchange, repo: { project: string; name: string }): void {
  if (request.method !== 'GET') throw new GitHttpError(405, 'This address is for git.')
  const part = encodeURIComponent
  const page = repoPage({ project: part(repo.project), name: part(repo.name) })
  response.writeHead(302, { location: page }).end()
}

function asGitError(
  context: CodeContext,
  error: unknown,
  { request, info }: Exchange,
): GitHttpError {
  if (error instanceof GitHttpError) return error
  if (error instanceof NotPktLines) {
    return new GitHttpError(400, `This is not what git sends: ${error.message}.`)
  }
  // zlib's own codes: the body says it is gzip and is not.
  if (String((error as NodeJS.ErrnoException).code).startsWith('Z_')) {
    return new GitHttpError(400, 'The body is not the gzip it says it is.')
  }
  const isGone = request.destroyed && !request.complete
  if (isGone) return new GitHttpError(400, 'The request broke off.')
  const refusal = asRefusal(error, info, context.kernel.log)
  return new GitHttpError(refusal.status, fillText(refusal.text[info.language], refusal.parameters))
}

function sayNo({ request, response }: Exchange, error: GitHttpError): void {
  request.resume()
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (error.status === 401) {
    response.setHeader('www-authenticate', 'Basic realm="Madang", charset="UTF-8"')
  }
  response.writeHead(error.status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(`${error.message}\n`)
}
