import type { Headers } from './http.ts'
import { type OldClaim, oldHeaderClaim, oldQueryClaim } from './sigv2.ts'
import { algorithm, timeOfAmzDate } from './sigv4-canonical.ts'
import type { Needed } from './sigv4-refusals.ts'

/** What a request says about who signed it, before anything is believed. */
export interface Claim {
  accessKeyId: string
  /** YYYYMMDD */
  date: string
  region: string
  service: string
  /** `<date>/<region>/<service>/aws4_request` */
  scope: string
  signedHeaders: string[]
  signature: string
  amzDate: string
  /** Milliseconds since the epoch; undefined when the date doesn't parse. */
  signedAt: number | undefined
  sessionToken: string | undefined
  /** Set on presigned URLs. */
  expiresS?: number
}

type Scope = Pick<Claim, 'accessKeyId' | 'date' | 'region' | 'service' | 'scope'>

/**
 * `none`: unsigned, or by a scheme of the application's own; `old`: signature version 2; `lacking`
 * and `broken`: version 4 with something missing or wrong; `twice`: by header and by query.
 */
export type ClaimResult =
  | { kind: 'signed'; claim: Claim }
  | { kind: 'none' }
  | { kind: 'twice' }
  | { kind: 'old'; claim?: OldClaim }
  | { kind: 'lacking'; part: Needed }
  | { kind: 'broken'; what: string; presigned: boolean }

/** Reads the claim from the Authorization header or, on presigned URLs, from the query. */
export function readClaim(headers: Headers, query: URLSearchParams): ClaimResult {
  const header = headers['authorization']
  if (header !== undefined) {
    const isTwice = query.size > 0 && isForS3(header) && isInQuery(query)
    return isTwice ? { kind: 'twice' } : fromHeader(header, headers)
  }
  if (query.size === 0) return { kind: 'none' }
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature')) return fromQuery(query)
  const isOld = query.has('AWSAccessKeyId') || query.has('Signature')
  return isOld ? { kind: 'old', claim: oldQueryClaim(query) } : { kind: 'none' }
}

/** Only S3 takes signatures in the query, too: elsewhere these are parameters like any other. */
const isForS3 = (header: string) => header.startsWith('AWS ') || header.includes('/s3/aws4_request')

const isInQuery = (query: URLSearchParams) => query.has('X-Amz-Algorithm') || query.has('Signature')

function fromHeader(header: string, headers: Headers): ClaimResult {
  if (header.startsWith('AWS ')) return { kind: 'old', claim: oldHeaderClaim(header, headers) }
  // Version 4A (AWS4-ECDSA-…) is as unsupported as version 2; other schemes are the application's.
  if (!header.startsWith(algorithm)) return { kind: header.startsWith('AWS4-') ? 'old' : 'none' }
  const { credential, signedHeaders, signature } = fieldsOf(header)
  if (!credential) return lacking('Credential')
  if (!signature) return lacking('Signature')
  if (!signedHeaders) return lacking('SignedHeaders')
  const amzDate = headers['x-amz-date'] ?? httpDate(headers['date'])
  if (!amzDate) return lacking('Date')
  return withScope(credential, {
    signedHeaders: remembered(headerLists, signedHeaders, namesOf),
    signature,
    amzDate,
    signedAt: timeOfAmzDate(amzDate),
    sessionToken: headers['x-amz-security-token'],
  })
}

interface Fields {
  credential: string | undefined
  signedHeaders: string | undefined
  signature: string | undefined
}

const signatureLength = 64
const plainSignature = /^[0-9a-f]+$/

// Before the signature, which comes last, a client says the same in each request.
const lastRead = { lead: '', fields: undefined as Fields | undefined }

function fieldsOf(header: string): Fields {
  const end = header.length - signatureLength
  const { lead, fields } = lastRead
  if (fields && lead.length === end && header.startsWith(lead)) {
    const signature = header.slice(end)
    if (plainSignature.test(signature)) return { ...fields, signature }
  }
  const read = {
    credential: field(header, 'Credential'),
    signedHeaders: field(header, 'SignedHeaders'),
    signature: field(header, 'Signature'),
  }
  if (read.signature === header.slice(end) && header.length <= rememberedLength) {
    lastRead.lead = header.slice(0, end)
    lastRead.fields = read
  }
  return read
}

