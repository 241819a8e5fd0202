import { commitStatus, mergeStrategy, mergeWish } from './code-shapes.ts'
import { endpoint } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()
const person = z.object({ id: z.string(), name: z.string() })
const inRepo = z.object({ project: z.string(), repo: z.string() })
const numbered = inRepo.extend({ number: z.coerce.number().int().positive() })

const one = '/api/projects/:project/repos/:repo'
const pull = `${one}/pulls/:number` as const
const viewer = { project: 'viewer' } as const
const developer = { project: 'developer' } as const
const maintainer = { project: 'maintainer' } as const

const newQueueRule = z.object({
  /** A glob over target branches, `*` for anything. */
  pattern: z.string().trim().min(1).max(200),
  /** How many entries are built at once. */
  mostBuilds: z.number().int().min(1).max(20).default(5),
  /** How long the first in line may wait for its checks, counted from when its branch was made. */
  waitMinutes: z
    .number()
    .int()
    .min(1)
    .max(7 * 24 * 60)
    .default(60),
})

/** Branches that change only through a queue of pull requests. */
export const mergeQueueRule = newQueueRule.extend({
  id: z.number(),
  pattern: z.string(),
  mostBuilds: z.number(),
  waitMinutes: z.number(),
})
export type MergeQueueRule = Infer<typeof mergeQueueRule>

/** How a stay in the queue may end. */
export const queueOutcomes = [
  'merged',
  'left',
  'pushed',
  'closed',
  'retargeted',
  'blocked',
  'conflict',
  'checksFailed',
  'timedOut',
  'refused',
  'switchedOff',
] as const
export type QueueOutcome = (typeof queueOutcomes)[number]

const ofPull = z.object({ number: z.number(), title: z.string() })

export const queueEntry = ofPull.extend({
  /** 1 is the next to be merged. */
  position: z.number(),
  /** `waiting` for a place among those that are built, `checking`, or with its checks' verdict. */
  state: z.enum(['waiting', 'checking', 'passed', 'failed']),
  strategy: mergeStrategy,
  by: person,
  addedAt: moment,
  /** What is built: the target, everything before it, and itself. */
  branch: z.string().optional(),
  sha: z.string().optional(),
  builtAt: moment.optional(),
  /** Of the first one: when its checks have to be there. */
  decidedBy: moment.optional(),
  statuses: z.array(commitStatus),
})
export type QueueEntry = Infer<typeof queueEntry>

export const queueEnd = ofPull.extend({
  outcome: z.enum(queueOutcomes),
  /** Files in conflict, names of checks, codes of what is missing, or what git was told. */
  detail: z.string(),
  addedBy: z.string(),
  endedBy: z.string().optional(),
  at: moment,
})
export type QueueEnd = Infer<typeof queueEnd>

export const mergeQueue = z.object({
  target: z.string(),
  /** Missing when it was switched off meanwhile. */
  rule: mergeQueueRule.optional(),
  /** Passing checks that every entry needs; with 0 it merges as soon as its branch is made. */
  checksNeeded: z.number(),
  entries: z.array(queueEntry),
  /** The latest that ended, newest first. */
  ended: z.array(queueEnd),
})
export type MergeQueue = Infer<typeof mergeQueue>

/** The queue as one pull request sees it. */
export const pullQueue = z.object({
  /** Whether its target changes only through a queue. */
  isOn: z.boolean(),
  checksNeeded: z.number(),
  length: z.number(),
  entry: queueEntry.optional(),
  ended: z.array(queueEnd),
})
export type PullQueue = Infer<typeof pullQueue>

export const queueEndpoints = {
  mergeQueueRuleList: endpoint({
    method: 'GET',
    path: `${one}/merge-queue-rules`,
    access: viewer,
    params: inRepo,
    result: z.object({ items: z.array(mergeQueueRule) }),
  }),
  /** Makes the rule of a pattern, or changes it. */
  mergeQueueRuleSet: endpoint({
    method: 'PUT',
    path: `${one}/merge-queue-rules`,
    access: maintainer,
    params: inRepo,
    body: newQueueRule,
    result: mergeQueueRule,
  }),
  mergeQueueRuleDelete: endpoint({
    method: 'DELETE',
    path: `${one}/merge-queue-rules/:rule`,
    access: maintainer,
    params: inRepo.extend({ rule: z.coerce.number().int().positive() }),
    result: z.object({ done: z.literal(true) }),
  }),
  /** A queue for each target that has one. */
  mergeQueueList: endpoint({
    method: 'GET',
    path: `${one}/merge-queues`,
    access: viewer,
    params: inRepo,
    result: z.object({ items: z.array(mergeQueue) }),
  }),
  pullQueueGet: endpoint({
    method: 'GET',
    path: `${pull}/queue`,
    access: viewer,
    params: numbered,
    result: pullQueue,
  }),
  pullQueueEnter: endpoint({
    method: 'PUT',
    path: `${pull}/queue`,
    access: developer,
    params: numbered,
    body: mergeWish,
    result: pullQueue,
  }),
  pullQueueLeave: endpoint({
    method: 'DELETE',
    path: `${pull}/queue`,
    access: developer,
    params: numbered,
    result: pullQueue,
  }),
  /** 1 is the front; what is built of the others is built again. */
  pullQueueMove: endpoint({
    method: 'POST',
    path: `${pull}/queue/position`,
    access: maintainer,
    params: numbered,
    body: z.object({ position: z.number().int().min(1).max(1000) }),
    result: pullQueue,
  }),
}
