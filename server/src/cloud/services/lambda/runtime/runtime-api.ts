import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the runtime is given to work on. */
export interface Work {
  requestId: string
  payload: Uint8Array
  deadlineMs: number
  functionArn: string
  traceId: string
  clientContext?: string | undefined
}

export interface RuntimeHooks {
  /** A piece of an answer that is given while the handler still runs; `responded` comes at its end. */
  streamed(requestId: string, piece: Buffer, contentType: string): void
  /** The runtime asked for work and waits. */
  idle(): void
  responded(requestId: string, payload: Buffer): void
  failed(requestId: string, payload: Buffer): void
  initFailed(payload: Buffer): void
}

/** The Runtime API (2018-06-01) of one execution environment, on a loopback port of its own. */
export interface RuntimeApi {
  /** `127.0.0.1:<port>`, for AWS_LAMBDA_RUNTIME_API. */
  address: string
  /** Answers the waiting `next`; the runtime is idle, so there is one. */
  give(work: Work): void
  close(): void
}

export const RESPONSE_LIMIT_BYTES = 6_291_556

export async function openRuntimeApi(hooks: RuntimeHooks): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined
  const server = createServer((request, response) => {
    serve(request, response, hooks, (next) => {
      waiting = next
      hooks.idle()
    }).catch(() => response.destroy()) // the process broke off: its exit tells
  })
  // The runtime waits for work as long as nobody calls the function.
  server.requestTimeout = 0
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    give(work) {
      const next = waiting
      waiting = undefined
      if (next) sendWork(next, work)
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  hooks: RuntimeHooks,
  wait: (next: ServerResponse) => void,
): Promise<void> {
  const path = (request.url ?? '').replace(/^\/2018-06-01\/runtime\//, '')
  if (request.method === 'GET' && path === 'invocation/next') return wait(response)
  const [, id, kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
  if (request.method !== 'POST' || !(path === 'init/error' || id)) {
    return reply(response, 404, { errorMessage: `no ${path} here`, errorType: 'InvalidRequest' })
  }
  if (id && kind === 'response' && request.headers[MODE] === 'streaming') {
    await readStream(request, id, hooks)
    return reply(response, 202, { status: 'OK' })
  }
  const body = await readBody(request)
  if (!id) hooks.initFailed(body ?? tooLarge(0))
  else if (body && kind === 'response') hooks.responded(id, body)
  else hooks.failed(id, body ?? tooLarge(RESPONSE_LIMIT_BYTES))
  reply(response, body ? 202 : 413, { status: body ? 'OK' : 'too large' })
}

const MODE = 'lambda-runtime-function-response-mode'
const ERROR_BODY = 'lambda-runtime-function-error-body'

/** An error after the first piece comes in the trailers, its body in base64. */
async function readStream(
  request: IncomingMessage,
  id: string,
  hooks: RuntimeHooks,
): Promise<void> {
  const contentType = request.headers['content-type'] ?? 'application/octet-stream'
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) {
    pieces.push(piece)
    hooks.streamed(id, piece, contentType)
  }
  const error = request.trailers[ERROR_BODY]
  if (error === undefined) hooks.responded(id, Buffer.concat(pieces))
  else hooks.failed(id, Buffer.from(error, 'base64'))
}

const tooLarge = (limit: number) =>
  Buffer.from(
    JSON.stringify({
      errorMessage: `Response payload size exceeded maximum allowed payload size (${limit} bytes).`,
      errorType: 'Function.ResponseSizeTooLarge',
    }),
  )

/** Undefined when it is longer than a response may be. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length
    if (sizeBytes <= RESPONSE_LIMIT_BYTES) pieces.push(piece)
  }
  return sizeBytes > RESPONSE_LIMIT_BYTES ? undefined : Buffer.concat(pieces)
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(text)
}

function sendWork(response: ServerResponse, work: Work): void {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': work.payload.length,
    'lambda-runtime-aws-request-id': work.requestId,
    'lambda-runtime-deadline-ms': String(work.deadlineMs),
    'lambda-runtime-invoked-function-arn': work.functionArn,
    'lambda-runtime-trace-id': work.traceId,
    ...(work.clientContext && { 'lambda-runtime-client-context': decoded(work.clientContext) }),
  })
  response.end(work.payload)
}

/** Callers encode it; the runtime gets the JSON, its letters as a header can hold them. */
const decoded = (context: string) =>
  JSON.stringify(JSON.parse(Buffer.from(context, 'base64').toString())).replaceAll(
    /[^\u0020-\u007e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
