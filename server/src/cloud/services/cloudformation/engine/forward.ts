import type { Resource, Step, Structure } from '../model.ts'
import { providerOf, ResourceFailure } from '../resources/index.ts'
import { type GuardedAction, refusalOf, resolve, type TemplateResource } from '../template/index.ts'
import { checkProperties, differences } from './difference.ts'
import { type Execution, failStep, stepContext } from './execution.ts'
import { opened } from './opened.ts'
import { type Prepared, sameTags, viewOf } from './prepare.ts'
import { walk } from './walk.ts'

/** Brings every resource of the target to what the template says. Gives the ids that failed. */
export async function runForward(execution: Execution, prepared: Prepared): Promise<string[]> {
  const guarded = await refuseRemovals(execution, prepared)
  if (guarded.length > 0) return guarded
  const scope = prepared.scope((id) => {
    const made = execution.journal.resources[id]
    return made && viewOf(made)
  })
  const deploy = async (id: string) => {
    const target = prepared.active[id]!
    const needs = [...(prepared.graph.get(id) ?? [])]
    const isDone = await deployOne(execution, target, needs, () => {
      const properties = resolve(target.properties, scope) as Structure
      checkProperties(id, target.type, properties)
      const { creationPolicy } = target
      if (!creationPolicy) return { properties }
      return { properties, creationPolicy: resolve(creationPolicy, scope) as Structure }
    })
    if (!isDone) execution.forward.abort(new DOMException(callOffReason(execution), 'AbortError'))
    return isDone
  }
  const isStopped = () => execution.forward.signal.aborted || execution.stopped.aborted
  const walked = await walk(prepared.graph, deploy, isStopped)
  execution.stopped.throwIfAborted()
  return walked.failed
}

/** The resources that would go although the stack's policy keeps them. */
async function refuseRemovals(execution: Execution, prepared: Prepared): Promise<string[]> {
  const { operation, journal } = execution
  const going = Object.values(operation.before?.resources ?? {}).filter(
    ({ logicalId }) => !prepared.active[logicalId] && journal.resources[logicalId],
  )
  const refused: string[] = []
  for (const resource of going) {
    const isRefused = await refuseGuarded(execution, 'Update:Delete', resource)
    if (isRefused) refused.push(resource.logicalId)
  }
  return refused
}

/** Whether the stack's policy keeps the resource from this; then its failure is written down. */
async function refuseGuarded(
  execution: Execution,
  action: GuardedAction,
  resource: Resource,
): Promise<boolean> {
  const refusal = refusalOf(execution.operation.policy, action, resource)
  if (refusal === undefined) return false
  const { logicalId } = resource
  const key = `forward:${logicalId}`
  const step = { key, logicalId, action: 'replace' as const, suffix: '', notes: {} }
  const failure = new ResourceFailure(refusal)
  await failStep(
    execution,
    { ...step, state: 'started' },
    { ...resource },
    'UPDATE_FAILED',
    failure,
  )
  return true
}

function callOffReason(execution: Execution): string {
  return execution.operation.kind === 'create'
    ? 'Resource creation cancelled'
    : 'Resource update cancelled'
}

async function deployOne(
  execution: Execution,
  target: TemplateResource,
  needs: string[],
  resolved: () => Pick<Resource, 'properties' | 'creationPolicy'>,
): Promise<boolean> {
  const { journal, operation, stack } = execution
  const key = `forward:${target.logicalId}`
  const known = journal.steps.get(key)
  if (known?.state === 'done') return true
  if (known?.state === 'failed') return false
  const before = operation.before?.resources[target.logicalId]
  const current = journal.resources[target.logicalId]
  const next = recordFor(execution, target, needs, before)
  const begin = { key, logicalId: target.logicalId }
  try {
    Object.assign(next, resolved())
  } catch (error) {
    const action = before ? ('update' as const) : ('create' as const)
    const step = { ...begin, action, state: 'started' as const, suffix: '', notes: {} }
    const failed = { ...(current ?? next) }
    return failStep(execution, step, failed, before ? 'UPDATE_FAILED' : 'CREATE_FAILED', error)
  }
  if (!before || before.physicalId === undefined) return create(execution, begin, next)
  const change = changeNeeded(before, next, known)
  if (change === 'none') {
    await journal.keep({ ...before, ...policiesOf(next), updatedAtMs: before.updatedAtMs })
    return true
  }
  const action = change === 'update' ? 'Update:Modify' : 'Update:Replace'
  if (!known && (await refuseGuarded(execution, action, before))) return false
  next.physicalId = known?.physicalId ?? before.physicalId
  next.attributes = before.attributes
  next.tags = stack.tags
  if (change === 'update') return update(execution, begin, next, before)
  return replace(execution, begin, next, before)
}

