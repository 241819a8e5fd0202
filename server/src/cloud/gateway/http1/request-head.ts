import type { Headers } from '../http.ts'

// The head of a plain request. Whatever is not perfectly plain is left to node:http, refusals
// included, so that this reader needs no opinion on a malformed request: it only must never accept one
// that node:http would read otherwise. What it leaves alone: RFC 9112, 2.2, 5 and 6.

export interface PlainHead {
  method: string
  /** Origin form, as sent. */
  url: string
  headers: Headers
  bodyBytes: number
  /** Length of the head, its empty line included. */
  headBytes: number
  /** The client said `Connection: close`. */
  isLast: boolean
}

/** `partial`: more has to arrive; `unusual`: node:http's. */
export type HeadReading = PlainHead | 'partial' | 'unusual'

/** Bodies up to here come whole, in one buffer; longer ones as they arrive. */
export const wholeBodyBytes = 64 * 1024

const headLimitBytes = 16 * 1024
const headerLimit = 100
const methods = new Set(['GET', 'PUT', 'POST', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS'])
const version = ' HTTP/1.1'
const plainUrl = /^\/[!"$-~]*$/
const plainLength = /^(?:0|[1-9]\d{0,14})$/

// A control character, or a line end that isn't CR and LF together; tabs are allowed in values.
// oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const strange = /[\0-\b\v\f\x0e-\x1f\x7f]|\r(?!\n|$)|(?<!\r)\n/

const SPACE = 32
const TAB = 9

export function readHead(bytes: Buffer): HeadReading {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0 || end > headLimitBytes) {
    if (bytes.length > headLimitBytes || strange.test(bytes.toString('latin1'))) return 'unusual'
    return 'partial'
  }
  const text = bytes.toString('latin1', 0, end + 2)
  if (strange.test(text)) return 'unusual'
  const lineEnd = text.indexOf('\r\n')
  const space = text.indexOf(' ')
  const urlEnd = lineEnd - version.length
  const method = text.slice(0, space)
  const url = text.slice(space + 1, urlEnd)
  if (!methods.has(method) || !text.startsWith(version, urlEnd) || !plainUrl.test(url)) {
    return 'unusual'
  }
  const head = { method, url, bodyBytes: 0, headBytes: end + 4, isLast: false }
  return readHeaders(text, lineEnd + 2, head)
}

function readHeaders(text: string, from: number, about: Omit<PlainHead, 'headers'>): HeadReading {
  const headers = new HeaderBag() as Headers
  let count = 0
  for (let at = from; at < text.length;) {
    const end = text.indexOf('\r\n', at)
    const colon = text.indexOf(':', at)
    // No colon, no name, a folded line: each is a way of hiding a header from one of two readers.
    if (colon < 0 || colon >= end || ++count > headerLimit) return 'unusual'
    const known = nameOf(text.slice(at, colon))
    if (!known || headers[known.name] !== undefined) return 'unusual'
    const value = trimmed(text, colon + 1, end)
    if (known.takes && !known.takes(value, about)) return 'unusual'
    headers[known.name] = value
    at = end + 2
  }
  return headers['host'] === undefined ? 'unusual' : { ...about, headers }
}

/** Spaces and tabs only: String.trim would take a no-break space as well. */
function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === SPACE || code === TAB

interface KnownName {
  /** Lower case. */
  name: string
  /** Acts on a header that frames the message; false when it isn't plain. */
  takes?: (value: string, about: Omit<PlainHead, 'headers'>) => boolean
}

const never = () => false

const framing: Record<string, KnownName['takes']> = {
  'transfer-encoding': never,
  expect: never,
  upgrade: never,
  trailer: never,
  ['__proto__']: never,
  'content-length'(value, about) {
    if (!plainLength.test(value)) return false
    about.bodyBytes = Number(value)
    return true
  },
  connection(value, about) {
    const said = value.toLowerCase()
    about.isLast = said === 'close'
    return about.isLast || said === 'keep-alive'
  },
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

// Clients spell a name the same way all day; the limit is for one that makes names up.
const names = new Map<string, KnownName | undefined>()
const rememberedNames = 1000

function nameOf(text: string): KnownName | undefined {
  const known = names.get(text)
  if (known) return known
  if (!token.test(text)) return undefined
  const name = text.toLowerCase()
  const takes = Object.hasOwn(framing, name) ? framing[name] : undefined
  const made = takes ? { name, takes } : { name }
  if (names.size >= rememberedNames) names.clear()
  names.set(text, made)
  return made
}

/** Without a prototype, so that a header called `constructor` is there only when it was sent. */
const HeaderBag = function () {} as unknown as new () => object
HeaderBag.prototype = Object.create(null)
