import { AwsError } from './error.ts'
import type { Exchange } from './exchange.ts'
import { familyOf } from './sigv4-refusals.ts'

/**
 * Required members of an operation's input, refused in the family's words. Only the top level:
 * what is inside a structure, and lengths, patterns and enums, are each service's own.
 */
export function requireMembers({ schema, operation, dialect, input }: Exchange): void {
  const missing: string[] = []
  for (const { name, required, traits } of operation!.input?.members ?? []) {
    if (!required) break
    if (input![name] === undefined && !traits.token) missing.push(name)
  }
  if (missing.length === 0) return
  const family = familyOf(dialect!)
  if (family === 'ec2' || schema!.table.id === 'sqs') {
    throw new AwsError(
      'MissingParameter',
      `The request must contain the parameter ${missing[0]}${family === 'ec2' ? '' : '.'}`,
      { typeName: 'MissingRequiredParameterException' },
    )
  }
  if (family === 's3') {
    throw new AwsError('InvalidRequest', `Missing required parameter: ${missing.join(', ')}`)
  }
  const code = family === 'query' ? 'ValidationError' : 'ValidationException'
  throw new AwsError(code, nullMembers(missing))
}

function nullMembers(missing: string[]): string {
  const each = missing.map(
    (name) =>
      `Value null at '${name[0]!.toLowerCase()}${name.slice(1)}' failed to satisfy constraint: ` +
      'Member must not be null',
  )
  const count = `${missing.length} validation error${missing.length === 1 ? '' : 's'} detected`
  return `${count}: ${each.join('; ')}`
}
