import { bitbucketApi as api } from '../../code/index.ts'

async function config(ask: api.RepoAsk): Promise<api.Json> {
  const repository = await api.presentRepoBriefly(ask, ask.repo)
  return { type: 'repository_pipelines_configuration', enabled: true, repository }
}

/** A repository with a Jenkinsfile is built; there is nothing to switch on. */
async function setConfig(ask: api.RepoAsk) {
  const { enabled } = await ask.body.json()
  if (enabled === true) return config(ask)
  throw new api.BitbucketError(501, 'Switching pipelines off is not available here.')
}

export const configCalls: api.Call[] = [
  api.inRepo('viewer')('GET', '/pipelines_config', config),
  api.inRepo('maintainer')('PUT', '/pipelines_config', setConfig),
]
