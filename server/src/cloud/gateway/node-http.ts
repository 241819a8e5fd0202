import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BrokenOff, goneError, isGone } from './gone.ts'
import { letGo, wholeBodyBytes } from './http1/index.ts'
import type { Headers, IncomingHttp, OutgoingHttp, RequestBody } from './http.ts'
import { inTime, stalledBody, watch } from './stalled.ts'

// Between node's two servers and the gateway's plain seam.

export type AnyRequest = IncomingMessage | Http2ServerRequest
export type AnyResponse = ServerResponse | Http2ServerResponse

const noBody = Buffer.alloc(0)

/** Serves one request. Rejects when the answer broke after its head was sent. */
export async function exchange(
  request: AnyRequest,
  response: AnyResponse,
  handle: (request: IncomingHttp) => Promise<OutgoingHttp>,
): Promise<void> {
  const headers = headersOf(request)
  const length = bodyLength(request, headers)
  const whole = length >= 0 && length <= wholeBodyBytes
  const body: RequestBody = whole ? await readWhole(request, length) : arriving(request)
  const answer = await handle(new NodeRequest(request, response, headers, body))
  const unread = !request.readableEnded && length !== 0
  await send(response, answer, request.method === 'HEAD', unread)
  // What was left unread (a refusal before the body) must not block the connection.
  if (unread) request.resume()
}

/** Its signal is made when asked for: most operations never do, and it costs as much as routing. */
class NodeRequest implements IncomingHttp {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly sourceIp: string
  body: RequestBody
  readonly #response: AnyResponse
  #leaving: AbortController | undefined

  constructor(request: AnyRequest, response: AnyResponse, headers: Headers, body: RequestBody) {
    this.method = request.method ?? 'GET'
    this.url = originForm(request.url ?? '/')
    this.headers = headers
    this.body = body
    this.sourceIp = request.socket?.remoteAddress ?? ''
    this.#response = response
  }

  get signal(): AbortSignal {
    if (!this.#leaving) this.#leaving = leaving(this.#response)
    return this.#leaving.signal
  }
}

const origin = /^https?:\/\/[^/?#]*/i

/**
 * What is asked for without the server it is asked of: whoever goes through a proxy names the whole URL,
 * and a server has to take it (RFC 9112, 3.2.2). So a client for whom `<bucket>.localhost` or
 * `<account>.127.0.0.1` is no name gets here with HTTP_PROXY.
 */
function originForm(url: string): string {
  const whole = origin.exec(url)
  if (!whole) return url
  const path = url.slice(whole[0].length)
  return path.startsWith('/') ? path : `/${path}`
}

function leaving(response: AnyResponse): AbortController {
  const controller = new AbortController()
  const left = () => {
    if (!response.writableFinished) controller.abort()
  }
  if (response.destroyed) left()
  else response.once('close', left)
  return controller
}

function headersOf(request: AnyRequest): Headers {
  const { headers } = request
  if (headers[':authority'] === undefined) return headers as Headers
  // SDKs that speak HTTP/2 sign `:authority` where others sign `host`.
  const authority = headers[':authority'] as string
  const out: Headers = { host: authority, ':authority': authority }
  for (const name in headers) {
    const value = headers[name]
    // Nothing but the authority says the host: beside it an unsigned one would choose the bucket.
    if (!name.startsWith(':') && name !== 'host')
      out[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return out
}

/** Bytes to come; -1 when nobody said. */
function bodyLength(request: AnyRequest, headers: Headers): number {
  const declared = headers['content-length']
  if (declared !== undefined) return Number(declared)
  if (headers['transfer-encoding'] !== undefined) return -1
  return 'stream' in request && !request.stream.endAfterHeaders ? -1 : 0
}

function readWhole(request: AnyRequest, length: number): Promise<RequestBody> | Buffer {
  if (length === 0) return noBody
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined
    let rest: Buffer[] | undefined
    const watching = watch(() => resolve(stalledBody()))
    request.once('close', watching.end)
    request.on('data', (piece: Buffer) => {
      watching.alive()
      if (!first) first = piece
      else (rest ??= [first]).push(piece)
    })
    request.once('end', () => {
      watching.end()
      resolve(rest ? Buffer.concat(rest) : (first ?? noBody))
    })
    request.once('error', reject)
    request.once('aborted', () => reject(goneError()))
  })
}

async function* arriving(request: AnyRequest): AsyncGenerator<Uint8Array> {
  try {
    yield* inTime(request)
  } catch (error) {
    throw isGone(error) ? new BrokenOff() : error
  }
}

async function send(
  response: AnyResponse,
  { status, headers, body }: OutgoingHttp,
  head: boolean,
  unread: boolean,
): Promise<void> {
  const streams = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
  if (!streams) setLength(headers, status, body)
  writeHead(response, status, headers, unread)
  if (head || body === undefined) {
    response.end()
    await letGo(body)
  } else if (streams) await pipeline(asReadable(body), response)
  else response.end(body)
}

function setLength(
  headers: [string, string][],
  status: number,
  body: string | Uint8Array | undefined,
): void {
  if (status === 204 || status === 304) return
  if (headers.some(([name]) => name.toLowerCase() === 'content-length')) return
  const size = typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0)
  headers.push(['Content-Length', String(size)])
}

function writeHead(
  response: AnyResponse,
  status: number,
  headers: [string, string][],
  unread: boolean,
): void {
  if ('stream' in response) {
    const all: Record<string, string> = {}
    for (const [name, value] of headers) all[name.toLowerCase()] = value
    response.writeHead(status, all)
    return
  }
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  if (unread) flat.push('Connection', 'close')
  response.writeHead(status, flat)
}

function asReadable(body: AsyncIterable<Uint8Array>): Readable {
  return body instanceof Readable ? body : Readable.from(body, { objectMode: false })
}
