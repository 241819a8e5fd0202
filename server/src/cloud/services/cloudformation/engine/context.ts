import type { Aws } from '../../../gateway/index.ts'
import {
  type Executor,
  isReviewedFor,
  type Resource,
  type Stack,
  type Step,
  type Structure,
  type Tag,
  type Value,
} from '../model.ts'
import type { ResourceContext } from '../resources/index.ts'
import { answerUrl } from './answers.ts'
import type { Journal, Stores } from './journal.ts'

export interface ContextParts {
  stores: Stores
  awsIn(region: string): Aws
  executor: Executor
  stack: Stack
  journal: Journal
  signal: AbortSignal
}

/** What a provider sees of one step. */
export function contextFor(
  parts: ContextParts,
  step: Step,
  resource: Resource,
  tries: { resumed: boolean; stackTags: Tag[] },
): ResourceContext {
  const { awsIn, executor, stack, journal, signal, stores } = parts
  const { clock } = stores.kernel
  return {
    aws: awsIn(stack.region),
    awsIn,
    signal,
    account: stack.account,
    region: stack.region,
    originUrl: executor.originUrl,
    stackId: stack.stackId,
    stackName: stack.name,
    logicalId: resource.logicalId,
    type: resource.type,
    stepId: `${step.suffix}-${step.key}`,
    resumed: tries.resumed,
    attributes: resource.attributes,
    creationPolicy: resource.creationPolicy,
    physicalId: step.physicalId,
    notes: step.notes,
    note: (notes) => journal.note(step, notes),
    tags: (own) => mergedTags(tries.stackTags, stack, resource.logicalId, own),
    physicalName: (longest, options) => {
      const name = physicalName(stack.name, resource.logicalId, step.suffix, longest)
      return options?.lowerCase ? name.toLowerCase() : name
    },
    answers: {
      async url(token) {
        await stores.operations.responseExpect(token)
        return answerUrl(executor.originUrl, token)
      },
      read: (token) => stores.operations.response<Structure>(token),
    },
    macros: {
      put: (name, functionName) => stores.operations.macroPut(stack, name, functionName),
      forget: (name) => stores.operations.macroForget(stack.stackId, name),
    },
    async adopt(childStackId) {
      await stores.stacks.write(async (tx) => {
        await stores.stacks.stackChange(tx, childStackId, (child) => {
          child.parentId = stack.stackId
          child.rootId = stack.rootId ?? stack.stackId
        })
      })
    },
    async reviewed() {
      const all = await stores.stacks.stacks(stack.account, stack.region)
      return all.find((one) => isReviewedFor(one, stack.stackId, resource.logicalId))?.name
    },
    failureOf: async (stackId) => (await stores.operations.latest(stackId))?.failure,
    templateOf: async (stackId) => (await stores.stacks.stackById(stackId)).templateText,
    now: () => clock.now(),
    sleep: (durationMs) => clock.sleep(durationMs, signal),
    async made(physicalId) {
      step.physicalId = physicalId
      resource.physicalId = physicalId
      resource.statusReason = 'Resource creation Initiated'
      await journal.record(step, resource)
      resource.statusReason = undefined
    },
  }
}

export function physicalName(stack: string, id: string, suffix: string, longest: number): string {
  const room = longest - suffix.length - 2
  const half = Math.floor(room / 2)
  const head = stack.slice(0, Math.max(half, room - id.length))
  return `${head}-${id.slice(0, room - head.length)}-${suffix}`
}

function mergedTags(stackTags: Tag[], stack: Stack, logicalId: string, own: Value | undefined) {
  const tags = new Map<string, string>([
    ...stackTags.map((tag) => [tag.Key, tag.Value] as const),
    ...ownTags(own),
    ['aws:cloudformation:stack-name', stack.name],
    ['aws:cloudformation:stack-id', stack.stackId],
    ['aws:cloudformation:logical-id', logicalId],
  ])
  return [...tags].map(([Key, Value]) => ({ Key, Value }))
}

function ownTags(own: Value | undefined): [string, string][] {
  if (Array.isArray(own)) {
    return own.map((tag) => {
      const { Key, Value } = tag as unknown as Tag
      return [String(Key), String(Value)]
    })
  }
  if (typeof own !== 'object' || own === null) return []
  return Object.entries(own).map(([key, value]) => [key, String(value)])
}
