import { type Aws, AwsError } from '../../../gateway/index.ts'
import type { Operation, Resource, Stack, Step } from '../model.ts'
import { providerOf, type ResourceContext } from '../resources/index.ts'
import { contextFor } from './context.ts'
import { reasonOf } from './failure.ts'
import { type Journal, randomSuffix, type Stores } from './journal.ts'

/** One operation while it runs: what its phases share. */
export interface Execution {
  stores: Stores
  operation: Operation
  stack: Stack
  journal: Journal
  awsIn(region: string): Aws
  /** Ends the steps under way when one failed or the update was cancelled. */
  forward: AbortController
  /** The server stops: nothing more is begun or written. */
  stopped: AbortSignal
  /** Keys of the steps an earlier process left unfinished. */
  resumed: Set<string>
}

export function stepContext(execution: Execution, step: Step, resource: Resource): ResourceContext {
  const { stores, operation, stack, journal, awsIn, stopped, forward } = execution
  const isForward = step.key.startsWith('forward:')
  const signal = isForward ? AbortSignal.any([stopped, forward.signal]) : stopped
  const parts = { stores, awsIn, executor: operation.caller, stack, journal, signal }
  const tries = { resumed: execution.resumed.has(step.key), stackTags: resource.tags }
  return contextFor(parts, step, resource, tries)
}

/** Writes the failure of a step down; always false, for `walk`. */
export async function failStep(
  execution: Execution,
  step: Step,
  resource: Resource,
  status: string,
  error: unknown,
): Promise<false> {
  // Stopped with the server: the step stays as begun, and the next start takes it up.
  execution.stopped.throwIfAborted()
  const { log } = execution.stores.kernel
  resource.status = status
  resource.statusReason = reasonOf(error, resource.type, log)
  await execution.journal.record({ ...step, state: 'failed' }, resource)
  return false
}

/** Removes a thing as its policy says. `isAside`: it is in no row any more (replaced). */
export async function removeThing(
  execution: Execution,
  key: string,
  resource: Resource,
  isKept: boolean,
  isAside: boolean,
): Promise<boolean> {
  const { journal } = execution
  const known = journal.steps.get(key)
  if (known?.state === 'done') return true
  if (known?.state === 'failed') return false
  const write = (step: Step) =>
    isAside ? journal.recordAside(step, resource) : journal.record(step, resource)
  const { logicalId, physicalId } = resource
  const begun = known ?? {
    key,
    logicalId,
    action: 'delete' as const,
    state: 'started' as const,
    suffix: randomSuffix(),
    notes: {},
    physicalId,
  }
  resource.statusReason = undefined
  if (isKept || physicalId === undefined) {
    resource.status = isKept ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE'
    await write({ ...begun, state: 'done' })
    return true
  }
  if (!known) {
    resource.status = 'DELETE_IN_PROGRESS'
    await write(begun)
  }
  try {
    const context = stepContext(execution, begun, resource)
    const { properties, attributes } = resource
    await providerOf(resource.type).delete(context, physicalId, properties, attributes)
  } catch (error) {
    execution.stopped.throwIfAborted()
    const { log } = execution.stores.kernel
    resource.status = 'DELETE_FAILED'
    resource.statusReason = reasonOf(error, resource.type, log)
    await write({ ...begun, state: 'failed' })
    return false
  }
  resource.status = 'DELETE_COMPLETE'
  await write({ ...begun, state: 'done' })
  return true
}

/** The text of a refusal that ends an operation; throws on what is none, and on what a stop cut off. */
export function refusalText({ stopped }: Execution, error: unknown): string {
  if (error instanceof AwsError && !stopped.aborted) return error.message
  throw error
}
