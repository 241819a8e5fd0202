import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asRefusal, type Edge, type Exchange, Refusal, sendJson } from '../../kernel/index.ts'
import type { ProjectEvent } from '../../identity/index.ts'
import type { CodeParts } from '../code.ts'
import { codeTables } from '../context.ts'
import { createSnippets, snippetMigrations } from '../snippets/index.ts'
import { forgetProject } from '../store-project.ts'
import { findPull } from '../pull-requests.ts'
import { bodyOf } from './body.ts'
import { Answer, type Ask, type Call } from './call.ts'
import { absentAt } from './absent.ts'
import { calls } from './calls.ts'
import { downloadCalls } from './calls-downloads.ts'
import { snippetCalls } from './calls-snippets.ts'
import { createDownloads } from './downloads.ts'
import {
  BitbucketError,
  errorFrom,
  noRepository,
  noRole,
  notThere,
  wrongCredentials,
} from './errors.ts'
import { withFields } from './fields.ts'
import { findCall } from './match.ts'
import { bitbucketMigrations } from './migrations.ts'
import { createPeople } from './people.ts'
import { findProject, findRepo } from './places.ts'
import { forgetRepo } from './store-commits.ts'
import { bitbucketTables } from './tables.ts'

export { absentOperations } from './absent.ts'
export { flagIn, listIn, objectIn, requiredText, textIn } from './body.ts'
export {
  accepted,
  administrator,
  Answer,
  type Ask,
  type Call,
  created,
  inProjectOfRepo,
  inRepo,
  nothing,
  type RepoAsk,
  signedIn,
} from './call.ts'
export { searchCalls } from './calls-search.ts'
export { badFields, BitbucketError } from './errors.ts'
export { listenForHooks } from './hook-listener.ts'
export { listing, pageAsked, pageOf } from './paging.ts'
export { commitBriefly } from './present-commit.ts'
export { presentRepoBriefly, presentWorkspace, repoUrl } from './present-repo.ts'
export { checkWorkspace } from './places.ts'
export type { Json } from './query.ts'
export { rangeIn } from './ranges.ts'
export { idTailOf, uuidOf } from '../uuid.ts'

/** Where capabilities to the right add what they answer of the API. */
export interface BitbucketDoor {
  /** Every call that is answered; the first that matches takes it. */
  readonly calls: readonly Call[]
  add(more: readonly Call[]): void
  /** Of releases, which set it: what one was made as, which variables know it by. */
  environments: {
    ofUuid(project: string, uuid: string): Promise<string | undefined>
    /** By any name it had; one that is not known is what it is called. */
    ofName(project: string, name: string): Promise<string>
  }
}

/** The Bitbucket Cloud API, version 2.0, over the calls that the pages make. */
export async function createBitbucket(parts: CodeParts): Promise<BitbucketDoor> {
  const { database, events } = parts.context.kernel
  await database.migrate('code-bitbucket', bitbucketMigrations)
  await database.migrate('code-snippets', snippetMigrations)
  const downloads = createDownloads(parts.context.kernel)
  events.listen({
    name: 'code.bitbucket',
    types: ['code.repoDeleted'],
    async handle({ data }) {
      const { id } = data as { id: string }
      await database.write(async (tx) => {
        await downloads.forget(tx, id)
        await forgetRepo(bitbucketTables(tx), id)
      })
    },
  })
  events.listen({
    name: 'code.projects',
    types: ['identity.projectDeleted'],
    async handle({ data }) {
      const { key } = data as ProjectEvent
      await database.write((tx) => forgetProject(codeTables(tx), key))
    },
  })
  const snippets = createSnippets(parts.context)
  const all = [...calls, ...downloadCalls(downloads), ...snippetCalls(snippets)]
  parts.context.kernel.http.edge(bitbucketEdge(parts, all))
  return {
    calls: all,
    add: (more) => void all.push(...more),
    environments: { ofUuid: async () => undefined, ofName: async (_project, name) => name },
  }
}

function bitbucketEdge(parts: CodeParts, all: readonly Call[]): Edge {
  return {
    name: 'bitbucket',
    prefix: '/2.0',
    access: 'a viewer reads, a developer writes, a maintainer sets rules, webhooks and keys',
    async handle(exchange) {
      try {
        await send(exchange, await answer(parts, all, exchange))
      } catch (error) {
        exchange.request.resume()
        sendError(exchange, asError(parts, exchange, error))
      }
    },
  }
}