function policiesOf(next: Resource) {
  const { dependsOn, deletionPolicy, updateReplacePolicy, metadata } = next
  return { dependsOn, deletionPolicy, updateReplacePolicy, metadata }
}

export function recordFor(
  execution: Execution,
  target: TemplateResource,
  needs: string[],
  before: Resource | undefined,
): Resource {
  return {
    logicalId: target.logicalId,
    type: target.type,
    status: before ? 'UPDATE_IN_PROGRESS' : 'CREATE_IN_PROGRESS',
    updatedAtMs: execution.journal.now(),
    properties: {},
    attributes: {},
    tags: execution.stack.tags,
    dependsOn: needs,
    deletionPolicy: target.deletionPolicy,
    updateReplacePolicy: target.updateReplacePolicy,
    metadata: target.metadata === undefined ? undefined : JSON.stringify(target.metadata),
  }
}

function changeNeeded(before: Resource, next: Resource, known: Step | undefined) {
  if (known?.action === 'update' || known?.action === 'replace') return known.action
  const found = differences(next.type, before.properties, next.properties)
  // After a failed update the row says what was tried, not what is there.
  const isUncertain = before.status.endsWith('_FAILED')
  const areTagsNew = providerOf(next.type).tagged === true && !sameTags(before.tags, next.tags)
  if (found.some((difference) => difference.change !== 'update')) return 'replace'
  const isDue = areTagsNew || isUncertain || providerOf(next.type).changesInside === true
  return found.length > 0 || isDue ? 'update' : 'none'
}

const taken = ({ awsIn, stack }: Execution, { type, properties }: Resource) =>
  opened(awsIn(stack.region), type, properties)

type Begin = Pick<Step, 'key' | 'logicalId'>

async function create(execution: Execution, begin: Begin, next: Resource): Promise<boolean> {
  const step = await execution.journal.begin({ ...begin, action: 'create' }, next)
  if (step.physicalId !== undefined) next.physicalId = step.physicalId
  return finish(execution, step, next, 'CREATE', async () =>
    providerOf(next.type).create(stepContext(execution, step, next), await taken(execution, next)),
  )
}

async function update(
  execution: Execution,
  begin: Begin,
  next: Resource,
  before: Resource,
): Promise<boolean> {
  const shown = { ...before, status: 'UPDATE_IN_PROGRESS', statusReason: undefined }
  // A custom resource may answer with another id; the old one is then removed afterwards.
  const line = { ...begin, action: 'update' as const, attempted: next.properties, replaced: before }
  const { properties } = next
  const begun = { ...line, physicalId: before.physicalId }
  const step = await execution.journal.begin(begun, shown, { properties })
  return finish(execution, step, next, 'UPDATE', async () =>
    providerOf(next.type).update!(
      stepContext(execution, step, next),
      before.physicalId!,
      await taken(execution, next),
      before.properties,
    ),
  )
}

async function replace(
  execution: Execution,
  begin: Begin,
  next: Resource,
  before: Resource,
): Promise<boolean> {
  next.statusReason =
    'Requested update requires the creation of a new physical resource; hence creating one.'
  const line = { ...begin, action: 'replace' as const, replaced: before }
  const step = await execution.journal.begin(line, next)
  return finish(execution, step, next, 'UPDATE', async () =>
    providerOf(next.type).create(stepContext(execution, step, next), await taken(execution, next)),
  )
}

async function finish(
  execution: Execution,
  step: Step,
  next: Resource,
  word: 'CREATE' | 'UPDATE',
  act: () => Promise<{ physicalId: string; attributes: Structure }>,
): Promise<boolean> {
  try {
    const outcome = await act()
    execution.stopped.throwIfAborted()
    next.physicalId = outcome.physicalId
    next.attributes = outcome.attributes
  } catch (error) {
    return failStep(execution, step, next, `${word}_FAILED`, error)
  }
  next.status = `${word}_COMPLETE`
  next.statusReason = undefined
  await execution.journal.record({ ...step, state: 'done', physicalId: next.physicalId }, next)
  return true
}
