// Bitbucket's pipelines by its npm client, over runs of real Jenkinsfiles.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { codeKeyEndpoints, pipelineSetupEndpoints as setup } from '@madang/api'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '../../kernel/index.ts'
import { basic, type Server, startServer, until } from '../remote-api/tests/server.ts'

const { utils } = ssh2

// The package's own types know no `import` condition; what it answers is asserted below.
const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
  Bitbucket: new (options: object) => Api
}
interface Data {
  values: Data[]
  state: { name: string; result?: { name: string }; stage?: { name: string } }
  target: Data
  commit: Data
  links: { self: { href: string } }
  next: string
  uuid: string
  hash: string
  name: string
  value?: string
  size: number
  build_number: number
}
type Api = Record<
  string,
  Record<string, (given: object) => Promise<{ data: Data; status: number }>>
>

const JENKINSFILE = `pipeline {
  agent any
  parameters { string(name: 'WHO', defaultValue: 'world') }
  triggers { cron('H 4 * * 1') }
  stages {
    stage('Build') { steps { sh 'echo "Hello, $WHO from $REGION with $TOKEN"' } }
    stage('Test') {
      steps {
        writeFile file: 'r.xml', text: '<testsuite name="s"><testcase classname="a.B" name="ok" time="0.5"/><testcase classname="a.B" name="bad"><failure message="no">at a</failure></testcase></testsuite>'
        junit 'r.xml'
      }
    }
    stage('Ship') {
      when { branch 'never' }
      steps { echo 'shipped' }
    }
  }
}`

let server: Server
let ada: Api
let dev: Api
const at = { workspace: 'madang', repo_slug: 'guestbook' }

const clientOf = (username: string, password: string): Api =>
  new Bitbucket({
    baseUrl: `${server.yard.origin}/2.0`,
    auth: { username, password },
    notice: false,
  })

const hasSsh = spawnSync('ssh', ['-V']).error === undefined

function newKeyPair(): { private: string; public: string } {
  const { private: own, public: text } = utils.generateKeyPairSync('ed25519')
  return { private: own, public: text }
}

const refused = async (call: Promise<unknown>) => {
  const error = (await call.then(
    () => ({ status: 0 }),
    (thrown: unknown) => thrown,
  )) as {
    status: number
    error?: { error: { message: string; detail?: string; fields?: object } }
  }
  return { status: error.status, ...error.error?.error }
}

const finished = (uuid: string) =>
  until('the pipeline', async () => {
    const { data } = await ada.pipelines!.get!({ ...at, pipeline_uuid: uuid })
    return data.state.name === 'COMPLETED' && data
  })

const commit = (branch: string, text: string, startFrom?: string) =>
  server.yard.parts.code.commitCreate(systemActor, {
    project: 'GB',
    repo: 'guestbook',
    branch,
    message: `Builds ${branch}`,
    ...(startFrom === undefined ? {} : { startFrom }),
    files: [{ path: 'Jenkinsfile', content: text }],
  })

beforeAll(async () => {
  server = await startServer()
  ada = clientOf('ada', server.token)
  dev = clientOf('dev', await server.tokenOf('dev', 'developer'))
})
afterAll(() => server?.close())

