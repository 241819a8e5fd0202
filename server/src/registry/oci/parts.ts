import type { ServerResponse } from 'node:http'
import type { Actor, Exchange, Kernel, OwnedBlobs } from '../../kernel/index.ts'
import type { OciAccess } from './access.ts'
import type { RepoName } from './names.ts'
import type { ImageSpaces } from './spaces.ts'
import type { Uploads } from './uploads.ts'

/** What the handlers of the protocol are made of. */
export interface OciParts {
  kernel: Kernel
  access: OciAccess
  uploads: Uploads
  blobs: OwnedBlobs
  spaces: ImageSpaces
  /** Brings in what another registry has, where a name asks for it. */
  proxy: {
    manifest(repo: RepoName, reference: string): Promise<void>
    blob(repo: RepoName, digest: string): Promise<void>
  }
}

/** What it takes to store, without those who ask. */
export type Stored = Omit<OciParts, 'proxy'>

/** One request to one repository, by somebody who may. */
export interface Call {
  exchange: Exchange
  actor: Actor
  repo: RepoName
  /** Digest, tag or upload id. */
  reference: string
}

/** Status and headers without a body. */
export function reply(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
): void {
  response.writeHead(status, { 'content-length': 0, ...headers }).end()
}

export function replyJson(
  response: ServerResponse,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value))
  response
    .writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      ...headers,
      'content-length': body.length,
    })
    .end(body)
}

/** `Link: <…>; rel="next"` of a list that goes on. */
export function nextLink(path: string, query: Record<string, string>): { link: string } {
  return { link: `<${path}?${new URLSearchParams(query)}>; rel="next"` }
}
