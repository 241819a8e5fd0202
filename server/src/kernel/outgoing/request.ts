import { type IncomingHttpHeaders, type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import type { Target } from './target.ts'

export interface OutgoingCall {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  signal?: AbortSignal
  /** Milliseconds without a byte after which the call is given up; 30 s unless told. */
  idleMs?: number
  /** False: an answer that sends elsewhere is the answer. */
  follow?: boolean
  /** True: whoever calls looks at the certificate, `reply.body.socket` has it. */
  isAnyCertificate?: boolean
}

export interface OutgoingReply {
  status: number
  headers: IncomingHttpHeaders
  /** Where the answer came from, after redirects. */
  url: URL
  body: IncomingMessage
}

const IDLE_MS = 30_000

/** One call, to the addresses that were looked at and no other. */
export function callTarget(target: Target, call: OutgoingCall): Promise<OutgoingReply> {
  const { url, address, family, addresses } = target
  const send = url.protocol === 'https:' ? secure : plain
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: call.method ?? 'GET',
      headers: { 'user-agent': 'madang', ...call.headers },
      agent: false,
      ...(call.isAnyCertificate && { rejectUnauthorized: false }),
      signal: call.signal,
      // Instead of asking DNS again, which might say something else this time.
      lookup: (_host, options, done) =>
        options.all ? done(null, addresses) : done(null, address, family),
    })
    request.setTimeout(call.idleMs ?? IDLE_MS, () =>
      request.destroy(new Error(`${target.host} said nothing for too long`)),
    )
    request.on('error', (error) => reject(reasonOf(error, call.signal)))
    request.on('response', (body) => {
      const { statusCode: status = 0, headers } = body
      resolve({ status, headers, url, body })
    })
    request.end(call.body)
  })
}

/** What a person can look up: the first of several addresses' failures, or why the call was ended. */
function reasonOf(error: Error, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  return error instanceof AggregateError ? error.errors[0] : error
}

/** The whole answer; whoever sends more than `limitBytes` is cut off. */
export async function bytesOf(reply: OutgoingReply, limitBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of reply.body as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > limitBytes) throw new Error(`${reply.url.host} sent more than ${limitBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** The answer as text, within the same limit. */
export const textOf = async (reply: OutgoingReply, limitBytes: number): Promise<string> =>
  (await bytesOf(reply, limitBytes)).toString('utf8')
