import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Edge, type Exchange, refuse } from '../../kernel/index.ts'
import type { ConsoleParts } from './parts.ts'
import { answered } from './answered.ts'

export type DownloadParts = Pick<ConsoleParts, 'aws'>

/** `/cloud-objects/<bucket>/<key…>`: an object's bytes for whoever is signed in to the pages. */
export function objectDownload({ aws }: DownloadParts): Edge {
  return {
    name: 'cloudObjects',
    prefix: '/cloud-objects',
    access: 'signed in',
    async handle(exchange) {
      const { method = 'GET' } = exchange.request
      if (method !== 'GET') throw refuse('methodNotAllowed', { method, allowed: 'GET' })
      await exchange.authorise(await exchange.identify(), 'signedIn')
      const { bucket, key } = placeOf(exchange.url)
      const object = await answered(aws().s3.getObject({ Bucket: bucket, Key: key }))
      setHeaders(exchange, key, object.ContentLength)
      if (object.Body === undefined) return void exchange.response.end()
      const body = object.Body instanceof Uint8Array ? [object.Body] : object.Body
      await pipeline(Readable.from(body), exchange.response)
    },
  }
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
