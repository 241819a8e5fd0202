import { randomUUID } from 'node:crypto'
import { AwsError } from '../../../gateway/index.ts'
import type { Log } from '../../../../kernel/index.ts'
import { ResourceFailure } from '../resources/index.ts'

const handlerCodes: [RegExp, string][] = [
  [/AccessDenied|Unauthorized|Forbidden/, 'AccessDenied'],
  [/AlreadyExists|AlreadyOwned|EntityAlready|ResourceConflict/, 'AlreadyExists'],
  [/NotFound|NoSuch/, 'NotFound'],
  [/Limit|Throttl/, 'ServiceLimitExceeded'],
  [/Invalid|Validation|Malformed/, 'InvalidRequest'],
]

/** A resource's status reason, in the form CloudFormation's resource handlers give. */
export function reasonOf(error: unknown, type: string, log: Log): string {
  if (error instanceof DOMException && error.name === 'AbortError') return error.message
  if (error instanceof ResourceFailure) return error.message
  if (!(error instanceof AwsError)) {
    log.error('cloudformation.provider', { type, error })
    return 'Internal Failure'
  }
  if (error.code === 'ValidationError' && error.status === 400) return error.message
  const code = handlerCodes.find(([pattern]) => pattern.test(error.code))?.[1]
  const service = type.split('::')[1] ?? 'AWS'
  return (
    `Resource handler returned message: "${error.message} (Service: ${service}, ` +
    `Status Code: ${error.status ?? 400}, Error Code: ${error.code})" ` +
    `(RequestToken: ${randomUUID()}, HandlerErrorCode: ${code ?? 'GeneralServiceException'})`
  )
}
