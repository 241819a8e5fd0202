import { codeImportEndpoints as api, type RepoImport } from '@madang/api'
import { route, type Route } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import type { ImportJobs } from './import-job.ts'
import {
  cancelImport,
  continueImport,
  createImport,
  findImport,
  presentImports,
  presentProblem,
} from './imports.ts'
import { type ImportRow, importsOf, problemsOf } from './store-imports.ts'

export function importRoutes({ context }: CodeParts, jobs: ImportJobs): Route[] {
  const { database } = context.kernel
  const parts = { context, jobs }
  const present = async (row: ImportRow): Promise<RepoImport> =>
    (await presentImports(context, [row]))[0]!
  const find = (params: { project: string; import: string }) =>
    findImport(context, params.project, params.import)
  return [
    route(api.importCreate, async ({ params, body, actor }) =>
      present(await createImport(parts, { actor, project: params.project, given: body })),
    ),
    route(api.importList, async ({ params }) => ({
      items: await presentImports(context, await importsOf(database, params.project)),
    })),
    route(api.importGet, async ({ params }) => present(await find(params))),
    route(api.importProblemList, async ({ params }) => ({
      items: (await problemsOf(database, (await find(params)).id)).map(presentProblem),
    })),
    route(api.importCancel, async ({ params }) =>
      present(await cancelImport(parts, await find(params))),
    ),
    route(api.importContinue, async ({ params, body }) =>
      present(await continueImport(parts, await find(params), body)),
    ),
  ]
}
