import { type AccessTable, accessTable } from './access-table.ts'
import type { IamRequest } from './iam-request.ts'
import type { Headers, IncomingHttp, OutgoingHttp } from './http.ts'
import type { Aws } from './sdk-types.ts'

export type ServiceId = keyof Aws

/** Who asks. An `anonymous` one sent no signature; a `service` one is this cloud itself. */
export interface Principal {
  kind: 'root' | 'user' | 'role' | 'service' | 'anonymous'
  account: string
  /** `arn:aws:iam::123456789012:user/minji`; an assumed role's is its session's. */
  arn: string
  /** AIDA…, AROA…:session, or the account id for root. */
  userId: string
  accessKeyId?: string
  sessionName?: string
  /** For IAM: policies given with the session, JSON text. */
  sessionPolicies?: string[]
  /** Values for `${aws:PrincipalTag/…}`, `aws:username` and what else a session carries. */
  context?: Record<string, string | string[]>
}

export interface RequestContext {
  service: ServiceId
  operation: string
  account: string
  region: string
  principal: Principal
  requestId: string
  /** Milliseconds since the epoch by the kernel's clock. */
  now: number
  http: RequestHttp
  /** Aborted when the client has gone. */
  signal: AbortSignal
  /** Other services, called as the same principal. */
  aws: Aws
  /** The same, as another principal: `ctx.as(role).sqs.sendMessage(…)`. */
  as(caller: Caller): Aws
  /** Scheme, host and port the client used: `http://localhost:4566`. */
  originUrl: string
  /** The services through which the principal's request has come here, the first one first. */
  via?: readonly string[]
}

export interface RequestHttp {
  method: string
  /** Decoded nothing: as it was sent, without the query. */
  path: string
  query: URLSearchParams
  headers: Headers
  host: string
  sourceIp: string
  /** Trailers of an aws-chunked body; whole once the body was read to its end. */
  trailers: Headers
}

export interface Caller {
  principal: Principal
  region: string
  /** Default: the principal's. */
  account?: string
  originUrl?: string
  signal?: AbortSignal
  /** Services that hand on the principal's own request (`cloudformation.amazonaws.com`), in their order. */
  via?: readonly string[]
}

/** An operation as the chain sees it; write yours typed, by `satisfies Operations<…>`. */
export type OperationHandler<I = never, O = unknown> = (
  input: I,
  ctx: RequestContext,
) => Promise<O> | O

/** What isn't an AWS operation yet enters by the same port: a function URL, a website, /_madang. */
export interface RawRoute {
  name: string
  matches(request: IncomingHttp, place: RequestPlace): boolean
  handle(request: IncomingHttp, ctx: RawContext): Promise<OutgoingHttp>
}

/** Where a request was addressed, split once. */
export interface RequestPlace {
  /** Lower-case, without the port. */
  host: string
  path: string
  query: URLSearchParams
}

export interface RawContext extends RequestPlace {
  requestId: string
  now: number
  originUrl: string
  signal: AbortSignal
  /** Verifies the signature as `service`'s; throws AwsError; unsigned gives the anonymous one. */
  verify(service: string): Promise<{ principal: Principal; region: string }>
  /** Who signed a browser's form upload; field names are lower-case. Throws AwsError. */
  verifyForm(fields: ReadonlyMap<string, string>): Promise<{ principal: Principal; region: string }>
  as(caller: Caller): Aws
}

export interface ServiceDefinition {
  id: ServiceId
  /** Name of the table in `cloud/schemas/`; default: the id. */
  schema?: string
  // `never` as input: a handler typed for its own operation's input is assignable.
  operations: Record<string, OperationHandler<never, unknown> | undefined>
  routes?: RawRoute[]
  /** Which actions its operations ask for. Default: each the one of its own name, `<id>:<Operation>`. */
  access?: AccessTable
  /**
   * What the actions of the operation's row are about, with the resource's policy and values; other
   * actions are a bug. Default: the row's first on `*`. Returning [] asks nothing.
   */
  authorise?(
    operation: string,
    input: Record<string, unknown>,
    ctx: RequestContext,
  ): IamRequest[] | Promise<IamRequest[]>
  /**
   * The service's own checks of an input, in AWS's order and wording; throws AwsError. Default:
   * required members, as most services word it.
   */
  validate?(operation: string, input: Record<string, unknown>, ctx: RequestContext): void
  /** Operations a caller without a signature may reach (S3 public objects, STS web identity). */
  anonymous?: boolean | string[]
}

/** A registration: `export const createS3 = (deps) => service({ id: 's3', operations: {…} })`. */
export function service(
  definition: ServiceDefinition,
): Required<Pick<ServiceDefinition, 'schema' | 'access' | 'routes' | 'anonymous'>> &
  ServiceDefinition {
  return {
    ...definition,
    schema: definition.schema ?? definition.id,
    access: definition.access ?? accessTable({ prefix: definition.id }),
    routes: definition.routes ?? [],
    anonymous: definition.anonymous ?? false,
  }
}

export type Service = ReturnType<typeof service>
