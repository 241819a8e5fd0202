import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer as createHttp2Server, type Http2Server, type Http2Session } from 'node:http2'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import type { IncomingHttp, OutgoingHttp } from './http.ts'
import { exchange, type AnyRequest, type AnyResponse } from './node-http.ts'

export interface Listener {
  host: string
  port: number
  /** Stops accepting, lets requests in flight end for at most `graceMs`, then cuts them. */
  close(graceMs?: number): Promise<void>
}

export interface ListenOptions {
  handle(request: IncomingHttp): Promise<OutgoingHttp>
  /** Default 127.0.0.1. */
  host?: string
  /** Default 0: any free one. */
  port?: number
  /** Told of what a client can't be told: a stream that broke, a handler that threw. */
  failed?(error: unknown): void
}

// S3 allows 8 KB of headers and 2 KB of metadata; presigned URLs and session tokens need more.
const headerLimitBytes = 64 * 1024
const idleMs = 65_000

const preface = Buffer.from('PRI * HTTP/2.0')

/**
 * One cleartext port for HTTP/1.1 and HTTP/2 with prior knowledge (which the SDK's Kinesis client
 * speaks by default): the first bytes of a connection tell which.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const answer = answering(options)
  const http = createHttpServer({ maxHeaderSize: headerLimitBytes, requestTimeout: 0 }, answer)
  http.keepAliveTimeout = idleMs
  http.headersTimeout = 60_000
  // node:http keeps its list of connections from this event on, and this server never listens itself:
  // without it no idle connection is found when closing.
  http.emit('listening')
  const http2 = createHttp2Server({ settings: { maxHeaderListSize: headerLimitBytes } }, answer)
  const sockets = new Set<Socket>()
  const sessions = new Set<Http2Session>()
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    sniff(socket, http, http2)
  })
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  const close = async (graceMs = 5000) => {
    // A session ends when its streams have: a client learns that no new one is taken.
    for (const session of sessions) session.close()
    await closeAll(server, http, sockets, graceMs)
  }
  return { host: address, port, close }
}

function sniff(socket: Socket, http: HttpServer, http2: Http2Server): void {
  // A client that says nothing holds no socket for ever; a reset before the first byte is no news.
  const onError = () => socket.destroy()
  const onIdle = () => socket.destroy()
  socket.on('error', onError)
  socket.setTimeout(idleMs, onIdle)
  socket.once('data', (first) => {
    socket.off('error', onError)
    socket.off('timeout', onIdle)
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(first)
    const length = Math.min(first.length, preface.length)
    const isHttp2 = length > 3 && preface.compare(first, 0, length, 0, length) === 0
    // node:http must be told to read on; node:http2 takes the socket's handle over by itself.
    if (isHttp2) http2.emit('connection', socket)
    else {
      http.emit('connection', socket)
      socket.resume()
    }
  })
}

async function closeAll(
  server: Server,
  http: HttpServer,
  sockets: Set<Socket>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  http.closeIdleConnections()
  const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs)
  const sweep = setInterval(() => http.closeIdleConnections(), 50)
  await closed
  clearTimeout(cut)
  clearInterval(sweep)
  http.close()
}

/** Shared by both servers: node's HTTP/2 compatibility API has the same shape as node:http's. */
function answering({ handle, failed }: ListenOptions) {
  return (request: AnyRequest, response: AnyResponse): void => {
    exchange(request, response, handle).catch((error: unknown) => {
      if (!isGone(error)) failed?.(error)
      // Too late for an error in the client's form: a cut connection says that it isn't whole.
      if ('stream' in response) response.stream?.destroy()
      else response.destroy()
    })
  }
}

function isGone(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
}
