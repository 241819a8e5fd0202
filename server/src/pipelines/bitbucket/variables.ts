import { bitbucketApi as api } from '../../code/index.ts'
import { environmentOwner, type Variable, WORKSPACE_VARIABLES } from '../store-variables.ts'
import type { BitbucketParts } from './parts.ts'

const { BitbucketError } = api

/** A secured value is written and never read again, so its member is left out. */
function present(variable: Variable): api.Json {
  const { id, key, value, isSecured } = variable
  return {
    type: 'pipeline_variable',
    uuid: api.uuidOf(id),
    key,
    ...(isSecured ? {} : { value }),
    secured: isSecured,
  }
}

type Owner<A> = (ask: A) => Promise<string> | string

const repoOwner: Owner<api.RepoAsk> = ({ repo }) => `${repo.project}/${repo.name}`

const workspaceOwner: Owner<api.Ask> = async (ask) => {
  await api.checkWorkspace(ask.parts.context, ask.params['workspace']!)
  return WORKSPACE_VARIABLES
}

/** Stages that deploy to the environment find them: see the README. */
const ownerOfEnvironment =
  ({ bitbucket }: BitbucketParts): Owner<api.RepoAsk> =>
  async ({ repo, params }) => {
    const { environment_uuid: uuid = '' } = params
    const name = await bitbucket.environments.ofUuid(repo.project, uuid)
    if (name !== undefined) return environmentOwner({ ...repo, repo: repo.name }, name)
    throw new BitbucketError(404, 'Not found', {
      detail: `Environment with UUID ${uuid} not found`,
    })
  }

async function find({ variables }: BitbucketParts, ask: api.Ask, owner: string) {
  const { variable_uuid: uuid = '' } = ask.params
  const id = `var_${api.idTailOf(uuid) ?? ''}`
  const found = (await variables.list(owner)).find((variable) => variable.id === id)
  if (found) return found
  throw new BitbucketError(404, 'Not found', { detail: `Variable with UUID ${uuid} not found` })
}

function keyIn(body: api.Json): string {
  const key = api.requiredText(body, 'key')
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return key
  const why = 'Only letters, digits and underscores, and no digit first.'
  throw api.badFields({ key: [why] })
}

async function checkFree({ variables }: BitbucketParts, owner: string, key: string, id?: string) {
  const taken = (await variables.list(owner)).some((one) => one.key === key && one.id !== id)
  if (!taken) return
  throw new BitbucketError(409, 'Conflict', { detail: `A variable ${key} exists already.` })
}

/** The calls of one kind of owner: a repository, or the workspace. */
function handlers<A extends api.Ask>(parts: BitbucketParts, ownerOf: Owner<A>) {
  const { variables } = parts
  return {
    list: async (ask: A) =>
      api.listing(ask, { all: await variables.list(await ownerOf(ask)), present }),
    get: async (ask: A) => present(await find(parts, ask, await ownerOf(ask))),
    async create(ask: A) {
      const owner = await ownerOf(ask)
      const body = await ask.body.json()
      const key = keyIn(body)
      await checkFree(parts, owner, key)
      const value = api.textIn(body, 'value') ?? ''
      const isSecured = api.flagIn(body, 'secured') ?? false
      return api.created(present(await variables.put(ask.actor, { owner, key, value, isSecured })))
    },
    async edit(ask: A) {
      const owner = await ownerOf(ask)
      const before = await find(parts, ask, owner)
      const body = await ask.body.json()
      const key = body['key'] === undefined ? before.key : keyIn(body)
      await checkFree(parts, owner, key, before.id)
      const value = api.textIn(body, 'value') ?? before.value
      const isSecured = api.flagIn(body, 'secured') ?? before.isSecured
      const next = { id: before.id, owner, key, value, isSecured }
      return present(await variables.put(ask.actor, next))
    },
    async remove(ask: A) {
      const owner = await ownerOf(ask)
      await variables.remove(ask.actor, await find(parts, ask, owner))
      return api.nothing()
    },
  }
}

export function variableCalls(parts: BitbucketParts): api.Call[] {
  const keeping = api.inRepo('maintainer')
  const keepingProject = api.inProjectOfRepo('maintainer')
  const ofRepo = handlers(parts, repoOwner)
  const whole = handlers(parts, workspaceOwner)
  const ofEnvironment = handlers(parts, ownerOfEnvironment(parts))
  const path = '/pipelines_config/variables'
  const deployed = '/deployments_config/environments/:environment_uuid/variables'
  const top = '/workspaces/:workspace/pipelines-config/variables'
  const administering = api.administrator
  return [
    keeping('GET', path, ofRepo.list),
    keeping('POST', path, ofRepo.create),
    keeping('GET', `${path}/:variable_uuid`, ofRepo.get),
    keeping('PUT', `${path}/:variable_uuid`, ofRepo.edit),
    keeping('DELETE', `${path}/:variable_uuid`, ofRepo.remove),
    keepingProject('GET', deployed, ofEnvironment.list),
    keepingProject('POST', deployed, ofEnvironment.create),
    keepingProject('PUT', `${deployed}/:variable_uuid`, ofEnvironment.edit),
    keepingProject('DELETE', `${deployed}/:variable_uuid`, ofEnvironment.remove),
    administering('GET', top, whole.list),
    administering('POST', top, whole.create),
    administering('GET', `${top}/:variable_uuid`, whole.get),
    administering('PUT', `${top}/:variable_uuid`, whole.edit),
    administering('DELETE', `${top}/:variable_uuid`, whole.remove),
  ]
}
