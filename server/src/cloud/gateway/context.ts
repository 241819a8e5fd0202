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
    this.#awsFor = awsFor
  }

  get signal(): AbortSignal {
    return this.#source.signal ?? never
  }

  get aws(): Aws {
    this.#aws ??= this.#awsFor(this)
    return this.#aws
  }

  as(caller: Caller): Aws {
    return this.#awsFor({ originUrl: this.originUrl, signal: this.signal, ...caller })
  }
}

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
