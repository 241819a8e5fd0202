import { STATUS_CODES } from 'node:http'
import type { OutgoingHttp } from '../http.ts'

export const keepAliveS = 65

export interface AnswerHead {
  /** Latin-1, the empty line included. */
  text: string
  /** No further request is read after this answer. */
  isLast: boolean
  /** How the body is delimited: its length, or chunks; undefined when there is none to send. */
  body: { declaredBytes: number } | 'chunked' | undefined
}

export interface Answered {
  method: string
  isLast: boolean
}

/**
 * The head of an answer as node:http would send it, with Date, Connection and Keep-Alive.
 * Throws TypeError for a name or a value that would break out of its line.
 */
export function answerHead(reply: OutgoingHttp, request: Answered): AnswerHead {
  const { status, body } = reply
  let text = statusLine(status)
  let declared: string | undefined
  let hasDate = false
  let { isLast } = request
  for (const [name, value] of reply.headers) {
    const role = roleOf(name)
    if (forbidden.test(value)) throw new TypeError(`Invalid character in header ${name}`)
    if (role === 'framing') continue
    if (role === 'connection') {
      if (/\bclose\b/i.test(value)) isLast = true
      continue
    }
    if (role === 'length') declared = value
    if (role === 'date') hasDate = true
    text += `${name}: ${value}\r\n`
  }
  const bodiless = status === 204 || status === 304
  if (!bodiless && declared === undefined && !isStream(body)) {
    declared = String(sizeOf(body))
    text += `Content-Length: ${declared}\r\n`
  }
  const isChunked = declared === undefined && !bodiless
  if (isChunked) text += 'Transfer-Encoding: chunked\r\n'
  text += closing(isLast, hasDate)
  const sends = !bodiless && request.method !== 'HEAD' && body !== undefined
  const delimited = isChunked ? 'chunked' : { declaredBytes: Number(declared) }
  return { text, isLast, body: sends ? delimited : undefined }
}

export function isStream(body: OutgoingHttp['body']): body is AsyncIterable<Uint8Array> {
  return body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
}

function sizeOf(body: string | Uint8Array | undefined): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : (body?.length ?? 0)
}

const lines = new Map<number, string>()

function statusLine(status: number): string {
  let line = lines.get(status)
  if (line === undefined) {
    if (!Number.isInteger(status) || status < 200 || status > 999) {
      throw new RangeError(`Invalid status code: ${status}`)
    }
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`
    lines.set(status, line)
  }
  return line
}

// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const forbidden = /[^\t\x20-\x7e\x80-\xff]/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

type Role = 'plain' | 'length' | 'date' | 'connection' | 'framing'

// Framing is this connection's own business, whatever an operation passes on from elsewhere.
const roles: Record<string, Role> = {
  'content-length': 'length',
  date: 'date',
  connection: 'connection',
  'keep-alive': 'framing',
  'transfer-encoding': 'framing',
  trailer: 'framing',
  upgrade: 'framing',
}

const known = new Map<string, Role>()
const rememberedNames = 1000

function roleOf(name: string): Role {
  const found = known.get(name)
  if (found) return found
  if (!token.test(name)) throw new TypeError(`Invalid header name ${JSON.stringify(name)}`)
  const lower = name.toLowerCase()
  const role = Object.hasOwn(roles, lower) ? roles[lower]! : 'plain'
  if (known.size >= rememberedNames) known.clear()
  known.set(name, role)
  return role
}

const goesOn = `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveS}\r\n\r\n`
const ends = 'Connection: close\r\n\r\n'

let dateSecond = 0
let dateLine = ''

/** The last lines of a head; the date changes once a second. */
function closing(isLast: boolean, hasDate: boolean): string {
  const rest = isLast ? ends : goesOn
  if (hasDate) return rest
  const second = Math.floor(Date.now() / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateLine = `Date: ${new Date(second * 1000).toUTCString()}\r\n`
  }
  return dateLine + rest
}
