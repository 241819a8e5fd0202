import {
  AwsError,
  type CloudFormation,
  type Operations,
  type RequestContext,
} from '../../../gateway/index.ts'
import { setStatus } from '../engine/index.ts'
import { type ChangeSet, isEnded, isSettled, type Stack, type StackInput } from '../model.ts'
import { invalid } from '../template/index.ts'
import { beginUpdate, newOperation, newStack, updatePlan } from './begin.ts'
import { parametersOf, someOf } from './describe.ts'
import { beginImport, importPlan } from './imports.ts'
import { shownRollback } from './rollback-configuration.ts'
import { isShown, shown } from './shown-changes.ts'
import { existingStack, executorFor, type In, type Out, page, type Parts } from './parts.ts'
import { planBelow, refuseBelow, reviewedBelow, withHierarchy } from './nested-change-sets.ts'
import { changeSetOf, createPlan, type Plan } from './plans.ts'
import { stackInput } from './request.ts'
import { checkedName } from './stacks.ts'

type Described = Out<'DescribeChangeSet'>

export function changeSetOperations(parts: Parts) {
  return {
    CreateChangeSet: (input, ctx) => createChangeSet(parts, input, ctx),
    DescribeChangeSet: (input, ctx) => describeChangeSet(parts, input, ctx),
    ListChangeSets: (input, ctx) => listChangeSets(parts, input, ctx),
    DeleteChangeSet: (input, ctx) => deleteChangeSet(parts, input, ctx),
    ExecuteChangeSet: (input, ctx) => executeChangeSet(parts, input, ctx),
  } satisfies Operations<CloudFormation>
}

async function createChangeSet(
  parts: Parts,
  input: In<'CreateChangeSet'>,
  ctx: RequestContext,
): Promise<Out<'CreateChangeSet'>> {
  const kind = kindOf(input)
  const name = checkedName(input.ChangeSetName, { member: 'changeSetName' })
  const given = input.StackName ?? ''
  const present = await parts.stacks.stack(ctx.account, ctx.region, given)
  refuseState(present, kind, given, name)
  const same = present && (await parts.stacks.changeSet({ stackId: present.stackId, name }))
  if (same && !isEnded(same)) {
    const isAgain = input.ClientToken !== undefined && same.token === input.ClientToken
    if (isAgain) return { Id: same.changeSetId, StackId: same.stackId }
    throw new AwsError(
      'AlreadyExistsException',
      `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Name`,
      { status: 400 },
    )
  }
  const target = await stackInput(parts, ctx, input, {
    previous: kind === 'CREATE' || present?.status === 'REVIEW_IN_PROGRESS' ? undefined : present,
    isReviewed: true,
  })
  const stack = present ?? reviewed(ctx, checkedName(given, { orId: true }), target)
  const plan = await planned(parts, stack, target, input)
  const above = { name, stack, target }
  const below = input.IncludeNestedStacks ? await planBelow(parts, ctx, above, plan) : undefined
  const { Description: description, OnStackFailure: onFailure, ClientToken: token } = input
  const made = { stack, target, plan: below?.plan ?? plan }
  const told = { name, kind, description, onFailure, token }
  const changeSet = changeSetOf(ctx, told, made, below?.problem)
  await parts.stacks.write(async (tx) => {
    for (const one of [...(present ? [] : [stack]), ...(below?.reviewed ?? [])]) {
      await parts.stacks.stackPut(tx, one)
      const status = 'REVIEW_IN_PROGRESS'
      await setStatus(parts, tx, one.stackId, status, 'User Initiated', token)
    }
    const all = below ? withHierarchy(changeSet, below.changeSets) : [changeSet]
    for (const one of all) await parts.stacks.changeSetPut(tx, one)
  })
  return { Id: changeSet.changeSetId, StackId: stack.stackId }
}

function kindOf(input: In<'CreateChangeSet'>): ChangeSet['kind'] {
  const kind = input.ChangeSetType ?? 'UPDATE'
  if ((kind === 'IMPORT') === (input.ResourcesToImport !== undefined)) return kind
  throw invalid('ResourcesToImport is told with the ChangeSetType IMPORT, and with no other.')
}

