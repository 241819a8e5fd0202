import type { IncomingHttpHeaders } from 'node:http'
import type { Project, Role } from '@madang/api'
import type { Actor } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import type { OpenRepo } from '../context.ts'
import type { PullRequestRow } from '../tables.ts'
import type { Body } from './body.ts'
import type { People } from './people.ts'

/** One request, admitted: whoever asks may make this call. */
export interface Ask {
  parts: CodeParts
  actor: Actor
  /** Parameters of the path, decoded. */
  params: Record<string, string>
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** The address of this request, for links to other pages of a list. */
  url: URL
  /** `http://host:port`. */
  origin: string
  people: People
  body: Body
}

export interface RepoAsk extends Ask {
  repo: OpenRepo
}

export interface PullAsk extends RepoAsk {
  pull: PullRequestRow
}

export interface ProjectAsk extends Ask {
  project: Project
}

/** An answer that is not 200 with JSON. */
export class Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Record<string, string>

  /** `body`: text, bytes and streams go out as they are, all else as JSON; undefined is no body. */
  constructor(status: number, body?: unknown, headers: Record<string, string> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export const created = (body: unknown): Answer => new Answer(201, body)
export const nothing = (): Answer => new Answer(204)
/** A change that the original makes later; here it is made already. */
export const accepted = (): Answer => new Answer(202)
export const text = (body: string | Buffer, type = 'text/plain'): Answer =>
  new Answer(200, body, { 'content-type': type })

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** One call of the API. `:name` is a part of the path, `*name` the rest of it. */
export type Call = { method: Method; path: string } & (
  | { of: 'signedIn' | 'administrator'; handle(ask: Ask): Promise<unknown> }
  | { of: 'project'; role: Role; handle(ask: ProjectAsk): Promise<unknown> }
  | { of: 'repo'; role: Role; isProjectWide?: true; handle(ask: RepoAsk): Promise<unknown> }
  | { of: 'pull'; role: Role; handle(ask: PullAsk): Promise<unknown> }
)

type Handle<A> = (ask: A) => Promise<unknown>

const REPO = '/repositories/:workspace/:repo_slug'
const PROJECT = '/workspaces/:workspace/projects/:project_key'

export const signedIn = (method: Method, path: string, handle: Handle<Ask>): Call => ({
  method,
  path,
  handle,
  of: 'signedIn',
})

export const administrator = (method: Method, path: string, handle: Handle<Ask>): Call => ({
  method,
  path,
  handle,
  of: 'administrator',
})

export const inProject =
  (role: Role) =>
  (method: Method, path: string, handle: Handle<ProjectAsk>): Call => ({
    method,
    handle,
    role,
    of: 'project',
    path: `${PROJECT}${path}`,
  })

export const inRepo =
  (role: Role) =>
  (method: Method, path: string, handle: Handle<RepoAsk>): Call => ({
    method,
    handle,
    role,
    of: 'repo',
    path: `${REPO}${path}`,
  })

/** What is asked at a repository and is its whole project's: a role in the repository is not enough. */
export const inProjectOfRepo =
  (role: Role) =>
  (method: Method, path: string, handle: Handle<RepoAsk>): Call => ({
    method,
    handle,
    role,
    of: 'repo',
    isProjectWide: true,
    path: `${REPO}${path}`,
  })

export const inPull =
  (role: Role) =>
  (method: Method, path: string, handle: Handle<PullAsk>): Call => ({
    method,
    handle,
    role,
    of: 'pull',
    path: `${REPO}/pullrequests/:pull_request_id${path}`,
  })
