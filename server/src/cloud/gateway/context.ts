import type { Headers } from './http.ts'
import type { Aws } from './sdk-types.ts'
import type { Caller, Principal, RequestContext, RequestHttp, ServiceId } from './service.ts'

const never = new AbortController().signal

export interface ContextFacts {
  service: ServiceId
  operation: string
  account: string
  region: string
  principal: Principal
  requestId: string
  now: number
  http: RequestHttp
  /** Read when the operation asks for it. */
  source: { signal?: AbortSignal }
  originUrl: string
  via: readonly string[] | undefined
}

/** A class, so that `aws` costs nothing in the many operations that call no other service. */
export class Context implements RequestContext {
  readonly service: ServiceId
  readonly operation: string
  readonly account: string
  readonly region: string
  readonly principal: Principal
  readonly requestId: string
  readonly now: number
  readonly http: RequestHttp
  readonly #source: { signal?: AbortSignal }
  readonly originUrl: string
  readonly via: readonly string[]
  readonly #awsFor: (caller: Caller) => Aws
  #aws: Aws | undefined

  constructor(facts: ContextFacts, awsFor: (caller: Caller) => Aws) {
    this.service = facts.service
    this.operation = facts.operation
    this.account = facts.account
    this.region = facts.region
    this.principal = facts.principal
    this.requestId = facts.requestId
    this.now = facts.now
    this.http = facts.http
    this.#source = facts.source
    this.originUrl = facts.originUrl
    this.via = facts.via ?? nobody
    this.#awsFor = awsFor
  }

  get signal(): AbortSignal {
    return this.#source.signal ?? never
  }

  get aws(): Aws {
    this.#aws ??= this.#awsFor(this.#handedOn())
    return this.#aws
  }

  /** The principal's own request, by way of this service (`aws:CalledVia`). */
  #handedOn(): Caller {
    const { principal, region, account, originUrl, signal, service } = this
    const via = [...this.via, servicePrincipal(service)]
    return { principal, region, account, originUrl, signal, via }
  }

  as(caller: Caller): Aws {
    return this.#awsFor({ originUrl: this.originUrl, signal: this.signal, ...caller })
  }
}

const nobody: readonly string[] = Object.freeze([])

/** The name IAM has for a service, where it isn't its id. */
const serviceNames: Partial<Record<ServiceId, string>> = { cloudwatch: 'monitoring' }
const servicePrincipal = (id: ServiceId) => `${serviceNames[id] ?? id}.amazonaws.com`

const noHeaders: Headers = Object.freeze({})

/** For calls that never were HTTP. */
export function inProcessHttp(): RequestHttp {
  return {
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: noHeaders,
    host: 'in-process',
    sourceIp: '127.0.0.1',
    trailers: {},
  }
}
