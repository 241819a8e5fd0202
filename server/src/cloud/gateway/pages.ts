import type { Exchange } from './exchange.ts'
import type { IncomingHttp, OutgoingHttp } from './http.ts'
import { serviceAt } from './identify.ts'
import type { RequestPlace } from './service.ts'
import type { GatewayState } from './state.ts'

// A page asks services with the SDK as programs do, once its browser hears that it may: every
// service lets all pages but S3, whose buckets have rules of their own.

const shared: [string, string][] = [
  ['Access-Control-Allow-Origin', '*'],
  [
    'Access-Control-Expose-Headers',
    'x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date',
  ],
]

/** What a browser is told that asks for a page; undefined for requests that are no such question. */
export function preflight(
  { method, headers }: IncomingHttp,
  place: RequestPlace,
  { config, ports }: GatewayState,
): OutgoingHttp | undefined {
  const { origin } = headers
  if (origin === undefined || method !== 'OPTIONS' || !config.isPageHeard(origin)) return undefined
  const wanted = headers['access-control-request-headers']
  if (!isAskedOfService(place, wanted, config.hostnames)) return undefined
  const echoed: [string, string | undefined][] = [
    ['Access-Control-Allow-Headers', wanted],
    ['Access-Control-Allow-Methods', headers['access-control-request-method']],
  ]
  return {
    status: 200,
    headers: [
      ['x-amzn-RequestId', ports.requestId()],
      ...shared,
      ...echoed.flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : [])),
      ['Access-Control-Max-Age', '172800'],
      ['Content-Length', '0'],
    ],
  }
}

/** A browser's question names no service: its place does, or the header that names operations. */
function isAskedOfService(place: RequestPlace, wanted = '', hostnames: string[]): boolean {
  const service = serviceAt(place, hostnames)
  if (service !== undefined) return service !== 's3'
  return place.path === '/' || /\bx-amz-target\b/i.test(wanted)
}

/** Lets the page that asked read the answer. */
export function shareWithPage(
  { request, schema }: Exchange,
  answer: OutgoingHttp,
  state: GatewayState,
) {
  const { origin } = request.headers
  if (origin === undefined || schema?.table.protocol === 'rest-xml') return
  if (state.config.isPageHeard(origin)) answer.headers.push(...shared)
}
