import { includes } from '../../kernel/index.ts'
import { openRow, codeTables } from '../context.ts'
import { allRepos, reposOf } from '../store-repos.ts'
import { requiredText, textIn } from './body.ts'
import { type Ask, type Call, created, inProject, signedIn } from './call.ts'
import { BitbucketError } from './errors.ts'
import { permissions } from './calls-permissions.ts'
import { listing, pageAsked, pageOf } from './paging.ts'
import { momentOf } from './people.ts'
import { checkWorkspace, isWhole } from './places.ts'
import { presentProject, presentRepoBriefly, presentWorkspace } from './present-repo.ts'
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

async function membership(ask: Ask): Promise<Json> {
  const permission = ask.actor.isAdministrator ? 'owner' : 'member'
  const place = presentWorkspace(ask)
  return {
    type: 'workspace_membership',
    permission,
    last_accessed: null,
    user: await me(ask),
    workspace: place,
    links: { self: { href: `${ask.origin}/2.0/workspaces/madang/members` } },
  }
}

async function workspaceAccess(ask: Ask): Promise<Json> {
  const workspace = presentWorkspace(ask)
  return { type: 'workspace_access', administrator: ask.actor.isAdministrator, workspace }
}

/** Whoever the asker shares a project with is not known here, so a list of members holds oneself. */
async function members(ask: Ask) {
  await checkWorkspace(contextOf(ask), ask.params['workspace']!)
  const values = [await membership(ask)]
  return pageOf(ask, values, { ...pageAsked(ask), size: values.length, hasMore: false })
}

async function member(ask: Ask) {
  const person = await ask.people.find(ask.params['member']!)
  if (!person) throw new BitbucketError(404, 'No such member in this workspace.')
  const user = ask.people.present(person)
  return {
    ...(await membership(ask)),
    permission: person.isAdministrator ? 'owner' : 'member',
    user,
  }
}

async function projects(ask: Ask) {
  const { workspace: name = '' } = ask.params
  await checkWorkspace(contextOf(ask), name)
  const all = await contextOf(ask).identity.projectList(ask.actor)
  const shown = isWhole(name) ? all : all.filter((project) => project.key === name)
  return listing(ask, { all: shown, present: (project) => presentProject(ask, project) })
}

async function newProject(ask: Ask) {
  const body = await ask.body.json()
  const given = {
    key: requiredText(body, 'key').toUpperCase(),
    name: requiredText(body, 'name'),
    description: textIn(body, 'description') ?? '',
  }
  if (!ask.actor.isAdministrator) {
    throw new BitbucketError(403, 'Your credentials lack one or more required privilege scopes.')
  }
  if (!/^[A-Z][A-Z0-9]{1,9}$/.test(given.key)) {
    throw new BitbucketError(400, 'Bad request', { fields: { key: ['Invalid key.'] } })
  }
  const { kernel, identity } = contextOf(ask)
  const made = await kernel.database.write((tx) => identity.projectCreate(tx, ask.actor, given))
  return created(presentProject(ask, made))
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
    const role = await context.identity.roleIn(ask.actor, row.project)
    if (role && includes(role, 'viewer')) shown.push({ row, permission: permissions[role] })
  }
  const { repo_slug: slug } = ask.params
  return listing(ask, {
    all: slug === undefined ? shown : shown.filter(({ row }) => row.name === slug),
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
  signedIn('GET', '/user/permissions/workspaces', oneOf(membership)),
  signedIn('GET', '/user/workspaces', oneOf(workspaceAccess)),
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
  signedIn('GET', '/workspaces/:workspace/projects', projects),
  signedIn('POST', '/workspaces/:workspace/projects', newProject),
  inProject('viewer')('GET', '', async (ask) => presentProject(ask, ask.project)),
]
