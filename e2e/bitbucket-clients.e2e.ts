// A team's scripts for Bitbucket Cloud against Madang, unchanged: npm's bitbucket and Python's
// atlassian-python-api, where the machine has one (MADANG_PYTHON names another Python than its own).
import { execFile, execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { codeEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD } from './kit/browser.ts'
import { firstPerson, makeProject, type Person } from './kit/person.ts'
import { type ServerProcess, startServer } from './kit/server-process.ts'
import { until } from './kit/until.ts'

const exec = promisify(execFile)
const python = process.env['MADANG_PYTHON'] ?? 'python3'
const hasPython = hasClient()

function hasClient(): boolean {
  try {
    execFileSync(python, ['-c', 'import atlassian'], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write('atlassian-python-api is not installed; its story is left out\n')
    return false
  }
}

const JENKINSFILE = `pipeline {
  agent any
  stages {
    stage('Build') {
      steps { sh 'echo "Built here$REGION"' }
    }
    stage('Ship') {
      environment { BITBUCKET_DEPLOYMENT_ENVIRONMENT = 'busan' }
      steps { sh 'echo "Shipped to $REGION with $DEPLOY_KEY"' }
    }
  }
}
`

interface Data {
  uuid: string
  name: string
  value?: string
  state: { name: string; result?: { name: string } }
  values: Data[]
}
type Api = Record<string, Record<string, (given: object) => Promise<{ data: Data }>>>

let server: ServerProcess
let person: Person
let sha: string

beforeAll(async () => {
  server = await startServer()
  person = await firstPerson(server)
  await makeProject(person.client, ['guestbook'])
  const commit = async (branch: string, path: string, content: string, startFrom?: string) => {
    const body = { branch, message: `Add ${path}`, files: [{ path, content }] }
    const params = { project: 'GB', repo: 'guestbook' }
    const from = startFrom === undefined ? {} : { startFrom }
    return person.client.call(codeEndpoints.commitCreate, { params, body: { ...body, ...from } })
  }
  sha = (await commit('main', 'Jenkinsfile', JENKINSFILE)).sha
  await commit('feature/greeting', 'greeting.txt', 'Hello\n', 'main')
})
afterAll(async () => {
  await server?.stop()
  server?.removeHome()
})

describe('Bitbucket’s clients', () => {
  test('npm’s bitbucket starts a pipeline, with what its environment is told, and follows it', async () => {
    const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
      Bitbucket: new (options: object) => Api
    }
    const auth = { username: 'minji', password: PASSWORD }
    const api = new Bitbucket({ baseUrl: `${server.origin}/2.0`, auth, notice: false })
    const at = { workspace: 'madang', repo_slug: 'guestbook' }
    const { deployments, pipelines } = api
    const kind = { environment_type: { name: 'Production' } }
    const _body = { type: 'deployment_environment', name: 'busan', ...kind }
    const made = (await deployments!['createEnvironment']!({ ...at, _body })).data
    expect(made).toMatchObject(_body)
    const busan = { ...at, environment_uuid: made.uuid }
    const change = { environment_type: { name: 'Staging' } }
    await deployments!['updateEnvironment']!({ ...busan, _body: { change } })
    expect((await deployments!['getEnvironment']!(busan)).data).toMatchObject(change)
    const put = (key: string, value: string, secured: boolean) =>
      pipelines!['createDeploymentVariable']!({ ...busan, _body: { key, value, secured } })
    await put('REGION', 'ap-busan-1', false)
    await put('DEPLOY_KEY', 'sea-breeze-7', true)
    const target = { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' }
    const { uuid } = (await api['pipelines']!['create']!({ ...at, _body: { target } })).data
    const one = { ...at, pipeline_uuid: uuid }
    const run = await until('the pipeline', 90_000, async () => {
      const { data } = await api['pipelines']!['get']!(one)
      return data.state.name === 'COMPLETED' ? data : undefined
    })
    expect(run.state.result?.name).toBe('SUCCESSFUL')
    const steps = (await api['pipelines']!['listSteps']!(one)).data.values
    const log = async (wanted: string) => {
      const step_uuid = steps.find(({ name }) => name === wanted)!.uuid
      const { data } = await pipelines!['getStepLog']!({ ...one, step_uuid })
      return Buffer.from(data as unknown as ArrayBuffer).toString()
    }
    expect(await log('Build')).toMatch(/^Built here$/m)
    expect(await log('Ship')).toMatch(/^Shipped to ap-busan-1 with \*{4}$/m)
    const listed = (await pipelines!['listDeploymentVariables']!(busan)).data.values
    expect(listed.map(({ value }) => value)).toEqual(['ap-busan-1', undefined])
    await deployments!['deleteEnvironmentForRepository']!(busan)
    await expect(pipelines!['listDeploymentVariables']!(busan)).rejects.toMatchObject({
      status: 404,
    })
  })

  test.skipIf(!hasPython)('atlassian-python-api goes through a day’s work', async () => {
    const script = join(import.meta.dirname, 'clients/bitbucket_story.py')
    const { stdout } = await exec(python, [script, server.origin, 'minji', PASSWORD, sha])
    const parts = ['places', 'commits', 'pull requests', 'pipelines', 'the rest']
    expect(stdout.trim().split('\n')).toEqual(parts.map((part) => `${part} well`))
  })
})
