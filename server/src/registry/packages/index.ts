import { packageEndpoints } from '@madang/api'
import { type Kernel, route } from '../../kernel/index.ts'
import type { ArtifactStore } from '../store.ts'
import type { PackageRegistry } from './http.ts'
import { mavenEdge } from './maven.ts'
import { refuse } from '../model.ts'
import type { Manifest } from './npm-document.ts'
import { npmEdge } from './npm.ts'
import type { PypiFile } from './pypi-pages.ts'
import { pypiEdge } from './pypi.ts'
import { Remotes } from './remote.ts'
import * as db from './store.ts'

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
    route(packageEndpoints.packageFileGet, async ({ params }) => {
      const row = await db.fileOfArtifact(kernel.database, params.project, params.artifact)
      if (!row) return {}
      const { yanked, deprecated } = db.documentOf<Pick<PypiFile, 'yanked'> & Manifest>(row)
      const isTold = typeof deprecated === 'string' && deprecated !== ''
      return { kind: row.kind as 'npm', yanked, ...(isTold && { deprecated }) }
    }),
    route(packageEndpoints.packageYank, async ({ params, body }) => {
      await yank(kernel, params, body.reason)
      return {}
    }),
  ])
}

/** All files of the version, as PyPI yanks a release; `null` takes it back. */
async function yank(
  { database }: Kernel,
  { project, artifact }: { project: string; artifact: string },
  reason: string | null,
): Promise<void> {
  const row = await db.fileOfArtifact(database, project, artifact)
  if (row?.kind !== 'pypi') throw refuse('packageNoYank', { artifact })
  await database.write(async (tx) => {
    for (const file of await db.filesOf(tx, project, 'pypi', row.name)) {
      if (file.version !== row.version) continue
      const { yanked: _before, ...facts } = db.documentOf<PypiFile>(file)
      await db.documentSet(tx, file, reason === null ? facts : { ...facts, yanked: reason })
    }
  })
}
