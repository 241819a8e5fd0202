import { packageEndpoints } from '@madang/api'
import { type Kernel, route } from '../../kernel/index.ts'
import type { ArtifactStore } from '../store.ts'
import type { PackageRegistry } from './http.ts'
import { mavenEdge } from './maven.ts'
import { npmEdge } from './npm.ts'
import { pypiEdge } from './pypi.ts'
import { Remotes } from './remote.ts'

export { packagesMigration } from './tables.ts'

/** Package managers' own protocols over the one store of artifacts: Maven, npm, PyPI. */
export function createPackages(parts: {
  kernel: Kernel
  registry: PackageRegistry
  store: ArtifactStore
}): void {
  const { kernel } = parts
  const remotes = new Remotes(kernel)
  kernel.http.edge(mavenEdge(parts, remotes))
  kernel.http.edge(npmEdge(parts, remotes))
  kernel.http.edge(pypiEdge(parts, remotes))
  kernel.http.add([
    route(packageEndpoints.packageRemoteList, async ({ params }) => ({
      items: (await remotes.list(params.project)).map(({ kind, url }) => ({
        kind: kind as 'maven',
        url,
      })),
    })),
    route(packageEndpoints.packageRemoteSet, async ({ params, body }) => {
      await remotes.set(params.project, params.kind, body.url)
      return {}
    }),
  ])
}
