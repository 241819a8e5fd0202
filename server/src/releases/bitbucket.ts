import type { Deployment, Environment } from '@madang/api'
import { type BitbucketDoor, bitbucketApi as api } from '../code/index.ts'
import type { Kernel } from '../kernel/index.ts'
import { environmentNamed, madeAs, renameEnvironment } from './environment-names.ts'
import { environmentKinds, kindOf } from './model.ts'
import type { IdentityPort } from './ports.ts'
import { environmentForget, environmentKind, environments, environmentSeen } from './store.ts'
import type { ReleaseViews } from './views.ts'

const { BitbucketError } = api

/** Of the newest deployments; who looks further back has the releases page. */
const MOST_DEPLOYMENTS = 1000

/** Goes by what it was made as, so that a new name changes nothing of it. */
const environmentId = (row: { project: string; name: string; made_as: string | null }) =>
  api.uuidOf(`environment ${row.project} ${madeAs(row)}`)

interface Given {
  kernel: Kernel
  identity: Pick<IdentityPort, 'audit'>
  views: ReleaseViews
}

type Place = Pick<Environment, 'project' | 'name' | 'position'> & {
  kind: string | null
  made_as: string | null
}

function presentEnvironment(place: Place): api.Json {
  const { name, position, ...given } = place
  const kindName = kindOf({ name, kind: given.kind })
  const kind = { name: kindName, rank: environmentKinds.indexOf(kindName) }
  return {
    type: 'deployment_environment',
    uuid: environmentId(place),
    name,
    slug: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    environment_type: { type: 'deployment_environment_type', ...kind },
    category: { name: kind.name },
    rank: position - 1,
    hidden: false,
    deployment_gate_enabled: false,
    environment_lock_enabled: false,
    lock: { type: 'deployment_environment_lock_open', name: 'OPEN' },
    restrictions: { type: 'deployment_restrictions_configuration', admin_only: false },
  }
}

/** Every deployment is over when it is recorded; one whose stack is gone is not there any more. */
function stateOf({ status }: Deployment): api.Json {
  if (status === 'removed') return { type: 'deployment_state_undeployed', name: 'UNDEPLOYED' }
  const type = 'deployment_state_completed'
  const name = status === 'succeeded' ? 'SUCCESSFUL' : 'FAILED'
  const result = { type: `${type}_status_${name.toLowerCase()}`, name }
  return { type, name: 'COMPLETED', status: result }
}

async function presentDeployment(
  ask: api.RepoAsk,
  entry: Deployment,
  places: Place[],
): Promise<api.Json> {
  const { project, environment, version, at, commit, run } = entry
  const url = `${ask.origin}/p/${project}/releases/${encodeURIComponent(environment)}`
  return {
    type: 'deployment',
    uuid: api.uuidOf(entry.id),
    key: entry.service,
    environment: { type: 'deployment_environment', uuid: idIn(places, entry) },
    release: {
      type: 'deployment_release',
      uuid: api.uuidOf(`release ${entry.id}`),
      name: version,
      url,
      created_on: at,
      ...(commit && { commit: await api.commitBriefly(ask, ask.repo, commit.sha) }),
      ...(run && { pipeline: { type: 'pipeline', uuid: api.uuidOf(run.id) } }),
    },
    state: {
      ...stateOf(entry),
      url,
      deployer: await ask.people.user(entry.actor, entry.actorName),
      completed_on: at,
    },
    last_update_time: at,
  }
}

/** Also of one that was forgotten. */
function idIn(places: Place[], { project, environment: name }: Deployment): string {
  const place = places.find((one) => one.name === name)
  return environmentId(place ?? { project, name, made_as: null })
}

/** Deployments of the repository's commits; one made by hand is of no repository. */
async function deploymentsOf(views: ReleaseViews, { repo, query }: api.RepoAsk, places: Place[]) {
  const { items } = await views.list(repo.project, { limit: MOST_DEPLOYMENTS })
  const wanted = query.get('environment')
  return items.filter(
    (entry) =>
      entry.commit?.repo === repo.name && (wanted === null || idIn(places, entry) === wanted),
  )
}

const missing = (what: string, uuid: string | undefined) =>
  new BitbucketError(404, 'Not found', { detail: `${what} with UUID ${uuid} not found` })

/** By UUID, with or without braces. */
async function findEnvironment({ kernel }: Given, project: string, uuid: string) {
  const wanted = `{${uuid.replace(/^\{|\}$/g, '').toLowerCase()}}`
  const all = await environments(kernel.database, project)
  return all.find((one) => environmentId(one) === wanted)
}

async function environmentOf(given: Given, { repo, params }: api.RepoAsk): Promise<Place> {
  const { environment_uuid: uuid = '' } = params
  const found = await findEnvironment(given, repo.project, uuid)
  if (found) return found
  throw missing('Environment', uuid)
}

