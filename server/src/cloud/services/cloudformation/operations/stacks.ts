import {
  AwsError,
  type CloudFormation,
  type Operations,
  type RequestContext,
} from '../../../gateway/index.ts'
import { prepare, rehearse, setStatus } from '../engine/index.ts'
import { isSettled, type Stack, updatable } from '../model.ts'
import { invalid } from '../template/index.ts'
import { beginCreate, beginUpdate, newOperation, newStack, updatePlan } from './begin.ts'
import { existingStack, executorFor, type In, type Out, type Parts, tokenTaken } from './parts.ts'
import { stackInput } from './request.ts'
import { reviewedBelow } from './nested-change-sets.ts'
import { policyText } from './stack-policies.ts'

const stackName = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/

export function stackOperations(parts: Parts) {
  return {
    CreateStack: (input, ctx) => createStack(parts, input, ctx),
    UpdateStack: (input, ctx) => updateStack(parts, input, ctx),
    DeleteStack: (input, ctx) => deleteStack(parts, input, ctx),
    CancelUpdateStack: (input, ctx) => cancelUpdateStack(parts, input, ctx),
    UpdateTerminationProtection: (input, ctx) => updateTerminationProtection(parts, input, ctx),
  } satisfies Operations<CloudFormation>
}

async function createStack(
  parts: Parts,
  input: In<'CreateStack'>,
  ctx: RequestContext,
): Promise<Out<'CreateStack'>> {
  const name = checkedName(input.StackName)
  const token = input.ClientRequestToken
  const present = await parts.stacks.stack(ctx.account, ctx.region, name)
  if (present) {
    if (token !== undefined && present.tokens[token] === 'create')
      return { StackId: present.stackId }
    if (present.status !== 'REVIEW_IN_PROGRESS') {
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`, {
        status: 400,
      })
    }
  }
  const target = await stackInput(parts, ctx, input)
  const stackPolicy = await policyText(ctx, target, 'StackPolicy', input)
  const stack = { ...newStack(ctx, name, target), ...optionsOf(input), stackPolicy }
  // One in review takes its id along; its change sets are of no use any more.
  stack.stackId = present?.stackId ?? stack.stackId
  if (token !== undefined) stack.tokens[token] = 'create'
  if (target.brokenBy === undefined) {
    const exports = await parts.operations.exports(ctx.account, ctx.region)
    rehearse(prepare(target, stack, exports, { isAhead: true }))
  }
  const caller = await executorFor(parts, ctx, target.roleArn)
  const operation = newOperation(parts, 'create', stack.stackId, caller, {
    token,
    target,
    disableRollback: input.DisableRollback ?? false,
    isRetainExceptOnCreate: input.RetainExceptOnCreate,
  })
  await parts.stacks.write(async (tx) => {
    await parts.stacks.changeSetsEnd(tx, stack.stackId)
    await beginCreate(parts, tx, stack, operation)
  })
  return { StackId: stack.stackId, OperationId: operation.id }
}

async function updateStack(
  parts: Parts,
  input: In<'UpdateStack'>,
  ctx: RequestContext,
): Promise<Out<'UpdateStack'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const token = input.ClientRequestToken
  const used = token === undefined ? undefined : stack.tokens[token]
  if (used === 'update') return { StackId: stack.stackId }
  if (used !== undefined) throw tokenTaken(token!)
  const isOpen = updatable.has(stack.status) || stack.status.endsWith('_FAILED')
  if (!isOpen || /^(DELETE|ROLLBACK|UPDATE_ROLLBACK_FAILED)/.test(stack.status))
    throw notNow(stack, 'updated')
  const target = await stackInput(parts, ctx, input, { previous: stack })
  const isSame = target.brokenBy === undefined && (await updatePlan(parts, stack, target)).isSame
  if (isSame) throw invalid('No updates are to be performed.')
  const passing = await policyText(ctx, target, 'StackPolicyDuringUpdate', input)
  const nextPolicy = await policyText(ctx, target, 'StackPolicy', input)
  const caller = await executorFor(parts, ctx, target.roleArn)
  const { DisableRollback: disableRollback, RetainExceptOnCreate: isRetainExceptOnCreate } = input
  const options = { token, disableRollback, isRetainExceptOnCreate, passing, nextPolicy }
  await beginUpdate(parts, stack, target, caller, options)
  return { StackId: stack.stackId }
}

async function deleteStack(
  parts: Parts,
  input: In<'DeleteStack'>,
  ctx: RequestContext,
): Promise<Out<'DeleteStack'>> {
  const stack = await parts.stacks.stack(ctx.account, ctx.region, input.StackName ?? '')
  // AWS answers the deletion of what isn't there with success.
  if (!stack || stack.status === 'DELETE_COMPLETE') return {}
  if (stack.terminationProtection) {
    throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`)
  }
  if (stack.status === 'DELETE_IN_PROGRESS') return {}
  if (!isSettled(stack.status) && stack.status !== 'REVIEW_IN_PROGRESS')
    throw notNow(stack, 'deleted')
  await refuseImported(parts, stack)
  const retain = input.RetainResources ?? []
  if (retain.length > 0 && stack.status !== 'DELETE_FAILED') {
    throw invalid(
      `Invalid operation on stack ${stack.stackId}. RetainResources can only be specified for stacks in DELETE_FAILED state`,
    )
  }
  const isForced = input.DeletionMode === 'FORCE_DELETE_STACK'
  if (isForced && stack.status !== 'DELETE_FAILED') {
    throw invalid(
      `Invalid operation on stack ${stack.stackId}. FORCE_DELETE_STACK can only be specified for stacks in DELETE_FAILED state`,
    )
  }
  const caller = await executorFor(parts, ctx, input.RoleARN ?? stack.roleArn)
  const token = input.ClientRequestToken
  const more = { token, retain, isForced }
  const reviewed = await reviewedBelow(parts, stack)
  const operation = newOperation(parts, 'delete', stack.stackId, caller, more)
  await parts.stacks.write(async (tx) => {
    const status = 'DELETE_IN_PROGRESS'
    await setStatus(parts, tx, stack.stackId, status, 'User Initiated', token, (next) => {
      next.deletedAtMs = ctx.now
    })
    await parts.stacks.changeSetsEnd(tx, stack.stackId)
    for (const { stackId } of reviewed) await parts.stacks.stackForget(tx, stackId)
    await parts.engine.begin(tx, operation)
  })
  return {}
}

