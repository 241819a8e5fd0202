import { codeEndpoints, type Endpoint, type Role } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CodeYard, openCodeYard } from './testing.ts'

let code: CodeYard

beforeAll(async () => {
  code = await openCodeYard()
})
afterAll(() => code.close())

const all = Object.entries(codeEndpoints) as [string, Endpoint][]
const params: Record<string, string> = {
  project: 'GB',
  repo: 'guestbook',
  sha: 'abcdef',
  name: 'x',
  number: '1',
  comment: 'cmt_1',
  task: 'task_1',
  rule: '1',
  hook: 'hook_1',
  delivery: 'dlv_1',
}

const ask = (endpoint: Endpoint, headers: Record<string, string>) => {
  const path = endpoint.path.replace(/[:*](\w+)/g, (_whole, name: string) => params[name]!)
  return fetch(new URL(path, code.yard.origin), { method: endpoint.method, headers })
}

const needs = (endpoint: Endpoint): Role => (endpoint.access as { project: Role }).project

describe.each(all)('%s', (_name, endpoint) => {
  it('refuses who did not sign in', async () => {
    expect((await ask(endpoint, {})).status).toBe(401)
  })

  it('refuses who has no role in the project', async () => {
    expect((await ask(endpoint, code.stranger.headers)).status).toBe(403)
  })

  it.skipIf(needs(endpoint) === 'viewer')('refuses who has too small a role', async () => {
    const below = needs(endpoint) === 'developer' ? code.viewer : code.dev
    expect((await ask(endpoint, below.headers)).status).toBe(403)
  })
})

it('is the whole list of routes', () => {
  const served = code.yard.kernel.http.table().routes.map(({ endpoint }) => endpoint)
  expect(all.filter(([, endpoint]) => !served.includes(endpoint))).toEqual([])
})

it('guards raw files like the rest', async () => {
  const url = new URL('/raw/GB/guestbook/main/a.txt', code.yard.origin)
  expect((await fetch(url)).status).toBe(401)
  expect((await fetch(url, { headers: code.stranger.headers })).status).toBe(403)
  expect((await fetch(url, { headers: code.viewer.headers })).status).toBe(404)
})
