import type { Resource, Step } from '../model.ts'
import { providerOf } from '../resources/index.ts'
import type { Graph } from '../template/index.ts'
import { type Execution, failStep, removeThing, stepContext } from './execution.ts'
import { isGone } from './gone.ts'
import { opened } from './opened.ts'
import { reversed, walk } from './walk.ts'

/** A thing to remove, with the journal key of its removal. */
interface Removal {
  key: string
  resource: Resource
  isKept: boolean
  /** In no row: the old or the abandoned one of a replacement. */
  isAside: boolean
}

async function removeAll(execution: Execution, removals: Removal[]): Promise<string[]> {
  const byId = new Map(removals.map((removal) => [removal.resource.logicalId, removal]))
  const needs: Graph = new Map(
    [...byId].map(([id, { resource }]) => [
      id,
      new Set(resource.dependsOn.filter((other) => byId.has(other) && other !== id)),
    ]),
  )
  const remove = async (id: string) => {
    const { key, resource, isKept, isAside } = byId.get(id)!
    return removeThing(execution, key, resource, isKept, isAside)
  }
  const walked = await walk(reversed(needs), remove, () => execution.stopped.aborted)
  execution.stopped.throwIfAborted()
  return walked.failed
}

/** Removes the whole stack, or what a failed creation made. Gives the ids that would not go. */
export async function removeStack(execution: Execution, phase: string): Promise<string[]> {
  const { journal, operation } = execution
  const isRollback = phase === 'rollback'
  const removals = Object.values(journal.resources)
    .filter((resource) => !isGone(resource) || journal.steps.has(`${phase}:${resource.logicalId}`))
    .map((resource) => {
      const isKept = isRollback
        ? isKeptOnRollback(execution, resource)
        : isRetained(resource.deletionPolicy) || operation.retain.includes(resource.logicalId)
      return { key: `${phase}:${resource.logicalId}`, resource, isKept, isAside: false }
    })
  return removeAll(execution, removals)
}

const isKeptOnRollback = ({ operation }: Execution, { deletionPolicy }: Resource) =>
  deletionPolicy === 'Retain' && !operation.isRetainExceptOnCreate

function isRetained(policy: string): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate'
}

/** After an update: what the template no longer has, and the old ones of replacements. */
export async function cleanUp(execution: Execution, active: Set<string>): Promise<void> {
  const { journal } = execution
  const gone = Object.values(journal.resources).filter((r) => !active.has(r.logicalId))
  const removed = gone.map((resource) => ({
    key: `cleanup:${resource.logicalId}`,
    resource,
    isKept: isRetained(resource.deletionPolicy),
    isAside: false,
  }))
  const replaced = [...journal.steps.values()].flatMap((step) => {
    const old = step.key.startsWith('forward:') ? step.replaced : undefined
    if (!old || step.state !== 'done' || old.physicalId === step.physicalId) return []
    const isKept = isRetained(old.updateReplacePolicy)
    return [{ key: `cleanup:${step.logicalId}`, resource: old, isKept, isAside: true }]
  })
  // AWS lets an update be complete although an old resource would not go; its event says so.
  await removeAll(execution, [...removed, ...replaced])
  for (const { resource } of removed) await journal.forget(resource.logicalId)
}

/** Puts every resource back to what it was before the update. Gives the ids that failed. */
export async function restore(execution: Execution): Promise<string[]> {
  const { journal, operation } = execution
  const before = operation.before?.resources ?? {}
  const touched = [...journal.steps.values()].filter(
    (step) => step.key.startsWith('forward:') && before[step.logicalId] !== undefined,
  )
  const ids = new Set(touched.map((step) => step.logicalId))
  const needs: Graph = new Map(
    touched.map(({ logicalId }) => [
      logicalId,
      new Set(before[logicalId]!.dependsOn.filter((id) => ids.has(id) && id !== logicalId)),
    ]),
  )
  const byId = new Map(touched.map((step) => [step.logicalId, step]))
  const task = (id: string) => restoreOne(execution, byId.get(id)!, before[id]!)
  const walked = await walk(needs, task, () => execution.stopped.aborted)
  execution.stopped.throwIfAborted()
  return walked.failed
}

async function restoreOne(execution: Execution, forward: Step, before: Resource): Promise<boolean> {
  const { journal, operation } = execution
  const key = `rollback:${forward.logicalId}`
  const known = journal.steps.get(key)
  if (known?.state === 'done') return true
  if (known?.state === 'failed') return false
  const restored: Resource = { ...before, status: 'UPDATE_COMPLETE', statusReason: undefined }
  const line: Step = {
    key,
    logicalId: forward.logicalId,
    action: 'restore',
    state: 'started',
    suffix: forward.suffix,
    notes: {},
    physicalId: before.physicalId,
  }
  const current = journal.resources[forward.logicalId]
  const isReplaced = forward.action === 'replace'
  const isNew = isReplaced && forward.physicalId !== undefined
  const abandoned = isNew && forward.physicalId !== before.physicalId ? current : undefined
  const isUntouched = forward.action !== 'update' || forward.attempted === undefined
  if (isReplaced || isUntouched || operation.skip.includes(forward.logicalId)) {
    await journal.record({ ...line, state: 'done', replaced: abandoned }, restored)
    return true
  }
  // A new try of a continued rollback is another step, with answers of its own.
  const step = await journal.begin(line, { ...restored, status: 'UPDATE_IN_PROGRESS' })
  try {
    const { physicalId } = before
    const aws = execution.awsIn(execution.stack.region)
    const properties = await opened(aws, before.type, before.properties)
    const context = { ...stepContext(execution, step, restored), undone: forward.notes }
    const provider = providerOf(before.type)
    const outcome = await provider.update!(context, physicalId!, properties, forward.attempted!)
    restored.attributes = outcome.attributes
    restored.physicalId = outcome.physicalId
  } catch (error) {
    return failStep(execution, step, restored, 'UPDATE_FAILED', error)
  }
  await journal.record({ ...step, state: 'done' }, restored)
  return true
}

/** After a rollback: what the update had made. */
export async function cleanUpRollback(execution: Execution): Promise<void> {
  const { journal, operation } = execution
  const before = operation.before?.resources ?? {}
  const made = Object.values(journal.resources).filter((r) => before[r.logicalId] === undefined)
  const created = made.map((resource) => ({
    key: `rollbackCleanup:${resource.logicalId}`,
    resource,
    isKept: isKeptOnRollback(execution, resource),
    isAside: false,
  }))
  const abandoned = [...journal.steps.values()].flatMap((step) => {
    if (!step.key.startsWith('rollback:') || !step.replaced) return []
    const key = `rollbackCleanup:${step.logicalId}`
    return [{ key, resource: step.replaced, isKept: false, isAside: true }]
  })
  await removeAll(execution, [...created, ...abandoned])
  for (const { resource } of created) await journal.forget(resource.logicalId)
}
