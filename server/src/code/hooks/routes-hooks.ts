import { codeEndpoints as api, type Hook, type HookDelivery } from '@madang/api'
import { parseColumn, route, type Route } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { codeTables, openRepo } from '../context.ts'
import { iso } from '../pull-request-view.ts'
import type { DeliveryRow, HookRow } from '../tables.ts'
import { redeliver } from './deliver.ts'
import { createHook, editHook, findHook, removeHook } from './hooks.ts'
import { deliveriesOf, hooksOf } from './store-hooks.ts'
import { sendTest } from './test-delivery.ts'

interface OfHook {
  project: string
  repo: string
  hook: string
}

const SHOWN = 100

function present(row: HookRow): Hook {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    isActive: row.is_active === 1,
    events: parseColumn<string[]>(row.events),
    hasSecret: row.secret !== null,
    createdAt: iso(row.created_at),
  }
}

function presentDelivery(row: DeliveryRow): HookDelivery {
  const { id, event, url, attempts, answer, body } = row
  return {
    id,
    event,
    url,
    attempts,
    answer,
    body,
    state: row.state as HookDelivery['state'],
    status: row.status ?? undefined,
    createdAt: iso(row.created_at),
    sentAt: row.sent_at === null ? undefined : iso(row.sent_at),
  }
}

export function hookRoutes({ context }: CodeParts): Route[] {
  const db = codeTables(context.kernel.database)
  const find = async ({ project, repo: name, hook }: OfHook) => {
    const repo = await openRepo(context, project, name)
    return findHook(context, repo.row.id, hook)
  }
  return [
    route(api.hookList, async ({ params }) => {
      const repo = await openRepo(context, params.project, params.repo)
      return { items: (await hooksOf(db, repo.row.id)).map(present) }
    }),
    route(api.hookCreate, async ({ params, body, actor, request }) => {
      const repo = await openRepo(context, params.project, params.repo)
      const given = { ...body, origin: request.origin }
      return present(await createHook(context, { actor, owner: repo.row.id, given }))
    }),
    route(api.hookUpdate, async ({ params, body, actor, request }) => {
      const given = { ...body, origin: request.origin }
      return present(await editHook(context, { actor, row: await find(params), given }))
    }),
    route(api.hookDelete, async ({ params, actor }) => {
      await removeHook(context, { actor, row: await find(params) })
      return { done: true } as const
    }),
    route(api.hookDeliveryList, async ({ params }) => {
      const rows = await deliveriesOf(db, (await find(params)).id, SHOWN)
      return { items: rows.map(presentDelivery) }
    }),
    route(api.hookTest, async ({ params }) =>
      presentDelivery(await sendTest(context, await find(params))),
    ),
    route(api.hookRedeliver, async ({ params }) =>
      presentDelivery(await redeliver(context, await find(params), params.delivery)),
    ),
  ]
}
