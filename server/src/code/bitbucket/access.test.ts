import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../testing/yard.ts'
import { type CodeYard, openCodeYard } from '../testing.ts'
import type { Call } from './call.ts'
import { calls } from './calls.ts'

let yard: CodeYard

beforeAll(async () => {
  yard = await openCodeYard()
})
afterAll(() => yard.close())

const params: Record<string, string> = { workspace: 'madang', repo_slug: 'guestbook' }

const ask = (call: Call, name?: string) => {
  const path = call.path.replace(/[:*](\w+)/g, (_whole, part: string) => params[part] ?? '1')
  const authorization = `Basic ${btoa(`${name}:${PASSWORD}`)}`
  const headers: Record<string, string> = name === undefined ? {} : { authorization }
  return fetch(`${yard.yard.origin}/2.0${path}`, { method: call.method, headers })
}

const isOfRepo = (call: Call) => call.of === 'repo' || call.of === 'pull'

describe.each(calls.map((call) => [`${call.method} ${call.path}`, call] as const))(
  '%s',
  (_name, call) => {
    it('refuses who brings no credentials', async () => {
      const response = await ask(call)
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ type: 'error' })
    })

    it.runIf(isOfRepo(call))('does not tell strangers that it is there', async () => {
      const response = await ask(call, 'stranger')
      expect(response.status).toBe(404)
      const { error } = (await response.json()) as { error: { message: string } }
      expect(error.message).toContain('You may not have access to this repository')
    })

    it.runIf('role' in call && call.role !== 'viewer')('refuses too small a role', async () => {
      const below = 'role' in call && call.role === 'maintainer' ? 'dev' : 'viewer'
      const response = await ask(call, below)
      expect(response.status).toBe(403)
    })

    it.runIf(call.of === 'administrator')('is for administrators', async () => {
      expect((await ask(call, 'dev')).status).toBe(403)
    })
  },
)

it('knows neither unknown addresses nor parts that are not here', async () => {
  const get = (path: string) =>
    fetch(`${yard.yard.origin}/2.0${path}`, {
      headers: { authorization: `Basic ${btoa(`ada:${PASSWORD}`)}` },
    })
  expect((await get('/snippets')).status).toBe(404)
  expect((await get('/repositories/madang/guestbook/pipelines')).status).toBe(501)
  expect((await get('/repositories/nowhere/guestbook')).status).toBe(404)
})

it('takes no cookie', async () => {
  const { cookie } = yard.ada.headers
  const response = await fetch(`${yard.yard.origin}/2.0/user`, { headers: { cookie: cookie! } })
  expect(response.status).toBe(401)
})
