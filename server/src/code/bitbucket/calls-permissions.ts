import type { Person, Role } from '@madang/api'
import { roleOf } from '../person-role.ts'
import { requiredText } from './body.ts'
import {
  type Ask,
  type Call,
  inProject,
  inRepo,
  nothing,
  type ProjectAsk,
  type RepoAsk,
} from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing, pageAsked, pageOf } from './paging.ts'
import { presentProject, presentRepoBriefly, projectUrl, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

/** Roles are given in projects, and hold in each of their repositories. */
export const permissions = { viewer: 'read', developer: 'write', maintainer: 'admin' } as const

/** Who may write here may make repositories, too. */
const rolesByPermission: Record<string, Role> = {
  read: 'viewer',
  write: 'developer',
  'create-repo': 'developer',
  admin: 'maintainer',
}

interface Holding {
  person: Person
  permission: string
}

async function named(ask: Ask): Promise<Person> {
  const { selected_user_id: reference = '' } = ask.params
  const person = await ask.people.find(reference)
  if (!person) throw new BitbucketError(404, `${reference} is not a user.`)
  return person
}

/** Somebody and what they may do there; `none` for who may not even see it. */
async function holdingOf(ask: Ask, project: string): Promise<Holding> {
  const person = await named(ask)
  const role = await roleOf(ask.parts.context, person, project)
  return { person, permission: role ? permissions[role] : 'none' }
}

/** Those who were given a role; administrators hold the highest everywhere without one. */
async function holdingsIn(ask: Ask, project: string): Promise<Holding[]> {
  const { identity } = ask.parts.context
  const holdings: Holding[] = []
  for (const { name, role } of await identity.memberList(project)) {
    const person = await identity.personByName(name)
    if (person) holdings.push({ person, permission: permissions[role] })
  }
  return holdings
}

const linkTo = (place: string, { id }: Person) => ({
  self: { href: `${place}/permissions-config/users/${id}` },
})

async function inRepository(ask: RepoAsk, { person, permission }: Holding): Promise<Json> {
  return {
    type: 'repository_user_permission',
    permission,
    user: ask.people.present(person),
    repository: await presentRepoBriefly(ask, ask.repo),
    links: linkTo(await repoUrl(ask, ask.repo), person),
  }
}

function inWholeProject(ask: ProjectAsk, { person, permission }: Holding): Json {
  return {
    type: 'project_user_permission',
    permission,
    user: ask.people.present(person),
    project: presentProject(ask, ask.project),
    links: linkTo(projectUrl(ask, ask.project), person),
  }
}

async function give(ask: ProjectAsk): Promise<Json> {
  const { kernel, identity } = ask.parts.context
  const permission = requiredText(await ask.body.json(), 'permission')
  const role = rolesByPermission[permission]
  if (!role) throw badFields({ permission: [`"${permission}" is not a valid choice.`] })
  const person = await named(ask)
  const given = { project: ask.project.key, name: person.name, role }
  await kernel.database.write((tx) => identity.memberSet(tx, ask.actor, given))
  return inWholeProject(ask, { person, permission: permissions[role] })
}

async function take(ask: ProjectAsk) {
  const { kernel, identity } = ask.parts.context
  const given = { project: ask.project.key, name: (await named(ask)).name }
  await kernel.database.write((tx) => identity.memberRemove(tx, ask.actor, given))
  return nothing()
}

/** There are no groups of people, so nobody has a permission by one. */
async function noGroups(ask: Ask) {
  return pageOf(ask, [], { ...pageAsked(ask), size: 0, hasMore: false })
}

const users = '/permissions-config/users'
const one = `${users}/:selected_user_id`
const groups = '/permissions-config/groups'
const inRepoKept = inRepo('maintainer')
const kept = inProject('maintainer')

export const permissionCalls: Call[] = [
  inRepoKept('GET', users, async (ask) =>
    listing(ask, {
      all: await holdingsIn(ask, ask.repo.project),
      present: (holding) => inRepository(ask, holding),
    }),
  ),
  inRepoKept('GET', one, async (ask) => inRepository(ask, await holdingOf(ask, ask.repo.project))),
  inRepoKept('GET', groups, noGroups),
  kept('GET', users, async (ask) =>
    listing(ask, {
      all: await holdingsIn(ask, ask.project.key),
      present: (holding) => inWholeProject(ask, holding),
    }),
  ),
  kept('GET', one, async (ask) => inWholeProject(ask, await holdingOf(ask, ask.project.key))),
  kept('PUT', one, give),
  kept('DELETE', one, take),
  kept('GET', groups, noGroups),
]
