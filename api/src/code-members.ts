import { repo } from './code-shapes.ts'
import { endpoint, roles } from './endpoint.ts'
import { type Infer, z } from './schema.ts'

const role = z.enum(roles)
const inRepo = z.object({ project: z.string(), repo: z.string() })
const named = inRepo.extend({ name: z.string() })
const done = z.object({ done: z.literal(true) })

const members = '/api/projects/:project/repos/:repo/members'
const maintainer = { project: 'maintainer' } as const

export const repoMember = z.object({ name: z.string(), displayName: z.string(), role })
export type RepoMember = Infer<typeof repoMember>

/** Who was given a role in one repository; it adds to what they are in its project. */
export const codeMemberEndpoints = {
  repoMemberList: endpoint({
    method: 'GET',
    path: members,
    access: maintainer,
    params: inRepo,
    result: z.object({ items: z.array(repoMember) }),
  }),
  /** Gives a role, or another one. */
  repoMemberSet: endpoint({
    method: 'PUT',
    path: `${members}/:name`,
    access: maintainer,
    params: named,
    body: z.object({ role }),
    result: repoMember,
  }),
  repoMemberRemove: endpoint({
    method: 'DELETE',
    path: `${members}/:name`,
    access: maintainer,
    params: named,
    result: done,
  }),
}

export const codeSharedEndpoints = {
  /** Repositories that the reader was given and whose projects they are no member of. */
  repoSharedList: endpoint({
    method: 'GET',
    path: '/api/repos/shared',
    access: 'signedIn',
    result: z.object({ items: z.array(repo.extend({ role })) }),
  }),
}
