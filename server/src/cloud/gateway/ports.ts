import type { Principal, RequestContext, ServiceId } from './service.ts'
import type { IamRequest } from './iam-request.ts'

export interface KnownCredential {
  secretAccessKey: string
  /** Set for temporary credentials: the token the request must carry. */
  sessionToken?: string
  /** Milliseconds since the epoch; temporary credentials end here. */
  expiresAt?: number
  principal: Principal
}

export interface Decision {
  allowed: boolean
  /** IAM's sentence ("User: … is not authorized to perform: … because …"). */
  message?: string
}

/** One finished request, for the trail, the metrics and the cost ledger. */
export interface CallFact {
  requestId: string
  at: number
  durationMs: number
  service: ServiceId | 'unknown'
  operation: string
  account: string
  region: string
  principal: Principal | undefined
  sourceIp: string
  userAgent: string
  status: number
  /** Present when refused or failed. */
  errorCode?: string
  errorMessage?: string
  /** The operation exists at AWS and isn't built here. */
  notImplemented?: true
  /** Decoded input; absent when the request never got so far. Streams are not in it. */
  input?: Record<string, unknown>
  /** True for ctx.aws calls. */
  inProcess: boolean
}

/** What the gateway needs of the rest. Every port may be slow; none is called before its turn. */
export interface GatewayPorts {
  /** The credential of an access key id, or undefined when there is none. */
  credential(
    accessKeyId: string,
  ): KnownCredential | undefined | Promise<KnownCredential | undefined>
  /** IAM. Called once per request with every question of the operation; all must be allowed. */
  authorise(requests: IamRequest[], ctx: RequestContext): Decision | Promise<Decision>
  /** The budget guard: throws AwsError to refuse. */
  guard?(input: Record<string, unknown>, ctx: RequestContext): void | Promise<void>
  record?(fact: CallFact): void
  /** A bug: anything thrown that isn't an AwsError. Answered as InternalFailure (500). */
  failed?(error: unknown, fact: CallFact): void
  /** Milliseconds since the epoch (the kernel's clock). */
  now(): number
  requestId(): string
}

export interface GatewayConfig {
  /** `open` only while bound to loopback: an unknown key acts as root. Default `strict`. */
  mode?: 'open' | 'strict'
  /** Default 000000000000. */
  defaultAccount?: string
  /** For unsigned requests. Default us-east-1. */
  defaultRegion?: string
  /** Host names that are this gateway; default localhost, 127.0.0.1 and [::1]. */
  hostnames?: string[]
  /** Whether a page of this origin may read what it asks for. Default: all may, as at AWS. */
  isPageHeard?: (origin: string) => boolean
}
