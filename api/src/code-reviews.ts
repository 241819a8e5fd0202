import { commit, mergeStrategy, pullRequest } from './code-shapes.ts'
import { endpoint } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

const moment = z.iso.datetime()
const person = z.object({ id: z.string(), name: z.string() })
const inRepo = z.object({ project: z.string(), repo: z.string() })
const numbered = inRepo.extend({ number: z.coerce.number().int().positive() })
const done = z.object({ done: z.literal(true) })

const one = '/api/projects/:project/repos/:repo'
const pull = `${one}/pulls/:number` as const
const viewer = { project: 'viewer' } as const
const developer = { project: 'developer' } as const
const maintainer = { project: 'maintainer' } as const

export const pullRequestTask = z.object({
  id: z.string(),
  text: z.string(),
  comment: z.string().optional(),
  author: person,
  isDone: z.boolean(),
  doneBy: z.string().optional(),
  createdAt: moment,
  updatedAt: moment,
})
export type PullRequestTask = Infer<typeof pullRequestTask>

const taskText = z.string().trim().min(1).max(10_000)
const ofTask = numbered.extend({ task: z.string() })

const taskEndpoints = {
  taskList: endpoint({
    method: 'GET',
    path: `${pull}/tasks`,
    access: viewer,
    params: numbered,
    result: z.object({ items: z.array(pullRequestTask) }),
  }),
  taskCreate: endpoint({
    method: 'POST',
    path: `${pull}/tasks`,
    access: developer,
    params: numbered,
    body: z.object({ text: taskText, comment: z.string().optional() }),
    result: pullRequestTask,
  }),
  taskUpdate: endpoint({
    method: 'PATCH',
    path: `${pull}/tasks/:task`,
    access: developer,
    params: ofTask,
    body: z.object({ text: taskText.optional(), isDone: z.boolean().optional() }),
    result: pullRequestTask,
  }),
  taskDelete: endpoint({
    method: 'DELETE',
    path: `${pull}/tasks/:task`,
    access: developer,
    params: ofTask,
    result: done,
  }),
}

