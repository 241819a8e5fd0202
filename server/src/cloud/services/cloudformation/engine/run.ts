import type { ServiceDeps } from '../../../deps.ts'
import type { Job } from '../../../../kernel/index.ts'
import type { Operation, Stack, StackOutput } from '../model.ts'
import { breachedAlarms } from './rollback-triggers.ts'
import { cleanUp, cleanUpRollback, removeStack, restore } from './backward.ts'
import { type Execution, refusalText } from './execution.ts'
import { runForward } from './forward.ts'
import { runImport } from './importing.ts'
import { Journal, type Stores } from './journal.ts'
import { checkExports, outputsOf } from './outputs.ts'
import { prepare, type Prepared, rehearse } from './prepare.ts'
import { enterPhase, finishOperation } from './status.ts'

const MOST_ATTEMPTS = 3

type Parts = Stores & { deps: ServiceDeps; running: Map<string, Execution> }

/** Runs an operation from where its journal stands to its end. */
export async function runOperation(parts: Parts, operationId: string, job: Job): Promise<void> {
  const operation = await parts.operations.operation(operationId)
  // Finished, and only the job's own end was lost.
  if (!operation) return
  const execution = await open(parts, operation, job.signal)
  parts.running.set(operation.stackId, execution)
  const stopTimer = armTimeout(execution)
  try {
    if (operation.cancelled) execution.forward.abort(cancelled())
    await phases[operation.kind](execution)
  } catch (error) {
    // A bug of ours must not leave the stack between two states for good.
    if (job.attempt < MOST_ATTEMPTS || job.signal.aborted) throw error
    parts.kernel.log.error('cloudformation.operation', { stack: operation.stackId, error })
    const status = `${operation.kind.toUpperCase()}_FAILED`
    await finishOperation(execution, { status, reason: 'Internal Failure' })
  } finally {
    stopTimer()
    parts.running.delete(operation.stackId)
  }
}

export function cancelled(): DOMException {
  return new DOMException('Resource update cancelled', 'AbortError')
}

async function open(parts: Parts, operation: Operation, signal: AbortSignal): Promise<Execution> {
  const { kernel, stacks, operations } = parts
  const stores: Stores = { kernel, stacks, operations }
  const stack = await stacks.stackById(operation.stackId)
  const resources = await stacks.resources(operation.stackId)
  const steps = await operations.steps(operation.id)
  // The address may be another one since a restart; functions must reach this process.
  const originUrl = parts.deps.settings.originUrl() || operation.caller.originUrl
  operation.caller = { ...operation.caller, originUrl }
  const unfinished = [...steps].filter(([, step]) => step.state === 'started')
  return {
    stores,
    operation,
    stack,
    journal: new Journal(stores, { operation, stack, resources, steps }, signal),
    awsIn: (region) => parts.deps.as({ ...operation.caller, region, signal }),
    forward: new AbortController(),
    stopped: signal,
    resumed: new Set(unfinished.map(([key]) => key)),
  }
}

function armTimeout({ stores, stack, operation, forward }: Execution): () => void {
  if (stack.timeoutMinutes === undefined || operation.kind !== 'create') return () => undefined
  const end = operation.startedAtMs + stack.timeoutMinutes * 60_000
  const reason = new DOMException('Resource creation cancelled', 'AbortError')
  return stores.kernel.clock.at(end, () => forward.abort(reason))
}

const phases = { create: runCreate, update: runUpdate, delete: runDelete, import: runImport }

/** An update may fail at what it makes as well as at what it changes. */
function failedText({ before }: Operation, failed: string[]): string {
  const isNew = (id: string) => before?.resources[id] === undefined
  const told = (verb: string, ids: string[]) =>
    ids.length > 0 ? `The following resource(s) failed to ${verb}: [${ids.join(', ')}]. ` : ''
  const changed = failed.filter((id) => !isNew(id))
  return told('create', failed.filter(isNew)) + told('update', changed)
}

/** The target's own description of the stack, or the failure's text. */
async function deploy(
  execution: Execution,
): Promise<{ prepared: Prepared; outputs: StackOutput[] } | { failure: string }> {
  const { stores, operation, stack, journal } = execution
  const { brokenBy } = operation.target!
  if (brokenBy !== undefined) return { failure: `${brokenBy}. ` }
  try {
    const exports = await stores.operations.exports(stack.account, stack.region)
    const prepared = prepare(operation.target!, stack, exports)
    rehearse(prepared)
    const failed = await runForward(execution, prepared)
    if (failed.length > 0) return { failure: failedText(operation, failed) }
    const breached = await breachedAlarms(execution)
    if (breached.length > 0) {
      return { failure: `Rollback triggers in ALARM: [${breached.join(', ')}]. ` }
    }
    if (execution.forward.signal.aborted) {
      return {
        failure: operation.cancelled
          ? 'User Initiated'
          : 'Stack creation time exceeded the specified timeout. ',
      }
    }
    const outputs = outputsOf(prepared, journal.resources)
    await checkExports(stores, stack, outputs)
    return { prepared, outputs }
  } catch (error) {
    return { failure: refusalText(execution, error) }
  }
}

