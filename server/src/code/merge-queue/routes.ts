import { codeEndpoints as api } from '@madang/api'
import { route, type Route } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { codeTables, openRepo } from '../context.ts'
import { findPull } from '../pull-requests.ts'
import { queueRulesOf } from '../store-merge-queue.ts'
import { enterQueue, leaveQueue, moveInQueue } from './entries.ts'
import { presentRule, removeQueueRule, setQueueRule } from './rules.ts'
import { listQueues, pullQueueOf } from './view.ts'

export function queueRoutes(parts: CodeParts): Route[] {
  return [...ruleRoutes(parts), ...entryRoutes(parts)]
}

function ruleRoutes({ context }: CodeParts): Route[] {
  const db = codeTables(context.kernel.database)
  return [
    route(api.mergeQueueRuleList, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return { items: (await queueRulesOf(db, repo.row.id)).map(presentRule) }
    }),
    route(api.mergeQueueRuleSet, async ({ params, body, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return presentRule(await setQueueRule(context, repo, { actor, given: body }))
    }),
    route(api.mergeQueueRuleDelete, async ({ params, actor }) => {
      const repo = await openRepo(context, params.project, params.repo)
      await removeQueueRule(context, repo, { actor, number: params.rule })
      return { done: true } as const
    }),
    route(api.mergeQueueList, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return { items: await listQueues(context, repo) }
    }),
  ]
}

function entryRoutes({ context }: CodeParts): Route[] {
  const open = (of: { project: string; repo: string }) => openRepo(context, of.project, of.repo)
  const present = async (of: { project: string; repo: string; number: number }) => {
    const repo = await open(of)
    return pullQueueOf(context, repo, await findPull(context, repo, of.number))
  }
  return [
    route(api.pullQueueGet, ({ params }) => present(params)),
    route(api.pullQueueEnter, async ({ params, body, actor }) => {
      const wish = { ...body, number: params.number }
      await enterQueue(context, await open(params), { actor, wish })
      return present(params)
    }),
    route(api.pullQueueLeave, async ({ params, actor }) => {
      await leaveQueue(context, await open(params), { actor, number: params.number })
      return present(params)
    }),
    route(api.pullQueueMove, async ({ params, body, actor }) => {
      const given = { actor, number: params.number, position: body.position }
      await moveInQueue(context, await open(params), given)
      return present(params)
    }),
  ]
}