/** Known before anything is deployed there: the last of the project's until they are ordered. */
async function makeEnvironment({ kernel, identity }: Given, ask: api.RepoAsk) {
  const { project } = ask.repo
  const body = await ask.body.json()
  const name = api.requiredText(body, 'name').trim()
  const kind = environmentTypeIn(body) ?? null
  await kernel.database.write(async (tx) => {
    if (!(await environmentSeen(tx, project, name, kind))) {
      const detail = `An environment ${name} exists already.`
      throw new BitbucketError(409, 'Conflict', { detail })
    }
    const about = { actor: ask.actor, subject: `environment:${name}`, project }
    await identity.audit(tx, { ...about, action: 'environment.created' })
  })
  const all = await environments(kernel.database, project)
  return api.created(presentEnvironment(all.find((one) => one.name === name)!))
}

/** Its kind and its name change; stacks and Jenkinsfiles mean it by any name it had. */
async function changeEnvironment(given: Given, ask: api.RepoAsk) {
  const { kernel, identity } = given
  const { project, name } = await environmentOf(given, ask)
  const body = await ask.body.json()
  const wanted = 'change' in body ? api.objectIn(body, 'change') : body
  const kind = environmentTypeIn(wanted)
  if (api.objectIn(wanted, 'restrictions')['admin_only'] === true) {
    throw new BitbucketError(501, 'Restricting an environment to administrators is not here.')
  }
  const to = api.textIn(wanted, 'name')?.trim() || name
  await renameEnvironment(given, { actor: ask.actor, project, name, to })
  if (kind === undefined) return api.accepted()
  await kernel.database.write(async (tx) => {
    await environmentKind(tx, { project, name: to, kind })
    const about = { actor: ask.actor, subject: `environment:${to}`, project }
    await identity.audit(tx, { ...about, action: 'environment.changed' })
  })
  return api.accepted()
}

function environmentTypeIn(body: api.Json): string | undefined {
  const kind = api.textIn(api.objectIn(body, 'environment_type'), 'name')
  if (kind === undefined || environmentKinds.includes(kind)) return kind
  throw api.badFields({ environment_type: [`"${kind}" is not a valid choice.`] })
}

/** What was deployed there stays told, and one that still runs something stays. */
async function removeEnvironment(given: Given, ask: api.RepoAsk) {
  const { kernel, identity, views } = given
  const place = await environmentOf(given, ask)
  const { project, name } = place
  const shown = (await views.environments(project)).find((one) => one.name === name)
  if (shown && shown.current.length > 0) {
    const running = shown.current.map(({ service }) => service).join(', ')
    throw new BitbucketError(409, 'Conflict', { detail: `${running} runs in ${name}.` })
  }
  await kernel.database.write(async (tx) => {
    await environmentForget(tx, { project, name, made_as: madeAs(place) })
    const about = { actor: ask.actor, subject: `environment:${name}`, project }
    await identity.audit(tx, { ...about, action: 'environment.removed' })
  })
  return api.nothing()
}

/** What a repository's commits were deployed to, and when, in the words of Bitbucket. */
export function addBitbucketCalls(bitbucket: BitbucketDoor, given: Given): void {
  const { kernel } = given
  bitbucket.environments = {
    async ofUuid(project, uuid) {
      const found = await findEnvironment(given, project, uuid)
      return found && madeAs(found)
    },
    async ofName(project, name) {
      const found = await environmentNamed(kernel.database, project, name)
      return found ? madeAs(found) : name
    },
  }
  const reading = api.inRepo('viewer')
  const keeping = api.inProjectOfRepo('maintainer')
  bitbucket.add([
    reading('GET', '/environments', async (ask) => {
      const all = await environments(kernel.database, ask.repo.project)
      return api.listing(ask, { all, present: presentEnvironment })
    }),
    keeping('POST', '/environments', (ask) => makeEnvironment(given, ask)),
    reading('GET', '/environments/:environment_uuid', async (ask) =>
      presentEnvironment(await environmentOf(given, ask)),
    ),
    keeping('POST', '/environments/:environment_uuid/changes', (ask) =>
      changeEnvironment(given, ask),
    ),
    keeping('DELETE', '/environments/:environment_uuid', (ask) => removeEnvironment(given, ask)),
    ...deploymentCalls(given),
  ])
}

function deploymentCalls({ kernel, views }: Given): api.Call[] {
  const reading = api.inRepo('viewer')
  const placesOf = ({ repo }: api.RepoAsk) => environments(kernel.database, repo.project)
  return [
    reading('GET', '/deployments', async (ask) => {
      const places = await placesOf(ask)
      const all = await deploymentsOf(views, ask, places)
      return api.listing(ask, { all, present: (entry) => presentDeployment(ask, entry, places) })
    }),
    reading('GET', '/deployments/:deployment_uuid', async (ask) => {
      const { deployment_uuid: uuid } = ask.params
      const places = await placesOf(ask)
      const all = await deploymentsOf(views, ask, places)
      const found = all.find(({ id }) => api.uuidOf(id) === uuid)
      if (!found) throw missing('Deployment', uuid)
      return presentDeployment(ask, found, places)
    }),
  ]
}
