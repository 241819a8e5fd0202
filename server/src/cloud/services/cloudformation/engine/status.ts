import { randomUUID } from 'node:crypto'
import type { Transaction } from '../../../../kernel/index.ts'
import { stackChanged } from '../events.ts'
import type { Operation, Phase, Resource, Stack } from '../model.ts'
import type { Execution } from './execution.ts'
import type { Stores } from './journal.ts'

/** Changes a stack's status and appends the stack's own event, in one transaction. */
export async function setStatus(
  stores: Stores,
  tx: Transaction,
  stackId: string,
  status: string,
  reason: string | undefined,
  token?: string,
  change: (stack: Stack) => void = () => undefined,
): Promise<Stack> {
  const now = stores.kernel.clock.now()
  const stack = await stores.stacks.stackChange(tx, stackId, (stack) => {
    stack.status = status
    stack.statusReason = reason
    change(stack)
  })
  await stores.stacks.eventAppend(tx, stackId, {
    eventId: randomUUID(),
    atMs: now,
    logicalId: stack.name,
    physicalId: stackId,
    type: 'AWS::CloudFormation::Stack',
    status,
    reason,
    token,
  })
  tx.afterCommit(() =>
    stores.kernel.live.publish('cloud', { type: 'cloud.stackChanged', id: stack.name, status }),
  )
  return stack
}

/** Goes on to a next phase, durably. */
export async function enterPhase(
  execution: Execution,
  phase: Phase,
  status: string,
  failure?: string,
  change?: (stack: Stack) => void,
): Promise<void> {
  execution.stopped.throwIfAborted()
  const { stores, operation, stack } = execution
  operation.phase = phase
  if (failure !== undefined) operation.failure = failure
  const saved = await stores.stacks.write(async (tx) => {
    await stores.operations.put(tx, operation)
    return setStatus(stores, tx, stack.stackId, status, failure, operation.token, change)
  })
  Object.assign(stack, saved)
}

interface Ending {
  status: string
  reason?: string
  change?: (stack: Stack) => void
  exports?: { imports: string[] }
  /** The journal is needed again (a rollback that can be continued). */
  isOpen?: boolean
}

/** The operation's end: final status, exports and the fact for the rest of the house, all at once. */
export async function finishOperation(execution: Execution, ending: Ending): Promise<void> {
  execution.stopped.throwIfAborted()
  const { stores, operation, journal } = execution
  await stores.stacks.write(async (tx) => {
    const stack = await endStack(stores, tx, operation, ending)
    if (ending.exports) {
      // What a stack gave stays to be read, and is exported no more.
      const outputs = stack.status === 'DELETE_COMPLETE' ? [] : stack.outputs
      await stores.operations.exportsPut(tx, stack, outputs, ending.exports.imports)
    }
    await stores.operations.put(tx, operation, ending.isOpen ? 'running' : 'finished')
    if (!ending.isOpen) await stores.operations.stepsForget(tx, operation.id)
    const resources: Record<string, Resource> = journal.resources
    await stores.kernel.events.append(tx, stackChanged(stack, resources, operation))
  })
}

async function endStack(
  stores: Stores,
  tx: Transaction,
  operation: Operation,
  ending: Ending,
): Promise<Stack> {
  const { status, reason, change } = ending
  const stack = await setStatus(
    stores,
    tx,
    operation.stackId,
    status,
    reason,
    operation.token,
    change,
  )
  return stack
}
