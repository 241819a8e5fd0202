import { AwsError } from './error.ts'
import type { Exchange } from './exchange.ts'
import type { IamRequest, Principal } from './service.ts'
import * as refuse from './sigv4-refusals.ts'
import type { GatewayState } from './state.ts'

/** Asks IAM every question of the operation. Throws the service family's access denial. */
export async function authorise(x: Exchange, gateway: GatewayState): Promise<void> {
  const { service, ctx, operation, principal } = x
  // What isn't built is said first: a policy can't be asked about it.
  if (!service?.operations[operation!.name]) throw notBuilt(x)
  const family = refuse.familyOf(x.dialect!)
  if (principal!.kind === 'anonymous' && !mayBeAnonymous(x)) {
    throw refuse.missingAuthentication(family)
  }
  const questions = service.authorise
    ? service.authorise(operation!.name, x.input!, ctx!)
    : [{ action: `${service.iamPrefix}:${operation!.name}`, resource: '*' }]
  const asked = questions instanceof Promise ? await questions : questions
  if (asked.length === 0) return
  const answer = gateway.ports.authorise(asked, ctx!)
  const decision = answer instanceof Promise ? await answer : answer
  if (!decision.allowed) throw accessDenied(family, asked, principal!, decision.message)
}

function mayBeAnonymous({ service, operation }: Exchange): boolean {
  const { anonymous: allowed } = service!
  return Array.isArray(allowed) ? allowed.includes(operation!.name) : allowed
}

function accessDenied(
  family: refuse.Family,
  [first]: IamRequest[],
  principal: Principal,
  reason: string | undefined,
): AwsError {
  const message =
    reason ??
    `User: ${principal.arn} is not authorized to perform: ${first!.action} on resource: ` +
      `${first!.resource} because no identity-based policy allows the ${first!.action} action`
  if (family === 'ec2') {
    const text = `You are not authorized to perform this operation. ${message}`
    return new AwsError('UnauthorizedOperation', text, { status: 403 })
  }
  if (family === 's3' && principal.kind === 'anonymous') {
    return new AwsError('AccessDenied', 'Access Denied', { status: 403 })
  }
  if (family === 's3' || family === 'query') {
    return new AwsError('AccessDenied', message, { status: 403 })
  }
  return new AwsError('AccessDeniedException', message, { status: family === 'rest' ? 403 : 400 })
}

function notBuilt({ schema, operation }: Exchange): AwsError {
  const name = `${schema!.table.id}:${operation!.name}`
  return new AwsError('NotImplemented', `${name} is not implemented by Madang.`, { status: 501 })
}
