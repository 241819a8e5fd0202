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
}

export interface OutgoingReply {
  status: number
  headers: IncomingHttpHeaders
  /** Where the answer came from, after redirects. */
  url: URL
  body: IncomingMessage
}

const IDLE_MS = 30_000

/** One call, to the address that was looked at and no other. */
export function callTarget(target: Target, call: OutgoingCall): Promise<OutgoingReply> {
  const { url, address, family } = target
  const send = url.protocol === 'https:' ? secure : plain
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: call.method ?? 'GET',
      headers: { 'user-agent': 'madang', ...call.headers },
      agent: false,
      signal: call.signal,
      // Instead of asking DNS again, which might say something else this time.
      lookup: (_host, options, done) =>
        options.all ? done(null, [{ address, family }]) : done(null, address, family),
    })
    request.setTimeout(call.idleMs ?? IDLE_MS, () =>
      request.destroy(new Error(`${target.host} said nothing for too long`)),
    )
    request.on('error', reject)
    request.on('response', (body) => {
      const { statusCode: status = 0, headers } = body
      resolve({ status, headers, url, body })
    })
    request.end(call.body)
  })
}

/** The answer as text; whoever sends more than `limitBytes` is cut off. */
export async function textOf(reply: OutgoingReply, limitBytes: number): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of reply.body as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > limitBytes) throw new Error(`${reply.url.host} sent more than ${limitBytes} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
