import type { CloudFormation, Operations, RequestContext } from '../../../gateway/index.ts'
import { setStatus } from '../engine/index.ts'
import type { Operation, Stack } from '../model.ts'
import { signalToken } from '../resources/index.ts'
import { invalid } from '../template/index.ts'
import { existingStack, executorFor, type In, type Out, type Parts } from './parts.ts'

/** What is said to a stack whose operation stands still, or waits for a word. */
export function rollbackOperations(parts: Parts) {
  return {
    ContinueUpdateRollback: (input, ctx) => continueUpdateRollback(parts, input, ctx),
    RollbackStack: (input, ctx) => rollbackStack(parts, input, ctx),
    SignalResource: (input, ctx) => signalResource(parts, input, ctx),
  } satisfies Operations<CloudFormation>
}

async function continueUpdateRollback(
  parts: Parts,
  input: In<'ContinueUpdateRollback'>,
  ctx: RequestContext,
): Promise<Out<'ContinueUpdateRollback'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const operation = await parts.operations.latest(stack.stackId)
  if (stack.status !== 'UPDATE_ROLLBACK_FAILED' || !operation) {
    throw invalid(
      `Stack:${stack.stackId} is in ${stack.status} state and can not continue the rollback.`,
    )
  }
  const skip = input.ResourcesToSkip ?? []
  const resources = await parts.stacks.resources(stack.stackId)
  const wrong = skip.filter((id) => resources[id]?.status !== 'UPDATE_FAILED')
  if (wrong.length > 0) {
    throw invalid(
      `ResourcesToSkip may name resources in UPDATE_FAILED state only, and not [${wrong.join(', ')}].`,
    )
  }
  await goBack(parts, ctx, { stack, operation, status: 'UPDATE_ROLLBACK_IN_PROGRESS', skip }, input)
  return {}
}

async function rollbackStack(
  parts: Parts,
  input: In<'RollbackStack'>,
  ctx: RequestContext,
): Promise<Out<'RollbackStack'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const latest = await parts.operations.latest(stack.stackId)
  // One that is over for good has no journal to go back by.
  const operation = latest && (await parts.operations.operation(latest.id))
  const isFailed = stack.status === 'CREATE_FAILED' || stack.status === 'UPDATE_FAILED'
  if (!isFailed || !operation) {
    throw invalid(`Stack:${stack.stackId} is in ${stack.status} state and can not be rolled back.`)
  }
  const word = stack.status === 'CREATE_FAILED' ? 'ROLLBACK' : 'UPDATE_ROLLBACK'
  operation.isRetainExceptOnCreate = input.RetainExceptOnCreate ?? operation.isRetainExceptOnCreate
  await goBack(parts, ctx, { stack, operation, status: `${word}_IN_PROGRESS`, skip: [] }, input)
  return { StackId: stack.stackId, OperationId: operation.id }
}

/** Takes an operation up again on its way back. */
async function goBack(
  parts: Parts,
  ctx: RequestContext,
  way: { stack: Stack; operation: Operation; status: string; skip: string[] },
  { RoleARN, ClientRequestToken: token }: { RoleARN?: string; ClientRequestToken?: string },
): Promise<void> {
  const { stack, operation, status, skip } = way
  const caller = RoleARN ? await executorFor(parts, ctx, RoleARN) : operation.caller
  const steps = await parts.operations.steps(operation.id)
  await parts.stacks.write(async (tx) => {
    for (const [key, step] of steps) {
      if (step.state === 'failed' && key.startsWith('rollback:')) {
        await parts.operations.stepForget(tx, operation.id, key)
      }
    }
    await setStatus(parts, tx, stack.stackId, status, 'User Initiated', token)
    await parts.engine.begin(tx, { ...operation, caller, skip, phase: 'rollback' })
  })
}

async function signalResource(
  parts: Parts,
  input: In<'SignalResource'>,
  ctx: RequestContext,
): Promise<Out<'SignalResource'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const { LogicalResourceId: id = '', UniqueId, Status } = input
  const resource = (await parts.stacks.resources(stack.stackId))[id]
  if (!resource) throw invalid(`Resource ${id} does not exist for stack ${stack.name}`)
  const signal = { UniqueId, Status, Reason: `Received ${Status} signal with UniqueId ${UniqueId}` }
  const isTaken =
    resource.status === 'CREATE_IN_PROGRESS' &&
    (await parts.operations.signalAdd(signalToken(stack.stackId, id), signal))
  if (!isTaken) {
    throw invalid(`Resource ${id} is in ${resource.status} state and cannot be signaled`)
  }
  return {}
}
