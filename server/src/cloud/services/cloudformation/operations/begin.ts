import { randomUUID } from 'node:crypto'
import { attributionOf } from '../../../attribution.ts'
import type { RequestContext } from '../../../gateway/index.ts'
import type { Transaction } from '../../../../kernel/index.ts'
import {
  descriptionOf,
  isGone,
  prepare,
  previewChanges,
  readInput,
  rehearse,
  setStatus,
} from '../engine/index.ts'
import {
  arnOf,
  type Executor,
  type Operation,
  type OperationKind,
  type Stack,
  type StackInput,
} from '../model.ts'
import { canonical, invalid } from '../template/index.ts'
import type { Parts } from './parts.ts'

export function newStack(ctx: RequestContext, name: string, input: StackInput): Stack {
  const { account, region, now } = ctx
  return {
    ...input,
    stackId: arnOf('stack', account, region, `${name}/${randomUUID()}`),
    name,
    account,
    region,
    status: 'CREATE_IN_PROGRESS',
    createdAtMs: now,
    outputs: [],
    onFailure: 'ROLLBACK',
    terminationProtection: false,
    tokens: {},
    originUrl: ctx.originUrl,
    project: attributionOf(ctx.principal).project,
  }
}

export function newOperation(
  parts: Parts,
  kind: OperationKind,
  stackId: string,
  caller: Executor,
  more: Partial<Operation> = {},
): Operation {
  const { ids, clock } = parts.kernel
  return {
    id: ids.next('cfn'),
    stackId,
    kind,
    phase: 'forward',
    caller,
    startedAtMs: clock.now(),
    disableRollback: false,
    cancelled: false,
    retain: [],
    skip: [],
    ...more,
  }
}

/** Begins a creation: stack row, its first event and the durable operation in one transaction. */
export async function beginCreate(
  parts: Parts,
  tx: Transaction,
  stack: Stack,
  operation: Operation,
): Promise<void> {
  await parts.stacks.stackPut(tx, stack)
  const reason = 'User Initiated'
  const description = descriptionOf(stack)
  await setStatus(
    parts,
    tx,
    stack.stackId,
    'CREATE_IN_PROGRESS',
    reason,
    operation.token,
    (next) => {
      next.description = description
    },
  )
  await parts.engine.begin(tx, operation)
}

/** Begins an update towards `input`; refuses one that changes nothing. */
export async function beginUpdate(
  parts: Parts,
  stack: Stack,
  input: StackInput,
  caller: Executor,
  options: {
    token?: string
    disableRollback?: boolean
    isRetainExceptOnCreate?: boolean
    changeSetId?: string
    /** The stack policy of this update alone. */
    passing?: string
    nextPolicy?: string
  },
): Promise<void> {
  const resources = await parts.stacks.resources(stack.stackId)
  const living = Object.fromEntries(Object.entries(resources).filter(([, r]) => !isGone(r)))
  const { token, changeSetId, passing, nextPolicy } = options
  const before = { input: inputOf(stack), resources: living, outputs: stack.outputs }
  const operation = newOperation(parts, 'update', stack.stackId, caller, {
    token,
    target: input,
    before,
    disableRollback: options.disableRollback ?? false,
    isRetainExceptOnCreate: options.isRetainExceptOnCreate,
    policy: passing ?? stack.stackPolicy,
    isPolicyPassing: passing !== undefined,
    nextPolicy,
  })
  const description = descriptionOf(input)
  await parts.stacks.write(async (tx) => {
    await parts.stacks.changeSetsEnd(tx, stack.stackId, changeSetId)
    await setStatus(
      parts,
      tx,
      stack.stackId,
      'UPDATE_IN_PROGRESS',
      'User Initiated',
      token,
      (next) => {
        Object.assign(next, input)
        next.description = description
        next.project ??= attributionOf(caller.principal).project
        next.updatedAtMs = parts.kernel.clock.now()
        next.drift = undefined
        next.changeSetId = changeSetId ?? next.changeSetId
        if (token !== undefined) next.tokens[token] = 'update'
      },
    )
    await parts.engine.begin(tx, operation)
  })
}

export function inputOf(stack: Stack): StackInput {
  const { templateText, processedText, brokenBy, parameters, stored, tags } = stack
  const { capabilities, notificationArns, roleArn, rollback } = stack
  const text = { templateText, processedText, brokenBy, parameters, stored }
  return { ...text, tags, capabilities, notificationArns, roleArn, rollback }
}

/** What an update would do, and whether it would do anything at all. */
export async function updatePlan(parts: Parts, stack: Stack, input: StackInput) {
  const exports = await parts.operations.exports(stack.account, stack.region)
  const next = prepare(input, stack, exports, { isAhead: true })
  rehearse(next)
  const before = readInput(stack).template
  const resources = await parts.stacks.resources(stack.stackId)
  const retyped = Object.values(next.active)
    .filter(({ logicalId, type }) => {
      const present = resources[logicalId]
      return present && !isGone(present) && present.type !== type
    })
    .map((resource) => resource.logicalId)
  if (retyped.length > 0) {
    throw invalid(
      'Update of resource type is not permitted. The new template modifies resource type of the ' +
        `following resources: [${retyped.join(', ')}]`,
    )
  }
  const { changes, nested } = previewChanges(next, input, stack, resources)
  const outputs = (template: typeof before) =>
    canonical(JSON.parse(JSON.stringify(template.outputs)))
  const policies = (template: typeof before) =>
    Object.values(template.resources)
      .map(
        (r) => `${r.logicalId} ${r.deletionPolicy} ${r.updateReplacePolicy} ${r.dependsOn.join()}`,
      )
      .sort()
      .join('\n')
  const isRestSame =
    outputs(before) === outputs(next.template) &&
    policies(before) === policies(next.template) &&
    canonical(stack.parameters) === canonical(input.parameters) &&
    canonical(stack.stored ?? {}) === canonical(input.stored ?? {}) &&
    canonical(stack.tags as never) === canonical(input.tags as never)
  const isRecovering = stack.status.endsWith('_FAILED')
  const plan = { changes, nested, isRestSame: isRestSame && !isRecovering }
  return { ...plan, isSame: changes.length === 0 && plan.isRestSame }
}