async function answer(
  parts: CodeParts,
  all: readonly Call[],
  exchange: Exchange,
): Promise<unknown> {
  const { request, url, info } = exchange
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const path = url.pathname.slice('/2.0'.length)
  const actor = await identified(exchange, request)
  const found = findCall(all, method, path)
  if (!found || found === 'method') checkAbsent(method, path)
  if (!found) throw notThere()
  if (found === 'method') throw new BitbucketError(405, `Method "${method}" not allowed.`)
  const ask: Ask = {
    parts,
    actor,
    url,
    params: found.params,
    query: url.searchParams,
    headers: request.headers,
    origin: info.origin,
    people: createPeople(parts.context, info.origin),
    body: bodyOf(request),
  }
  return admit(exchange, found.call, ask)
}

/** By name and password, name and token, or a bearer token; never by a cookie, which pages send. */
async function identified(exchange: Exchange, request: IncomingMessage) {
  const actor = request.headers.authorization === undefined ? undefined : await exchange.identify()
  if (!actor) throw wrongCredentials()
  return actor
}

/** What the original has and this server has not is said by name. */
function checkAbsent(method: string, path: string): void {
  const absent = absentAt(method, path)
  if (absent?.isUnknown) throw new BitbucketError(404, absent.name)
  if (absent) throw new BitbucketError(501, `${absent.name}: not available here.`)
}

async function admit(exchange: Exchange, call: Call, ask: Ask): Promise<unknown> {
  const intent = call.method === 'GET' ? 'read' : 'write'
  const { context } = ask.parts
  if (call.of === 'project') {
    const project = await findProject(ask)
    await exchange.authorise(ask.actor, { project: call.role }, project.key, intent)
    return call.handle({ ...ask, project })
  }
  if (call.of !== 'repo' && call.of !== 'pull') {
    await exchange.authorise(ask.actor, call.of, undefined, intent)
    return call.handle(ask)
  }
  const { workspace = '', repo_slug: slug = '', pull_request_id: number } = ask.params
  const repo = await findRepo(context, workspace, slug)
  // Who may not even see the repository is not told that it is there.
  if (!(await context.identity.roleIn(ask.actor, repo.project, repo.slug))) throw noRepository()
  const isWide = call.of === 'repo' && call.isProjectWide
  const place = { project: repo.project, repo: isWide ? undefined : repo.slug }
  await exchange.authorise(ask.actor, { project: call.role }, place, intent)
  if (call.of === 'repo') return call.handle({ ...ask, repo })
  const pull = await findPull(context, repo, /^\d{1,9}$/.test(number ?? '') ? Number(number) : 0)
  return call.handle({ ...ask, repo, pull })
}

async function send({ response, request, url }: Exchange, value: unknown): Promise<void> {
  const reply = value instanceof Answer ? value : new Answer(200, value)
  const { status, body, headers } = reply
  for (const [name, text] of Object.entries(headers)) response.setHeader(name, text)
  if (body === undefined) {
    // Clients look at the type of every answer, so the original gives one to those without a body.
    const type = 'text/html; charset=utf-8'
    return void response.writeHead(status, { 'content-type': type }).end()
  }
  if (body instanceof Readable) {
    response.writeHead(status)
    if (request.method !== 'HEAD') return pipeline(body, response)
    body.destroy()
    return void response.end()
  }
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    return sendJson(response, status, withFields(body, url.searchParams.get('fields')))
  }
  const bytes = Buffer.from(body as string)
  response.writeHead(status, { 'content-length': bytes.length, 'cache-control': 'no-store' })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function asError(parts: CodeParts, exchange: Exchange, error: unknown): BitbucketError {
  if (error instanceof BitbucketError) return error
  const { kernel } = parts.context
  const refusal = error instanceof Refusal ? error : asRefusal(error, exchange.info, kernel.log)
  if (refusal.code !== 'forbidden') return errorFrom(refusal)
  const wanted = String(refusal.parameters['role'] ?? '')
  if (!wanted.startsWith('scope:')) {
    return noRole()
  }
  const required = [wanted.endsWith('read') ? 'repository' : 'repository:write']
  return new BitbucketError(403, 'Your credentials lack one or more required privilege scopes.', {
    detail: { granted: ['repository'], required },
  })
}

function sendError({ response }: Exchange, error: BitbucketError): void {
  if (response.headersSent) return void response.destroy()
  if (error.status === 401) {
    response.setHeader('www-authenticate', 'Basic realm="Bitbucket.org HTTP"')
  }
  const { detail, fields, data } = error.more
  const said = { message: error.message, detail, fields, data }
  sendJson(response, error.status, { type: 'error', error: said })
}
