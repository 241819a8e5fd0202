import type { AwsError } from '../error.ts'
import type { Headers, OutgoingHttp, RequestBody } from '../http.ts'
import type { OperationSchema, ServiceSchema } from '../schema.ts'

export interface WireRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Headers
  body: RequestBody
  /** Of the REST route; empty elsewhere. */
  labels: Record<string, string>
  originUrl: string
}

export type Values = Record<string, unknown>

/** What an error says on the wire, whatever the protocol. */
export interface WireError {
  error: AwsError
  /** HEAD has no body to say it in. */
  method: string
  /** The raw path, which S3 repeats as Resource. */
  path: string
}

/** One protocol over one service's schema. All three throw AwsError only. */
export interface WireProtocol {
  /** The operation's input; a streaming member is the body itself. */
  decode(operation: OperationSchema, request: WireRequest): Promise<Values> | Values
  encode(operation: OperationSchema, output: Values, requestId: string): OutgoingHttp
  encodeError(error: WireError, requestId: string): OutgoingHttp
}

export type MakeProtocol = (schema: ServiceSchema) => WireProtocol
