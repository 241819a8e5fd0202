import { type BranchRule, codeEndpoints as api, type PullRequestTask } from '@madang/api'
import { route, type Route } from '../kernel/index.ts'
import { setAutoMerge } from './auto-merge.ts'
import { peopleIn } from './branch-rule-model.ts'
import { createRule, editRule, removeRule } from './branch-rules.ts'
import type { CodeParts } from './code.ts'
import { codeTables, openRepo } from './context.ts'
import {
  addDefaultReviewer,
  dropDefaultReviewer,
  presentDefaultReviewers,
  type ReviewerPlace,
} from './default-reviewers.ts'
import { pullConflicts, resolveConflicts } from './conflicts/index.ts'
import { findPull } from './pull-requests.ts'
import { iso, presentPull } from './pull-request-view.ts'
import { setReviewers } from './reviewers.ts'
import { branchRulesOf } from './store-branch-rules.ts'
import { applySuggestion } from './suggestions.ts'
import type { BranchRuleRow, TaskRow } from './tables.ts'
import { createTask, editTask, findTask, listTasks, removeTask } from './tasks.ts'

const done = { done: true } as const

interface InPull {
  project: string
  repo: string
  number: number
}

export function reviewRoutes(parts: CodeParts): Route[] {
  return [
    ...taskRoutes(parts),
    ...wishRoutes(parts),
    ...ruleRoutes(parts),
    ...defaultReviewerRoutes(parts),
  ]
}

async function find({ context }: CodeParts, { project, repo: name, number }: InPull) {
  const repo = await openRepo(context, project, name)
  return { repo, pull: await findPull(context, repo, number) }
}

async function present(parts: CodeParts, params: InPull) {
  const { repo, pull } = await find(parts, params)
  return presentPull(parts.context, repo, pull)
}

function presentTask(row: TaskRow): PullRequestTask {
  return {
    id: row.id,
    text: row.text,
    comment: row.comment_id ?? undefined,
    author: { id: row.author_id, name: row.author_name },
    isDone: row.is_done === 1,
    doneBy: row.done_by ?? undefined,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  }
}

function taskRoutes(parts: CodeParts): Route[] {
  const { context } = parts
  return [
    route(api.pullRequestConflicts, async ({ params }) =>
      pullConflicts(context, await openRepo(context, params.project, params.repo), params.number),
    ),
    route(api.pullRequestResolve, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const given = { actor, number: params.number, wish: body }
      await resolveConflicts(context, parts.sync, repo, given)
      return present(parts, params)
    }),
    route(api.taskList, async ({ params }) => {
      const { pull } = await find(parts, params)
      return { items: (await listTasks(context, pull)).map(presentTask) }
    }),
    route(api.taskCreate, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      return presentTask(await createTask(context, repo, { actor, pull, given: body }))
    }),
    route(api.taskUpdate, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      const task = await findTask(context, pull, params.task)
      return presentTask(await editTask(context, repo, { actor, pull, task, edit: body }))
    }),
    route(api.taskDelete, async ({ params, actor }) => {
      const { repo, pull } = await find(parts, params)
      const task = await findTask(context, pull, params.task)
      await removeTask(context, repo, { actor, pull, task })
      return done
    }),
  ]
}

function wishRoutes(parts: CodeParts): Route[] {
  const { context, sync } = parts
  return [
    route(api.reviewersSet, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      await setReviewers(context, repo, { actor, pull, people: body.people })
      return present(parts, params)
    }),
    route(api.autoMergeSet, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      await setAutoMerge(context, repo, { actor, number: pull.number, wish: body })
      return present(parts, params)
    }),
    route(api.autoMergeDelete, async ({ params, actor }) => {
      const { repo, pull } = await find(parts, params)
      await setAutoMerge(context, repo, { actor, number: pull.number })
      return present(parts, params)
    }),
    route(api.suggestionApply, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      const { comment } = params
      const given = { actor, number: pull.number, comment, message: body.message }
      return applySuggestion(context, sync, repo, given)
    }),
  ]
}

function presentRule(row: BranchRuleRow): BranchRule {
  return {
    id: row.number,
    kind: row.kind as BranchRule['kind'],
    pattern: row.pattern,
    branchType: (row.branch_type ?? undefined) as BranchRule['branchType'],
    value: row.value ?? undefined,
    people: peopleIn(row),
  }
}

function ruleRoutes({ context }: CodeParts): Route[] {
  const db = codeTables(context.kernel.database)
  return [
    route(api.branchRuleList, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return { items: (await branchRulesOf(db, repo.row.id)).map(presentRule) }
    }),
    route(api.branchRuleCreate, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return presentRule(await createRule(context, repo, { actor, given: body }))
    }),
    route(api.branchRuleUpdate, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const given = { actor, number: params.rule, given: body }
      return presentRule(await editRule(context, repo, given))
    }),
    route(api.branchRuleDelete, async ({ params, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      await removeRule(context, repo, { actor, number: params.rule })
      return done
    }),
  ]
}

function defaultReviewerRoutes({ context }: CodeParts): Route[] {
  const inRepo = async ({ project, repo }: { project: string; repo: string }) => ({
    repo: await openRepo(context, project, repo),
  })
  const listed = async (place: ReviewerPlace) => ({
    items: await presentDefaultReviewers(context, place),
  })
  return [
    route(api.defaultReviewerList, async ({ params }) => listed(await inRepo(params))),
    route(api.defaultReviewerAdd, async ({ params, actor }) => {
      const place = await inRepo(params)
      await addDefaultReviewer(context, place, { actor, name: params.name })
      return listed(place)
    }),
    route(api.defaultReviewerRemove, async ({ params, actor }) => {
      await dropDefaultReviewer(context, await inRepo(params), { actor, name: params.name })
      return done
    }),
    route(api.projectReviewerList, ({ params: { project } }) => listed({ project })),
    route(api.projectReviewerAdd, async ({ params: { project, name }, actor }) => {
      await addDefaultReviewer(context, { project }, { actor, name })
      return listed({ project })
    }),
    route(api.projectReviewerRemove, async ({ params: { project, name }, actor }) => {
      await dropDefaultReviewer(context, { project }, { actor, name })
      return done
    }),
  ]
}
