import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Access } from '@madang/api'
import { type Config, ConfigError } from '../config.ts'
import { invariant, refuse } from '../errors.ts'
import type { Ids } from '../ids.ts'
import type { Log } from '../log.ts'
import type { Outgoing } from '../outgoing/index.ts'
import { authorise } from './authorise.ts'
import { readJson } from './body.ts'
import { parse } from './parse.ts'
import { asRefusal, guardHeaders, sendJson, sendRefusal } from './reply.ts'
import { isAllowedHost, requestInfo } from './request-info.ts'
import { Router } from './router.ts'
import type { StaticFiles } from './static-files.ts'
import type { Actor, Edge, Exchange, Gatekeeper, Place, Route, UpgradeEdge } from './types.ts'
import { answerUpgrade, upgradeEdgeOf } from './upgrade.ts'

const JSON_LIMIT_BYTES = 4 * 1024 * 1024

/** The platform's own server: endpoints of the contract, edges, and the pages. */
export interface Http {
  add(routes: Route[]): void
  edge(edge: Edge): void
  /** A path whose connections become another protocol's (WebSocket). */
  upgrade(edge: UpgradeEdge): void
  /** The pages: whatever no endpoint or edge takes. */
  pages(files: StaticFiles): void
  guardWith(gatekeeper: Gatekeeper): void
  /** Binds; gives the address people open. Throws a clear error when the port is taken. */
  listen(): Promise<string>
  /** Where it listens; empty before. */
  readonly origin: string
  /** Endpoints and edges, for the completeness tests and the reference. */
  table(): { routes: Route[]; edges: Edge[]; upgrades: UpgradeEdge[] }
  stop(): Promise<void>
}

interface HttpParts {
  config: Config
  log: Log
  ids: Ids
  outgoing: Pick<Outgoing, 'own'>
}

export function createHttp(parts: HttpParts): Http {
  return new PlatformServer(parts)
}

class PlatformServer implements Http {
  readonly #parts: HttpParts
  readonly #router = new Router()
  readonly #routes: Route[] = []
  readonly #edges: Edge[] = []
  readonly #upgrades: UpgradeEdge[] = []
  /** Connections that left HTTP: nothing else closes them. */
  readonly #upgraded = new Set<Duplex>()
  #files: StaticFiles | undefined
  #gatekeeper: Gatekeeper | undefined
  #server: Server | undefined
  #origin = ''

  constructor(parts: HttpParts) {
    this.#parts = parts
  }

  add(routes: Route[]): void {
    for (const route of routes) {
      this.#router.add(route)
      this.#routes.push(route)
    }
  }

  edge(edge: Edge): void {
    this.#edges.push(edge)
    this.#edges.sort((a, b) => b.prefix.length - a.prefix.length)
  }

  upgrade(edge: UpgradeEdge): void {
    this.#upgrades.push(edge)
  }

  pages(files: StaticFiles): void {
    this.#files = files
  }

  guardWith(gatekeeper: Gatekeeper): void {
    this.#gatekeeper = gatekeeper
  }

