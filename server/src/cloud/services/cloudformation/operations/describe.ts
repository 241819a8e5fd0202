import type { CloudFormation, Operations, RequestContext } from '../../../gateway/index.ts'
import { shownParameters } from '../engine/index.ts'
import type { Resource, Stack } from '../model.ts'
import { invalid } from '../template/index.ts'
import { shownRollback } from './rollback-configuration.ts'
import { existingStack, type In, type Out, page, type Parts } from './parts.ts'

type Described = NonNullable<Out<'DescribeStacks'>['Stacks']>[number]
type Status = Described['StackStatus']
type ResourceStatus = 'CREATE_COMPLETE'

const EVENTS_A_PAGE = 100

export function describeOperations(parts: Parts) {
  return {
    DescribeStacks: (input, ctx) => describeStacks(parts, input, ctx),
    ListStacks: (input, ctx) => listStacks(parts, input, ctx),
    DescribeStackEvents: (input, ctx) => describeStackEvents(parts, input, ctx),
    DescribeStackResources: (input, ctx) => describeStackResources(parts, input, ctx),
    DescribeStackResource: (input, ctx) => describeStackResource(parts, input, ctx),
    ListStackResources: (input, ctx) => listStackResources(parts, input, ctx),
    ListExports: (input, ctx) => listExports(parts, input, ctx),
    ListImports: (input, ctx) => listImports(parts, input, ctx),
  } satisfies Operations<CloudFormation>
}

async function describeStacks(
  parts: Parts,
  input: In<'DescribeStacks'>,
  ctx: RequestContext,
): Promise<Out<'DescribeStacks'>> {
  if (input.StackName) {
    return { Stacks: [described(await existingStack(parts, ctx, input.StackName))] }
  }
  const all = await parts.stacks.stacks(ctx.account, ctx.region)
  const living = all.filter((stack) => stack.status !== 'DELETE_COMPLETE')
  const { items, NextToken } = page(living, input.NextToken)
  return { Stacks: items.map(described), NextToken }
}

async function listStacks(
  parts: Parts,
  input: In<'ListStacks'>,
  ctx: RequestContext,
): Promise<Out<'ListStacks'>> {
  const wanted = input.StackStatusFilter
  const all = await parts.stacks.stacks(ctx.account, ctx.region)
  const chosen = all.filter((s) => !wanted?.length || wanted.includes(s.status as Status & string))
  const { items, NextToken } = page(chosen, input.NextToken)
  const StackSummaries = items.map((stack) => ({
    StackId: stack.stackId,
    StackName: stack.name,
    TemplateDescription: stack.description,
    CreationTime: new Date(stack.createdAtMs),
    LastUpdatedTime: dateOf(stack.updatedAtMs),
    DeletionTime: dateOf(stack.deletedAtMs),
    StackStatus: stack.status as Status,
    StackStatusReason: stack.statusReason,
    ParentId: stack.parentId,
    RootId: stack.rootId,
    DriftInformation: stackDrift(stack),
  }))
  return { StackSummaries, NextToken }
}

async function describeStackEvents(
  parts: Parts,
  input: In<'DescribeStackEvents'>,
  ctx: RequestContext,
): Promise<Out<'DescribeStackEvents'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const before = input.NextToken === undefined ? undefined : Number(input.NextToken)
  const rows = await parts.stacks.events(stack.stackId, EVENTS_A_PAGE, before)
  const StackEvents = rows.map(({ event }) => ({
    StackId: stack.stackId,
    StackName: stack.name,
    EventId: event.eventId,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: new Date(event.atMs),
    ResourceStatus: event.status as ResourceStatus,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties,
    ClientRequestToken: event.token,
  }))
  const last = rows.at(-1)
  const isMore = rows.length === EVENTS_A_PAGE && last !== undefined && last.position > 1
  return { StackEvents, NextToken: isMore ? String(last.position) : undefined }
}

async function describeStackResources(
  parts: Parts,
  input: In<'DescribeStackResources'>,
  ctx: RequestContext,
): Promise<Out<'DescribeStackResources'>> {
  const { StackName, PhysicalResourceId, LogicalResourceId } = input
  const stack =
    StackName === undefined && PhysicalResourceId !== undefined
      ? await stackOfResource(parts, ctx, PhysicalResourceId)
      : await existingStack(parts, ctx, StackName)
  const resources = Object.values(await parts.stacks.resources(stack.stackId)).filter(
    (r) => LogicalResourceId === undefined || r.logicalId === LogicalResourceId,
  )
  return {
    StackResources: resources.map((resource) => ({
      StackName: stack.name,
      StackId: stack.stackId,
      ...resourceOf(resource),
      Timestamp: new Date(resource.updatedAtMs),
    })),
  }
}

