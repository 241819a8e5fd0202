import { codeEndpoints as api } from '@madang/api'
import { route, type Route } from '../kernel/index.ts'
import type { CodeParts } from './code.ts'
import { addComment, deleteComment, editComment, listComments } from './comments.ts'
import { codeTables, openRepo } from './context.ts'
import { mergePullRequest } from './pull-request-merge.ts'
import {
  createPullRequest,
  declinePullRequest,
  editPullRequest,
  findPull,
  reopenPullRequest,
} from './pull-requests.ts'
import {
  approvePullRequest,
  requestChanges,
  unapprovePullRequest,
  withdrawChangeRequest,
} from './verdicts.ts'
import { presentPull, presentPulls, pullCommits, pullDiff } from './pull-request-view.ts'
import { pagePullRequests } from './store-pull-requests.ts'

interface InPull {
  project: string
  repo: string
  number: number
}

export function pullRequestRoutes(parts: CodeParts): Route[] {
  return [
    ...readRoutes(parts),
    ...changeRoutes(parts),
    ...verdictRoutes(parts),
    ...commentRoutes(parts),
  ]
}

async function present({ context }: CodeParts, { project, repo: name, number }: InPull) {
  const repo = await openRepo(context, project, name)
  return presentPull(context, repo, await findPull(context, repo, number))
}

async function find({ context }: CodeParts, { project, repo: name, number }: InPull) {
  const repo = await openRepo(context, project, name)
  return { repo, pull: await findPull(context, repo, number) }
}

function readRoutes(parts: CodeParts): Route[] {
  const { context } = parts
  return [
    route(api.pullRequestList, async ({ params, query }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const { state, limit, cursor } = query
      const before = cursor === undefined ? undefined : Number(cursor) || 0
      const page = { state, before, limit: limit + 1 }
      const db = codeTables(context.kernel.database)
      const rows = await pagePullRequests(db, repo.row.id, page)
      const items = await presentPulls(context, repo, rows.slice(0, limit))
      return { items, nextCursor: rows.length > limit ? String(items.at(-1)!.number) : undefined }
    }),
    route(api.pullRequestGet, ({ params }) => present(parts, params)),
    route(api.pullRequestDiff, async ({ params }) => {
      const { repo, pull } = await find(parts, params)
      return pullDiff(context, repo, pull)
    }),
    route(api.pullRequestCommits, async ({ params }) => {
      const { repo, pull } = await find(parts, params)
      return pullCommits(context, repo, pull)
    }),
  ]
}

function changeRoutes(parts: CodeParts): Route[] {
  const { context, sync } = parts
  return [
    route(api.pullRequestCreate, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const row = await createPullRequest(context, repo, { actor, given: body })
      return presentPull(context, repo, row)
    }),
    route(api.pullRequestUpdate, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      await editPullRequest(context, repo, { actor, number: params.number, edit: body })
      return present(parts, params)
    }),
    route(api.pullRequestMerge, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const wish = { ...body, number: params.number }
      await mergePullRequest(context, sync, repo, { actor, wish })
      return present(parts, params)
    }),
  ]
}

function verdictRoutes(parts: CodeParts): Route[] {
  const { context } = parts
  const verdicts = [
    [api.pullRequestApprove, approvePullRequest],
    [api.pullRequestUnapprove, unapprovePullRequest],
    [api.changesRequest, requestChanges],
    [api.changesRequestDelete, withdrawChangeRequest],
    [api.pullRequestDecline, declinePullRequest],
    [api.pullRequestReopen, reopenPullRequest],
  ] as const
  return verdicts.map(([endpoint, give]) =>
    route(endpoint, async ({ params, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      await give(context, repo, { actor, number: params.number })
      return present(parts, params)
    }),
  )
}

function commentRoutes(parts: CodeParts): Route[] {
  const { context } = parts
  return [
    route(api.pullRequestCommentList, async ({ params }) => {
      const { repo, pull } = await find(parts, params)
      return { items: await listComments(context, repo, pull) }
    }),
    route(api.pullRequestCommentCreate, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      return addComment(context, repo, { actor, pull, given: body })
    }),
    route(api.pullRequestCommentUpdate, async ({ params, body, actor }) => {
      const { repo, pull } = await find(parts, params)
      return editComment(context, repo, { actor, pull, id: params.comment, edit: body })
    }),
    route(api.pullRequestCommentDelete, async ({ params, actor }) => {
      const { repo, pull } = await find(parts, params)
      await deleteComment(context, repo, { actor, pull, id: params.comment })
      return { done: true } as const
    }),
  ]
}
