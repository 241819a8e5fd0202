// Calls that the original has got since its clients were written: asked for as they are documented.
import { codeEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemActor } from '../../kernel/index.ts'
import { PASSWORD } from '../../testing/yard.ts'
import { type CodeYard, openCodeYard } from '../testing.ts'

let yard: CodeYard
const repo = 'repositories/madang/guestbook'

const ask = async (who: string, method: string, path: string, body?: object) => {
  const answer = await fetch(`${yard.yard.origin}/2.0/${path}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Basic ${btoa(`${who}:${PASSWORD}`)}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    location: answer.headers.get('location') ?? '',
    body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>,
  }
}
const commit = (branch: string, content: string, startFrom?: string) =>
  yard.code.commitCreate(systemActor, {
    project: 'GB',
    repo: 'guestbook',
    branch,
    message: content,
    files: [{ path: 'a.txt', content }],
    ...(startFrom && { startFrom }),
  })

beforeAll(async () => {
  yard = await openCodeYard()
  await commit('main', 'one\n')
  await commit('two', 'two\n', 'main')
  await commit('main', 'three\n')
  await commit('fine', 'three and more\n', 'main')
})
afterAll(() => yard.close())

it('lists the files that a merge leaves to somebody', async () => {
  const conflicts = async (source: string) => {
    const params = { project: 'GB', repo: 'guestbook' }
    const body = { title: source, source, target: 'main' }
    const { number } = await yard.dev.call(codeEndpoints.pullRequestCreate, { params, body })
    const { status, location } = await ask('dev', 'GET', `${repo}/pullrequests/${number}/conflicts`)
    expect([status, location]).toEqual([302, expect.stringContaining('/file-conflicts/')])
    const path = new URL(location, yard.yard.origin).pathname.slice('/2.0/'.length)
    return (await ask('dev', 'GET', path)).body
  }
  expect(await conflicts('two')).toMatchObject({
    size: 1,
    values: [{ path: 'a.txt', scenario: 'content' }],
  })
  expect(await conflicts('fine')).toMatchObject({ size: 0, values: [] })
  expect((await ask('dev', 'GET', `${repo}/file-conflicts/two`)).status).toBe(400)
  expect((await ask('dev', 'GET', `${repo}/file-conflicts/two..nowhere`)).status).toBe(404)
})

it('has a branching model of its own, or takes its project’s', async () => {
  const own = async () =>
    (await ask('ada', 'GET', `${repo}/override-settings`)).body['override_settings']
  const set = (override_settings: object) =>
    ask('ada', 'PUT', `${repo}/override-settings`, { override_settings })
  expect(await own()).toEqual({ branching_model: false, default_merge_strategy: true })
  expect((await set({ branching_model: true })).status).toBe(204)
  const project = 'workspaces/madang/projects/GB/branching-model/settings'
  await ask('ada', 'PUT', project, { branch_types: [{ kind: 'bugfix', prefix: 'fix/' }] })
  const prefixes = async () =>
    JSON.stringify((await ask('ada', 'GET', `${repo}/effective-branching-model`)).body)
  expect(await prefixes()).toContain('"bugfix/"')
  expect((await set({ branching_model: false })).status).toBe(204)
  expect(await prefixes()).toContain('"fix/"')
  expect((await set({ default_merge_strategy: false })).status).toBe(400)
  expect((await ask('dev', 'PUT', `${repo}/override-settings`, {})).status).toBe(403)
})

it('says what one may in the workspace and its repositories', async () => {
  const of = (who: string, path: string) => ask(who, 'GET', `user/workspaces/madang/${path}`)
  expect((await of('ada', 'permission')).body).toMatchObject({ permission: 'owner' })
  expect((await of('dev', 'permission')).body).toMatchObject({
    type: 'workspace_membership',
    permission: 'member',
    user: { nickname: 'dev' },
  })
  const { body } = await of('dev', 'permissions/repositories')
  expect(body).toMatchObject({
    values: [{ permission: 'write', repository: { full_name: 'madang/guestbook' } }],
  })
  expect((await of('stranger', 'permissions/repositories')).body).toMatchObject({ values: [] })
  const nowhere = await ask('dev', 'GET', 'user/workspaces/nowhere/permission')
  expect(nowhere.status).toBe(404)
})

it('names what is not here', async () => {
  for (const path of [
    `${repo}/pipelines-config/runners`,
    'workspaces/madang/pipelines-config/runners',
    'workspaces/madang/settings/gpg/public-key',
    'addon/x/client-key',
  ]) {
    const { status, body } = await ask('ada', 'GET', path)
    expect([path, status, body['type']]).toEqual([path, 501, 'error'])
  }
})