async function describeChangeSet(
  parts: Parts,
  input: In<'DescribeChangeSet'>,
  ctx: RequestContext,
): Promise<Out<'DescribeChangeSet'>> {
  const changeSet = await existing(parts, ctx, input)
  const withValues = input.IncludePropertyValues ?? false
  const all = changeSet.changes.filter((change) => isShown(change, withValues))
  const { items, NextToken } = page(all, input.NextToken)
  const Changes = items.map((change) => shown(change, withValues))
  return { ...summary(changeSet), ...inputOf(changeSet), Changes, NextToken }
}

async function listChangeSets(
  parts: Parts,
  input: In<'ListChangeSets'>,
  ctx: RequestContext,
): Promise<Out<'ListChangeSets'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const all = (await parts.stacks.changeSets(stack.stackId)).filter((one) => !isEnded(one))
  const { items, NextToken } = page(all, input.NextToken)
  return { Summaries: items.map(summary), NextToken }
}

async function deleteChangeSet(
  parts: Parts,
  input: In<'DeleteChangeSet'>,
  ctx: RequestContext,
): Promise<Out<'DeleteChangeSet'>> {
  const changeSet = await existing(parts, ctx, input).catch((error: unknown) => {
    // Deleting what isn't there succeeds.
    if (error instanceof AwsError && error.code === 'ChangeSetNotFoundException') return undefined
    throw error
  })
  if (!changeSet) return {}
  refuseBelow(changeSet, 'deleted')
  const stack = await parts.stacks.stackById(changeSet.stackId)
  const reviewed = changeSet.below ? await reviewedBelow(parts, stack) : []
  await parts.stacks.write(async (tx) => {
    for (const id of [changeSet.changeSetId, ...(changeSet.below ?? [])]) {
      await parts.stacks.changeSetForget(tx, { id })
    }
    for (const { stackId } of reviewed) await parts.stacks.stackForget(tx, stackId)
  })
  return {}
}

async function executeChangeSet(
  parts: Parts,
  input: In<'ExecuteChangeSet'>,
  ctx: RequestContext,
): Promise<Out<'ExecuteChangeSet'>> {
  const changeSet = await existing(parts, ctx, input)
  refuseBelow(changeSet, 'executed')
  if (changeSet.executionStatus !== 'AVAILABLE') {
    throw new AwsError(
      'InvalidChangeSetStatusException',
      `ChangeSet [${changeSet.changeSetId}] cannot be executed in its current status of [${changeSet.status}]`,
      { status: 400 },
    )
  }
  const stack = await parts.stacks.stackById(changeSet.stackId)
  await execute(parts, ctx, changeSet, stack, input)
  return {}
}

function refuseState(
  present: Stack | undefined,
  kind: string,
  name: string,
  changeSet: string,
): void {
  if (kind === 'UPDATE' && !present) throw invalid(`Stack [${name}] does not exist`)
  const isReview = present?.status === 'REVIEW_IN_PROGRESS'
  if (kind === 'CREATE' && present && !isReview) {
    throw invalid(
      `Stack [${name}] already exists and cannot be created again with the changeSet [${changeSet}].`,
    )
  }
  if (!present || isReview) {
    if (kind === 'UPDATE' && isReview) {
      throw invalid(
        `Stack:${present.stackId} is in REVIEW_IN_PROGRESS state and can not be updated.`,
      )
    }
    return
  }
  const isOpen = isSettled(present.status) && !/^(ROLLBACK|DELETE)_/.test(present.status)
  if (!isOpen)
    throw invalid(`Stack:${present.stackId} is in ${present.status} state and can not be updated.`)
}

function reviewed(ctx: RequestContext, name: string, target: StackInput): Stack {
  return { ...newStack(ctx, name, target), status: 'REVIEW_IN_PROGRESS' }
}