function field(header: string, name: string): string | undefined {
  const at = header.indexOf(`${name}=`)
  if (at < 0) return undefined
  const from = at + name.length + 1
  const comma = header.indexOf(',', from)
  return (comma < 0 ? header.slice(from) : header.slice(from, comma)).trim()
}

function httpDate(date: string | undefined): string | undefined {
  if (!date) return undefined
  if (timeOfAmzDate(date) !== undefined) return date
  const time = Date.parse(date)
  if (Number.isNaN(time)) return undefined
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}

const needed = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
]

function fromQuery(query: URLSearchParams): ClaimResult {
  if (needed.some((name) => !query.has(name))) {
    return broken(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
        'X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      true,
    )
  }
  if (query.get('X-Amz-Algorithm') !== algorithm) {
    return broken(
      'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"',
      true,
    )
  }
  const amzDate = query.get('X-Amz-Date')!
  const expiresS = Number(query.get('X-Amz-Expires'))
  const wrong = wrongExpiry(expiresS)
  if (wrong) return broken(wrong, true)
  if (timeOfAmzDate(amzDate) === undefined) {
    return broken("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", true)
  }
  return withScope(
    query.get('X-Amz-Credential')!,
    {
      signedHeaders: query.get('X-Amz-SignedHeaders')!.toLowerCase().split(';'),
      signature: query.get('X-Amz-Signature')!,
      amzDate,
      signedAt: timeOfAmzDate(amzDate),
      sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
      expiresS,
    },
    true,
  )
}

function wrongExpiry(expiresS: number): string | undefined {
  if (!Number.isInteger(expiresS)) return 'X-Amz-Expires should be a number'
  if (expiresS < 0) return 'X-Amz-Expires must be non-negative'
  if (expiresS <= 604_800) return undefined
  return (
    'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires ' +
    'must be less than 604800 seconds'
  )
}

function withScope(
  credential: string,
  rest: Omit<Claim, keyof Scope>,
  presigned = false,
): ClaimResult {
  const scope = remembered(scopes, credential, scopeOf)
  if (typeof scope === 'object') return { kind: 'signed', claim: { ...scope, ...rest } }
  const lead = presigned ? 'Error parsing the X-Amz-Credential parameter; ' : ''
  return broken(lead + scope, presigned)
}

/** The scope, or what is wrong with it. */
function scopeOf(credential: string): Scope | string {
  const parts = credential.split('/')
  const fault = credentialFault(parts)
  if (fault !== undefined) return fault
  // An access key id may itself hold slashes; the scope is the last four.
  const [date, region, service] = parts.slice(-4) as [string, string, string, string]
  const scope = parts.slice(-4).join('/')
  return { accessKeyId: parts.slice(0, -4).join('/'), date, region, service, scope }
}

/** What is wrong with a credential, given by what stands between its slashes. */
export function credentialFault(parts: string[]): string | undefined {
  if (parts.length < 5) {
    return 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
  }
  const terminal = parts.at(-1)
  if (terminal !== 'aws4_request') {
    return `incorrect terminal "${terminal}". This endpoint uses "aws4_request".`
  }
  const date = parts.at(-4)!
  if (/^\d{8}$/.test(date)) return undefined
  return `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`
}

const namesOf = (signedHeaders: string) => signedHeaders.toLowerCase().split(';')

// A client says the same credential and the same header names all day.
const scopes = new Map<string, Scope | string>()
const headerLists = new Map<string, string[]>()
const rememberedLimit = 1000
const rememberedLength = 1000

function remembered<T>(known: Map<string, T>, text: string, read: (text: string) => T): T {
  // A header may be 64 KB of anything.
  if (text.length > rememberedLength) return read(text)
  const found = known.get(text)
  if (found !== undefined) return found
  const made = read(text)
  if (known.size >= rememberedLimit) known.clear()
  known.set(text, made)
  return made
}

const lacking = (part: Needed): ClaimResult => ({ kind: 'lacking', part })

function broken(what: string, presigned = false): ClaimResult {
  return { kind: 'broken', what, presigned }
}
