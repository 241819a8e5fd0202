import { releasesEndpoints as api } from '@madang/api'
import { type Kernel, type Route, route } from '../kernel/index.ts'
import type { CloudPort } from './ports.ts'
import type { ReleaseViews } from './views.ts'
import { rollBack } from './rollback.ts'
import { environmentOrder } from './store.ts'

interface Parts {
  kernel: Kernel
  cloud: CloudPort
  views: ReleaseViews
}

export function releasesRoutes({ kernel, cloud, views }: Parts): Route[] {
  return [
    route(api.environmentList, async ({ params }) => ({
      items: await views.environments(params.project),
    })),
    route(api.environmentOrder, async ({ params, body }) => {
      await kernel.database.write((tx) => environmentOrder(tx, params.project, body.names))
      return { items: await views.environments(params.project) }
    }),
    route(api.deploymentList, ({ params, query }) => views.list(params.project, query)),
    route(api.deploymentGet, ({ params }) => views.get(params.project, params.deployment)),
    route(api.deploymentChanges, ({ params, query }) =>
      views.changes(params.project, params.deployment, query.since),
    ),
    route(api.deploymentRollback, ({ actor, params }) =>
      rollBack({ kernel, cloud }, actor, params.project, params.deployment),
    ),
  ]
}