async function cancelUpdateStack(
  parts: Parts,
  input: In<'CancelUpdateStack'>,
  ctx: RequestContext,
): Promise<Out<'CancelUpdateStack'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  if (stack.status !== 'UPDATE_IN_PROGRESS') {
    throw invalid('CancelUpdateStack cannot be called from current stack status')
  }
  await parts.engine.cancel(stack.stackId)
  return {}
}

async function updateTerminationProtection(
  parts: Parts,
  input: In<'UpdateTerminationProtection'>,
  ctx: RequestContext,
): Promise<Out<'UpdateTerminationProtection'>> {
  const { stackId } = await existingStack(parts, ctx, input.StackName)
  await parts.stacks.write((tx) =>
    parts.stacks.stackChange(tx, stackId, (stack) => {
      stack.terminationProtection = input.EnableTerminationProtection ?? false
    }),
  )
  return { StackId: stackId }
}

const NAME = '[a-zA-Z][-a-zA-Z0-9]*'

/** A name for what is to be. `orId`: where the operation takes an id as well. */
export function checkedName(
  name = '',
  { orId = false, member = 'stackName' }: { orId?: boolean; member?: string } = {},
): string {
  if (stackName.test(name)) return name
  const pattern = orId ? `${NAME}|arn:[-a-zA-Z0-9:/._+]*` : NAME
  const broken = new RegExp(`^(?:${pattern})$`).test(name)
    ? 'Member must have length less than or equal to 128'
    : `Member must satisfy regular expression pattern: ${pattern}`
  throw invalid(
    `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: ${broken}`,
  )
}

function optionsOf(input: In<'CreateStack'>): Partial<Stack> {
  if (input.OnFailure !== undefined && input.DisableRollback !== undefined) {
    throw invalid('You can specify only one of OnFailure and DisableRollback.')
  }
  return {
    onFailure: input.OnFailure ?? (input.DisableRollback ? 'DO_NOTHING' : 'ROLLBACK'),
    timeoutMinutes: input.TimeoutInMinutes,
    terminationProtection: input.EnableTerminationProtection ?? false,
  }
}

function notNow(stack: Stack, verb: string) {
  return invalid(`Stack:${stack.stackId} is in ${stack.status} state and can not be ${verb}.`)
}

async function refuseImported(parts: Parts, stack: Stack): Promise<void> {
  for (const { exportName } of stack.outputs) {
    if (exportName === undefined) continue
    const importers = await parts.operations.importers(stack.account, stack.region, exportName)
    const names = await Promise.all(importers.map((id) => parts.stacks.stackById(id)))
    if (names.length === 0) continue
    const users = names.map((importer) => importer.name).join(', ')
    throw invalid(`Export ${exportName} cannot be deleted as it is in use by ${users}`)
  }
}
