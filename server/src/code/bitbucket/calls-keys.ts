import {
  addKey,
  type KeyOwner,
  type KeyRow,
  keysOf,
  projectKeyOwner,
  removeKey,
  renameKey,
} from '../keys/index.ts'
import { uuidOf } from '../uuid.ts'
import { requiredText, textIn } from './body.ts'
import {
  type Ask,
  type Call,
  created,
  inProject,
  inRepo,
  nothing,
  type ProjectAsk,
  type RepoAsk,
  signedIn,
} from './call.ts'
import { badFields, BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import { presentProject, presentRepoBriefly, projectUrl, repoUrl } from './present-repo.ts'
import type { Json } from './query.ts'

async function presentDeployKey(ask: RepoAsk, row: KeyRow): Promise<Json> {
  return {
    type: 'deploy_key',
    id: row.number,
    label: row.label,
    key: keyText(row),
    comment: commentIn(row),
    added_on: momentOf(row.created_at),
    created_on: momentOf(row.created_at),
    last_used: row.used_at === null ? null : momentOf(row.used_at),
    repository: await presentRepoBriefly(ask, ask.repo),
    links: { self: { href: `${await repoUrl(ask, ask.repo)}/deploy-keys/${row.number}` } },
  }
}

/** A key that reads every repository of a project, also those made later. */
async function presentProjectKey(ask: ProjectAsk, row: KeyRow): Promise<Json> {
  return {
    type: 'project_deploy_key',
    id: row.number,
    label: row.label,
    key: keyText(row),
    comment: commentIn(row),
    created_on: momentOf(row.created_at),
    created_by: await ask.people.user(row.created_by, row.created_by),
    last_used: row.used_at === null ? null : momentOf(row.used_at),
    project: presentProject(ask, ask.project),
    links: { self: { href: `${projectUrl(ask, ask.project)}/deploy-keys/${row.number}` } },
  }
}

const keyText = (row: KeyRow) => row.key.split(' ').slice(0, 2).join(' ')
const commentIn = (row: KeyRow) => row.key.split(' ').slice(2).join(' ')

async function presentPersonKey(ask: Ask, row: KeyRow): Promise<Json> {
  const owner = await ask.people.user(ask.actor.id, ask.actor.name)
  const self = `${ask.origin}/2.0/users/${encodeURIComponent(String(owner['uuid']))}/ssh-keys/`
  return {
    type: 'ssh_key',
    uuid: uuidOf(row.id),
    label: row.label,
    fingerprint: row.fingerprint,
    key: keyText(row),
    comment: commentIn(row),
    owner,
    created_on: momentOf(row.created_at),
    last_used: row.used_at === null ? null : momentOf(row.used_at),
    expires_on: null,
    links: { self: { href: `${self}${encodeURIComponent(uuidOf(row.id))}` } },
  }
}

const databaseOf = (ask: Ask) => ask.parts.context.kernel.database

const repoOwner = ({ repo }: RepoAsk): KeyOwner => ({
  id: repo.row.id,
  subject: `${repo.project}/${repo.slug}`,
  project: repo.project,
})

const ownerOfProject = ({ project }: ProjectAsk): KeyOwner => projectKeyOwner(project.key)

/** Only one's own: keys of others are nobody's business here. Throws 403. */
export async function personOwner(ask: Ask): Promise<KeyOwner> {
  const person = await ask.people.find(ask.params['selected_user']!)
  if (!person) throw new BitbucketError(404, `No such user: ${ask.params['selected_user']}`)
  if (`person:${person.id}` !== ask.actor.id) {
    throw new BitbucketError(403, 'You may only see and change your own keys.')
  }
  return { id: ask.actor.id, subject: ask.actor.name }
}

async function newKey(ask: Ask, owner: KeyOwner): Promise<KeyRow> {
  const body = await ask.body.json()
  const key = { key: requiredText(body, 'key'), label: textIn(body, 'label') ?? '' }
  return addKey(ask.parts.context, { actor: ask.actor, owner, key })
}

async function find(ask: Ask, owner: KeyOwner): Promise<KeyRow> {
  const wanted = ask.params['key_id']!
  const rows = await keysOf(databaseOf(ask), owner.id)
  const row = rows.find(({ id, number }) => String(number) === wanted || uuidOf(id) === wanted)
  if (!row) throw new BitbucketError(404, 'Key not found')
  return row
}

/** A key itself never changes: another one is another identity. Only the label does. */
async function relabel(ask: Ask, owner: KeyOwner): Promise<KeyRow> {
  const row = await find(ask, owner)
  const body = await ask.body.json()
  const key = textIn(body, 'key')
  if (key !== undefined && key.trim().split(/\s+/).slice(0, 2).join(' ') !== keyText(row)) {
    throw badFields({ key: ['The key cannot be changed. Delete it and add the other one.'] })
  }
  const label = textIn(body, 'label')?.trim() || row.label
  await renameKey(ask.parts.context, { actor: ask.actor, owner, id: row.id, label })
  return { ...row, label }
}

async function drop(ask: Ask, owner: KeyOwner) {
  const { id } = await find(ask, owner)
  await removeKey(ask.parts.context, { actor: ask.actor, owner, id })
  return nothing()
}

async function listDeployKeys(ask: RepoAsk) {
  const all = await keysOf(databaseOf(ask), ask.repo.row.id)
  return listing(ask, { all, present: (row) => presentDeployKey(ask, row) })
}

async function listProjectKeys(ask: ProjectAsk) {
  const all = await keysOf(databaseOf(ask), ownerOfProject(ask).id)
  return listing(ask, { all, present: (row) => presentProjectKey(ask, row) })
}

async function listPersonKeys(ask: Ask) {
  const all = await keysOf(databaseOf(ask), (await personOwner(ask)).id)
  return listing(ask, { all, present: (row) => presentPersonKey(ask, row) })
}

const keeping = inRepo('maintainer')
const keepingProject = inProject('maintainer')
const OWN = '/users/:selected_user/ssh-keys'

export const keyCalls: Call[] = [
  keeping('GET', '/deploy-keys', listDeployKeys),
  keeping('POST', '/deploy-keys', async (ask) =>
    presentDeployKey(ask, await newKey(ask, repoOwner(ask))),
  ),
  keeping('GET', '/deploy-keys/:key_id', async (ask) =>
    presentDeployKey(ask, await find(ask, repoOwner(ask))),
  ),
  keeping('PUT', '/deploy-keys/:key_id', async (ask) =>
    presentDeployKey(ask, await relabel(ask, repoOwner(ask))),
  ),
  keeping('DELETE', '/deploy-keys/:key_id', (ask) => drop(ask, repoOwner(ask))),
  keepingProject('GET', '/deploy-keys', listProjectKeys),
  keepingProject('POST', '/deploy-keys', async (ask) =>
    presentProjectKey(ask, await newKey(ask, ownerOfProject(ask))),
  ),
  keepingProject('GET', '/deploy-keys/:key_id', async (ask) =>
    presentProjectKey(ask, await find(ask, ownerOfProject(ask))),
  ),
  keepingProject('DELETE', '/deploy-keys/:key_id', (ask) => drop(ask, ownerOfProject(ask))),
  signedIn('GET', OWN, listPersonKeys),
  signedIn('POST', OWN, async (ask) =>
    created(await presentPersonKey(ask, await newKey(ask, await personOwner(ask)))),
  ),
  signedIn('GET', `${OWN}/:key_id`, async (ask) =>
    presentPersonKey(ask, await find(ask, await personOwner(ask))),
  ),
  signedIn('PUT', `${OWN}/:key_id`, async (ask) =>
    presentPersonKey(ask, await relabel(ask, await personOwner(ask))),
  ),
  signedIn('DELETE', `${OWN}/:key_id`, async (ask) => drop(ask, await personOwner(ask))),
]
