import { registryEndpoints } from '@madang/api'
import { type Route, route } from '../kernel/index.ts'
import type { Registry } from './door.ts'

export function registryRoutes(registry: Registry): Route[] {
  return [
    route(registryEndpoints.artifactList, ({ params, query }) =>
      registry.artifactList(params.project, query),
    ),
    route(registryEndpoints.artifactGet, ({ params }) =>
      registry.artifactGet(params.project, params.artifact),
    ),
    route(registryEndpoints.artifactDelete, async ({ actor, params }) => {
      await registry.artifactDelete(actor, params.project, params.artifact)
      return {}
    }),
    route(registryEndpoints.artifactVersionDelete, async ({ actor, params }) => ({
      removed: await registry.artifactVersionDelete(actor, params.project, params.artifact),
    })),
  ]
}
