import type { IncomingHttp, OutgoingHttp, RawRoute } from '../../gateway/index.ts'
import { errorDocument, identifiersOf } from './raw-answers.ts'
import type { S3Parts } from './parts.ts'
import { placeOf } from './place.ts'
import type { CORSRule } from './sdk-shapes.ts'

interface Asked {
  origin: string
  method: string
  headers: string[]
}

type Header = [string, string]

/** `*` at most once in an origin or a header's name, as S3 allows. */
function fits(pattern: string, value: string): boolean {
  const [start, end] = pattern.toLowerCase().split('*') as [string, string?]
  const text = value.toLowerCase()
  if (end === undefined) return text === start
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

/** The first rule that lets the request through. */
export function findRule(rules: CORSRule[], asked: Asked): CORSRule | undefined {
  return rules.find(
    (rule) =>
      rule.AllowedOrigins?.some((origin) => fits(origin, asked.origin)) &&
      rule.AllowedMethods?.includes(asked.method) &&
      asked.headers.every((name) => rule.AllowedHeaders?.some((each) => fits(each, name))),
  )
}

export function corsHeaders(rule: CORSRule, origin: string): Header[] {
  const isAny = rule.AllowedOrigins?.includes('*')
  const headers: Header[] = [
    ['Access-Control-Allow-Origin', isAny ? '*' : origin],
    ['Access-Control-Allow-Methods', rule.AllowedMethods?.join(', ') ?? ''],
  ]
  if (rule.ExposeHeaders?.length) {
    headers.push(['Access-Control-Expose-Headers', rule.ExposeHeaders.join(', ')])
  }
  if (rule.MaxAgeSeconds !== undefined) {
    headers.push(['Access-Control-Max-Age', String(rule.MaxAgeSeconds)])
  }
  if (!isAny) headers.push(['Access-Control-Allow-Credentials', 'true'])
  headers.push(['Vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'])
  return headers
}

/** Preflights, which browsers send unsigned. */
export function preflightRoute(parts: S3Parts, hostNames: string[]): RawRoute {
  return {
    name: 's3-preflight',
    matches: (request, { host }) => {
      if (request.method !== 'OPTIONS') return false
      const bucket = placeOf(request, hostNames)?.bucket ?? ''
      // Of hosts and paths that are no bucket some belong to other services.
      return (
        parts.buckets.get(bucket) !== undefined ||
        (hostNames.includes(host) && /^[a-z0-9][a-z0-9.-]{2,62}$/.test(bucket))
      )
    },
    async handle(request, { requestId }) {
      const answer = preflight(parts, request, hostNames)
      if ('status' in answer) return errorDocument(answer, requestId)
      const { rule, asked } = answer
      const headers = corsHeaders(rule, asked.origin)
      if (asked.headers.length > 0) {
        headers.push(['Access-Control-Allow-Headers', asked.headers.join(', ')])
      }
      headers.push(['Content-Length', '0'], ...identifiersOf(requestId))
      return { status: 200, headers }
    },
  }
}

interface Refused {
  status: number
  code: string
  message: string
  members?: Record<string, unknown>
}

function preflight(
  parts: S3Parts,
  request: IncomingHttp,
  hostNames: string[],
): { rule: CORSRule; asked: Asked } | Refused {
  const { headers } = request
  const { origin } = headers
  const method = headers['access-control-request-method']
  if (!origin) {
    const message = 'Insufficient information. Origin request header needed.'
    return { status: 400, code: 'BadRequest', message }
  }
  const place = placeOf(request, hostNames)!
  const refusal = (message: string, ResourceType: string) => ({
    status: 403,
    code: 'AccessForbidden',
    message: `CORSResponse: ${message}`,
    members: { Method: method ?? 'OPTIONS', ResourceType },
  })
  const bucket = parts.buckets.get(place.bucket)
  // About the bucket whatever key or method was asked for (as observed).
  if (!bucket) return refusal('Bucket not found', 'BUCKET')
  const rules = bucket.settings.cors
  if (!rules) return refusal('CORS is not enabled for this bucket.', 'BUCKET')
  if (!method || !methods.has(method)) {
    const message = `Invalid Access-Control-Request-Method: ${method ?? 'null'}`
    return { status: 400, code: 'BadRequest', message }
  }
  // Quoted as it was sent.
  const wanted = headers['access-control-request-headers']?.split(',') ?? []
  const wrong = wanted.find((each) => each.trim() !== '' && !isToken(each.trim()))
  if (wrong !== undefined) {
    const message = `Access-Control-Request-Headers "${wrong}" contains invalid character.`
    return { status: 400, code: 'BadRequest', message }
  }
  const asked = { origin, method, headers: listOf(headers['access-control-request-headers']) }
  const rule = findRule(rules, asked)
  return rule ? { rule, asked } : refusal(notAllowed, place.key === '' ? 'BUCKET' : 'OBJECT')
}

/** What a header's name may be made of. */
export const isToken = (name: string): boolean => /^[!#$%&'*+.^_`|~\w-]+$/.test(name)

const methods = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE'])

// The misspelling is S3's own.
const notAllowed =
  "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."

const listOf = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)

/** Adds what a page from elsewhere needs to read the answer. */
export function withCors(
  parts: S3Parts,
  hostNames: string[],
  request: IncomingHttp,
  reply: OutgoingHttp,
): OutgoingHttp {
  const { origin } = request.headers
  const rules =
    origin && parts.buckets.get(placeOf(request, hostNames)?.bucket ?? '')?.settings.cors
  const headers = listOf(request.headers['access-control-request-headers'])
  const rule = rules && findRule(rules, { origin, method: request.method, headers })
  return rule ? { ...reply, headers: [...reply.headers, ...corsHeaders(rule, origin)] } : reply
}
