import type { CodeParts } from '../code.ts'
import { handleImports } from './import-job.ts'
import { importMigrations } from './migrations.ts'
import { importRoutes } from './routes-imports.ts'
import { endImportsOf, importsMoved } from './store-imports.ts'

/** Repositories from other hosts: their git, their LFS objects and their pull requests. */
export async function createImports(parts: CodeParts): Promise<void> {
  const { database, events, clock, http } = parts.context.kernel
  await database.migrate('code-imports', importMigrations)
  const jobs = handleImports(parts)
  events.listen({
    name: 'code.imports',
    types: ['code.repoDeleted'],
    async handle({ data }) {
      const { id } = data as { id: string }
      const ended = await database.write((tx) => endImportsOf(tx, id, clock.now()))
      for (const each of ended) jobs.abort(each)
    },
  })
  parts.context.movers.push((tx, { id, after }) => importsMoved(tx, id, after))
  http.add(importRoutes(parts, jobs))
}
