// Who may what of the Bitbucket API, read from its own list, so that nothing new is left out.
import { codeEndpoints, codeMemberEndpoints, identityEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCloud } from '../cloud/index.ts'
import { type BitbucketDoor, createCode } from '../code/index.ts'
import { createPipelines } from '../pipelines/index.ts'
import { createPlan } from '../plan/index.ts'
import { createRegistry } from '../registry/index.ts'
import { createReleases } from '../releases/index.ts'
import type { Client } from './client.ts'
import { addPerson, openYard, PASSWORD, type Yard } from './yard.ts'

type Call = BitbucketDoor['calls'][number]

let yard: Yard<{ bitbucket: BitbucketDoor }>
let ada: Client

beforeAll(async () => {
  yard = await openYard({
    async build({ kernel, identity }) {
      const registry = await createRegistry({ kernel })
      const cloud = await createCloud({ kernel, identity, registry })
      const plan = await createPlan({ kernel, identity })
      const code = await createCode({ kernel, identity, plan })
      const { bitbucket } = code
      const originUrl = () => 'http://127.0.0.1'
      await createPipelines({ kernel, identity, registry, cloud, code, bitbucket, originUrl })
      await createReleases({ kernel, identity, cloud, plan, code, bitbucket })
      return { bitbucket }
    },
  })
  ada = await yard.setUp()
  await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
  const params = { project: 'GB' }
  await ada.call(codeEndpoints.repoCreate, { params, body: { name: 'guestbook' } })
  await addPerson(ada, { name: 'dev', project: 'GB', role: 'developer' })
  await addPerson(ada, { name: 'viewer', project: 'GB', role: 'viewer' })
  await addPerson(ada, { name: 'stranger' })
})
afterAll(() => yard?.close())

const names: Record<string, string> = {
  workspace: 'madang',
  repo_slug: 'guestbook',
  project_key: 'GB',
}
const credentials = (name: string) => ({ authorization: `Basic ${btoa(`${name}:${PASSWORD}`)}` })

function ask(call: Call, name?: string) {
  const path = call.path.replace(/[:*](\w+)/g, (_whole, part: string) => names[part] ?? '1')
  const headers: Record<string, string> = name === undefined ? {} : credentials(name)
  return fetch(`${yard.origin}/2.0${path}`, { method: call.method, headers })
}

/** Calls, of those that fit, that somebody gets another answer from than this status. */
async function others(fits: (call: Call) => boolean, name: string | undefined, status: number) {
  const wrong: string[] = []
  for (const call of yard.parts.bitbucket.calls.filter(fits)) {
    const response = await ask(call, name)
    const { type } = (await response.json().catch(() => ({}))) as { type?: string }
    if (response.status === status && type === 'error') continue
    wrong.push(`${call.method} ${call.path}: ${response.status} ${type}`)
  }
  return wrong
}

const isInside = (call: Call) => 'role' in call
const needs = (role: string) => (call: Call) => 'role' in call && call.role === role

it('has the calls of all capabilities', () => {
  const paths = yard.parts.bitbucket.calls.map(({ path }) => path)
  for (const part of ['/src/', '/pipelines/', '/environments/']) {
    expect(paths.some((path) => path.includes(part))).toBe(true)
  }
})

it('refuses who brings no credentials', async () => {
  expect(await others(() => true, undefined, 401)).toEqual([])
})

it('does not tell strangers that a project or its repository is there', async () => {
  expect(await others(isInside, 'stranger', 404)).toEqual([])
})

it('refuses too small a role', async () => {
  expect(await others(needs('developer'), 'viewer', 403)).toEqual([])
  expect(await others(needs('maintainer'), 'dev', 403)).toEqual([])
})

it('asks for the role in the project where a change is the whole project’s', async () => {
  const params = { project: 'GB', repo: 'guestbook', name: 'stranger' }
  const body = { role: 'maintainer' as const }
  await ada.call(codeMemberEndpoints.repoMemberSet, { params, body })
  const isWide = (call: Call) => call.of === 'repo' && call.isProjectWide === true
  expect(yard.parts.bitbucket.calls.filter(isWide).length).toBeGreaterThan(5)
  expect(await others(isWide, 'stranger', 403)).toEqual([])
  await ada.call(codeMemberEndpoints.repoMemberRemove, { params })
})

it('keeps what is for administrators to them', async () => {
  expect(await others((call) => call.of === 'administrator', 'dev', 403)).toEqual([])
})

it('names what is not here, and knows no other addresses', async () => {
  const get = async (path: string) => {
    const response = await fetch(`${yard.origin}/2.0${path}`, { headers: credentials('ada') })
    const { error } = (await response.json()) as { error: { message: string } }
    return [response.status, error.message]
  }
  const repo = '/repositories/madang/guestbook'
  const keys = '/workspaces/madang/pipelines-config/identity/oidc/keys.json'
  expect(await get(keys)).toEqual([501, 'OpenID Connect of pipelines: not available here.'])
  expect(await get(`${repo}/issues`)).toEqual([404, 'Repository has no issue tracker.'])
  expect(await get('/nothing')).toEqual([404, 'Resource not found'])
  expect((await get('/repositories/nowhere/guestbook'))[0]).toBe(404)
})

it('takes no cookie', async () => {
  const { cookie = '' } = ada.headers
  expect(cookie).not.toBe('')
  expect((await fetch(`${yard.origin}/2.0/user`, { headers: { cookie } })).status).toBe(401)
})
