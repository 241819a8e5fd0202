import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityEndpoints, releasesEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Aws, AwsError } from '../cloud/index.ts'
import { addPerson } from '../testing/yard.ts'
import { openYard, type Yard } from '../testing/yard.ts'
import { type Client, refusalOf } from '../testing/client.ts'
import { probeGuards } from '../testing/guards.ts'
import { createReleases, type Releases } from './index.ts'
import type { CodePort } from './ports.ts'

const params = { project: 'GB' }
const folder = mkdtempSync(join(tmpdir(), 'madang-releases-'))
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=Kim', '-c', 'user.email=k@x', ...args], {
    encoding: 'utf8',
  }).trim()

/** The cloud's answers here: the last template of the stack, and updates that are only noted. */
const cloud = {
  template: '',
  updates: [] as { TemplateBody?: string; ClientRequestToken?: string }[],
  deleted: [] as (string | undefined)[],
}
/** The pull request there is: from when to when its branch is its own. */
const pull = {
  life: { source: 'feature', isLasting: false, sinceMs: 0 } as Awaited<
    ReturnType<CodePort['pullRequestLife']>
  >,
}
const aws = {
  cloudformation: {
    getTemplate: async () => ({ TemplateBody: cloud.template }),
    updateStack: async (input: { TemplateBody?: string; ClientRequestToken?: string }) => {
      if (input.TemplateBody === 'same')
        throw new AwsError('ValidationError', 'No updates are to be performed.')
      cloud.updates.push(input)
      return { StackId: 'arn:stack/app' }
    },
    deleteStack: async ({ StackName }: { StackName?: string }) =>
      void cloud.deleted.push(StackName),
  },
} as unknown as Aws

let yard: Yard<{ releases: Releases }>
let ada: Client

beforeAll(async () => {
  git('init', '-q', '-b', 'main')
  yard = await openYard({
    build: async ({ kernel, identity }) => ({
      releases: await createReleases({
        kernel,
        identity,
        cloud: {
          account: '000000000000',
          aws: () => aws,
          looking: () => aws,
          awsWith: async () => aws,
          credentialsFor: async () => ({}) as never,
        },
        code: {
          repoPath: async () => join(folder, '.git'),
          repoName: async (_project, name) => name,
          pullRequestLife: async () => pull.life,
        },
        plan: { issueKeysIn: async (text) => text.match(/GB-\d+/g) ?? [] },
      }),
    }),
  })
  ada = await yard.setUp()
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
})
afterAll(() => yard.close())

function commit(title: string): string {
  git('commit', '-q', '--allow-empty', '-m', title)
  return git('rev-parse', 'HEAD')
}

async function runStarts(runId: string, sha: string, branch = 'main'): Promise<void> {
  const data = { runId, repo: 'guestbook', branch, number: 1, commit: sha }
  await yard.kernel.database.write((tx) =>
    yard.kernel.events.append(tx, {
      type: 'pipelines.runStarted',
      subject: `run:${runId}`,
      project: 'GB',
      actor: 'person:1',
      data,
    }),
  )
}

async function stackEnds(template: string, more: object): Promise<void> {
  cloud.template = template
  const data = {
    stackId: 'arn:stack/app',
    stackName: 'app',
    account: '000000000000',
    region: 'us-east-1',
    status: 'UPDATE_COMPLETE',
    actorArn: 'arn:aws:iam::000000000000:root',
    outputs: { Url: 'http://127.0.0.1:9/' },
    resources: [],
    parameters: {},
    capabilities: [],
    tags: { environment: 'live' },
    templateHash: createHash('sha256').update(template).digest('hex'),
    ...more,
  }
  await yard.kernel.database.write((tx) =>
    yard.kernel.events.append(tx, {
      type: 'cloud.stackChanged',
      subject: 'stack:arn:stack/app',
      project: 'GB',
      data,
    }),
  )
  await yard.kernel.events.settled()
}

const list = async () => (await ada.call(api.deploymentList, { params })).items

