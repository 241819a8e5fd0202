import { request } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Access, endpoint, type Method } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type Actor,
  configFor,
  createKernel,
  type Kernel,
  PortInUse,
  refuse,
  type Route,
  route,
} from './index.ts'

const at = (method: Method, path: `/api/${string}`, access: Access = 'anyone') =>
  route(endpoint({ method, path, access, result: z.unknown() }), async ({ params }) => ({
    path,
    params,
  }))

const withParams = (path: `/api/${string}`, names: string[]): Route =>
  route(
    endpoint({
      method: 'GET',
      path,
      access: 'anyone',
      params: z.record(z.string(), z.string()),
      result: z.unknown(),
    }),
    async ({ params }) => ({ path, params, names }),
  )

const body = endpoint({
  method: 'POST',
  path: '/api/body',
  access: 'signedIn',
  query: z.object({ n: z.coerce.number().optional() }),
  body: z.object({ name: z.string() }),
  result: z.unknown(),
})

const actors: Record<string, Actor> = {
  browser: actor({ csrf: 'the-token' }),
  script: actor({}),
  reader: actor({ scopes: ['read'] }),
  bound: actor({ project: 'GB' }),
}

function actor(given: Partial<Actor>): Actor {
  return {
    kind: 'person',
    id: 'person:x',
    name: 'x',
    isAdministrator: false,
    scopes: ['read', 'write', 'administer'],
    ...given,
  }
}

