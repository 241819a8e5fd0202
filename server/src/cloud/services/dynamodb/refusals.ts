import { AwsError } from '../../gateway/index.ts'
import { isOldlyRead } from './deep-requests.ts'
import type { Item } from './item-types.ts'

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message)

/** Most of what a service-side check refuses begins like this. */
export const badValue = (message: string): AwsError =>
  invalid(`One or more parameter values were invalid: ${message}`)

/** Operations on items don't say which table is missing; those on tables do. */
export const noTable = (name?: string): AwsError =>
  new AwsError(
    'ResourceNotFoundException',
    name === undefined
      ? 'Requested resource not found'
      : `Requested resource not found: Table: ${name} not found`,
  )

export const noStream = (arn: string): AwsError =>
  new AwsError(
    'ResourceNotFoundException',
    `Requested resource not found: Stream: ${arn} not found`,
  )

export const inUse = (message: string): AwsError => new AwsError('ResourceInUseException', message)

export const conditionFailed = (item?: Item): AwsError =>
  new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
    members: item ? { Item: item } : {},
  })

/** A check on one parameter, told with where it was found: `… for key :v`. */
export function within<R>(wrap: (message: string) => string, check: () => R): R {
  try {
    return check()
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ValidationException') {
      throw invalid(wrap(error.message))
    }
    throw error
  }
}

/**
 * PutItem, UpdateItem and DeleteItem count what is wrong with the request itself, before its table
 * is looked up (seen in us-east-1 and eu-west-2, October 2026; other operations tell it bare).
 */
export const detected = <R>(input: object, read: () => R): R =>
  within(
    (message) => (isOldlyRead(input) ? message : `1 validation error detected: ${message}`),
    read,
  )
