import type { AwsError } from './error.ts'

/** One question to IAM: may the principal do `action` on `resource`? */
export interface IamRequest {
  action: string
  resource: string
  context?: Record<string, string | string[]>
  /** The resource's own policy (bucket, function, queue), parsed or JSON text. */
  resourcePolicy?: unknown
  /** The account owning the resource, when it isn't the request's. */
  resourceAccount?: string
  /** Nobody may do what the resource's own policy doesn't give at least to the account (KMS keys). */
  needsResourcePolicy?: boolean
  /** Is told of the denial instead of the caller: the operation goes on without this part of it. */
  onDenied?(refused: AwsError): void
}
