import { sign } from '../server/src/cloud/gateway/index.ts'

// Signed requests as bytes, made before the first one is sent. What they store differs each time: SQLite
// skips a write that changes nothing, and flatters 2–4 ×.

export interface Keys {
  accessKeyId: string
  secretAccessKey: string
}

export interface Maker {
  port: number
  keys: Keys
}

export interface Call {
  method: string
  url: string
  service: string
  headers?: Record<string, string>
  body?: Buffer | string
}

const ANSWER_MS = 60_000

export const ROOT: Keys = { accessKeyId: 'test', secretAccessKey: 'test' }

/** The headers of a call, signed. A hash given among them is not computed. */
export function signedHeaders({ port, keys }: Maker, call: Call): Record<string, string> {
  const { method, url, service, body = '' } = call
  const headers: Record<string, string> = {
    host: `127.0.0.1:${port}`,
    'content-length': String(body.length),
    ...call.headers,
  }
  const place = { region: 'us-east-1', service, now: Date.now() }
  return sign({ method, url, headers, body, credentials: keys, ...place })
}

export function requestBytes(maker: Maker, call: Call): Buffer {
  const bytes = Buffer.from(call.body ?? '')
  const signed = signedHeaders(maker, { ...call, body: bytes })
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}`)
  const head = `${call.method} ${call.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}

/** One signed call by fetch; gives the text. Throws when it is refused. */
export async function callOnce(maker: Maker, call: Call): Promise<string> {
  const { method, url, service, body = '' } = call
  const host = `127.0.0.1:${maker.port}`
  const headers: Record<string, string> = { host, ...call.headers }
  const place = { region: 'us-east-1', service, now: Date.now() }
  const signed = sign({ method, url, headers, body, credentials: maker.keys, ...place })
  const response = await fetch(`http://${host}${url}`, {
    method,
    headers: signed,
    // A peer that hangs must end the bench with a word, not hold it for ever.
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(body.length > 0 && { body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return text
}

/** A call of a JSON service: its prefix in X-Amz-Target and the operation. */
export function jsonCall(
  service: string,
  target: string,
  input: object,
  version: '1.0' | '1.1' = '1.0',
): Call {
  const headers = {
    'content-type': `application/x-amz-json-${version}`,
    'x-amz-target': target,
  }
  return { method: 'POST', url: '/', service, headers, body: JSON.stringify(input) }
}

/** `sizeBytes` bytes that no other pair of seed and index gives. */
export function bytesOf(sizeBytes: number, seed: number, index: number): Buffer {
  const body = Buffer.alloc(sizeBytes)
  let state = (seed * 1_000_003 + index * 7919 + 1) >>> 0
  for (let at = 0; at + 4 <= sizeBytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    body.writeUInt32LE(state, at)
  }
  return body
}

/** The same as text of printable characters. */
export function textOf(length: number, seed: number, index: number): string {
  return bytesOf(Math.ceil((length * 3) / 4), seed, index)
    .toString('base64')
    .slice(0, length)
}
