import { codeMemberEndpoints as api, codeSharedEndpoints } from '@madang/api'
import { route, type Route } from '../kernel/index.ts'
import type { CodeParts } from './code.ts'
import { openRepo, openRow } from './context.ts'
import {
  giveRole,
  membersOf,
  personNamed,
  presentMember,
  sharedRepos,
  takeRole,
} from './members.ts'
import { presentRepo } from './repos.ts'

export function memberRoutes({ context }: CodeParts): Route[] {
  const open = ({ project, repo }: { project: string; repo: string }) =>
    openRepo(context, project, repo)
  return [
    route(api.repoMemberList, async ({ params }) => ({
      items: (await membersOf(context, await open(params))).map(presentMember),
    })),
    route(api.repoMemberSet, async ({ params, body: { role }, actor }) => {
      const repo = await open(params)
      const person = await personNamed(context, params.name)
      await giveRole(context, repo, { actor, person, role })
      return presentMember({ person, role })
    }),
    route(api.repoMemberRemove, async ({ params, actor }) => {
      const repo = await open(params)
      await takeRole(context, repo, { actor, person: await personNamed(context, params.name) })
      return { done: true } as const
    }),
    route(codeSharedEndpoints.repoSharedList, async ({ actor, request }) => {
      const rows = await sharedRepos(context, actor)
      const present = rows.map(async (row) => ({
        ...(await presentRepo(context, await openRow(context, row), request.origin)),
        role: row.role,
      }))
      return { items: await Promise.all(present) }
    }),
  ]
}
