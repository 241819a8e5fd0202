import { createHash } from 'node:crypto'
import type { NewEvent, ThreadEdge, ThreadNode } from '../../../kernel/index.ts'
import { attributionOf } from '../../attribution.ts'
import type { Operation, Resource, Stack } from './model.ts'
import { isGone } from './engine/gone.ts'
import { shownParameters } from './engine/shown-parameters.ts'

/** Data of `cloud.stackChanged`, appended with the final status of every stack operation. */
export interface StackChanged {
  stackId: string
  stackName: string
  account: string
  region: string
  status: string
  statusReason?: string
  project?: string
  runId?: string
  actorArn: string
  /** Who, as the platform names them (`person:<id>`, `run:<id>`), when the caller's session says so. */
  actor?: string
  outputs: Record<string, string>
  resources: { logicalId: string; type: string; physicalId: string }[]
  /** As `DescribeStacks` shows them: those without echo as `****`. */
  parameters: Record<string, string>
  capabilities: string[]
  /** The client request token of the operation. */
  token?: string
  /** Of a nested stack: the one above. */
  parentId?: string
  /** SHA-256 of the template's text, hex. */
  templateHash: string
  tags: Record<string, string>
}

/** The fact of a finished stack operation, with the stack's place in the thread. */
export function stackChanged(
  stack: Stack,
  resources: Record<string, Resource>,
  operation: Pick<Operation, 'caller' | 'token'>,
): NewEvent {
  const { caller, token } = operation
  const living = Object.values(resources).filter((r) => !isGone(r) && r.physicalId !== undefined)
  const said = attributionOf(caller.principal)
  const tags = Object.fromEntries(stack.tags.map((tag) => [tag.Key, tag.Value]))
  const project = tags['madang:project'] ?? stack.project ?? said.project
  const { runId } = said
  const data: StackChanged = {
    stackId: stack.stackId,
    stackName: stack.name,
    account: stack.account,
    region: stack.region,
    status: stack.status,
    statusReason: stack.statusReason,
    project,
    runId,
    actorArn: caller.principal.arn,
    actor: said.actor,
    outputs: Object.fromEntries(stack.outputs.map((output) => [output.key, output.value])),
    resources: living.map(({ logicalId, type, physicalId }) => ({
      logicalId,
      type,
      physicalId: physicalId!,
    })),
    parameters: Object.fromEntries(shownParameters(stack)),
    capabilities: stack.capabilities,
    token,
    parentId: stack.parentId,
    templateHash: createHash('sha256').update(stack.templateText).digest('hex'),
    tags,
  }
  const thread = threadOf(stack, living, project, runId)
  const subject = `stack:${stack.stackId}`
  return { type: 'cloud.stackChanged', subject, project, actor: data.actor, data, ...thread }
}

function threadOf(
  stack: Stack,
  living: Resource[],
  project: string | undefined,
  runId: string | undefined,
): { nodes: ThreadNode[]; edges: ThreadEdge[] } {
  const ref = { kind: 'stack', id: stack.stackId }
  const alarms = living.flatMap((resource) => {
    const arn = resource.attributes['Arn']
    if (resource.type !== 'AWS::CloudWatch::Alarm' || typeof arn !== 'string') return []
    return [
      { kind: 'alarm', id: arn, project, title: resource.physicalId, url: '/cloud/cloudwatch' },
    ]
  })
  const isDeleted = stack.status === 'DELETE_COMPLETE'
  const endpoints = stack.outputs
    .filter((output) => /^https?:\/\//.test(output.value))
    .map(({ key, value }) => ({
      kind: 'endpoint',
      id: value,
      project,
      title: value,
      url: value,
      text: `${stack.name} ${key}`,
      removed: isDeleted || undefined,
    }))
  const nodes: ThreadNode[] = [
    {
      ...ref,
      project,
      title: stack.name,
      state: stack.status,
      url: `/cloud/cloudformation/${encodeURIComponent(stack.name)}`,
      text: stack.description,
    },
    ...alarms,
    ...endpoints,
  ]
  const edges: ThreadEdge[] = [...alarms, ...endpoints].map(({ kind, id }) => ({
    from: ref,
    to: { kind, id },
  }))
  if (runId !== undefined) edges.push({ from: { kind: 'run', id: runId }, to: ref })
  return { nodes, edges }
}
