import { bitbucketApi as api } from '../../code/index.ts'
import { nextBuildNumber, setBuildNumber } from '../store-repo-runs.ts'
import type { PipelinesTables } from '../tables.ts'
import type { BitbucketParts } from './parts.ts'

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

const HIGHEST = 2 ** 31 - 2

/** Later than every number that was given; the numbers between are nobody's. */
async function setNextNumber({ kernel }: BitbucketParts, ask: api.RepoAsk): Promise<api.Json> {
  const { next } = await ask.body.json()
  if (!Number.isInteger(next) || Number(next) < 1 || Number(next) > HIGHEST) {
    throw api.badFields({ next: ['A whole number from 1 is required.'] })
  }
  const wanted = Number(next)
  const of = { project: ask.repo.project, repo: ask.repo.name }
  await kernel.database.write(async (tx) => {
    const db = tx.tables<PipelinesTables>()
    const latest = (await nextBuildNumber(db, of)) - 1
    if (wanted <= latest) {
      const detail = `The next build number has to be higher than the latest one, ${latest}.`
      throw new api.BitbucketError(400, 'Bad request', { detail })
    }
    await setBuildNumber(db, of, wanted)
  })
  return { type: 'pipeline_build_number', next: wanted }
}

export const configCalls = (parts: BitbucketParts): api.Call[] => [
  api.inRepo('viewer')('GET', '/pipelines_config', config),
  api.inRepo('maintainer')('PUT', '/pipelines_config', setConfig),
  api.inRepo('maintainer')('PUT', '/pipelines_config/build_number', (ask) =>
    setNextNumber(parts, ask),
  ),
]