async function describeStackResource(
  parts: Parts,
  input: In<'DescribeStackResource'>,
  ctx: RequestContext,
): Promise<Out<'DescribeStackResource'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const id = input.LogicalResourceId ?? ''
  const resource = (await parts.stacks.resources(stack.stackId))[id]
  if (!resource) throw invalid(`Resource ${id} does not exist for stack ${input.StackName}`)
  return {
    StackResourceDetail: {
      StackName: stack.name,
      StackId: stack.stackId,
      ...resourceOf(resource),
      LastUpdatedTimestamp: new Date(resource.updatedAtMs),
      Metadata: resource.metadata ?? '{}',
    },
  }
}

async function listStackResources(
  parts: Parts,
  input: In<'ListStackResources'>,
  ctx: RequestContext,
): Promise<Out<'ListStackResources'>> {
  const stack = await existingStack(parts, ctx, input.StackName)
  const all = Object.values(await parts.stacks.resources(stack.stackId))
  const { items, NextToken } = page(all, input.NextToken)
  const StackResourceSummaries = items.map((resource) => ({
    ...resourceOf(resource),
    LastUpdatedTimestamp: new Date(resource.updatedAtMs),
  }))
  return { StackResourceSummaries, NextToken }
}

async function listExports(
  parts: Parts,
  input: In<'ListExports'>,
  ctx: RequestContext,
): Promise<Out<'ListExports'>> {
  const rows = await parts.operations.exports(ctx.account, ctx.region)
  const { items, NextToken } = page(rows, input.NextToken)
  const Exports = items.map((row) => ({
    ExportingStackId: row.stack_id,
    Name: row.name,
    Value: row.value,
  }))
  return { Exports, NextToken }
}

async function listImports(
  parts: Parts,
  input: In<'ListImports'>,
  ctx: RequestContext,
): Promise<Out<'ListImports'>> {
  const name = input.ExportName ?? ''
  const ids = await parts.operations.importers(ctx.account, ctx.region, name)
  if (ids.length === 0) throw invalid(`Export '${name}' is not imported by any stack.`)
  const stacks = await Promise.all(ids.map((id) => parts.stacks.stackById(id)))
  const { items, NextToken } = page(stacks, input.NextToken)
  return { Imports: items.map((stack) => stack.name), NextToken }
}

async function stackOfResource(
  parts: Parts,
  ctx: { account: string; region: string },
  physicalId: string,
): Promise<Stack> {
  for (const stack of await parts.stacks.stacks(ctx.account, ctx.region)) {
    const resources = Object.values(await parts.stacks.resources(stack.stackId))
    if (resources.some((resource) => resource.physicalId === physicalId)) return stack
  }
  throw invalid(`Stack for ${physicalId} does not exist`)
}

function dateOf(timeMs: number | undefined): Date | undefined {
  return timeMs === undefined ? undefined : new Date(timeMs)
}

function stackDrift({ drift }: Stack) {
  return {
    StackDriftStatus: drift?.status ?? ('NOT_CHECKED' as const),
    LastCheckTimestamp: dateOf(drift?.atMs),
  }
}

function resourceOf(resource: Resource) {
  return {
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    ResourceStatus: resource.status as ResourceStatus,
    ResourceStatusReason: resource.statusReason,
    DriftInformation: {
      StackResourceDriftStatus: resource.drift?.status ?? ('NOT_CHECKED' as const),
      LastCheckTimestamp: dateOf(resource.drift?.atMs),
    },
  }
}

export function parametersOf(stack: Pick<Stack, 'templateText' | 'parameters' | 'stored'>) {
  return shownParameters(stack).map(([ParameterKey, ParameterValue]) => {
    const stored = stack.stored?.[ParameterKey]
    const ResolvedValue = ParameterValue === '****' ? stored && '****' : stored
    return { ParameterKey, ParameterValue, ResolvedValue }
  })
}

const outputsOf = (stack: Stack) =>
  stack.outputs.map((output) => ({
    OutputKey: output.key,
    OutputValue: output.value,
    Description: output.description,
    ExportName: output.exportName,
  }))

/** Empty lists of these members are left out of the real answer. */
export const someOf = <Item>(list: Item[]) => (list.length > 0 ? list : undefined)

function described(stack: Stack): Described {
  return {
    StackId: stack.stackId,
    StackName: stack.name,
    ChangeSetId: stack.changeSetId,
    Description: stack.description,
    Parameters: someOf(parametersOf(stack)),
    CreationTime: new Date(stack.createdAtMs),
    LastUpdatedTime: dateOf(stack.updatedAtMs),
    DeletionTime: dateOf(stack.deletedAtMs),
    RollbackConfiguration: shownRollback(stack.rollback),
    StackStatus: stack.status as Status,
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.onFailure === 'DO_NOTHING',
    NotificationARNs: stack.notificationArns,
    TimeoutInMinutes: stack.timeoutMinutes,
    Capabilities: someOf(stack.capabilities as NonNullable<Described['Capabilities']>),
    Outputs: someOf(outputsOf(stack)),
    RoleARN: stack.roleArn,
    Tags: stack.tags,
    EnableTerminationProtection:
      stack.status === 'DELETE_COMPLETE' ? undefined : stack.terminationProtection,
    ParentId: stack.parentId,
    RootId: stack.rootId,
    DriftInformation: stackDrift(stack),
  }
}
