import type { Person, Role } from '@madang/api'
import { giveRole, membersOf, takeRole } from '../members.ts'
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

/** Roles are given in projects, where they hold in each repository, and in one repository. */
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

/** Throws 400 for what is none, `create-repo` in one repository too. */
async function roleIn(ask: Ask, known: Record<string, Role>): Promise<Role> {
  const permission = requiredText(await ask.body.json(), 'permission')
  const role = known[permission]
  if (!role) throw badFields({ permission: [`"${permission}" is not a valid choice.`] })
  return role
}

async function give(ask: ProjectAsk): Promise<Json> {
  const { kernel, identity } = ask.parts.context
  const role = await roleIn(ask, rolesByPermission)
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

/** What was given in this repository itself; `none` for who only has what the project gives. */
async function ownHolding(ask: RepoAsk): Promise<Holding> {
  const person = await named(ask)
  const given = await membersOf(ask.parts.context, ask.repo)
  const own = given.find((one) => one.person.id === person.id)
  return { person, permission: own ? permissions[own.role] : 'none' }
}

async function giveInRepo(ask: RepoAsk): Promise<Json> {
  const { 'create-repo': _, ...known } = rolesByPermission
  const role = await roleIn(ask, known)
  const person = await named(ask)
  await giveRole(ask.parts.context, ask.repo, { actor: ask.actor, person, role })
  return inRepository(ask, { person, permission: permissions[role] })
}

async function takeInRepo(ask: RepoAsk) {
  const person = await named(ask)
  await takeRole(ask.parts.context, ask.repo, { actor: ask.actor, person })
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
      all: await membersOf(ask.parts.context, ask.repo),
      present: ({ person, role }) => inRepository(ask, { person, permission: permissions[role] }),
    }),
  ),
  inRepoKept('GET', one, async (ask) => inRepository(ask, await ownHolding(ask))),
  inRepoKept('PUT', one, giveInRepo),
  inRepoKept('DELETE', one, takeInRepo),
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