it('records what a run deployed, with its version and its commits', async () => {
  const first = commit('GB-1 a page')
  await runStarts('run_1', first)
  await stackEnds('one', { status: 'CREATE_COMPLETE', runId: 'run_1' })
  const second = commit('GB-2 a better page')
  await runStarts('run_2', second)
  await stackEnds('two', { runId: 'run_2' })
  const [latest, earlier] = await list()
  expect(latest).toMatchObject({
    environment: 'live',
    service: 'app',
    version: second.slice(0, 7),
    status: 'succeeded',
    isCurrent: true,
    canRollBack: true,
    endpoints: ['http://127.0.0.1:9/'],
    run: { id: 'run_2', label: 'guestbook/main #1' },
    commit: { repo: 'guestbook', sha: second },
  })
  expect(earlier).toMatchObject({ isCurrent: false, version: first.slice(0, 7) })
  const changes = await ada.call(api.deploymentChanges, {
    params: { ...params, deployment: latest!.id },
  })
  expect(changes.commits.map((one) => one.title)).toEqual(['GB-2 a better page'])
  expect(changes.issues).toEqual(['GB-2'])
  expect(changes.from?.id).toBe(earlier!.id)
})

it('a failed one leaves what runs, one by hand is outside a run', async () => {
  await stackEnds('bad', { status: 'UPDATE_ROLLBACK_COMPLETE', statusReason: 'no' })
  const { items } = await ada.call(api.environmentList, { params })
  expect(items).toMatchObject([
    { name: 'live', position: 1, latest: { status: 'failed', reason: 'no' } },
  ])
  expect(items[0]!.current).toMatchObject([{ version: git('rev-parse', 'HEAD').slice(0, 7) }])
  await stackEnds('three', { tags: { environment: 'live', 'madang:version': '3.0' } })
  expect((await list())[0]).toMatchObject({
    version: '3.0',
    isCurrent: true,
    actorName: 'arn:aws:iam::000000000000:root',
  })
  expect((await list())[0]).not.toHaveProperty('run')
})

it('goes back to an earlier one, and the thread knows what was brought back', async () => {
  const target = (await list()).find((deployment) => deployment.run?.id === 'run_1')!
  const one = { ...params, deployment: target.id }
  const answer = await ada.call(api.deploymentRollback, { params: one, body: {} })
  expect(cloud.updates).toMatchObject([
    { TemplateBody: 'one', ClientRequestToken: answer.rollbackId },
  ])
  await stackEnds('one', { token: answer.rollbackId, actor: 'person:1' })
  const [latest] = await list()
  expect(latest).toMatchObject({ rollbackOf: target.id, version: target.version, isCurrent: true })
  const facts = await yard.kernel.events.list({ limit: 100 })
  expect(facts.at(-1)).toMatchObject({
    type: 'releases.rolledBack',
    subject: 'stack:arn:stack/app',
  })
})

it('says why it cannot go back', async () => {
  const of = async (predicate: (status: string, isCurrent: boolean) => boolean) =>
    (await list()).find((one) => predicate(one.status, one.isCurrent))!.id
  const back = async (deployment: string) =>
    refusalOf(ada.call(api.deploymentRollback, { params: { ...params, deployment }, body: {} }))
  expect(await back(await of((_status, isCurrent) => isCurrent))).toBe('409 deploymentIsCurrent')
  expect(await back(await of((status) => status === 'failed'))).toBe('409 deploymentNotKept')
  expect(await back('dep_none')).toBe('404 deploymentNotFound')
})

const ofPull = { ...params, repo: 'guestbook', number: 7 }
const shown = async () =>
  (await ada.call(api.previewList, { params: ofPull })).items.map(({ state, deployment }) => [
    deployment.stackName,
    state,
  ])
const preview = (name: string, more: object = {}) =>
  stackEnds(name, {
    stackId: `arn:stack/${name}`,
    stackName: name,
    status: 'CREATE_COMPLETE',
    tags: {},
    ...more,
  })

async function pullCloses(): Promise<void> {
  await yard.kernel.database.write((tx) =>
    yard.kernel.events.append(tx, {
      type: 'code.pullRequestMerged',
      subject: 'repo:GB/guestbook',
      project: 'GB',
      data: { repo: 'guestbook', number: 7 },
    }),
  )
  await yard.kernel.events.settled()
}

