import type { Deployment, Environment } from '@madang/api'
import { bitbucketApi as api } from '../code/index.ts'
import type { ReleaseViews } from './views.ts'

const { BitbucketError } = api

/** Of the newest deployments; who looks further back has the releases page. */
const MOST_DEPLOYMENTS = 1000

const environmentId = (project: string, name: string) =>
  api.uuidOf(`environment ${project} ${name}`)

/** There are three kinds of environments there; ours are told by their names. */
function typeOf(name: string): { name: string; rank: number } {
  if (/prod|live/i.test(name)) return { name: 'Production', rank: 2 }
  return /stag|pre/i.test(name) ? { name: 'Staging', rank: 1 } : { name: 'Test', rank: 0 }
}

function presentEnvironment({ project, name, position }: Environment): api.Json {
  const kind = typeOf(name)
  return {
    type: 'deployment_environment',
    uuid: environmentId(project, name),
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

async function presentDeployment(ask: api.RepoAsk, entry: Deployment): Promise<api.Json> {
  const { project, environment, version, at, commit, run } = entry
  const url = `${ask.origin}/p/${project}/releases/${encodeURIComponent(environment)}`
  return {
    type: 'deployment',
    uuid: api.uuidOf(entry.id),
    key: entry.service,
    environment: { type: 'deployment_environment', uuid: environmentId(project, environment) },
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

/** Deployments of the repository's commits; one made by hand is of no repository. */
async function deploymentsOf(views: ReleaseViews, { repo, query }: api.RepoAsk) {
  const { items } = await views.list(repo.project, { limit: MOST_DEPLOYMENTS })
  const wanted = query.get('environment')
  return items.filter(
    ({ project, commit, environment }) =>
      commit?.repo === repo.name &&
      (wanted === null || environmentId(project, environment) === wanted),
  )
}

const missing = (what: string, uuid: string | undefined) =>
  new BitbucketError(404, 'Not found', { detail: `${what} with UUID ${uuid} not found` })

/** What a repository's commits were deployed to, and when, in the words of Bitbucket. */
export function deploymentCalls(views: ReleaseViews): api.Call[] {
  const reading = api.inRepo('viewer')
  return [
    reading('GET', '/environments', async (ask) => {
      const all = await views.environments(ask.repo.project)
      return api.listing(ask, { all, present: presentEnvironment })
    }),
    reading('GET', '/environments/:environment_uuid', async (ask) => {
      const { environment_uuid: uuid } = ask.params
      const all = await views.environments(ask.repo.project)
      const found = all.find(({ project, name }) => environmentId(project, name) === uuid)
      if (!found) throw missing('Environment', uuid)
      return presentEnvironment(found)
    }),
    reading('GET', '/deployments', async (ask) => {
      const all = await deploymentsOf(views, ask)
      return api.listing(ask, { all, present: (entry) => presentDeployment(ask, entry) })
    }),
    reading('GET', '/deployments/:deployment_uuid', async (ask) => {
      const { deployment_uuid: uuid } = ask.params
      const all = await deploymentsOf(views, ask)
      const found = all.find(({ id }) => api.uuidOf(id) === uuid)
      if (!found) throw missing('Deployment', uuid)
      return presentDeployment(ask, found)
    }),
  ]
}
