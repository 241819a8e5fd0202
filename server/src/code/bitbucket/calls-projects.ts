import { includes } from '../../kernel/index.ts'
import { codeTables } from '../context.ts'
import { reposOf } from '../store-repos.ts'
import { requiredText, textIn } from './body.ts'
import { type Ask, type Call, created, inProject, nothing, signedIn } from './call.ts'
import type { ProjectAsk } from './call.ts'
import { badFields, BitbucketError, noRole } from './errors.ts'
import { listing } from './paging.ts'
import { checkWorkspace, findProject, isWhole } from './places.ts'
import { presentProject } from './present-repo.ts'
import type { Json } from './query.ts'

const contextOf = (ask: Ask) => ask.parts.context

async function list(ask: Ask) {
  const { workspace: name = '' } = ask.params
  await checkWorkspace(contextOf(ask), name)
  const all = await contextOf(ask).identity.projectList(ask.actor)
  const shown = isWhole(name) ? all : all.filter((project) => project.key === name)
  return listing(ask, { all: shown, present: (project) => presentProject(ask, project) })
}

async function make(ask: Ask, body: Json) {
  const given = {
    key: requiredText(body, 'key').toUpperCase(),
    name: requiredText(body, 'name'),
    description: textIn(body, 'description') ?? '',
  }
  if (!ask.actor.isAdministrator) {
    throw new BitbucketError(403, 'Your credentials lack one or more required privilege scopes.')
  }
  if (!/^[A-Z][A-Z0-9]{1,9}$/.test(given.key)) throw badFields({ key: ['Invalid key.'] })
  const { kernel, identity } = contextOf(ask)
  const made = await kernel.database.write((tx) => identity.projectCreate(tx, ask.actor, given))
  return created(presentProject(ask, made))
}

/** Makes what is not there, for administrators: others are not told whether it is. */
async function put(ask: Ask) {
  const { identity } = contextOf(ask)
  const { workspace = '', project_key: key = '' } = ask.params
  const body = await ask.body.json()
  await checkWorkspace(contextOf(ask), workspace)
  const isNew = ask.actor.isAdministrator && !(await identity.projectGet(key))
  return isNew
    ? make(ask, { ...body, key })
    : edit({ ...ask, project: await findProject(ask) }, body)
}

async function edit(ask: ProjectAsk, body: Json) {
  const { kernel, identity } = contextOf(ask)
  const { key } = ask.project
  if (!includes(await identity.roleIn(ask.actor, key), 'maintainer')) throw noRole()
  if ((textIn(body, 'key') ?? key) !== key) {
    throw new BitbucketError(501, 'Changing the key of a project: not available here.')
  }
  const name = textIn(body, 'name')?.trim()
  if (name === '') throw badFields({ name: ['This field may not be blank.'] })
  const change = { name, description: textIn(body, 'description') }
  const changed = await kernel.database.write((tx) =>
    identity.projectUpdate(tx, ask.actor, key, change),
  )
  return presentProject(ask, changed)
}

/** Repositories that came and went left nothing that hangs on the project's key. */
const endedEvents = ['code.repoCreated', 'code.repoRenamed', 'code.repoDeleted']

async function remove(ask: ProjectAsk) {
  const { kernel, identity } = contextOf(ask)
  const { key } = ask.project
  await kernel.database.write(async (tx) => {
    if ((await reposOf(codeTables(tx), key)).length > 0) {
      throw new BitbucketError(403, 'You cannot delete a project that still contains repositories.')
    }
    await identity.projectDelete(tx, ask.actor, key, { ended: endedEvents })
  })
  return nothing()
}

const PROJECTS = '/workspaces/:workspace/projects'

export const projectCalls: Call[] = [
  signedIn('GET', PROJECTS, list),
  signedIn('POST', PROJECTS, async (ask) => make(ask, await ask.body.json())),
  signedIn('PUT', `${PROJECTS}/:project_key`, put),
  inProject('viewer')('GET', '', async (ask) => presentProject(ask, ask.project)),
  inProject('maintainer')('DELETE', '', remove),
]
