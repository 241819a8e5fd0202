import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkCsrf, type Edge, type Exchange, refuse } from '../../kernel/index.ts'
import { answered } from './answered.ts'
import { holderOf } from './operate.ts'
import type { ConsoleParts } from './parts.ts'

export type ObjectParts = Pick<ConsoleParts, 'aws' | 'awsOf'>

/**
 * `/cloud-objects/<bucket>/<key…>`: an object's bytes for whoever is signed in to the pages; with PUT and
 * `?project=<KEY>` a developer of that project puts one there, as their role of it.
 */
export function objectEdge(parts: ObjectParts): Edge {
  return {
    name: 'cloudObjects',
    prefix: '/cloud-objects',
    access: 'signed in; to put one: developer of the project named',
    async handle(exchange) {
      const { method = 'GET' } = exchange.request
      if (method === 'GET') return download(exchange, parts)
      if (method === 'PUT') return upload(exchange, parts)
      throw refuse('methodNotAllowed', { method, allowed: 'GET, PUT' })
    },
  }
}

async function download(exchange: Exchange, { aws }: ObjectParts): Promise<void> {
  await exchange.authorise(await exchange.identify(), 'signedIn')
  const { bucket, key } = placeOf(exchange.url)
  const object = await answered(aws().s3.getObject({ Bucket: bucket, Key: key }))
  setHeaders(exchange, key, object.ContentLength)
  if (object.Body === undefined) return void exchange.response.end()
  const body = object.Body instanceof Uint8Array ? [object.Body] : object.Body
  await pipeline(Readable.from(body), exchange.response)
}

async function upload(exchange: Exchange, { awsOf }: ObjectParts): Promise<void> {
  const { request, response, url } = exchange
  const project = url.searchParams.get('project') ?? undefined
  const actor = await exchange.identify()
  await exchange.authorise(actor, { project: 'developer' }, project)
  checkCsrf(actor, request)
  const { bucket, key } = placeOf(url)
  const { s3 } = await awsOf(holderOf(actor!, project!))
  await answered(
    s3.putObject({
      Bucket: bucket,
      Key: key,
      Body: request,
      ContentLength: lengthOf(request.headers['content-length']),
      ContentType: request.headers['content-type'],
    }),
  )
  response.writeHead(204).end()
}

/** S3 wants to know how much comes before it does. */
function lengthOf(given: string | undefined): number {
  if (given === undefined) throw refuse('badRequest', { reason: 'content-length is missing' })
  return Number(given)
}

function placeOf(url: URL): { bucket: string; key: string } {
  const [bucket = '', ...key] = url.pathname.split('/').slice(2)
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key.join('/')) }
  } catch {
    throw refuse('badRequest', { reason: 'the path has a % that is no escape' })
  }
}

/** Whatever a bucket holds is never run as a page of ours. */
function setHeaders({ response }: Exchange, key: string, length: number | undefined): void {
  const file = key.slice(key.lastIndexOf('/') + 1) || 'object'
  const name = `filename*=UTF-8''${encodeURIComponent(file)}`
  response.setHeader('content-disposition', `attachment; ${name}`)
  response.setHeader('content-security-policy', "sandbox; default-src 'none'")
  response.setHeader('content-type', 'application/octet-stream')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', 'private, no-store')
  if (length !== undefined) response.setHeader('content-length', length)
}