describe('pipelines by the npm client', () => {
  it('has variables of the repository and the workspace, without the secret ones’ values', async () => {
    const { pipelines } = ada
    const plain = { key: 'REGION', value: 'here' }
    const made = (await pipelines!.createVariable!({ ...at, _body: plain })).data
    expect(made).toMatchObject({ type: 'pipeline_variable', ...plain, secured: false })
    const secret = { key: 'TOKEN', value: 'hush-hush-1', secured: true }
    const hidden = (await pipelines!.createVariable!({ ...at, _body: secret })).data
    expect(hidden.value).toBeUndefined()
    const twice = await refused(pipelines!.createVariable!({ ...at, _body: plain }))
    expect(twice).toMatchObject({ status: 409, message: 'Conflict' })
    const whole = { workspace: 'madang', _body: { key: 'REGION', value: 'everywhere' } }
    expect((await ada.workspaces!.createPipelineVariableForWorkspace!(whole)).status).toBe(201)
    const list = (await ada.repositories!.listPipelineVariables!(at)).data
    expect(list.values.map(({ value }) => value)).toEqual(['here', undefined])
    expect((await refused(dev.repositories!.listPipelineVariables!(at))).status).toBe(403)
  })

  it('shows a push’s pipeline with its steps, log and tests', async () => {
    const { sha } = await commit('main', JENKINSFILE)
    const first = await until('a pipeline', async () => {
      const { data } = await dev.pipelines!.list!(at)
      return data.values[0]
    })
    const run = await finished(first.uuid)
    expect(run).toMatchObject({
      type: 'pipeline',
      state: {
        name: 'COMPLETED',
        type: 'pipeline_state_completed',
        result: { name: 'FAILED', type: 'pipeline_state_completed_failed' },
      },
      target: { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' },
      trigger: { name: 'PUSH', type: 'pipeline_trigger_push' },
      repository: { full_name: 'madang/guestbook' },
    })
    expect(run.target.commit.hash).toBe(sha)
    const pipeline = { ...at, pipeline_uuid: run.uuid }
    const steps = (await dev.pipelines!.listSteps!(pipeline)).data.values
    expect(steps.map(({ name, state }) => [name, state.result?.name])).toEqual([
      ['Declarative: Checkout SCM', 'SUCCESSFUL'],
      ['Build', 'SUCCESSFUL'],
      ['Test', 'FAILED'],
      ['Ship', 'NOT_RUN'],
    ])
    const [, build, test] = steps.map(({ uuid }) => ({ ...pipeline, step_uuid: uuid }))
    const url = `${run.links.self.href}/steps/${encodeURIComponent(build!.step_uuid)}/log`
    const headers = basic('ada', server.token)
    const log = await fetch(url, { headers })
    const text = await log.text()
    expect([log.status, log.headers.get('content-type')]).toEqual([200, 'application/octet-stream'])
    expect(text).toContain('Hello, world from here with ****')
    expect(text).not.toContain('hush')
    const part = await fetch(url, { headers: { ...headers, range: 'bytes=2-5' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      `bytes 2-5/${Buffer.byteLength(text)}`,
      text.slice(2, 6),
    ])
    const report = (await dev.repositories!.getPipelineTestReports!(test!)).data
    expect(report).toMatchObject({ number_of_test_cases: 2, number_of_failed_test_cases: 1 })
    const cases = (await dev.repositories!.getPipelineTestReportTestCases!(test!)).data.values
    const bad = cases.find(({ name }) => name === 'bad')!
    const why = { ...test!, test_case_uuid: bad.uuid }
    const { data } = await dev.repositories!.getPipelineTestReportTestCaseReasons!(why)
    expect(data.values).toMatchObject([{ message: 'no' }])
  })

  it('starts one with variables, of a commit, and says what it cannot start', async () => {
    const target = { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' }
    const variables = [{ key: 'WHO', value: 'Busan' }]
    const _body = { target, variables }
    const made = await dev.pipelines!.create!({ ...at, _body })
    expect([made.status, made.data.state.name]).toEqual([201, 'PENDING'])
    const run = await finished(made.data.uuid)
    expect(run).toMatchObject({ has_variables: true, trigger: { name: 'MANUAL' } })
    const refuse = (given: object) => refused(dev.pipelines!.create!({ ...at, _body: given }))
    const custom = { ...target, selector: { type: 'custom', pattern: 'nightly' } }
    expect(await refuse({ target: custom })).toMatchObject({ status: 400, message: 'Bad request' })
    expect(await refuse({ target: { ...target, ref_name: 'nowhere' } })).toMatchObject({
      status: 404,
      detail: 'Could not find the revision',
    })
    expect((await refuse({ target, variables: [{ key: 'NEW', value: '' }] })).status).toBe(400)
    const newest = (await dev.pipelines!.list!({ ...at, sort: '-created_on', pagelen: 1 })).data
    expect(newest).toMatchObject({ size: 2, values: [{ uuid: run.uuid }] })
    expect(newest.next).toContain('page=2')
    const byNumber = { ...at, pipeline_uuid: String(run.build_number) }
    expect((await dev.pipelines!.get!(byNumber)).data.uuid).toBe(run.uuid)
    expect(await refused(dev.pipelines!.get!({ ...at, pipeline_uuid: '99' }))).toMatchObject({
      status: 404,
      message: 'Not found',
      detail: expect.stringMatching(/^Pipeline with build number '99' not found in repository \{/),
    })
  })

  it('numbers the next one as it is told, and never a number again', async () => {
    const set = (next: unknown) =>
      ada.repositories!.updatePipelineBuildNumber!({ ...at, _body: { next } })
    expect((await set(100)).data).toEqual({ type: 'pipeline_build_number', next: 100 })
    const target = { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' }
    const made = await dev.pipelines!.create!({ ...at, _body: { target } })
    expect(made.data.build_number).toBe(100)
    expect(await refused(set(100))).toMatchObject({
      status: 400,
      detail: 'The next build number has to be higher than the latest one, 100.',
    })
    expect(await refused(set('x'))).toMatchObject({ status: 400 })
  })

  it('stops one that runs, once', async () => {
    const waiting = `node { stage('Wait') { sh 'sleep 300' } }`
    await commit('slow', waiting, 'main')
    const asked = { ...at, 'target.ref_name': 'slow' }
    const run = await until('the slow one', async () => {
      const { data } = await dev.pipelines!.list!(asked)
      return data.values.find(({ state }) => state.stage?.name === 'RUNNING')
    })
    const stop = { ...at, pipeline_uuid: run.uuid }
    expect((await dev.pipelines!.stop!(stop)).status).toBe(204)
    expect((await finished(run.uuid)).state.result?.name).toBe('STOPPED')
    expect((await refused(dev.pipelines!.stop!(stop))).status).toBe(400)
  })

  it('shows the configuration and what the Jenkinsfile schedules', async () => {
    const { data } = await dev.repositories!.getPipelineConfig!(at)
    expect(data).toMatchObject({ enabled: true, repository: { name: 'guestbook' } })
    const schedules = (await dev.repositories!.listPipelineSchedules!(at)).data.values
    expect(schedules).toMatchObject([
      { type: 'pipeline_schedule', cron_pattern: 'H 4 * * 1', target: { ref_name: 'main' } },
    ])
    const [{ uuid }] = schedules as [Data]
    const one = { ...at, schedule_uuid: uuid }
    expect((await dev.repositories!.getPipelineSchedule!(one)).data.uuid).toBe(uuid)
    const off = { ...one, _body: { enabled: false } }
    expect(await refused(dev.repositories!.updatePipelineSchedule!(off))).toMatchObject({
      status: 400,
      detail: expect.stringContaining('triggers { cron(…) }'),
    })
  })

  it('lists what runs keep for the next, hands it out, and lets it go', async () => {
    const { repositories } = dev
    const step = `cache(caches: [arbitraryFileCache(path: 'libs')]) { sh 'mkdir -p libs; echo kept > libs/a' }`
    await commit('caching', `node { ${step} }`, 'main')
    const [cache] = await until('the cache', async () => {
      const { data } = await repositories!.getRepositoryPipelineCaches!(at)
      return data.values.length > 0 && data.values
    })
    expect(cache).toMatchObject({ type: 'pipeline_cache', name: 'libs', path: 'libs' })
    const one = { ...at, cache_uuid: cache!.uuid }
    const asked = await repositories!.getRepositoryPipelineCacheContentURI!(one)
    const { uri } = asked.data as unknown as { uri: string }
    const archive = await fetch(uri, { headers: basic('ada', server.token) })
    const input = Buffer.from(await archive.arrayBuffer())
    const listed = spawnSync('tar', ['-tzf', '-'], { input, encoding: 'utf8' })
    expect(listed.stdout).toContain('./a\n')
    expect((await repositories!.deleteRepositoryPipelineCache!(one)).status).toBe(204)
    expect((await repositories!.getRepositoryPipelineCaches!(at)).data.values).toEqual([])
    expect((await refused(repositories!.deleteRepositoryPipelineCache!(one))).status).toBe(404)
  })

  it.skipIf(!hasSsh)(
    'logs in over SSH with the key pair and known hosts it was given',
    async () => {
      const { pipelines } = ada
      const key = newKeyPair()
      const pair = { private_key: key.private, public_key: key.public }
      const put = (_body: object) => pipelines!.updateSshKeyPair!({ ...at, _body })
      expect((await refused(pipelines!.getSshKeyPair!(at))).status).toBe(404)
      expect(await refused(put({ ...pair, public_key: newKeyPair().public }))).toMatchObject({
        status: 400,
        fields: { public_key: ['It does not belong to the private key.'] },
      })
      const shown = { type: 'pipeline_ssh_key_pair', public_key: key.public }
      expect((await put(pair)).data).toEqual(shown)
      const params = { project: 'GB', repo: 'guestbook' }
      await server.ada.call(codeKeyEndpoints.deployKeyCreate, { params, body: { key: key.public } })
      const url = await server.yard.parts.code.sshListen(server.yard.origin)
      const { hostKeys } = await server.ada.call(codeKeyEndpoints.sshServerGet, {})
      const [key_type, text] = hostKeys[0]!.key.split(' ')
      const hostname = `[${new URL(url!).hostname}]:${new URL(url!).port}`
      const host = { hostname, public_key: { key_type, key: text } }
      const made = await pipelines!.createKnownHost!({ ...at, _body: host })
      const look = { host: new URL(url!).host }
      const seen = await server.ada.call(setup.hostKeyLook, { params, body: look })
      expect(seen).toMatchObject({ hostname, fingerprint: hostKeys[0]!.fingerprint })
      const { fingerprint: sha256_fingerprint } = hostKeys[0]!
      expect([made.status, made.data]).toMatchObject([201, { public_key: { sha256_fingerprint } }])
      expect((await refused(pipelines!.createKnownHost!({ ...at, _body: host }))).status).toBe(409)
      await commit(
        'ssh',
        `node { sh 'git ls-remote ${url}/GB/guestbook.git refs/heads/ssh' }`,
        'main',
      )
      const run = await until('the run', async () => {
        const { data } = await pipelines!.list!({ ...at, 'target.ref_name': 'ssh' })
        return data.values[0]
      })
      expect((await finished(run.uuid)).state.result?.name).toBe('SUCCESSFUL')
      const known = { ...at, known_host_uuid: made.data.uuid }
      expect((await pipelines!.deleteKnownHost!(known)).status).toBe(204)
      expect((await pipelines!.deleteSshKeyPair!(at)).status).toBe(204)
      expect((await pipelines!.listKnownHosts!(at)).data.values).toEqual([])
    },
  )

  it('runs a branch by schedules that are made, turned off and deleted', async () => {
    const repositories = dev.repositories!
    await commit('nightly', `echo 'by the clock'`, 'main')
    const selector = { type: 'branches', pattern: 'nightly' }
    const target = {
      type: 'pipeline_ref_target',
      ref_type: 'branch',
      ref_name: 'nightly',
      selector,
    }
    const make = (cron_pattern: string) =>
      repositories.createPipelineSchedule!({ ...at, _body: { target, cron_pattern } })
    expect(await refused(make('0 4 * * 1'))).toMatchObject({
      status: 400,
      fields: { cron_pattern: ['Invalid cron: 5 fields instead of 7'] },
    })
    const made = await make('0 0/2 * * * ? *')
    expect([made.status, made.data]).toEqual([
      201,
      expect.objectContaining({ enabled: true, cron_pattern: '0 0/2 * * * ? *', target }),
    ])
    const one = { ...at, schedule_uuid: made.data.uuid }
    server.yard.kernel.clock.advance(121_000)
    const [executed] = await until('a run of the schedule', async () => {
      const { data } = await repositories.listPipelineScheduleExecutions!(one)
      return data.values.length > 0 && data.values
    })
    const { uuid } = (executed as unknown as { pipeline: Data }).pipeline
    expect(await finished(uuid)).toMatchObject({
      target: { ref_name: 'nightly' },
      trigger: { name: 'SCHEDULE' },
    })
    const off = { ...one, _body: { enabled: false } }
    expect((await repositories.updatePipelineSchedule!(off)).data).toMatchObject({ enabled: false })
    expect((await repositories.deletePipelineSchedule!(one)).status).toBe(204)
    expect((await refused(repositories.getPipelineSchedule!(one))).status).toBe(404)
  })
})