async function planned(
  parts: Parts,
  stack: Stack,
  target: StackInput,
  input: In<'CreateChangeSet'>,
): Promise<Plan> {
  if (target.brokenBy !== undefined) return { changes: [], isSame: false }
  const { ChangeSetType: kind, ResourcesToImport: listed } = input
  if (listed) return importPlan(parts, stack, target, listed)
  return kind === 'CREATE' ? createPlan(parts, stack, target) : updatePlan(parts, stack, target)
}

async function existing(
  parts: Parts,
  ctx: RequestContext,
  input: { ChangeSetName?: string; StackName?: string },
): Promise<ChangeSet> {
  const name = input.ChangeSetName ?? ''
  if (!name.startsWith('arn:') && input.StackName === undefined) {
    throw invalid('StackName must be specified if ChangeSetName is not specified as an ARN.')
  }
  const changeSet = name.startsWith('arn:')
    ? await parts.stacks.changeSet({ id: name })
    : await parts.stacks.changeSet({
        stackId: (await existingStack(parts, ctx, input.StackName)).stackId,
        name,
      })
  if (changeSet) return changeSet
  throw new AwsError('ChangeSetNotFoundException', `ChangeSet [${name}] does not exist`, {
    status: 404,
  })
}

async function execute(
  parts: Parts,
  ctx: RequestContext,
  changeSet: ChangeSet,
  stack: Stack,
  input: In<'ExecuteChangeSet'>,
): Promise<void> {
  const target = changeSet.input
  const caller = await executorFor(parts, ctx, target.roleArn)
  const token = input.ClientRequestToken
  if (changeSet.kind === 'IMPORT') return beginImport(parts, stack, changeSet, caller, token)
  if (changeSet.kind === 'UPDATE') {
    const { changeSetId } = changeSet
    const { DisableRollback: disableRollback, RetainExceptOnCreate: isRetainExceptOnCreate } = input
    const options = { token, disableRollback, isRetainExceptOnCreate, changeSetId }
    await beginUpdate(parts, stack, target, caller, options)
    return
  }
  const operation = newOperation(parts, 'create', stack.stackId, caller, {
    token,
    target,
    disableRollback: input.DisableRollback ?? false,
    isRetainExceptOnCreate: input.RetainExceptOnCreate,
  })
  const onFailure = (changeSet.onFailure ?? 'ROLLBACK') as Stack['onFailure']
  await parts.stacks.write(async (tx) => {
    const { stackId } = stack
    await setStatus(parts, tx, stackId, 'CREATE_IN_PROGRESS', 'User Initiated', token, (next) => {
      Object.assign(next, target, { onFailure, changeSetId: changeSet.changeSetId })
      next.updatedAtMs = ctx.now
    })
    await parts.stacks.changeSetsEnd(tx, stackId, changeSet.changeSetId)
    await parts.engine.begin(tx, operation)
  })
}

function summary(changeSet: ChangeSet) {
  return {
    ChangeSetId: changeSet.changeSetId,
    ChangeSetName: changeSet.name,
    StackId: changeSet.stackId,
    StackName: changeSet.stackName,
    Description: changeSet.description,
    CreationTime: new Date(changeSet.createdAtMs),
    Status: changeSet.status as Described['Status'],
    StatusReason: changeSet.statusReason,
    ExecutionStatus: changeSet.executionStatus as Described['ExecutionStatus'],
    IncludeNestedStacks: changeSet.isNested ?? false,
    ParentChangeSetId: changeSet.parentId,
    RootChangeSetId: changeSet.rootId,
  }
}

function inputOf(changeSet: ChangeSet) {
  const { input } = changeSet
  return {
    Parameters: someOf(parametersOf(input)),
    RollbackConfiguration: shownRollback(input.rollback),
    Tags: someOf(input.tags),
    Capabilities: input.capabilities as Described['Capabilities'],
    NotificationARNs: input.notificationArns,
    OnStackFailure: changeSet.onFailure as Described['OnStackFailure'],
  }
}
