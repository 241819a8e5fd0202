import type { Person } from '@madang/api'
import { type Ask, type Call, inProject, inRepo, type ProjectAsk, type RepoAsk } from './call.ts'
import { BitbucketError } from './errors.ts'
import { roleOf } from './people.ts'
import { presentProject, presentRepoBriefly, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

/** Roles are given in projects, and hold in each of their repositories. */
export const permissions = { viewer: 'read', developer: 'write', maintainer: 'admin' } as const

/** Somebody and what they may do there; `none` for who may not even see it. */
async function permissionOf(ask: Ask, project: string): Promise<[Person, string]> {
  const { selected_user_id: reference = '' } = ask.params
  const person = await ask.people.find(reference)
  if (!person) throw new BitbucketError(404, `${reference} is not a user.`)
  const role = await roleOf(ask.parts.context, person, project)
  return [person, role ? permissions[role] : 'none']
}

const linkTo = (place: string, { id }: Person) => ({
  self: { href: `${place}/permissions-config/users/${id}` },
})

async function inRepository(ask: RepoAsk): Promise<Json> {
  const [person, permission] = await permissionOf(ask, ask.repo.project)
  return {
    type: 'repository_user_permission',
    permission,
    user: ask.people.present(person),
    repository: await presentRepoBriefly(ask, ask.repo),
    links: linkTo(await repoUrl(ask, ask.repo), person),
  }
}

async function inWholeProject(ask: ProjectAsk): Promise<Json> {
  const { key } = ask.project
  const [person, permission] = await permissionOf(ask, key)
  return {
    type: 'project_user_permission',
    permission,
    user: ask.people.present(person),
    project: presentProject(ask, ask.project),
    links: linkTo(`${ask.origin}/2.0/workspaces/madang/projects/${key}`, person),
  }
}

const path = '/permissions-config/users/:selected_user_id'

export const permissionCalls: Call[] = [
  inRepo('maintainer')('GET', path, inRepository),
  inProject('maintainer')('GET', path, inWholeProject),
]
