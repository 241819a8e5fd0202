import { AwsError } from '../../cloud/index.ts'
import { abortException, type AwsScope, type Scope } from '../engine/index.ts'
import type { AwsCalls } from '../ports.ts'

/** The cloud as the run, or as whom `withAWS` says. */
export async function awsOf(
  scope: Scope,
  aws: AwsScope | undefined = scope.aws,
): Promise<AwsCalls> {
  const { session } = scope
  const keys = await session.access.keys(aws)
  return awsFailure(session.parts.cloud.awsWith(keys))
}

/** An AWS error becomes a failed step that says the error's code. */
export async function awsFailure<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (!isAwsError(error)) throw error
    throw abortException(`${error.message} (Error Code: ${codeOf(error)})`)
  }
}

/** Made by the cloud as AWS would word it; anything else is a fault of ours. */
export function isAwsError(error: unknown): error is AwsError {
  return error instanceof AwsError
}

export const codeOf = (error: AwsError): string => error.code