  table() {
    return { routes: this.#routes, edges: this.#edges, upgrades: this.#upgrades }
  }

  get origin(): string {
    return this.#origin
  }

  async listen(): Promise<string> {
    const { host, port, tlsCert, tlsKey } = this.#parts.config
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void this.#answer(request, response)
    // Any other `Upgrade` (curl offers HTTP/2) is a plain request, as the standard allows.
    const shouldUpgradeCallback = (request: IncomingMessage) =>
      upgradeEdgeOf(this.#upgrades, request) !== undefined
    const server = tlsCert
      ? createTlsServer(
          { cert: readFileSync(tlsCert), key: readFileSync(tlsKey!), shouldUpgradeCallback },
          answer,
        )
      : createServer({ shouldUpgradeCallback }, answer)
    // Pushes and log streams may take long; idle connections and slow headers may not.
    server.requestTimeout = 0
    server.headersTimeout = 30_000
    server.keepAliveTimeout = 65_000
    server.on('upgrade', (request, socket, head) => {
      const info = requestInfo(request, this.#parts.ids, this.#origin)
      this.#upgraded.add(socket)
      socket.once('close', () => this.#upgraded.delete(socket))
      void answerUpgrade(this.#parts, this.#upgrades, { request, socket, head, info })
    })
    await bind(server, port, host)
    this.#server = server
    const bound = (server.address() as AddressInfo).port
    this.#parts.outgoing.own(bound)
    const name = host.includes(':') ? `[${host}]` : host
    this.#origin = `${tlsCert ? 'https' : 'http'}://${name}:${bound}`
    return this.#origin
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (!server) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    for (const socket of this.#upgraded) socket.destroy()
    const force = setTimeout(() => server.closeAllConnections(), 2000)
    await closed
    clearTimeout(force)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const info = requestInfo(request, this.#parts.ids, this.#origin)
    for (const [name, value] of Object.entries(guardHeaders)) response.setHeader(name, value)
    response.setHeader('x-request-id', info.id)
    const started = performance.now()
    response.on('close', () =>
      this.#parts.log.debug('http.request', {
        method: request.method,
        path: request.url?.split('?')[0],
        status: response.statusCode,
        ms: Math.round(performance.now() - started),
      }),
    )
    try {
      if (!isAllowedHost(request, this.#parts.config)) {
        throw refuse('badRequest', { reason: 'this server does not go by that host name' })
      }
      const url = new URL(request.url ?? '/', 'http://madang')
      const exchange = this.#exchange(request, response, url, info)
      const edge = this.#edges.find((entry) => takes(entry, url.pathname))
      if (edge) await edge.handle(exchange)
      else if (url.pathname.startsWith('/api/')) await this.#endpoint(exchange)
      else await this.#page(exchange)
    } catch (error) {
      sendRefusal(response, asRefusal(error, info, this.#parts.log), info)
      request.resume()
    }
  }

  #exchange(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    info: Exchange['info'],
  ): Exchange {
    const keeper = this.#gatekeeper
    invariant(keeper, 'the server listens before identity guards it')
    return {
      request,
      response,
      url,
      info,
      identify: () => keeper.identify(request, info),
      authorise(actor: Actor | undefined, access: Access, place?: Place | string, intent?) {
        const at = typeof place === 'object' ? place : { project: place }
        const meant = intent && (intent === 'read' ? 'GET' : 'POST')
        return authorise(keeper, {
          actor,
          access,
          project: at.project,
          repo: at.repo,
          method: meant ?? request.method ?? 'GET',
        })
      },
    }
  }

  async #endpoint(exchange: Exchange): Promise<void> {
    const { request, response, url, info } = exchange
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
    const match = this.#router.find(method, url.pathname)
    if (match.allowed.length === 0) throw refuse('notFound', { path: url.pathname })
    if (!match.route) {
      throw refuse('methodNotAllowed', { method, allowed: match.allowed.join(', ') })
    }
    const { endpoint, handle } = match.route
    const actor = await exchange.identify()
    const { repo } = match.params
    const project = await this.#projectOf(match.params)
    await exchange.authorise(actor, endpoint.access, { project, repo })
    checkCsrf(actor, request)
    const result = await handle({
      params: await parse(
        endpoint.params,
        project ? { ...match.params, project } : match.params,
        'path',
      ),
      query: await parse(endpoint.query, Object.fromEntries(url.searchParams), 'query'),
      body: endpoint.body
        ? await parse(endpoint.body, await readJson(request, JSON_LIMIT_BYTES), 'body')
        : undefined,
      actor: actor as Actor,
      request: info,
      setHeader: (name, value) => response.setHeader(name, value),
    })
    sendJson(response, 200, result)
  }

  /** An address that names a repository in the project it has left means the one it is in. */
  async #projectOf({ project, repo }: Record<string, string>): Promise<string | undefined> {
    if (project === undefined || repo === undefined) return project
    return (await this.#gatekeeper?.projectOf?.(project, repo)) ?? project
  }

  async #page({ request, response, url }: Exchange): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw refuse('methodNotAllowed', { method: request.method ?? '', allowed: 'GET' })
    }
    if (!this.#files) throw refuse('notFound', { path: url.pathname })
    await this.#files.send(request, response, url.pathname)
  }
}

function takes(edge: Edge, path: string): boolean {
  return path === edge.prefix || path.startsWith(edge.prefix.replace(/\/?$/, '/'))
}

/** A browser sends the cookie by itself; only our own page knows the token. */
export function checkCsrf(actor: Actor | undefined, request: IncomingMessage): void {
  const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? 'GET')
  if (!isChange || actor?.csrf === undefined) return
  if (request.headers['x-madang-csrf'] !== actor.csrf) throw refuse('csrf')
}

function bind(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(bindFailure(error, port, host))
    })
    server.listen(port, host, resolve)
  })
}

/** What a person can mend, in their words; anything else as it is. */
export function bindFailure(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE') return new PortInUse(port)
  const reasons: Record<string, string> = {
    EADDRNOTAVAIL: 'this machine does not have that address',
    ENOTFOUND: 'no address is known for that name',
    EACCES: 'this account may not take that port',
  }
  const reason = reasons[error.code ?? '']
  if (reason === undefined) return error
  return new ConfigError(
    `Cannot listen on ${host} port ${port}: ${reason} (see --host and --port).`,
  )
}

export class PortInUse extends Error {
  constructor(port: number) {
    super(
      `Port ${port} is taken by another program. Stop that one, or choose another port (see npm start -- --help).`,
    )
    this.name = 'PortInUse'
  }
}
