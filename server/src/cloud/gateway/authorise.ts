import { invariant } from '../../kernel/index.ts'
import { passedRoles } from './access-table.ts'
import { AwsError } from './error.ts'
import type { Exchange } from './exchange.ts'
import type { Principal, RequestContext } from './service.ts'
import type { IamRequest } from './iam-request.ts'
import * as refuse from './sigv4-refusals.ts'
import type { Decision } from './ports.ts'
import type { GatewayState } from './state.ts'

/** Asks IAM every question of the operation. Throws the service family's access denial. */
export function authorise(x: Exchange, gateway: GatewayState): void | Promise<void> {
  const { service, ctx, operation, principal } = x
  // What isn't built is said first: a policy can't be asked about it.
  if (!service?.operations[operation!.name]) throw notBuilt(x)
  if (principal!.kind === 'anonymous' && !mayBeAnonymous(x)) {
    throw refuse.missingAuthentication(refuse.familyOf(x.dialect!))
  }
  const { access } = service
  const questions = service.authorise
    ? service.authorise(operation!.name, x.input!, ctx!)
    : [{ action: access.actionOf(operation!.name), resource: '*' }]
  return questions instanceof Promise
    ? questions.then((asked) => ask(x, asked, gateway))
    : ask(x, questions, gateway)
}

function ask(x: Exchange, found: IamRequest[], gateway: GatewayState): void | Promise<void> {
  const { ctx, dialect, principal, service, operation, input } = x
  const { access } = service!
  const row = access.row(operation!.name)
  for (const { action } of found) {
    const isInTable = row.asked.some((known) => known.action === action)
    invariant(isInTable, `${service!.id}:${row.operation} asks for ${action}, not in its row`)
  }
  const passed = passedRoles(access, row.operation, input!)
  const asked = passed.length > 0 ? [...found, ...passed] : found
  if (asked.length === 0) return undefined
  const denial = (of: IamRequest[], message: string | undefined) =>
    accessDenied(refuse.familyOf(dialect!), of, principal!, message)
  if (asked.some(({ onDenied }) => onDenied)) return askEach(asked, gateway, ctx!, denial)
  const heed = ({ allowed, message }: Decision) => {
    if (!allowed) throw denial(asked, message)
  }
  const answer = gateway.ports.authorise(asked, ctx!)
  return answer instanceof Promise ? answer.then(heed) : heed(answer)
}

/** One question after the other, for an operation that does what it may and tells of the rest. */
async function askEach(
  asked: IamRequest[],
  gateway: GatewayState,
  ctx: RequestContext,
  denial: (of: IamRequest[], message: string | undefined) => AwsError,
): Promise<void> {
  for (const one of asked) {
    const { allowed, message } = await gateway.ports.authorise([one], ctx)
    if (allowed) continue
    const refused = denial([one], message)
    if (!one.onDenied) throw refused
    one.onDenied(refused)
  }
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
  // SNS has a name of its own for it; SQS kept the one of its older protocol beside the newer.
  if (first!.action.startsWith('sns:')) {
    return new AwsError('AuthorizationErrorException', message, { status: 403 })
  }
  if (first!.action.startsWith('sqs:')) {
    const typeName = 'AccessDeniedException'
    return new AwsError('AccessDenied', message, { status: 403, typeName })
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
