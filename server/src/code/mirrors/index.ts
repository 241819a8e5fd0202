import { codeMirrorEndpoints as api } from '@madang/api'
import { type Kernel, route } from '../../kernel/index.ts'
import type { CodeParts } from '../code.ts'
import { openRepo } from '../context.ts'
import { createMirrorGuard } from './guard.ts'
import type { MirrorGuard } from '../ports.ts'
import { handleMirrors } from './mirror-job.ts'
import {
  createMirror,
  editMirror,
  findMirror,
  presentMirror,
  removeMirror,
  startMirror,
} from './mirrors.ts'
import { mirrorMigrations, mirrorsOf } from './store-mirrors.ts'

/** What pushes are held against; `createMirrors` adds the mirrors themselves. */
export async function openMirrors({ database }: Kernel): Promise<MirrorGuard> {
  await database.migrate('code-mirrors', mirrorMigrations)
  return createMirrorGuard(database)
}

/** Repositories elsewhere that follow one here, or are followed by it. */
export function createMirrors(parts: CodeParts): void {
  const { context } = parts
  const { database, http } = context.kernel
  handleMirrors(parts)
  const open = (params: { project: string; repo: string }) =>
    openRepo(context, params.project, params.repo)
  http.add([
    route(api.mirrorList, async ({ params }) => {
      const { row } = await open(params)
      return { items: (await mirrorsOf(database, row.id)).map(presentMirror) }
    }),
    route(api.mirrorCreate, async ({ params, body, actor }) =>
      presentMirror(await createMirror(context, await open(params), { actor, given: body })),
    ),
    route(api.mirrorUpdate, async ({ params, body, actor }) => {
      const repo = await open(params)
      const row = await findMirror(context, repo, params.mirror)
      return presentMirror(await editMirror(context, repo, { actor, row, edit: body }))
    }),
    route(api.mirrorRun, async ({ params }) => {
      const repo = await open(params)
      const row = await findMirror(context, repo, params.mirror)
      return presentMirror(await startMirror(context, repo, row))
    }),
    route(api.mirrorDelete, async ({ params, actor }) => {
      const repo = await open(params)
      const row = await findMirror(context, repo, params.mirror)
      await removeMirror(context, repo, { actor, row })
      return { done: true } as const
    }),
  ])
}
