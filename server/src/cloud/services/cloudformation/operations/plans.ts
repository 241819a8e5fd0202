import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../../gateway/index.ts'
import { type NestedTarget, prepare, previewChanges, rehearse } from '../engine/index.ts'
import {
  arnOf,
  type ChangeSet,
  type ResourceChange,
  type Stack,
  type StackInput,
} from '../model.ts'
import type { Parts } from './parts.ts'

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set."

/** What a change set would do. */
export interface Plan {
  changes: ResourceChange[]
  /** Nothing at all would change. */
  isSame: boolean
  /** Nothing would change besides resources. */
  isRestSame?: boolean
  nested?: NestedTarget[]
  imports?: Record<string, string>
}

export async function createPlan(parts: Parts, stack: Stack, target: StackInput): Promise<Plan> {
  const exports = await parts.operations.exports(stack.account, stack.region)
  const prepared = prepare(target, stack, exports, { isAhead: true })
  rehearse(prepared)
  return { ...previewChanges(prepared, target, stack, {}), isSame: false }
}

type Given = Pick<ChangeSet, 'name' | 'kind' | 'description' | 'onFailure' | 'token' | 'isNested'>

/** A change set of a plan; `problem` is why there can be none. */
export function changeSetOf(
  ctx: RequestContext,
  given: Given,
  { stack, target, plan }: { stack: Stack; target: StackInput; plan: Plan },
  problem?: string,
): ChangeSet {
  const failure = target.brokenBy ?? problem ?? (plan.isSame ? NO_CHANGES : undefined)
  return {
    ...given,
    changeSetId: arnOf('changeSet', stack.account, stack.region, `${given.name}/${randomUUID()}`),
    stackId: stack.stackId,
    stackName: stack.name,
    createdAtMs: ctx.now,
    status: failure === undefined ? 'CREATE_COMPLETE' : 'FAILED',
    statusReason: failure,
    executionStatus: failure === undefined ? 'AVAILABLE' : 'UNAVAILABLE',
    input: target,
    changes: plan.changes,
    imports: plan.imports,
  }
}
