import { asRefusal, type Edge, type Exchange } from '../../kernel/index.ts'
import { type Action, asOci } from './access.ts'
import * as blobs from './blobs.ts'
import { OciError } from './error.ts'
import * as manifests from './manifests.ts'
import { repoNameOf } from './names.ts'
import { type Call, nextLink, type OciParts, replyJson } from './parts.ts'
import { repoNames } from './store.ts'
import { tokenIssue } from './token.ts'

type Handle = (parts: OciParts, call: Call) => Promise<void>

/** What follows a repository's name: the endpoints of the distribution specification (end-2 to end-14). */
const table: { path: RegExp; methods: Record<string, [Action, Handle]> }[] = [
  {
    path: /^(.+)\/blobs\/uploads\/?()$/,
    methods: { POST: ['push', blobs.uploadStart] },
  },
  {
    path: /^(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: {
      GET: ['push', blobs.uploadStatus],
      PATCH: ['push', blobs.uploadChunk],
      PUT: ['push', blobs.uploadFinish],
      DELETE: ['push', blobs.uploadCancel],
    },
  },
  {
    path: /^(.+)\/blobs\/([^/]+)$/,
    methods: {
      GET: ['pull', blobs.blobSend],
      HEAD: ['pull', blobs.blobSend],
      DELETE: ['delete', blobs.blobDelete],
    },
  },
  {
    path: /^(.+)\/manifests\/([^/]+)$/,
    methods: {
      GET: ['pull', manifests.manifestSend],
      HEAD: ['pull', manifests.manifestSend],
      PUT: ['push', manifests.manifestReceive],
      DELETE: ['delete', manifests.manifestDelete],
    },
  },
  { path: /^(.+)\/tags\/list()$/, methods: { GET: ['pull', manifests.tagList] } },
  { path: /^(.+)\/referrers\/([^/]+)$/, methods: { GET: ['pull', manifests.referrerList] } },
]

/** `/v2/…`: docker, podman, skopeo, oras, helm. */
export function ociEdge(parts: OciParts): Edge {
  return {
    name: 'oci',
    prefix: '/v2',
    access:
      'signed in; viewer of the project named by the first part of the image to pull, developer to push, maintainer to delete',
    async handle(exchange) {
      const { response, request } = exchange
      response.setHeader('docker-distribution-api-version', 'registry/2.0')
      try {
        await answer(parts, exchange)
      } catch (thrown) {
        // Cut in the middle: what came is kept, and nobody is left to answer.
        if (request.destroyed && !request.complete) return void response.destroy()
        sendError(exchange, errorOf(parts, exchange, thrown))
        request.resume()
      }
    },
  }
}

/** Anything thrown, a full disk and a bug too, in the form that registry clients print. */
function errorOf({ kernel }: OciParts, { info }: Exchange, thrown: unknown): OciError {
  return thrown instanceof OciError ? thrown : asOci(asRefusal(thrown, info, kernel.log))
}

async function answer(parts: OciParts, exchange: Exchange): Promise<void> {
  const path = decoded(exchange.url.pathname.replace(/^\/v2\/?/, ''))
  const method = exchange.request.method ?? 'GET'
  if (path === '') {
    await parts.access.signedIn(exchange)
    return replyJson(exchange.response, {})
  }
  if (path === 'token') return tokenIssue(parts, exchange)
  if (path === '_catalog') return catalogue(parts, exchange)
  for (const { path: form, methods } of table) {
    const match = form.exec(path)
    if (!match) continue
    const repo = repoNameOf(match[1]!)
    const entry = methods[method]
    if (!entry) throw notAllowed(method, Object.keys(methods))
    const [action, handle] = entry
    const actor = await parts.access.admit(exchange, repo, action)
    return handle(parts, { exchange, actor, repo, reference: match[2]! })
  }
  throw new OciError('UNSUPPORTED', `/v2/${path} is no endpoint of a registry`, { status: 404 })
}

/** Docker's own addition: the repositories that the caller may pull. */
async function catalogue({ kernel, access }: OciParts, exchange: Exchange): Promise<void> {
  const actor = await access.signedIn(exchange)
  const { searchParams } = exchange.url
  const limit = manifests.pageSize(searchParams.get('n'), 1000)
  const shown: string[] = []
  let after = searchParams.get('last') ?? undefined
  while (shown.length <= limit) {
    const rows = await repoNames(kernel.database, { after, limit: 1000 })
    for (const repo of rows) {
      if (await access.may(exchange, actor, repo, 'pull')) shown.push(repo.name)
    }
    if (rows.length < 1000) break
    after = rows.at(-1)!.name
  }
  const repositories = shown.slice(0, limit)
  const query = { n: String(limit), last: repositories.at(-1) ?? '' }
  const headers = shown.length > limit ? nextLink('/v2/_catalog', query) : {}
  replyJson(exchange.response, { repositories }, headers)
}

function sendError({ response, request }: Exchange, error: OciError): void {
  if (response.headersSent) return void response.destroy()
  const body = error.body()
  response
    .writeHead(error.status, {
      ...error.headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(request.method === 'HEAD' ? undefined : body)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new OciError('NAME_INVALID', 'the path has a % that is no escape')
  }
}

function notAllowed(method: string, allowed: string[]): OciError {
  return new OciError('UNSUPPORTED', `${method} is not possible here`, {
    headers: { allow: allowed.join(', ') },
  })
}
