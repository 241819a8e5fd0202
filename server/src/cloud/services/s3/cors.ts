import type { IncomingHttp, OutgoingHttp, RawRoute } from '../../gateway/index.ts'
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
    matches: (request) =>
      request.method === 'OPTIONS' &&
      parts.buckets.get(placeOf(request, hostNames)?.bucket ?? '') !== undefined,
    async handle(request, { requestId }) {
      const { headers } = request
      const origin = headers['origin']
      const method = headers['access-control-request-method']
      if (!origin || !method) {
        const message = 'Insufficient information. Origin request header needed.'
        return refusal(400, 'BadRequest', message, requestId)
      }
      const bucket = parts.buckets.get(placeOf(request, hostNames)!.bucket)!
      const asked = { origin, method, headers: listOf(headers['access-control-request-headers']) }
      const rules = bucket.settings.cors
      const rule = rules && findRule(rules, asked)
      if (!rule) return refusal(403, 'AccessForbidden', rules ? notAllowed : notEnabled, requestId)
      const allowed: Header[] = asked.headers.length
        ? [['Access-Control-Allow-Headers', asked.headers.join(', ')]]
        : []
      return { status: 200, headers: [...corsHeaders(rule, origin), ...allowed] }
    },
  }
}

const notEnabled = 'CORSResponse: CORS is not enabled for this bucket.'
const notAllowed =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."

function refusal(status: number, code: string, message: string, requestId: string): OutgoingHttp {
  return {
    status,
    headers: [['Content-Type', 'application/xml']],
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`,
  }
}

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
  const rule = rules && findRule(rules, { origin, method: request.method, headers: [] })
  return rule ? { ...reply, headers: [...reply.headers, ...corsHeaders(rule, origin)] } : reply
}
