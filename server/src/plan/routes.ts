import { planEndpoints as api } from '@madang/api'
import type { Identity } from '../identity/index.ts'
import { type Kernel, type Route, route } from '../kernel/index.ts'
import type { Comments } from './comments.ts'
import type { Issues } from './issues.ts'
import type { Lists } from './lists.ts'
import { issueOf } from './present.ts'
import { labelCounts } from './store-parts.ts'

interface Parts {
  kernel: Kernel
  identity: Identity
  issues: Issues
  comments: Comments
  lists: Lists
}

export function planRoutes(parts: Parts): Route[] {
  return [
    ...listRoutes(parts),
    ...issueRoutes(parts),
    ...commentRoutes(parts),
    ...linkRoutes(parts),
  ]
}

function listRoutes({ kernel, identity, lists }: Parts): Route[] {
  const { database } = kernel
  return [
    route(api.issueList, ({ actor, params, query }) => lists.issues(actor, params.project, query)),
    route(api.board, ({ actor, params, query }) => lists.board(actor, params.project, query)),
    route(api.labelList, async ({ params }) => ({
      items: await labelCounts(database, params.project),
    })),
    route(api.issueGet, async ({ params }) =>
      issueOf(identity, database, await lists.issueIn(params.project, params.key)),
    ),
    route(api.issueHistory, async ({ params, query }) =>
      lists.history(await lists.issueIn(params.project, params.key), query),
    ),
    route(api.commentList, async ({ actor, params, query }) =>
      lists.comments(actor, await lists.issueIn(params.project, params.key), query),
    ),
  ]
}

function issueRoutes({ kernel, issues, lists }: Parts): Route[] {
  const { database } = kernel
  return [
    route(api.issueCreate, ({ actor, params, body }) =>
      database.write((tx) => issues.create(tx, actor, { ...body, project: params.project })),
    ),
    route(api.issueUpdate, async ({ actor, params, body }) => {
      await lists.issueIn(params.project, params.key)
      const { version, ...edit } = body
      return database.write((tx) => issues.update(tx, actor, params.key, { version, edit }))
    }),
    route(api.issueTransition, async ({ actor, params, body }) => {
      await lists.issueIn(params.project, params.key)
      return database.write((tx) => issues.transition(tx, actor, params.key, body.status))
    }),
    route(api.issueMove, async ({ actor, params, body }) => {
      await lists.issueIn(params.project, params.key)
      return database.write((tx) => issues.move(tx, actor, params.key, body))
    }),
  ]
}

function commentRoutes({ kernel, comments, lists }: Parts): Route[] {
  const { database } = kernel
  return [
    route(api.commentAdd, async ({ actor, params, body }) => {
      await lists.issueIn(params.project, params.key)
      return database.write((tx) => comments.add(tx, actor, params.key, body.text))
    }),
    route(api.commentEdit, async ({ actor, params, body }) => {
      await lists.issueIn(params.project, params.key)
      return database.write((tx) => comments.edit(tx, actor, { ...params, text: body.text }))
    }),
    route(api.commentDelete, async ({ actor, params }) => {
      await lists.issueIn(params.project, params.key)
      await database.write((tx) => comments.remove(tx, actor, params))
      return {}
    }),
  ]
}

function linkRoutes({ kernel, comments, lists }: Parts): Route[] {
  const { database } = kernel
  return [
    route(api.linkAdd, async ({ actor, params, body }) => {
      await lists.issueIn(params.project, params.key)
      return database.write((tx) => comments.linkAdd(tx, actor, params.key, body))
    }),
    route(api.linkRemove, async ({ actor, params }) => {
      await lists.issueIn(params.project, params.key)
      await database.write((tx) => comments.linkRemove(tx, actor, params))
      return {}
    }),
  ]
}
