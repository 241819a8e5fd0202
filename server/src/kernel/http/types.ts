import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Access, Endpoint, HandlerInput, HandlerResult, Role } from '@madang/api'

/** Who makes a request. Made by `identity`; the kernel only carries it. */
export interface Actor {
  kind: 'person' | 'run' | 'system'
  /** `person:<id>`, `run:<id>` or `system`: as events and the audit log name it. */
  id: string
  name: string
  /** What a person signs in by. */
  signInName?: string
  isAdministrator: boolean
  /** What the credential allows: a session everything, a token only what it was made for. */
  scopes: readonly Scope[]
  /** The one project a token is bound to, by key. */
  project?: string
  /** Set when a browser session speaks: changes must carry it in `x-madang-csrf`. */
  csrf?: string
}

export type Scope = 'read' | 'write' | 'administer'

/** The work that is nobody's: start-up, schedules, listeners. */
export const systemActor: Actor = {
  kind: 'system',
  id: 'system',
  name: 'Madang',
  isAdministrator: true,
  scopes: ['read', 'write', 'administer'],
}

export interface RequestInfo {
  id: string
  ip: string
  /** What the person reads: the cookie `language`, else Accept-Language, else English. */
  language: 'ko' | 'en'
  headers: IncomingMessage['headers']
  /** Origin as the caller sees it, `http://127.0.0.1:4500`; for links in answers. */
  origin: string
}

export interface HandlerContext<E> {
  params: HandlerInput<E>['params']
  query: HandlerInput<E>['query']
  body: HandlerInput<E>['body']
  /** Whoever asks; `undefined` only on endpoints for anyone. */
  actor: Actor
  request: RequestInfo
  setHeader(name: string, value: string): void
}

export type Handler<E> = (context: HandlerContext<E>) => Promise<HandlerResult<E>>

/** One endpoint with what answers it. */
export interface Route {
  endpoint: Endpoint
  handle: (context: HandlerContext<Endpoint>) => Promise<unknown>
}

/** Binds a handler to its endpoint, with the endpoint's types. */
export function route<E extends Endpoint>(endpoint: E, handle: Handler<E>): Route {
  return { endpoint, handle: handle as unknown as Route['handle'] }
}

/** A protocol of its own on the platform's port (git, a tool's API, a download, live updates). */
export interface Edge {
  name: string
  /** Paths it takes: the text itself and everything below it. */
  prefix: string
  /** Who may call it, in words; the edge checks it by itself, with `identify` and `authorise`. */
  access: string
  handle(exchange: Exchange): Promise<void>
}

/** A path whose connections become those of another protocol. */
export interface UpgradeEdge {
  name: string
  /** The one path it takes. */
  path: string
  /** Who may connect, in words; the edge checks it by itself. */
  access: string
  /** Throws the refusal, which the caller reads as an answer; after that the socket is the edge's. */
  connect(upgrade: Upgrade): Promise<void>
}

export interface Upgrade {
  request: IncomingMessage
  socket: Duplex
  /** What the client sent after its head. */
  head: Buffer
  info: RequestInfo
}

export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  info: RequestInfo
  /** The actor by cookie, bearer token or basic credentials; undefined when there are none. */
  identify(): Promise<Actor | undefined>
  /**
   * Throws the refusal when the actor may not. `intent` says what a token needs where the method
   * does not tell: git fetches by POST.
   */
  authorise(
    actor: Actor | undefined,
    access: Access,
    place?: Place | string,
    intent?: 'read' | 'write',
  ): Promise<void>
}

/** A project, as a text by its key alone, or one repository of it. */
export interface Place {
  project: string | undefined
  repo?: string | undefined
}

/** What `identity` lends the server. */
export interface Gatekeeper {
  /** Throws `badCredentials` for wrong ones; undefined for none. */
  identify(request: IncomingMessage, info: RequestInfo): Promise<Actor | undefined>
  /** In a project, or, where one is named, in one repository of it: there it may be more, never less. */
  roleIn(actor: Actor, project: string, repo?: string): Promise<Role | undefined>
  /** The project a repository is in now that an address names in one; the same without it. */
  projectOf?(project: string, repo: string): Promise<string>
}
