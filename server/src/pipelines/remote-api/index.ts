import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { type Actor, type Edge, type Exchange, Refusal } from '../../kernel/index.ts'
import { inline } from './bean.ts'
import { Crumbs, CRUMB_FIELD } from './crumbs.ts'
import { dispatch, show } from './dispatch.ts'
import { Call, type Reply } from './exchange.ts'
import { asFailure, Failure, notFound } from './failure.ts'
import { Items } from './items.ts'
import { remoteMigrations } from './migrations.ts'
import { errorPage, placePage } from './page.ts'
import { type RemoteParts, VERSION } from './parts.ts'
import { PlainJobs } from './plain-jobs.ts'

export type { RemoteParts } from './parts.ts'

/** Jenkins' Remote API at `/jenkins`, and the jobs that only it makes. */
export async function createRemoteApi(parts: RemoteParts): Promise<void> {
  await parts.kernel.database.migrate('pipelines-remote', remoteMigrations)
  const jobs = new PlainJobs(parts)
  parts.triggers.plainTip = (place) => jobs.tip(place)
  parts.kernel.http.edge(jenkinsEdge(parts))
}

function jenkinsEdge(parts: RemoteParts): Edge {
  const crumbs = new Crumbs()
  return {
    name: 'jenkins',
    prefix: '/jenkins',
    access:
      'signed in; viewer of a project to see its jobs, developer to build, maintainer to change jobs',
    async handle(exchange) {
      const { response } = exchange
      for (const [name, value] of Object.entries(standing)) response.setHeader(name, value)
      try {
        await send(exchange, await replyTo(parts, crumbs, exchange))
      } catch (error) {
        const failure = asFailure(error)
        if (!failure || response.headersSent) throw error
        await send(exchange, failureReply(failure))
        exchange.request.resume()
      }
    },
  }
}

const standing = {
  'x-jenkins': VERSION,
  'x-hudson': '1.395',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache, no-store, must-revalidate',
}

async function replyTo(parts: RemoteParts, crumbs: Crumbs, exchange: Exchange): Promise<Reply> {
  const { url } = exchange
  if (url.pathname === '/jenkins') return { status: 302, headers: { location: '/jenkins/' } }
  const segments = segmentsOf(url.pathname)
  const actor = await identify(exchange)
  // python-jenkins asks the version (a header) here before it sends its credentials.
  if (!actor && url.pathname === '/jenkins/') return welcome(exchange)
  if (!actor) throw anonymous()
  const items = new Items(parts, actor)
  const call = new Call(parts, items, exchange, actor)
  await exchange.authorise(actor, 'signedIn', undefined, 'read')
  if (segments[0] === 'crumbIssuer') return issueCrumb(call, crumbs, segments.slice(1))
  await checkCrumb(call, crumbs)
  return dispatch(call, segments)
}

function segmentsOf(pathname: string): string[] {
  try {
    return pathname.split('/').slice(2).map(decodeURIComponent)
  } catch {
    throw new Failure(400, 'The path has a % that is no escape')
  }
}

async function identify(exchange: Exchange): Promise<Actor | undefined> {
  return exchange.identify().catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.status !== 401) throw error
    const headers = { 'www-authenticate': 'Basic realm="Jenkins"' }
    throw new Failure(401, 'Invalid password/token for user', headers)
  })
}

/** Not 401: clients that send credentials only when asked are asked by nobody at Jenkins either. */
const anonymous = () =>
  new Failure(403, 'Authentication required', {
    'x-you-are-authenticated-as': 'anonymous',
    'x-required-permission': 'hudson.model.Hudson.Read',
  })

function welcome({ info }: Exchange): Reply {
  const headers = { 'content-type': 'text/html;charset=utf-8' }
  return { status: 200, headers, body: placePage('Sign in', info.origin) }
}

async function issueCrumb(call: Call, crumbs: Crumbs, rest: string[]): Promise<Reply> {
  const { crumb, cookie } = crumbs.issue(call.actor, call.exchange)
  const headers: Record<string, string> = cookie === undefined ? {} : { 'set-cookie': cookie }
  const members = { crumb, crumbRequestField: CRUMB_FIELD }
  const type = 'hudson.security.csrf.DefaultCrumbIssuer'
  if (rest[0] !== 'api') throw notFound('crumbIssuer')
  const reply = await show(call, inline(members, type), rest[1] ?? '')
  return { ...reply, headers: { ...reply.headers, ...headers } }
}

async function checkCrumb(call: Call, crumbs: Crumbs): Promise<void> {
  const { exchange, actor, method } = call
  if (['GET', 'HEAD', 'OPTIONS'].includes(method) || !crumbs.isNeeded(exchange)) return
  const header = exchange.request.headers[CRUMB_FIELD.toLowerCase()]
  const given = typeof header === 'string' ? header : (await call.form()).get(CRUMB_FIELD)
  if (given !== undefined && crumbs.isRight(actor, exchange, given)) return
  throw new Failure(403, 'No valid crumb was included in the request')
}

function failureReply(failure: Failure): Reply {
  const { status, message, headers } = failure
  // Only Latin-1 stands in a header.
  const shown = message
    .replace(/[\u2018\u2019\u201c\u201d]/g, "'")
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 500)
  return {
    status,
    headers: { 'content-type': 'text/html;charset=utf-8', 'x-error': shown, ...headers },
    body: errorPage(status, message),
  }
}

async function send({ request, response }: Exchange, reply: Reply): Promise<void> {
  const { status, headers = {}, body = '' } = reply
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    if (status !== 204) response.setHeader('content-length', Buffer.byteLength(body))
    response.end(request.method === 'HEAD' ? undefined : body)
    return
  }
  if (request.method === 'HEAD') return void response.end()
  try {
    await pipeline(Readable.from(body, { objectMode: false }), response)
  } catch (error) {
    // Whoever downloads may go away.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
