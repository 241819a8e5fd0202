import type { IncomingHttpHeaders } from 'node:http'
import { type Clock, type Outgoing, type OutgoingReply, textOf } from '../../kernel/index.ts'
import { refuseRemote } from '../remote/index.ts'
import { refuseImport } from './refuse.ts'

/** The source wants no more calls until then. */
export class SourceBusy extends Error {
  override name = 'SourceBusy'
  readonly untilMs: number

  constructor(untilMs: number) {
    super(`the source wants no more calls until ${new Date(untilMs).toISOString()}`)
    this.untilMs = untilMs
  }
}

export interface SourceReply {
  json: unknown
  headers: IncomingHttpHeaders
}

/** Reads an API below one address. Throws `SourceBusy`, `source…`, `remoteDenied`. */
export interface SourceApi {
  /** A path below the API's address, or the whole address of a next page on the same host. */
  get(path: string): Promise<SourceReply>
}

interface Given {
  apiUrl: string
  headers: Record<string, string>
  outgoing: Outgoing
  clock: Pick<Clock, 'now'>
  signal: AbortSignal
}

const ANSWER_BYTES = 64 * 1024 * 1024
const LONGEST_WAIT_MS = 60 * 60 * 1000
const FALLBACK_WAIT_MS = 60_000

export function createSourceApi(given: Given): SourceApi {
  const { apiUrl, headers, outgoing, clock, signal } = given
  const { host, origin } = new URL(apiUrl)
  return {
    async get(path) {
      const url = path.startsWith('/') ? `${apiUrl}${path}` : path
      const to = URL.parse(url)
      if (to?.origin !== origin) {
        throw refuseImport('sourceElsewhere', { host, elsewhere: to?.host ?? path.slice(0, 100) })
      }
      const reply = await outgoing.fetch(url, { headers, signal })
      const text = await textOf(reply, ANSWER_BYTES)
      checkStatus(reply, { text, host, path: to.pathname, nowMs: clock.now() })
      return { json: readJson(text, { host, path: to.pathname }), headers: reply.headers }
    },
  }
}

interface Asked {
  text: string
  host: string
  path: string
  nowMs: number
}

function checkStatus(reply: OutgoingReply, { text, host, path, nowMs }: Asked): void {
  const { status, headers } = reply
  if (status === 200) return
  const untilMs = busyUntil(status, headers, nowMs)
  if (untilMs !== undefined) throw new SourceBusy(untilMs)
  if (status === 401 || status === 403) throw refuseRemote('remoteDenied', { host })
  if (status === 404) throw refuseRemote('remoteMissing', { host })
  if (status >= 500) throw refuseRemote('remoteFailed', { host, reason: `HTTP ${status} ${path}` })
  throw refuseImport('sourceAnswer', { host, status, path, reason: text.slice(0, 200) })
}

/**
 * When a refused call may be made again. GitHub says 403 or 429 with `x-ratelimit-remaining: 0`
 * (reset in seconds since 1970) or `retry-after`; GitLab 429 with `ratelimit-reset` and
 * `retry-after`; Bitbucket a bare 429.
 */
export function busyUntil(
  status: number,
  headers: IncomingHttpHeaders,
  nowMs: number,
): number | undefined {
  const after = retryAfterMs(headers['retry-after'], nowMs)
  const isSpent = headers['x-ratelimit-remaining'] === '0' || headers['ratelimit-remaining'] === '0'
  const isBusy =
    status === 429 ||
    (status === 403 && (isSpent || after !== undefined)) ||
    (status === 503 && !!after)
  if (!isBusy) return undefined
  const reset = Number(headers['x-ratelimit-reset'] ?? headers['ratelimit-reset'])
  const wait = after ?? (reset > 0 ? reset * 1000 - nowMs : FALLBACK_WAIT_MS)
  // A clock that is off must not hold us for days, nor let us knock without a pause.
  return nowMs + Math.min(LONGEST_WAIT_MS, Math.max(1000, wait))
}

function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at - nowMs
}

/** Throws `sourceShape`. */
export function readJson(text: string, about: { host: string; path: string }): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw refuseImport('sourceShape', about) // an error page, or another program at that address
  }
}

/** Where the `Link` header says the next page is (RFC 8288). */
export function nextLink(headers: IncomingHttpHeaders): string | undefined {
  const links = String(headers['link'] ?? '').matchAll(/<([^>]*)>([^,<]*)/g)
  for (const [, url, rest = ''] of links) if (/\brel="?next"?/.test(rest)) return url
  return undefined
}

const MOST_PAGES = 200

interface ItemsPage<T> {
  items: T[]
  next?: string | null | undefined
}

/** All items of a list that says where its next page is. Throws `sourceTooLong`. */
export async function everyPage<T>(
  first: string,
  about: { host: string; path: string },
  read: (page: string) => Promise<ItemsPage<T>>,
): Promise<T[]> {
  const items: T[] = []
  let next: string | null | undefined = first
  for (let count = 0; next; count++) {
    if (count === MOST_PAGES) throw refuseImport('sourceTooLong', { ...about, most: MOST_PAGES })
    const page = await read(next)
    items.push(...page.items)
    next = page.next
  }
  return items
}

/** The same, where the `Link` header names the next page. */
export function allPages(
  api: SourceApi,
  path: string,
  about: { host: string; path: string },
): Promise<unknown[]> {
  return everyPage(path, about, async (page) => {
    const { json, headers } = await api.get(page)
    return { items: Array.isArray(json) ? (json as unknown[]) : [], next: nextLink(headers) }
  })
}
