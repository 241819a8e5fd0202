import { AwsError } from '../../gateway/index.ts'
import { conflict, functionArn, type Scope } from './model.ts'
import type { FunctionRow, VersionRow } from './store.ts'

/** Refuses a change made over another state than the caller saw. `how` says what to call again. */
export function checkRevision(
  given: string | undefined,
  current: string | undefined,
  how = 'GetFunction/GetAlias',
): void {
  if (!given || given === current) return
  throw new AwsError(
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${how} API to retrieve the latest Revision Id`,
    { status: 412 },
  )
}

/** A function is changed and published only between its changes, as at AWS. */
export function checkSettled(scope: Scope, fn: FunctionRow, row: VersionRow): void {
  const late = 'The operation cannot be performed at this time.'
  if (row.state === 'Pending') {
    throw conflict(`${late} The function is currently in the following state: Pending`)
  }
  if (row.update_status !== 'InProgress') return
  const arn = functionArn(scope, fn.name)
  throw conflict(`${late} An update is in progress for resource: ${arn}`)
}
