import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { Http2Server, Http2Session } from 'node:http2'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { isGone } from './gone.ts'
import type { IncomingHttp, OutgoingHttp } from './http.ts'
import { keepAliveS, PlainConnection, readInto } from './http1/index.ts'
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
const sweepMs = 5000

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\n')

/**
 * One cleartext port for plain HTTP/1.1 (`http1/`), for node:http, which gets every connection with a
 * request that isn't plain, and for HTTP/2 with prior knowledge (which the SDK's Kinesis client speaks
 * by default): the first bytes of a connection tell.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const answer = answering(options)
  const http = createHttpServer({ maxHeaderSize: headerLimitBytes, requestTimeout: 0 }, answer)
  http.keepAliveTimeout = keepAliveS * 1000
  http.headersTimeout = 60_000
  // node:http keeps its list of connections from this event on, and this server never listens itself:
  // without it no idle connection is found when closing.
  http.emit('listening')
  const sockets = new Set<Socket>()
  const sessions = new Set<Http2Session>()
  let loaded: Promise<Http2Server> | undefined
  const http2 = () => (loaded ??= http2Server(answer, sessions))
  const plain = new Set<PlainConnection>()
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => {
    const socket = readInto(accepted, () => connection)
    const connection: PlainConnection = new PlainConnection(socket, {
      handle: options.handle,
      failed: (error) => tell(options, error),
      handOver(_socket, unread, isFirst) {
        plain.delete(connection)
        handOver(socket, unread, isFirst, { http, http2 })
      },
    })
    socket.resume()
    plain.add(connection)
    sockets.add(socket)
    socket.once('close', () => {
      plain.delete(connection)
      sockets.delete(socket)
    })
  })
  const sweep = setInterval(() => {
    const now = performance.now()
    // What arrived while this process was busy is read before anyone is told to be late.
    setImmediate(() => plain.forEach((connection) => connection.checkTime(now)))
  }, sweepMs).unref()
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  const close = async (graceMs = 5000) => {
    // A session ends when its streams have: a client learns that no new one is taken.
    for (const session of sessions) session.close()
    for (const connection of plain) connection.close()
    await closeAll(server, http, sockets, graceMs)
    clearInterval(sweep)
  }
  return { host: address, port, close }
}

type Answer = ReturnType<typeof answering>

/** Loaded for the first client that speaks it: 5 ms of a start that most never need. */
async function http2Server(answer: Answer, sessions: Set<Http2Session>): Promise<Http2Server> {
  const { createServer: createHttp2Server } = await import('node:http2')
  const settings = { maxHeaderListSize: headerLimitBytes }
  return createHttp2Server({ settings }, answer).on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
}

interface Servers {
  http: HttpServer
  http2(): Promise<Http2Server>
}

function handOver(socket: Socket, unread: Buffer, isFirst: boolean, to: Servers): void {
  socket.pause()
  // Both servers expect a socket that ends with its client.
  socket.allowHalfOpen = false
  socket.unshift(unread)
  const isHttp2 = isFirst && unread.subarray(0, preface.length).equals(preface)
  // node:http must be told to read on; node:http2 takes the socket's handle over by itself.
  if (isHttp2) void to.http2().then((server) => server.emit('connection', socket))
  else {
    to.http.emit('connection', socket)
    socket.resume()
  }
}

async function closeAll(
  server: Server,
  http: HttpServer,
  sockets: Set<Socket>,
  graceMs: number,
): Promise<void> {
  const gone = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))
  // The server itself knows of none that it gave to `readInto`.
  const closed = Promise.all([
    new Promise<void>((resolve) => server.close(() => resolve())),
    ...Array.from(sockets, gone),
  ])
  http.closeIdleConnections()
  const cut = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs)
  const sweep = setInterval(() => http.closeIdleConnections(), 50)
  await closed
  clearTimeout(cut)
  clearInterval(sweep)
  http.close()
}

/** Shared by both servers: node's HTTP/2 compatibility API has the same shape as node:http's. */
function answering(options: ListenOptions) {
  return (request: AnyRequest, response: AnyResponse): void => {
    exchange(request, response, options.handle).catch((error: unknown) => {
      tell(options, error)
      // Too late for an error in the client's form: a cut connection says that it isn't whole.
      if ('stream' in response) response.stream?.destroy()
      else response.destroy()
    })
  }
}

/** A client that left is no failure of ours. */
function tell({ failed }: ListenOptions, error: unknown): void {
  if (!isGone(error)) failed?.(error)
}
