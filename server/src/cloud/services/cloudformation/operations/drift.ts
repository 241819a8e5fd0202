import { randomUUID } from 'node:crypto'
import type { CloudFormation, Operations, RequestContext } from '../../../gateway/index.ts'
import { isGone, masker } from '../engine/index.ts'
import { isSettled, type Resource, type ResourceDrift, type Stack } from '../model.ts'
import { isReadable, readResource, readTags } from '../resources/index.ts'
import { canonical, invalid, isStructure, type Structure, type Value } from '../template/index.ts'
import { existingStack, type In, type Out, page, type Parts } from './parts.ts'

type Drift = NonNullable<Out<'DescribeStackResourceDrifts'>['StackResourceDrifts']>[number]

export function driftOperations(parts: Parts) {
  return {
    DetectStackDrift: (input, ctx) => detectStackDrift(parts, input, ctx),
    DetectStackResourceDrift: (input, ctx) => detectResourceDrift(parts, input, ctx),
    DescribeStackDriftDetectionStatus: (input, ctx) => detectionStatus(parts, input, ctx),
    DescribeStackResourceDrifts: (input, ctx) => resourceDrifts(parts, input, ctx),
  } satisfies Operations<CloudFormation>
}

async function detectStackDrift(
  parts: Parts,
  input: In<'DetectStackDrift'>,
  ctx: RequestContext,
): Promise<Out<'DetectStackDrift'>> {
  const stack = await checkable(parts, ctx, input.StackName)
  const all = Object.values(await parts.stacks.resources(stack.stackId))
  const wanted = input.LogicalResourceIds
  const chosen = all.filter((one) => !wanted?.length || wanted.includes(one.logicalId))
  const masked = masker(stack)
  for (const resource of chosen) {
    if (!isReadable(resource.type) || isGone(resource)) continue
    resource.drift = masked(await detect(ctx, resource))
  }
  const drifted = all.filter((one) => one.drift && one.drift.status !== 'IN_SYNC').length
  const detectionId = randomUUID()
  await parts.stacks.write(async (tx) => {
    for (const resource of chosen) await parts.stacks.resourcePut(tx, stack.stackId, resource)
    await parts.stacks.stackChange(tx, stack.stackId, (next) => {
      const status = drifted > 0 ? 'DRIFTED' : 'IN_SYNC'
      next.drift = { detectionId, status, atMs: ctx.now, drifted }
    })
  })
  return { StackDriftDetectionId: detectionId }
}

async function detectResourceDrift(
  parts: Parts,
  input: In<'DetectStackResourceDrift'>,
  ctx: RequestContext,
): Promise<Out<'DetectStackResourceDrift'>> {
  const stack = await checkable(parts, ctx, input.StackName)
  const id = input.LogicalResourceId ?? ''
  const resource = (await parts.stacks.resources(stack.stackId))[id]
  if (!resource) throw invalid(`Resource ${id} does not exist for stack ${stack.name}`)
  if (!isReadable(resource.type)) {
    throw invalid(`Drift detection of ${resource.type} is not supported by this cloud yet.`)
  }
  resource.drift = masker(stack)(await detect(ctx, resource))
  await parts.stacks.write((tx) => parts.stacks.resourcePut(tx, stack.stackId, resource))
  return { StackResourceDrift: shownDrift(stack, resource, resource.drift) }
}

async function detectionStatus(
  parts: Parts,
  input: In<'DescribeStackDriftDetectionStatus'>,
  ctx: RequestContext,
): Promise<Out<'DescribeStackDriftDetectionStatus'>> {
  const id = input.StackDriftDetectionId
  const stacks = await parts.stacks.stacks(ctx.account, ctx.region)
  const stack = stacks.find((one) => one.drift?.detectionId === id)
  if (!stack?.drift) throw invalid(`Drift detection ${id} does not exist`)
  return {
    StackId: stack.stackId,
    StackDriftDetectionId: id,
    StackDriftStatus: stack.drift.status,
    DetectionStatus: 'DETECTION_COMPLETE',
    DriftedStackResourceCount: stack.drift.drifted,
    Timestamp: new Date(stack.drift.atMs),
  }
}

async function resourceDrifts(
  parts: Parts,
  input: In<'DescribeStackResourceDrifts'>,
  ctx: RequestContext,
): Promise<Out<'DescribeStackResourceDrifts'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const wanted: string[] | undefined = input.StackResourceDriftStatusFilters
  const all = Object.values(await parts.stacks.resources(stack.stackId)).flatMap((resource) => {
    const { drift } = resource
    const isShown = drift && (!wanted?.length || wanted.includes(drift.status))
    return isShown ? [shownDrift(stack, resource, drift)] : []
  })
  const { items, NextToken } = page(all, input.NextToken, input.MaxResults)
  return { StackResourceDrifts: items, NextToken }
}

async function checkable(parts: Parts, ctx: RequestContext, name: string | undefined) {
  const stack = await existingStack(parts, ctx, name)
  if (isSettled(stack.status) && !stack.status.startsWith('DELETE')) return stack
  throw invalid(
    `Drift detection cannot be performed on stack [${stack.name}] in ${stack.status} state`,
  )
}

async function detect(ctx: RequestContext, resource: Resource): Promise<ResourceDrift> {
  const { type, physicalId = '', properties } = resource
  const found = await readResource(ctx.aws, type, physicalId, properties)
  if (!found) return { status: 'DELETED', atMs: ctx.now, expected: properties, differences: [] }
  const tags = await readTags(ctx.aws, resource)
  if (tags !== undefined) {
    found.expected['Tags'] = properties['Tags']!
    found.actual['Tags'] = tags
  }
  const differences = differencesOf(found.expected, found.actual, '')
  const status = differences.length > 0 ? 'MODIFIED' : 'IN_SYNC'
  return { status, atMs: ctx.now, ...found, differences }
}

function differencesOf(
  expected: Value | undefined,
  actual: Value | undefined,
  path: string,
): ResourceDrift['differences'] {
  if (canonical(expected) === canonical(actual)) return []
  const areLists = Array.isArray(expected) && Array.isArray(actual)
  if (areLists || (isStructure(expected) && isStructure(actual))) {
    const [old, now] = [expected as Structure, actual as Structure]
    const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()
    return names.flatMap((name) => differencesOf(old[name], now[name], `${path}/${name}`))
  }
  const kind = expected === undefined ? 'ADD' : actual === undefined ? 'REMOVE' : 'NOT_EQUAL'
  return [{ path, kind, expected: textOf(expected), actual: textOf(actual) }]
}

function textOf(value: Value | undefined): string {
  if (value === undefined) return 'null'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function shownDrift(stack: Stack, resource: Resource, drift: ResourceDrift): Drift {
  return {
    StackId: stack.stackId,
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    ExpectedProperties: JSON.stringify(drift.expected),
    ActualProperties: drift.actual && JSON.stringify(drift.actual),
    PropertyDifferences: drift.differences.map((one) => ({
      PropertyPath: one.path,
      ExpectedValue: one.expected,
      ActualValue: one.actual,
      DifferenceType: one.kind,
    })),
    StackResourceDriftStatus: drift.status,
    Timestamp: new Date(drift.atMs),
  }
}
