import type { Headers, OutgoingHttp } from '../../gateway/index.ts'

export interface UrlRequest {
  method: string
  path: string
  query: URLSearchParams
  rawQuery: string
  headers: Headers
  body: Uint8Array
  sourceIp: string
  scheme: string
  port: string
  /** `Root=1-…`, as the function's environment is told of it, too. */
  trace: string
  host: string
  urlId: string
  account: string
  requestId: string
  now: number
  /** Of a signed caller. */
  iam?: { accessKey?: string | undefined; accountId: string; userArn: string; userId: string }
}

/** A request as payload format 2.0 (developer guide, "Function URLs: request and response payloads"). */
export function urlEvent(request: UrlRequest): object {
  const { headers, query, iam, now } = request
  const cookies = headers['cookie']?.split('; ')
  const { cookie: _cookie, ...plain } = headers
  const text = bodyText(request)
  const names = [...new Set(query.keys())]
  const http = {
    method: request.method,
    path: request.path,
    protocol: 'HTTP/1.1',
    sourceIp: request.sourceIp,
    userAgent: headers['user-agent'] ?? '',
  }
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.path,
    rawQueryString: request.rawQuery,
    ...(cookies && { cookies }),
    headers: { ...plain, ...forwarded(request) },
    ...(names.length > 0 && {
      queryStringParameters: Object.fromEntries(
        names.map((name) => [name, query.getAll(name).join(',')]),
      ),
    }),
    requestContext: {
      accountId: iam?.accountId ?? 'anonymous',
      apiId: request.urlId,
      ...(iam && { authorizer: { iam: { ...iam, callerId: iam.userId } } }),
      domainName: request.host,
      domainPrefix: request.urlId,
      http,
      requestId: request.requestId,
      routeKey: '$default',
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now,
    },
    ...(text && { body: text.body }),
    isBase64Encoded: text?.isBase64 ?? false,
  }
}

/** What AWS's front end says of who came, and as which trace. */
const forwarded = ({ sourceIp, port, scheme, trace }: UrlRequest) => ({
  'x-amzn-trace-id': trace,
  'x-forwarded-for': sourceIp,
  'x-forwarded-port': port,
  'x-forwarded-proto': scheme,
})

function bodyText({ body, headers }: UrlRequest): { body: string; isBase64: boolean } | undefined {
  if (body.length === 0) return undefined
  const type = headers['content-type'] ?? ''
  const isText = /^(text\/|application\/(json|javascript|xml|[\w.+-]+\+(json|xml)))/i.test(type)
  const bytes = Buffer.from(body)
  return { body: bytes.toString(isText ? 'utf8' : 'base64'), isBase64: !isText }
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `22/Nov/2026:09:00:00 +0000`. */
function clfTime(now: number): string {
  const [date, time] = new Date(now).toISOString().split('T')
  const [year, month, day] = date!.split('-')
  return `${day}/${months[Number(month) - 1]}/${year}:${time!.slice(0, 8)} +0000`
}

interface UrlResponse {
  statusCode?: unknown
  headers?: Record<string, string | number | boolean>
  cookies?: string[]
  body?: unknown
  isBase64Encoded?: boolean
}

/**
 * What a function returned as an HTTP answer. Without `statusCode` AWS takes the whole value for a
 * JSON body; a failed function and a status code that is none are a 502.
 */
export function urlAnswer(payload: Uint8Array, isFailed: boolean): OutgoingHttp {
  if (isFailed) return badGateway()
  const value: unknown = parse(payload)
  if (value === undefined) return badGateway()
  if (value === null || typeof value !== 'object' || !('statusCode' in value)) {
    return answer(200, [['content-type', 'application/json']], wholeBody(value))
  }
  const response = value as UrlResponse
  const status = Number(response.statusCode)
  if (!Number.isInteger(status) || status < 100 || status > 599) return badGateway()
  return answer(status, httpHeaders(response, 'application/json'), bodyOf(response))
}

/** Headers and cookies as a function tells them; `usual` is the type of what it told none for. */
export function httpHeaders(
  response: Pick<UrlResponse, 'headers' | 'cookies'>,
  usual: string,
): [string, string][] {
  const given = Object.entries(response.headers ?? {}).map(([name, it]): [string, string] => [
    name.toLowerCase(),
    String(it),
  ])
  const hasType = given.some(([name]) => name === 'content-type')
  const cookies = (response.cookies ?? []).map((it): [string, string] => ['set-cookie', it])
  return [
    ...(hasType ? [] : ([['content-type', usual]] as [string, string][])),
    ...given.filter(([name]) => !['content-length', 'transfer-encoding'].includes(name)),
    ...cookies,
  ]
}

/** Recorded from the real service: a value goes out written anew, without the spaces it had. */
const wholeBody = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

function bodyOf({ body, isBase64Encoded }: UrlResponse): string | Uint8Array {
  if (body === undefined || body === null) return ''
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return isBase64Encoded ? Buffer.from(text, 'base64') : text
}

function parse(payload: Uint8Array): unknown {
  if (payload.length === 0) return null
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'))
  } catch {
    return undefined // a custom runtime may answer with anything; the caller makes it a 502
  }
}

function answer(status: number, headers: [string, string][], body: string | Uint8Array) {
  return { status, headers, body }
}

export const badGateway = () =>
  answer(502, [['content-type', 'application/json']], '{"Message":"Internal Server Error"}')
