import type { CallFact } from './gateway/index.ts'

/** The calls of late, newest first. */
export interface Trail {
  record(fact: CallFact): void
  list(filter: TrailFilter): TrailEntry[]
  clear(): void
}

export interface TrailFilter {
  service?: string
  /** Only calls that were refused or failed. */
  refusedOnly?: boolean
  project?: string
  limit: number
  /** Entries older than this one: the `seq` of the last one seen. */
  beforeSeq?: number
}

export interface TrailEntry extends Omit<CallFact, 'input'> {
  seq: number
  /** What it was about, from the input's own names: `Bucket=site Key=index.html`. */
  about: string
}

/** Calls with a session of this name aren't kept: the console looking must not fill the list. */
export const CONSOLE_SESSION = 'madang-console'

const KEPT_CALLS = 5000
const ABOUT_MEMBERS = 3
const ABOUT_LENGTH = 200
const NAME_LENGTH = 128
const AGENT_LENGTH = 512
const MESSAGE_LENGTH = 2000

/** A ring in memory: recent calls explain a refusal; they aren't an archive. */
export function createTrail(): Trail {
  const ring: TrailEntry[] = []
  let seq = 0
  return {
    record(fact) {
      if (isBackground(fact)) return
      ring[seq % KEPT_CALLS] = entryOf(fact, seq)
      seq++
    },
    list({ limit, beforeSeq = seq, ...filter }) {
      const found: TrailEntry[] = []
      const oldest = Math.max(0, seq - KEPT_CALLS)
      for (let at = Math.min(beforeSeq, seq) - 1; at >= oldest && found.length < limit; at--) {
        const entry = ring[at % KEPT_CALLS]!
        if (wanted(entry, filter)) found.push(entry)
      }
      return found
    },
    clear() {
      ring.length = 0
      seq = 0
    },
  }
}

/** A person reading the list looks for what they or their programs called, not for its machinery. */
function isBackground({ principal, errorCode }: CallFact): boolean {
  if (principal?.sessionName === CONSOLE_SESSION) return true
  return principal?.kind === 'service' && errorCode === undefined
}

/**
 * Inputs can hold megabytes (a function's code); a few names of them are enough. Written out, because
 * to leave one member out by a rest pattern costs more than all else a request's record needs.
 */
function entryOf(fact: CallFact, seq: number): TrailEntry {
  return {
    requestId: fact.requestId,
    at: fact.at,
    durationMs: fact.durationMs,
    service: fact.service,
    operation: kept(fact.operation, NAME_LENGTH),
    account: fact.account,
    region: kept(fact.region, NAME_LENGTH),
    principal: fact.principal,
    sourceIp: fact.sourceIp,
    userAgent: kept(fact.userAgent, AGENT_LENGTH),
    status: fact.status,
    errorCode: fact.errorCode,
    errorMessage: fact.errorMessage && kept(fact.errorMessage, MESSAGE_LENGTH),
    notImplemented: fact.notImplemented,
    inProcess: fact.inProcess,
    about: aboutOf(fact.input),
    seq,
  }
}

/**
 * What a client said may be megabytes long, and the ring has thousands of entries. A copy: a slice
 * would keep the whole text alive.
 */
function kept(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length)).toString()
}

function wanted(entry: TrailEntry, filter: Omit<TrailFilter, 'limit' | 'beforeSeq'>): boolean {
  if (filter.service && entry.service !== filter.service) return false
  if (filter.refusedOnly && entry.errorCode === undefined) return false
  return !filter.project || entry.principal?.context?.['madang:project'] === filter.project
}

/** What may be secret (a parameter's value, a password), or says too much. */
const untold = /secret|token|document|body|password|^value$/i

function aboutOf(input: Record<string, unknown> | undefined): string {
  const parts: string[] = []
  for (const name in input) {
    const value = input[name]
    if (typeof value !== 'string' || value === '' || untold.test(name)) continue
    parts.push(`${name}=${value.length > 80 ? `${kept(value, 79)}…` : value}`)
    if (parts.length === ABOUT_MEMBERS) break
  }
  return parts.join(' ').slice(0, ABOUT_LENGTH)
}