describe('the server', () => {
  let kernel: Kernel
  let origin: string
  const home = mkdtempSync(join(tmpdir(), 'madang-test-'))

  beforeAll(async () => {
    kernel = await createKernel(configFor({ home, logLevel: 'silent' }))
    kernel.http.guardWith({
      identify: async ({ headers }) => actors[String(headers['x-test-actor'])],
      roleIn: async () => 'developer',
    })
    kernel.http.add([
      withParams('/api/things/:thing', ['thing']),
      withParams('/api/things/:thing/files/*path', ['thing', 'path']),
      at('GET', '/api/things/special'),
      at('POST', '/api/things/special'),
      at('GET', '/api/administer', 'administrator'),
      at('GET', '/api/in/:project', { project: 'developer' }),
      at('GET', '/api/keep/:project', { project: 'maintainer' }),
      route(body, async ({ body, query }) => ({ body, query })),
      route(
        endpoint({ method: 'GET', path: '/api/bug', access: 'anyone', result: z.unknown() }),
        async () => {
          throw new Error('secret detail')
        },
      ),
      route(
        endpoint({ method: 'GET', path: '/api/slow', access: 'anyone', result: z.unknown() }),
        async () => {
          throw refuse('tooMany', { seconds: 7 })
        },
      ),
    ])
    origin = await kernel.http.listen()
  })
  afterAll(async () => {
    await kernel.stop()
    rmSync(home, { recursive: true, force: true })
  })

  const call = async (path: string, init: RequestInit & { as?: string } = {}) => {
    const headers = { ...init.headers, ...(init.as ? { 'x-test-actor': init.as } : {}) }
    const response = await fetch(origin + path, { ...init, headers })
    const answer = (await response.json()) as { error?: { code: string; message: string } }
    return { status: response.status, code: answer.error?.code, answer, headers: response.headers }
  }
  const json = { 'content-type': 'application/json' }

  test('finds a literal before a parameter, and decodes parts', async () => {
    expect((await call('/api/things/special')).answer).toMatchObject({
      path: '/api/things/special',
    })
    expect((await call('/api/things/a%2Fb')).answer).toMatchObject({ params: { thing: 'a/b' } })
    const rest = await call('/api/things/x/files/src/%ED%95%9C%EA%B8%80.ts')
    expect(rest.answer).toMatchObject({ params: { thing: 'x', path: 'src/한글.ts' } })
  })

  test('an unknown path is 404, an unknown method 405 with what is possible', async () => {
    expect(await call('/api/nothing')).toMatchObject({ status: 404, code: 'notFound' })
    const wrong = await call('/api/things/special', { method: 'DELETE' })
    expect(wrong).toMatchObject({ status: 405, code: 'methodNotAllowed' })
    expect(wrong.answer.error!.message).toContain('GET, POST')
  })

  test('answers in the language of the reader', async () => {
    const korean = await call('/api/nothing', { headers: { 'accept-language': 'ko-KR,ko' } })
    expect(korean.answer.error!.message).toBe('/api/nothing에는 아무것도 없습니다.')
    const chosen = { 'accept-language': 'ko', cookie: 'a=b; language=en' }
    expect((await call('/api/nothing', { headers: chosen })).answer.error!.message).toMatch(
      /^There/,
    )
  })

  test('access is decided by role, scope and the project of the credential', async () => {
    const status = async (path: string, as?: string) => (await call(path, as ? { as } : {})).status
    expect(await status('/api/in/GB')).toBe(401)
    expect(await status('/api/in/GB', 'script')).toBe(200)
    expect(await status('/api/keep/GB', 'script')).toBe(403)
    expect(await status('/api/administer', 'script')).toBe(403)
    expect(await status('/api/in/GB', 'bound')).toBe(200)
    expect(await status('/api/in/OT', 'bound')).toBe(403)
    expect(await status('/api/in/GB', 'reader')).toBe(200)
    const write = { method: 'POST', headers: json, body: '{"name":"x"}' }
    expect(await call('/api/body', { ...write, as: 'reader' })).toMatchObject({ status: 403 })
  })

  test('a change by a browser needs the token that only our page knows', async () => {
    const write = { method: 'POST', body: '{"name":"x"}', as: 'browser' }
    expect(await call('/api/body', { ...write, headers: json })).toMatchObject({ code: 'csrf' })
    const right = { ...json, 'x-madang-csrf': 'the-token' }
    expect(await call('/api/body', { ...write, headers: right })).toMatchObject({ status: 200 })
    const script = { ...write, as: 'script', headers: json }
    expect(await call('/api/body', script)).toMatchObject({ status: 200 })
  })

  test('bad input is told where it is bad', async () => {
    const send = (text: string, headers: Record<string, string> = json, query = '') =>
      call(`/api/body${query}`, { method: 'POST', body: text, headers, as: 'script' })
    expect((await send('{"name":1}')).answer.error!.message).toContain('body name')
    expect((await send('{')).code).toBe('badRequest')
    expect((await send('{"name":"x"}', json, '?n=x')).answer.error!.message).toContain('query n')
    expect((await send('name=x', { 'content-type': 'text/plain' })).code).toBe('badRequest')
    expect(await send(`{"name":"${'x'.repeat(5_000_000)}"}`)).toMatchObject({
      status: 413,
      code: 'tooLarge',
    })
  })

  test('a bug is a 500 that shows an id and no detail', async () => {
    const found = await call('/api/bug')
    expect(found).toMatchObject({ status: 500, code: 'internal' })
    expect(JSON.stringify(found.answer)).not.toContain('secret detail')
    expect(found.answer.error!.message).toContain(found.headers.get('x-request-id')!)
  })

  test('a refusal for the moment says how long', async () => {
    const found = await call('/api/slow')
    expect(found).toMatchObject({ status: 429, code: 'tooMany' })
    expect(found.headers.get('retry-after')).toBe('7')
  })

  test('a name of another site that points here gets nothing', async () => {
    const withHost = (host: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = { host }
        const asked = request(`${origin}/api/things/special`, { headers }, (response) => {
          response.resume()
          resolve(response.statusCode ?? 0)
        })
        asked.on('error', reject).end()
      })
    expect(await withHost('evil.example')).toBe(400)
    expect(await withHost('localhost:1')).toBe(200)
    expect(await withHost('app.localhost')).toBe(200)
  })

  test('every answer forbids framing, sniffing and foreign scripts', async () => {
    const { headers } = await call('/api/things/special')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
  })

  test('a port that is taken is told by number', async () => {
    const other = mkdtempSync(join(tmpdir(), 'madang-test-'))
    const port = Number(new URL(origin).port)
    const second = await createKernel(configFor({ home: other, port }))
    await expect(second.http.listen()).rejects.toThrow(PortInUse)
    await second.stop()
    rmSync(other, { recursive: true, force: true })
  })

  test('two routes for the same call are a bug found at the start', () => {
    expect(() => kernel.http.add([at('GET', '/api/things/special')])).toThrow('two routes')
  })

  test('live updates reach who may see the project', async () => {
    const headers = { 'x-test-actor': 'bound' }
    const refused = await fetch(`${origin}/api/live?topic=project:OT`, { headers })
    expect(refused.status).toBe(403)
    // A page reads what it shows and subscribes at the same time: nothing may fall between the two.
    kernel.live.publish('project:GB', { type: 'pipelines.runChanged', id: 'run_0' })
    kernel.live.publish('project:GB', { type: 'pipelines.runChanged', id: 'run_1' })
    kernel.live.publish('project:OT', { type: 'not.ours' })
    const control = new AbortController()
    const response = await fetch(`${origin}/api/live?topic=project:GB`, {
      headers,
      signal: control.signal,
    })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let heard = (await reader.read()).value!
    while (!heard.includes('run_1')) heard += (await reader.read()).value!
    kernel.live.publish('project:OT', { type: 'not.ours' })
    kernel.live.publish('project:GB', { type: 'plan.issueChanged', id: 'GB-1' })
    while (!heard.includes('GB-1')) heard += (await reader.read()).value!
    control.abort()
    expect(heard).toContain('data: {"topic":"project:GB","type":"plan.issueChanged","id":"GB-1"}')
    expect(heard).not.toContain('not.ours')
    expect(heard).not.toContain('run_0')
  })
})
