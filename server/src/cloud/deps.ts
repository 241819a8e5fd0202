import type { Kernel } from '../kernel/index.ts'
import type { Aws, Caller, Principal } from './gateway/index.ts'

/** What every AWS service is built from: `createXxx(deps): Promise<Service>`. */
export interface ServiceDeps {
  kernel: Kernel
  /**
   * Every service as `caller`: the same operations, the same IAM check, the same record as over HTTP.
   * Bound when the gateway stands, which is after all `createXxx`; call it from operations and jobs.
   */
  as(caller: Caller): Aws
  sessions: Sessions
  settings: CloudSettings
  /** `POST /_madang/reset` calls `empty` of every service; it forgets all rows, blobs and processes. */
  onReset(empty: () => Promise<void>): void
}

export interface CloudSettings {
  /** Where a caller names none. */
  region: string
  /** Twelve digits. */
  defaultAccount: string
  /** States take AWS's own times instead of the shortest honest ones. */
  realistic: boolean
  /** Provisioned DynamoDB tables refuse what is beyond their throughput and its burst. */
  dynamodbThrottling: boolean
  /** Scheme, host and port of the cloud, `http://127.0.0.1:4566`; known once it listens. */
  originUrl(): string
}

export interface RoleSession {
  /** `arn:aws:iam::<account>:role/<path><name>`; the role exists, else NoSuchEntity (AwsError). */
  roleArn: string
  /** 2-64 of `[\w+=,.@-]`. */
  sessionName: string
  /** Values the session carries into conditions and the trail (`madang:project`, …). */
  context?: Record<string, string | string[]>
  /** Session policies, JSON text: the session may do what role and these both allow. */
  policies?: string[]
}

export interface SessionCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiresAtMs: number
  principal: Principal
}

/**
 * Temporary identities for the cloud's own use. They are made without asking the role's trust
 * policy: whoever calls has checked it (`canBeAssumedBy`), or is this program itself.
 */
export interface Sessions {
  /** Credentials over the wire, for a process. Default one hour. */
  issueRoleSession(session: RoleSession & { durationS?: number }): Promise<SessionCredentials>
  /** The same identity in process, without a key: `deps.as({ principal, region })`. */
  rolePrincipal(session: RoleSession): Promise<Principal>
  /** This cloud itself acting as an AWS service: `serviceOf('lambda.amazonaws.com')`. */
  serviceOf(name: string, account?: string): Principal
  /** Whether the role exists and its trust policy lets the AWS service take it. */
  canBeAssumedBy(roleArn: string, service: string): Promise<boolean>
}
