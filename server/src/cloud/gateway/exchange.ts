import type { IncomingHttp, OutgoingHttp, RequestBody } from './http.ts'
import type { Dialect, Values, WireProtocol } from './protocols/index.ts'
import type { OperationSchema, ServiceSchema } from './schema.ts'
import type { Principal, RequestContext, RequestHttp, RequestPlace, Service } from './service.ts'
import type { ClaimResult } from './sigv4.ts'

/** What is known of one request; each step fills in its part. */
export interface Exchange {
  readonly request: IncomingHttp
  readonly place: RequestPlace
  readonly claim: ClaimResult
  requestId: string
  readonly now: number
  readonly originUrl: string
  http: RequestHttp
  body: RequestBody
  schema?: ServiceSchema
  service?: Service
  dialect?: Dialect
  protocol?: WireProtocol
  /** As the request names it; the routed one for REST. */
  operationName?: string
  operation?: OperationSchema
  labels: Record<string, string>
  bucket?: string
  hostRegion?: string
  principal?: Principal
  account?: string
  region?: string
  input?: Values
  via?: readonly string[] | undefined
  ctx?: RequestContext
  output?: Values
  response?: OutgoingHttp
}