const verdictEndpoints = {
  changesRequest: endpoint({
    method: 'PUT',
    path: `${pull}/change-request`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
  changesRequestDelete: endpoint({
    method: 'DELETE',
    path: `${pull}/change-request`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
  reviewersSet: endpoint({
    method: 'PUT',
    path: `${pull}/reviewers`,
    access: developer,
    params: numbered,
    /** Ids of people (`person:…`): exactly these from now on. */
    body: z.object({ people: z.array(z.string()).max(50) }),
    result: pullRequest,
  }),
  autoMergeSet: endpoint({
    method: 'PUT',
    path: `${pull}/auto-merge`,
    access: developer,
    params: numbered,
    body: z.object({
      strategy: mergeStrategy.default('merge'),
      message: z.string().max(10_000).optional(),
    }),
    result: pullRequest,
  }),
  autoMergeDelete: endpoint({
    method: 'DELETE',
    path: `${pull}/auto-merge`,
    access: developer,
    params: numbered,
    result: pullRequest,
  }),
  suggestionApply: endpoint({
    method: 'POST',
    path: `${pull}/comments/:comment/suggestion`,
    access: developer,
    params: numbered.extend({ comment: z.string() }),
    body: z.object({ message: z.string().max(10_000).optional() }),
    result: commit,
  }),
}

/**
 * What a rule may forbid or ask for, in Bitbucket's words; each is enforced on pushes or merges. In the
 * order in which one thinks of them: pushes, merges, what a new push undoes.
 */
export const branchRuleKinds = [
  'push',
  'force',
  'delete',
  'restrict_merges',
  'require_approvals_to_merge',
  'require_default_reviewer_approvals_to_merge',
  'require_passing_builds_to_merge',
  'require_tasks_to_be_completed',
  'require_no_changes_requested',
  'require_all_comments_resolved',
  'require_commits_behind',
  'require_signed_commits',
  'enforce_merge_checks',
  'allow_auto_merge_when_builds_pass',
  'reset_pullrequest_approvals_on_change',
  'reset_pullrequest_changes_requested_on_change',
  'smart_reset_pullrequest_approvals',
] as const
export type BranchRuleKind = (typeof branchRuleKinds)[number]
export const branchRuleKind = z.enum(branchRuleKinds)

/** Kinds that count something. */
export const countingRuleKinds: readonly string[] = [
  'require_approvals_to_merge',
  'require_default_reviewer_approvals_to_merge',
  'require_passing_builds_to_merge',
  'require_commits_behind',
]

/** Kinds that let some people through. */
export const peopleRuleKinds: readonly string[] = ['push', 'restrict_merges']

const newBranchRule = z.object({
  kind: branchRuleKind,
  /** A glob, `*` for anything; not used when `branchType` is given. */
  pattern: z.string().max(200).default('*'),
  branchType: z
    .enum(['feature', 'bugfix', 'release', 'hotfix', 'development', 'production'])
    .optional(),
  value: z.number().int().min(0).max(1000).optional(),
  /** Ids of the people (`person:…`) whom `push` and `restrict_merges` let through. */
  people: z.array(z.string()).max(200).default([]),
})

export const branchRule = newBranchRule.extend({
  id: z.number(),
  pattern: z.string(),
  people: z.array(z.string()),
})
export type BranchRule = Infer<typeof branchRule>

const ofRule = inRepo.extend({ rule: z.coerce.number().int().positive() })

const ruleEndpoints = {
  branchRuleList: endpoint({
    method: 'GET',
    path: `${one}/branch-rules`,
    access: viewer,
    params: inRepo,
    result: z.object({ items: z.array(branchRule) }),
  }),
  branchRuleCreate: endpoint({
    method: 'POST',
    path: `${one}/branch-rules`,
    access: maintainer,
    params: inRepo,
    body: newBranchRule,
    result: branchRule,
  }),
  branchRuleUpdate: endpoint({
    method: 'PUT',
    path: `${one}/branch-rules/:rule`,
    access: maintainer,
    params: ofRule,
    body: newBranchRule,
    result: branchRule,
  }),
  branchRuleDelete: endpoint({
    method: 'DELETE',
    path: `${one}/branch-rules/:rule`,
    access: maintainer,
    params: ofRule,
    result: done,
  }),
}

const newHook = z.object({
  url: z.url({ protocol: /^https?$/ }).max(2000),
  description: z.string().max(255).default(''),
  isActive: z.boolean().default(true),
  /** Such as `repo:push`, `pullrequest:created`. */
  events: z.array(z.string()).min(1).max(50),
  /** Signs deliveries; `null` takes it away, left out keeps it. */
  secret: z.string().max(200).nullable().optional(),
})

export const hook = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  isActive: z.boolean(),
  events: z.array(z.string()),
  hasSecret: z.boolean(),
  createdAt: moment,
})
export type Hook = Infer<typeof hook>

export const hookDelivery = z.object({
  id: z.string(),
  event: z.string(),
  url: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.number(),
  status: z.number().optional(),
  answer: z.string(),
  body: z.string(),
  createdAt: moment,
  sentAt: moment.optional(),
})
export type HookDelivery = Infer<typeof hookDelivery>

const ofHook = inRepo.extend({ hook: z.string() })

const hookEndpoints = {
  hookList: endpoint({
    method: 'GET',
    path: `${one}/hooks`,
    access: maintainer,
    params: inRepo,
    result: z.object({ items: z.array(hook) }),
  }),
  hookCreate: endpoint({
    method: 'POST',
    path: `${one}/hooks`,
    access: maintainer,
    params: inRepo,
    body: newHook,
    result: hook,
  }),
  hookUpdate: endpoint({
    method: 'PUT',
    path: `${one}/hooks/:hook`,
    access: maintainer,
    params: ofHook,
    body: newHook,
    result: hook,
  }),
  hookDelete: endpoint({
    method: 'DELETE',
    path: `${one}/hooks/:hook`,
    access: maintainer,
    params: ofHook,
    result: done,
  }),
  hookDeliveryList: endpoint({
    method: 'GET',
    path: `${one}/hooks/:hook/deliveries`,
    access: maintainer,
    params: ofHook,
    result: z.object({ items: z.array(hookDelivery) }),
  }),
  /** A delivery that says nothing happened, also to a webhook that is paused. */
  hookTest: endpoint({
    method: 'POST',
    path: `${one}/hooks/:hook/test`,
    access: maintainer,
    params: ofHook,
    result: hookDelivery,
  }),
  hookRedeliver: endpoint({
    method: 'POST',
    path: `${one}/hooks/:hook/deliveries/:delivery/redeliver`,
    access: maintainer,
    params: ofHook.extend({ delivery: z.string() }),
    result: hookDelivery,
  }),
}

/** What reviews need besides the pull request itself. */
export const reviewEndpoints = {
  ...taskEndpoints,
  ...verdictEndpoints,
  ...ruleEndpoints,
  ...hookEndpoints,
}