it('a pull request knows what its runs deployed, and what became of it', async () => {
  await runStarts('run_f', commit('A feature'), 'feature')
  await runStarts('run_m', commit('The main branch'))
  const runId = 'run_f'
  await preview('gb-preview-7', { runId })
  await preview('gb-broken', { runId, status: 'ROLLBACK_COMPLETE', statusReason: 'no' })
  await preview('gb-shared', { runId })
  await preview('gb-shared', { runId: 'run_m', status: 'UPDATE_COMPLETE' })
  await preview('gb-gone', { runId })
  await preview('gb-gone', { status: 'DELETE_COMPLETE', actor: 'person:1' })
  await preview('gb-of-main', { runId: 'run_m' })
  await preview('gb-staging', { runId, tags: { environment: 'staging' } })
  expect(await shown()).toEqual([
    ['gb-staging', 'running'],
    ['gb-gone', 'removed'],
    ['gb-shared', 'replaced'],
    ['gb-broken', 'failed'],
    ['gb-preview-7', 'running'],
  ])
  pull.life = { ...pull.life, sinceMs: Date.now() + 3_600_000 }
  expect(await shown()).toEqual([])
})

it('previews go with their pull request only where that is asked for', async () => {
  pull.life = { ...pull.life, sinceMs: 0 }
  await pullCloses()
  expect(cloud.deleted).toEqual([])
  const one = { params: { ...params, repo: 'guestbook' } }
  await ada.call(api.previewRuleSet, { ...one, body: { removesClosed: true } })
  expect(await ada.call(api.previewRuleGet, one)).toEqual({ removesClosed: true })
  pull.life = { ...pull.life, isLasting: true }
  await pullCloses()
  expect(cloud.deleted).toEqual([])
  pull.life = { ...pull.life, isLasting: false }
  await pullCloses()
  expect(cloud.deleted).toEqual(['arn:stack/gb-broken', 'arn:stack/gb-preview-7'])
  await ada.call(api.previewRuleSet, { ...one, body: { removesClosed: false } })
  await pullCloses()
  expect(cloud.deleted.length).toBe(2)
})

it('is called by another name, and means the same by those from before', async () => {
  const rename = (environment: string, name: string) =>
    ada.call(api.environmentRename, { params: { ...params, environment }, body: { name } })
  expect(await refusalOf(rename('nowhere', 'x'))).toBe('404 environmentNotFound')
  expect(await refusalOf(rename('live', 'staging'))).toBe('409 environmentExists')
  expect(await rename('live', 'Shop')).toMatchObject({ name: 'Shop', formerNames: ['live'] })
  const before = (await list()).filter(({ environment }) => environment === 'Shop').length
  expect(before).toBeGreaterThan(3)
  // The stack's tag says what it said.
  await stackEnds('after', { tags: { environment: 'live', 'madang:version': '9.0' } })
  const newest = (await list())[0]!
  expect(newest).toMatchObject({ environment: 'Shop', version: '9.0', isCurrent: true })
  const asked = { params, query: { environment: 'live' } }
  expect((await ada.call(api.deploymentList, asked)).items.length).toBe(before + 1)
  expect(await refusalOf(rename('staging', 'live'))).toBe('409 environmentNameKept')
  expect(await rename('live', 'Store')).toMatchObject({ formerNames: ['Shop', 'live'] })
  expect(await rename('Store', 'live')).toMatchObject({
    name: 'live',
    formerNames: ['Shop', 'Store'],
  })
  const names = (await ada.call(api.environmentList, { params })).items.map(({ name }) => name)
  expect(names.filter((name) => /live|Shop|Store/.test(name))).toEqual(['live'])
})

it('is guarded', async () => {
  const outsider = await addPerson(ada, { name: 'out' })
  const findings = await probeGuards(yard.kernel, {
    nobody: yard.nobody,
    outsider,
    project: 'GB',
    only: (path) => /deployments|environments|preview/.test(path),
  })
  expect(findings.length).toBe(10)
  for (const finding of findings) expect(finding).toMatchObject({ nobody: 401, outsider: 403 })
})
