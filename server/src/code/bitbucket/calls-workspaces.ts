import type { Person } from '@madang/api'
import { includes } from '../../kernel/index.ts'
import { openRow, codeTables } from '../context.ts'
import { allRepos, reposOf } from '../store-repos.ts'
import { type Ask, type Call, signedIn } from './call.ts'
import { BitbucketError } from './errors.ts'
import { permissions } from './calls-permissions.ts'
import { listing, pageAsked, pageOf } from './paging.ts'
import { momentOf } from './people.ts'
import { checkWorkspace, isWhole } from './places.ts'
import { presentRepoBriefly, presentWorkspace } from './present-repo.ts'
import type { Json } from './query.ts'

const contextOf = (ask: Ask) => ask.parts.context

async function me(ask: Ask): Promise<Json> {
  const { actor, people } = ask
  return people.user(actor.id, actor.name)
}

async function workspace(ask: Ask): Promise<Json> {
  await checkWorkspace(contextOf(ask), ask.params['workspace']!)
  return presentWorkspace(ask)
}

function membership(ask: Ask, { user, isOwner }: { user: Json; isOwner: boolean }): Json {
  const self = `${ask.origin}/2.0/workspaces/madang/members/${String(user['account_id'])}`
  return {
    type: 'workspace_membership',
    permission: isOwner ? 'owner' : 'member',
    last_accessed: null,
    user,
    workspace: presentWorkspace(ask),
    links: { self: { href: self } },
  }
}

const ownMembership = async (ask: Ask): Promise<Json> =>
  membership(ask, { user: await me(ask), isOwner: ask.actor.isAdministrator })

const membershipOf = (ask: Ask, person: Person): Json =>
  membership(ask, { user: ask.people.present(person), isOwner: person.isAdministrator })

async function workspaceAccess(ask: Ask): Promise<Json> {
  const workspace = presentWorkspace(ask)
  return { type: 'workspace_access', administrator: ask.actor.isAdministrator, workspace }
}

/** Everybody who may sign in. */
async function everybody(ask: Ask): Promise<Person[]> {
  const { identity } = contextOf(ask)
  const people: Person[] = []
  for (let cursor: string | undefined; ;) {
    const page = await identity.personList({ limit: 200, cursor })
    people.push(...page.items.filter((person) => !person.isDisabled))
    if (page.nextCursor === undefined) return people
    cursor = page.nextCursor
  }
}

async function members(ask: Ask) {
  await checkWorkspace(contextOf(ask), ask.params['workspace']!)
  return listing(ask, {
    all: await everybody(ask),
    present: (person) => membershipOf(ask, person),
  })
}

async function member(ask: Ask) {
  await checkWorkspace(contextOf(ask), ask.params['workspace']!)
  const person = await ask.people.find(ask.params['member']!)
  if (!person || person.isDisabled) {
    throw new BitbucketError(404, 'No such member in this workspace.')
  }
  return membershipOf(ask, person)
}

async function emailsOf(ask: Ask): Promise<Json[]> {
  const email = `${String((await me(ask))['nickname'])}@madang.local`
  const self = `${ask.origin}/2.0/user/emails/${email}`
  const entry = { type: 'email', email, is_primary: true, is_confirmed: true }
  return [{ ...entry, links: { self: { href: self } } }]
}

async function emails(ask: Ask) {
  return listing(ask, { all: await emailsOf(ask), present: (entry) => entry })
}

/** The address that commits made here carry; there is one for everybody. */
async function email(ask: Ask) {
  const wanted = ask.params['email']!
  const own = (await emailsOf(ask)).find((entry) => entry['email'] === wanted)
  if (!own) throw new BitbucketError(404, `No such email: ${wanted}`)
  return own
}

async function user(ask: Ask): Promise<Json> {
  const person = await ask.people.find(ask.params['selected_user']!)
  if (!person) throw new BitbucketError(404, `No such user: ${ask.params['selected_user']}`)
  return ask.people.present(person)
}

async function repoPermissions(ask: Ask) {
  const context = contextOf(ask)
  const db = codeTables(context.kernel.database)
  const { workspace: name } = ask.params
  const rows = name && !isWhole(name) ? await reposOf(db, name) : await allRepos(db)
  const shown: { row: (typeof rows)[number]; permission: string }[] = []
  for (const row of rows) {
    const role = await context.identity.roleIn(ask.actor, row.project, row.slug)
    if (role && includes(role, 'viewer')) shown.push({ row, permission: permissions[role] })
  }
  const { repo_slug: slug } = ask.params
  return listing(ask, {
    all: slug === undefined ? shown : shown.filter(({ row }) => row.slug === slug),
    present: async ({ row, permission }) => ({
      type: 'repository_permission',
      permission,
      user: await me(ask),
      repository: await presentRepoBriefly(ask, await openRow(context, row)),
    }),
  })
}

const oneOf = (present: (ask: Ask) => Promise<Json>) => async (ask: Ask) =>
  pageOf(ask, [await present(ask)], { ...pageAsked(ask), size: 1, hasMore: false })

export const workspaceCalls: Call[] = [
  signedIn('GET', '/user', async (ask) => ({
    ...(await me(ask)),
    created_on: (await me(ask))['created_on'] ?? momentOf(0),
    is_staff: false,
    has_2fa_enabled: null,
  })),
  signedIn('GET', '/user/emails', emails),
  signedIn('GET', '/user/emails/:email', email),
  signedIn('GET', '/user/permissions/repositories', repoPermissions),
  signedIn('GET', '/user/permissions/workspaces', oneOf(ownMembership)),
  signedIn('GET', '/user/workspaces', oneOf(workspaceAccess)),
  signedIn('GET', '/user/workspaces/:workspace/permission', async (ask) => {
    await checkWorkspace(contextOf(ask), ask.params['workspace']!)
    return ownMembership(ask)
  }),
  signedIn('GET', '/user/workspaces/:workspace/permissions/repositories', repoPermissions),
  signedIn('GET', '/users/:selected_user', user),
  signedIn(
    'GET',
    '/workspaces',
    oneOf(async (ask) => presentWorkspace(ask)),
  ),
  signedIn('GET', '/workspaces/:workspace', workspace),
  signedIn('GET', '/workspaces/:workspace/members', members),
  signedIn('GET', '/workspaces/:workspace/members/:member', member),
  signedIn('GET', '/workspaces/:workspace/permissions', members),
  signedIn('GET', '/workspaces/:workspace/permissions/repositories', repoPermissions),
  signedIn('GET', '/workspaces/:workspace/permissions/repositories/:repo_slug', repoPermissions),
]
