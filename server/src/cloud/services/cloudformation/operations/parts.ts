import type {
  Input,
  CloudFormation,
  OperationName,
  Output,
  RequestContext,
} from '../../../gateway/index.ts'
import { AwsError } from '../../../gateway/index.ts'
import type { ServiceDeps } from '../../../deps.ts'
import type { Engine, Stores } from '../engine/index.ts'
import type { Executor, Stack } from '../model.ts'
import { invalid } from '../template/index.ts'

/** What the operations work with. */
export interface Parts extends Stores {
  deps: ServiceDeps
  engine: Engine
}

export type Out<N extends OperationName<CloudFormation>> = Output<CloudFormation, N>
export type In<N extends OperationName<CloudFormation>> = Input<CloudFormation, N>

/** A stack by name or id; CloudFormation's words when there is none. */
export async function existingStack(
  parts: Parts,
  ctx: RequestContext,
  nameOrId: string | undefined,
): Promise<Stack> {
  if (nameOrId === undefined && namesStack.has(ctx.operation)) {
    throw invalid(
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: " +
        'Member must not be null',
    )
  }
  const name = nameOrId ?? ''
  const stack = name === '' ? undefined : await parts.stacks.stack(ctx.account, ctx.region, name)
  if (!stack) throw invalid(stackMissing(ctx.operation, name))
  return stack
}

/** Those that can do nothing without a stack's name. */
const namesStack = new Set(
  (
    'CancelUpdateStack ContinueUpdateRollback DescribeStackEvents DescribeStackResource GetStackPolicy ' +
    'ListChangeSets ListStackResources RollbackStack SetStackPolicy SignalResource UpdateStack ' +
    'UpdateTerminationProtection'
  ).split(' '),
)

/** Recorded from the real service: its operations don't agree on one sentence. */
const inBrackets = new Set([
  'DescribeStackEvents',
  'UpdateStack',
  'DescribeChangeSet',
  'ExecuteChangeSet',
  'DeleteChangeSet',
  'ListChangeSets',
])

function stackMissing(operation: string, name: string): string {
  if (inBrackets.has(operation)) return `Stack [${name}] does not exist`
  if (operation === 'DescribeStackResource') return `Stack '${name}' does not exist`
  return `Stack with id ${name} does not exist`
}

/** The caller, or the role it hands over; the role's session carries the caller's attribution on. */
export async function executorFor(
  parts: Parts,
  ctx: RequestContext,
  roleArn: string | undefined,
): Promise<Executor> {
  const origin = ctx.originUrl || parts.deps.settings.originUrl()
  const place = { region: ctx.region, account: ctx.account, originUrl: origin }
  if (roleArn === undefined) {
    const via = [...(ctx.via ?? []), 'cloudformation.amazonaws.com']
    return { ...place, principal: ctx.principal, via }
  }
  const { sessions } = parts.deps
  if (!(await sessions.canBeAssumedBy(roleArn, 'cloudformation.amazonaws.com'))) {
    throw invalid(`Role ${roleArn} is invalid or cannot be assumed`)
  }
  const principal = await sessions.rolePrincipal({
    roleArn,
    sessionName: 'AWSCloudFormation',
    context: ctx.principal.context,
  })
  return { ...place, principal }
}

export function tokenTaken(token: string): AwsError {
  return new AwsError(
    'TokenAlreadyExistsException',
    `Token ${token} was already used for another operation on this stack`,
    { status: 400 },
  )
}

/** One page of a list that is whole in memory; the token is where the next one begins. */
export function page<T>(items: T[], token: string | undefined, size = 100) {
  const start = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(start) || start < 0) throw invalid('Invalid NextToken')
  const next = start + size
  return {
    items: items.slice(start, next),
    NextToken: next < items.length ? String(next) : undefined,
  }
}
