import type { ServiceDeps } from '../../../deps.ts'
import type { Transaction } from '../../../../kernel/index.ts'
import type { Operation } from '../model.ts'
import type { Execution } from './execution.ts'
import type { Stores } from './journal.ts'
import { cancelled, runOperation } from './run.ts'

export { answerRoute } from './answers.ts'
export { type NestedTarget, type Preview, previewChanges } from './changes.ts'
export { physicalName } from './context.ts'
export { isGone } from './gone.ts'
export { randomSuffix, type Stores } from './journal.ts'
export {
  descriptionOf,
  prepare,
  type Prepared,
  readInput,
  readText,
  rehearse,
  sameTags,
  viewOf,
} from './prepare.ts'
export { masker, shownParameters } from './shown-parameters.ts'
export { setStatus } from './status.ts'

const JOB = 'cloudformation.operation'
// Nested stacks wait for their children, so there have to be places left for those.
const SIDE_BY_SIDE = 200

export interface Engine {
  /** Stores the operation and sees to it that it runs, also after a crash. */
  begin(tx: Transaction, operation: Operation): Promise<void>
  /** Calls off an update under way; resources being changed end first, then it is rolled back. */
  cancel(stackId: string): Promise<void>
}

export function createEngine(stores: Stores, deps: ServiceDeps): Engine {
  const running = new Map<string, Execution>()
  stores.kernel.jobs.handle(JOB, {
    concurrency: SIDE_BY_SIDE,
    run: async (job) => {
      const { operationId } = job.payload as { operationId: string }
      await runOperation({ ...stores, deps, running }, operationId, job)
    },
  })
  return {
    async begin(tx, operation) {
      await stores.operations.put(tx, operation)
      const payload = { operationId: operation.id }
      await stores.kernel.jobs.enqueue(tx, { kind: JOB, payload, key: operation.stackId })
    },
    async cancel(stackId) {
      const execution = running.get(stackId)
      const operation = execution?.operation ?? (await stores.operations.latest(stackId))
      if (!operation) return
      operation.cancelled = true
      await stores.stacks.write((tx) => stores.operations.put(tx, operation))
      execution?.forward.abort(cancelled())
    },
  }
}
