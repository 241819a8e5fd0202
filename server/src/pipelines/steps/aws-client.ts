import { abortException, type AwsScope, type Scope } from '../engine/index.ts'
import type { AwsCalls } from '../ports.ts'

/** The cloud as the run, or as whom `withAWS` says. */
export async function awsOf(
  scope: Scope,
  aws: AwsScope | undefined = scope.aws,
): Promise<AwsCalls> {
  const { session } = scope
  const keys = await session.access.keys(aws)
  return session.parts.cloud.awsWith(keys)
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

interface AwsFailure extends Error {
  code?: string
}

export function isAwsError(error: unknown): error is AwsFailure {
  return error instanceof Error && (error.name === 'AwsError' || '$metadata' in error)
}

export const codeOf = (error: AwsFailure): string => error.code ?? error.name