async function runCreate(execution: Execution): Promise<void> {
  const { operation, stack } = execution
  if (operation.phase === 'forward') {
    const result = await deploy(execution)
    if (!('failure' in result)) {
      const change = (next: Stack) => void (next.outputs = result.outputs)
      const exports = { imports: [...result.prepared.imports] }
      return finishOperation(execution, { status: 'CREATE_COMPLETE', change, exports })
    }
    const isLeft = operation.disableRollback || stack.onFailure === 'DO_NOTHING'
    if (isLeft) {
      const status = 'CREATE_FAILED'
      return finishOperation(execution, { status, reason: result.failure, isOpen: true })
    }
    const isDeleted = stack.onFailure === 'DELETE'
    const requested = isDeleted ? 'Delete requested by user.' : 'Rollback requested by user.'
    const status = isDeleted ? 'DELETE_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS'
    const failure = result.failure.endsWith(' ') ? result.failure : `${result.failure}. `
    await enterPhase(execution, 'rollback', status, failure + requested, deletedNow(execution))
  }
  const left = await removeStack(execution, 'rollback')
  const word = stack.onFailure === 'DELETE' ? 'DELETE' : 'ROLLBACK'
  if (left.length > 0) {
    const reason = `The following resource(s) failed to delete: [${left.join(', ')}]. `
    return finishOperation(execution, { status: `${word}_FAILED`, reason })
  }
  await finishOperation(execution, { status: `${word}_COMPLETE`, change: deletedNow(execution) })
}

function deletedNow(execution: Execution): (stack: Stack) => void {
  return (stack) => {
    stack.deletedAtMs ??= execution.journal.now()
    if (stack.status === 'DELETE_COMPLETE') stack.changeSetId = undefined
  }
}

async function runUpdate(execution: Execution): Promise<void> {
  const { operation } = execution
  if (operation.phase === 'forward') {
    const result = await deploy(execution)
    if (!('failure' in result)) {
      await enterPhase(execution, 'cleanup', 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
    } else if (operation.disableRollback) {
      const status = 'UPDATE_FAILED'
      return finishOperation(execution, { status, reason: result.failure, isOpen: true })
    } else {
      await enterPhase(execution, 'rollback', 'UPDATE_ROLLBACK_IN_PROGRESS', result.failure)
    }
  }
  if (operation.phase === 'cleanup') return finishUpdate(execution)
  if (operation.phase === 'rollback') {
    const failed = await restore(execution)
    if (failed.length > 0) {
      const reason = `The following resource(s) failed to update: [${failed.join(', ')}]. `
      return finishOperation(execution, { status: 'UPDATE_ROLLBACK_FAILED', reason, isOpen: true })
    }
    await enterPhase(execution, 'rollbackCleanup', 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS')
  }
  await cleanUpRollback(execution)
  const change = (stack: Stack) => void Object.assign(stack, operation.before!.input)
  await finishOperation(execution, { status: 'UPDATE_ROLLBACK_COMPLETE', change })
}

async function finishUpdate(execution: Execution): Promise<void> {
  const { stores, operation, stack, journal } = execution
  const exports = await stores.operations.exports(stack.account, stack.region)
  const prepared = prepare(operation.target!, stack, exports)
  await cleanUp(execution, new Set(Object.keys(prepared.active)))
  const outputs = outputsOf(prepared, journal.resources)
  await finishOperation(execution, {
    status: 'UPDATE_COMPLETE',
    change: (next) => {
      next.outputs = outputs
      next.stackPolicy = operation.nextPolicy ?? next.stackPolicy
    },
    exports: { imports: [...prepared.imports] },
  })
}

async function runDelete(execution: Execution): Promise<void> {
  const left = await removeStack(execution, 'cleanup')
  if (left.length > 0 && !execution.operation.isForced) {
    const reason = `The following resource(s) failed to delete: [${left.join(', ')}]. `
    return finishOperation(execution, { status: 'DELETE_FAILED', reason })
  }
  await finishOperation(execution, {
    status: 'DELETE_COMPLETE',
    change: deletedNow(execution),
    exports: { imports: [] },
  })
}
