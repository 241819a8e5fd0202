import { AwsError, type RequestContext } from '../../../gateway/index.ts'
import { type NestedTarget, physicalName, randomSuffix } from '../engine/index.ts'
import { type ChangeSet, isReviewedFor, type Stack, type StackInput } from '../model.ts'
import { invalid, KNOWN_AFTER_APPLY, type Structure, type Value } from '../template/index.ts'
import { newStack, updatePlan } from './begin.ts'
import type { Parts } from './parts.ts'
import { changeSetOf, createPlan, type Plan } from './plans.ts'
import { stackInput } from './request.ts'

/** The change sets of the stacks below one, with the stacks that are there for review alone. */
interface Below {
  plan: Plan
  changeSets: ChangeSet[]
  reviewed: Stack[]
  problem?: string
}

interface Above {
  name: string
  stack: Stack
  target: StackInput
}

/**
 * Looks into each stack that is a resource of this one, and into theirs. Where nothing changes below, the
 * resource itself changes only if its own properties do.
 */
export async function planBelow(
  parts: Parts,
  ctx: RequestContext,
  above: Above,
  plan: Plan,
): Promise<Below> {
  const below: Below = { plan: { ...plan }, changeSets: [], reviewed: [] }
  for (const nested of plan.nested ?? []) {
    const found = await childOf(parts, ctx, above, nested).catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error
      return { problem: `Nested change set of ${nested.logicalId}: ${error.message}` }
    })
    if ('problem' in found) return { ...below, problem: found.problem }
    const { changeSet, stack } = found
    const same = found.isSame
    below.plan.changes = below.plan.changes.flatMap((change) => {
      if (change.logicalId !== nested.logicalId) return [change]
      if (!same) return [{ ...change, changeSetId: changeSet.changeSetId }]
      return change.details.every(({ source }) => source === 'Automatic') ? [] : [change]
    })
    if (same) continue
    below.changeSets.push(changeSet, ...found.below.changeSets)
    if (stack.status === 'REVIEW_IN_PROGRESS') below.reviewed.push(stack)
    below.reviewed.push(...found.below.reviewed)
    if (changeSet.status !== 'FAILED') continue
    const problem = `Nested change set ${changeSet.changeSetId} was not successfully created: Currently in FAILED.`
    return { ...below, problem }
  }
  below.plan.isSame = below.plan.changes.length === 0 && plan.isRestSame === true
  return below
}

async function childOf(parts: Parts, ctx: RequestContext, above: Above, nested: NestedTarget) {
  const present = await presentChild(parts, ctx, above.stack, nested)
  const isNew = !present || present.status === 'REVIEW_IN_PROGRESS'
  const target = await stackInput(parts, ctx, requestOf(above.target, nested.properties), {
    previous: isNew ? undefined : present,
    isReviewed: true,
  })
  const stack = present ?? reviewedChild(ctx, above.stack, nested.logicalId, target)
  const name = `${above.name.slice(0, 60)}-${nested.logicalId.slice(0, 60)}`
  const isBroken = target.brokenBy !== undefined
  const own = isBroken
    ? { changes: [], isSame: false }
    : await (isNew ? createPlan : updatePlan)(parts, stack, target)
  const below = await planBelow(parts, ctx, { name, stack, target }, own)
  const { plan, problem } = below
  const kind = isNew ? ('CREATE' as const) : ('UPDATE' as const)
  const given = { name, kind, isNested: true }
  const changeSet = changeSetOf(ctx, given, { stack, target, plan }, problem)
  return { changeSet, stack, below, isSame: plan.isSame && !isBroken && problem === undefined }
}

async function presentChild(
  parts: Parts,
  ctx: RequestContext,
  parent: Stack,
  { logicalId, physicalId }: NestedTarget,
): Promise<Stack | undefined> {
  if (physicalId !== undefined) return parts.stacks.stack(ctx.account, ctx.region, physicalId)
  const all = await parts.stacks.stacks(ctx.account, ctx.region)
  return all.find((one) => isReviewedFor(one, parent.stackId, logicalId))
}

function requestOf(above: StackInput, properties: Structure) {
  const url = textOf(properties['TemplateURL'])
  if (url === KNOWN_AFTER_APPLY) throw invalid('TemplateURL is known only once it is carried out.')
  const parameters = Object.entries((properties['Parameters'] ?? {}) as Structure)
  return {
    TemplateURL: url,
    Parameters: parameters.map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Array.isArray(value) ? value.join(',') : textOf(value),
    })),
    Tags: above.tags,
    RoleARN: above.roleArn,
    // The parent's acknowledgement reaches down.
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
  }
}

const textOf = (value: Value | undefined) => (value === undefined ? undefined : String(value))

function reviewedChild(
  ctx: RequestContext,
  parent: Stack,
  logicalId: string,
  target: StackInput,
): Stack {
  return {
    ...newStack(ctx, physicalName(parent.name, logicalId, randomSuffix(), 128), target),
    status: 'REVIEW_IN_PROGRESS',
    parentId: parent.stackId,
    rootId: parent.rootId ?? parent.stackId,
    reviewedAs: logicalId,
  }
}

/** All change sets of the hierarchy know the one above and the topmost. */
export function withHierarchy(root: ChangeSet, below: ChangeSet[]): ChangeSet[] {
  const parentOf = (child: ChangeSet) =>
    [root, ...below].find((one) =>
      one.changes.some(({ changeSetId }) => changeSetId === child.changeSetId),
    )
  return [
    { ...root, isNested: true, below: below.map((one) => one.changeSetId) },
    ...below.map((child) => ({
      ...child,
      parentId: parentOf(child)?.changeSetId,
      rootId: root.changeSetId,
    })),
  ]
}

/** Only the topmost change set of a hierarchy can be carried out or removed. */
export function refuseBelow({ changeSetId, rootId }: ChangeSet, verb: 'executed' | 'deleted') {
  if (rootId === undefined) return
  throw invalid(
    `ChangeSet [${changeSetId}] can only be ${verb} from the root ChangeSet [${rootId}]`,
  )
}

/** Stacks below this one that are there for review alone. */
export async function reviewedBelow(parts: Parts, stack: Stack): Promise<Stack[]> {
  const all = await parts.stacks.stacks(stack.account, stack.region)
  const under = (parent: Stack): Stack[] =>
    all
      .filter((one) => one.reviewedAs && isReviewedFor(one, parent.stackId, one.reviewedAs))
      .flatMap((one) => [one, ...under(one)])
  return under(stack)
}
