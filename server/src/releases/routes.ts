import { releasesEndpoints as api } from '@madang/api'
import { type Kernel, type Route, route } from '../kernel/index.ts'
import { environmentNamed, renameEnvironment } from './environment-names.ts'
import type { CloudPort, CodePort, IdentityPort } from './ports.ts'
import { previews } from './previews.ts'
import type { ReleaseViews } from './views.ts'
import { rollBack } from './rollback.ts'
import { environmentOrder, previewRule, previewRuleSet } from './store.ts'

interface Parts {
  kernel: Kernel
  cloud: CloudPort
  code: CodePort
  identity: IdentityPort
  views: ReleaseViews
}

export function releasesRoutes(parts: Parts): Route[] {
  const { kernel, cloud, views } = parts
  return [
    route(api.environmentList, async ({ params }) => ({
      items: await views.environments(params.project),
    })),
    route(api.environmentOrder, async ({ params, body }) => {
      await kernel.database.write((tx) => environmentOrder(tx, params.project, body.names))
      return { items: await views.environments(params.project) }
    }),
    route(api.environmentRename, async ({ actor, params, body }) => {
      const { project, environment } = params
      const wish = { actor, project, name: environment, to: body.name }
      const { name } = await renameEnvironment(parts, wish)
      return (await views.environments(project)).find((one) => one.name === name)!
    }),
    route(api.deploymentList, async ({ params, query }) => {
      const { environment: asked } = query
      const known = asked && (await environmentNamed(kernel.database, params.project, asked))
      return views.list(params.project, known ? { ...query, environment: known.name } : query)
    }),
    route(api.deploymentGet, ({ params }) => views.get(params.project, params.deployment)),
    route(api.deploymentChanges, ({ params, query }) =>
      views.changes(params.project, params.deployment, query.since),
    ),
    route(api.deploymentRollback, ({ actor, params }) =>
      rollBack({ kernel, cloud }, actor, params.project, params.deployment),
    ),
    ...previewRoutes(parts),
  ]
}

function previewRoutes({ kernel, code, identity }: Parts): Route[] {
  return [
    route(api.previewList, async ({ params }) => ({
      items: await previews({ kernel, code }, params),
    })),
    route(api.previewRuleGet, async ({ params }) => {
      const repo = await code.repoName(params.project, params.repo)
      const row = await previewRule(kernel.database, params.project, repo)
      return { removesClosed: row !== undefined }
    }),
    route(api.previewRuleSet, async ({ actor, params, body }) => {
      const { project } = params
      const repo = await code.repoName(project, params.repo)
      const row = { project, repo, set_by: actor.id, set_by_name: actor.name }
      await kernel.database.write(async (tx) => {
        await previewRuleSet(tx, row, body.removesClosed)
        const about = { actor, subject: `repo:${project}/${repo}`, project }
        await identity.audit(tx, { ...about, action: 'repo.previewsChanged' })
      })
      return body
    }),
  ]
}
