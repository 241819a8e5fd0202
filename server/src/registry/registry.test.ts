import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Artifact, Role } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, configFor, createKernel, type Kernel } from '../kernel/index.ts'
import { testDatabases } from '../testing/databases.ts'
import { createRegistry } from './index.ts'

const run = promisify(execFile)
let kernel: Kernel
let origin: string
let folder: string

/** Names are roles: `developer:x` signs in as a developer. */
const actorOf = (name: string): Actor => ({
  kind: 'person',
  id: `person:${name}`,
  name,
  isAdministrator: false,
  scopes: ['read', 'write'],
})

describe.each(testDatabases())('over $name', (database) => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'registry-'))
    kernel = await createKernel(
      configFor({ ...(await database.config()), home: join(folder, 'home') }),
    )
    kernel.http.guardWith({
      async identify(request) {
        const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
        return basic ? actorOf(Buffer.from(basic, 'base64').toString().split(':')[0]!) : undefined
      },
      roleIn: async (actor) => actor.name as Role,
    })
    await createRegistry({ kernel })
    origin = await kernel.http.listen()
    await kernel.start()
  })

  afterAll(async () => {
    await kernel.stop()
    rmSync(folder, { recursive: true })
  })

  const curl = async (...args: string[]) =>
    (await run('curl', ['-s', '-w', '\n%{http_code}', ...args])).stdout.split(/\n(?=\d+$)/)
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const as = (role: string, init: RequestInit = {}) => ({
    ...init,
    headers: { authorization: `Basic ${btoa(`${role}:x`)}`, ...init.headers },
  })

  test('curl uploads a file, and gets back the same bytes', async () => {
    const content = Buffer.from('한글 and \0 bytes '.repeat(50_000))
    const path = `${origin}/artifacts/GB/guestbook/1.0.0/dist/app.zip`
    const [body, status] = await curl('-u', 'developer:x', '-T', file('a.zip', content), path)
    expect(status).toBe('201')
    const artifact = JSON.parse(body!) as Artifact
    expect(artifact).toMatchObject({
      project: 'GB',
      name: 'guestbook',
      version: '1.0.0',
      path: 'dist/app.zip',
      sizeBytes: content.length,
      contentType: 'application/zip',
      createdBy: 'person:developer',
    })
    const sum = (await run('sha256sum', [join(folder, 'a.zip')])).stdout.split(' ')[0]
    expect(artifact.sha256).toBe(sum)
    await curl('-u', 'viewer:x', '-o', join(folder, 'back.zip'), path)
    expect(readFileSync(join(folder, 'back.zip')).equals(content)).toBe(true)
  })

  test('a version keeps its bytes: the same again is fine, others are a conflict', async () => {
    const path = `${origin}/artifacts/GB/lib/1/a.txt`
    expect((await curl('-u', 'developer:x', '-T', file('1', 'one'), path))[1]).toBe('201')
    expect((await curl('-u', 'developer:x', '-T', file('1', 'one'), path))[1]).toBe('200')
    const [body, status] = await curl('-u', 'developer:x', '-T', file('2', 'two'), path)
    expect(status).toBe('409')
    expect(JSON.parse(body!)).toMatchObject({ error: { code: 'artifactExists' } })
    expect((await curl('-u', 'viewer:x', path))[0]).toBe('one')
  })

  test('two uploads of one place at once: one wins, the other is told', async () => {
    const path = `${origin}/artifacts/GB/race/1/a.txt`
    const put = (text: string) => fetch(path, as('developer', { method: 'PUT', body: text }))
    const statuses = (await Promise.all(['a', 'b', 'c'].map(put))).map((reply) => reply.status)
    expect(statuses.toSorted()).toEqual([201, 409, 409])
  })

  test('a promised checksum that differs is refused and stores nothing', async () => {
    const path = `${origin}/artifacts/GB/sum/1/a.txt`
    const upload = (headers: Record<string, string>) =>
      fetch(path, as('developer', { method: 'PUT', body: 'hello', headers }))
    const wrong = await upload({ 'x-checksum-sha256': 'ab'.repeat(32) })
    expect(wrong.status).toBe(400)
    expect((await fetch(path, as('viewer'))).status).toBe(404)
    expect((await upload({ 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' })).status).toBe(201)
  })

  test('downloads: ETag, ranges, attachment in a sandbox', async () => {
    const path = `${origin}/artifacts/GB/page/1/x.html`
    await fetch(path, as('developer', { method: 'PUT', body: '<script>0123456789' }))
    const whole = await fetch(path, as('viewer'))
    expect(whole.headers.get('content-disposition')).toContain('attachment; filename="x.html"')
    expect(whole.headers.get('content-security-policy')).toContain('sandbox')
    const etag = whole.headers.get('etag')!
    const again = await fetch(path, as('viewer', { headers: { 'if-none-match': etag } }))
    expect(again.status).toBe(304)
    const part = await fetch(path, as('viewer', { headers: { range: 'bytes=8-11' } }))
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
      206,
      '0123',
      'bytes 8-11/18',
    ])
    const tail = await fetch(path, as('viewer', { headers: { range: 'bytes=-2' } }))
    expect(await tail.text()).toBe('89')
    const beyond = await fetch(path, as('viewer', { headers: { range: 'bytes=99-' } }))
    expect(beyond.status).toBe(416)
  })

  test('who may what: 401 with a challenge, 403 below the role', async () => {
    const path = `${origin}/artifacts/GB/roles/1/a.txt`
    const none = await fetch(path)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="Madang"',
    ])
    expect((await fetch(path, as('viewer', { method: 'PUT', body: 'x' }))).status).toBe(403)
    await fetch(path, as('developer', { method: 'PUT', body: 'x' }))
    expect((await fetch(path, as('developer', { method: 'DELETE' }))).status).toBe(403)
    expect((await fetch(path, as('maintainer', { method: 'DELETE' }))).status).toBe(204)
    expect((await fetch(path, as('viewer'))).status).toBe(404)
  })

  test('places that would name another place are refused', async () => {
    for (const path of ['a/1/..%2f..%2fx', 'a/1/', 'a/%2e%2e%2f/x', 'a/1', 'a/1/x%5Cy']) {
      const reply = await fetch(
        `${origin}/artifacts/GB/${path}`,
        as('developer', { method: 'PUT' }),
      )
      expect([path, reply.status]).toEqual([path, 400])
    }
  })

  test('lists page newest first and filter', async () => {
    for (const n of [1, 2, 3]) {
      const path = `${origin}/artifacts/LIST/app/${n}/App%25.jar`
      await fetch(path, as('developer', { method: 'PUT', body: `v${n}` }))
    }
    const list = async (query: string) =>
      (await (
        await fetch(`${origin}/api/projects/LIST/artifacts?${query}`, as('viewer'))
      ).json()) as {
        items: Artifact[]
        nextCursor?: string
      }
    const first = await list('limit=2')
    expect(first.items.map((item) => item.version)).toEqual(['3', '2'])
    const second = await list(`limit=2&cursor=${first.nextCursor}`)
    expect(second.items.map((item) => item.version)).toEqual(['1'])
    expect(second.nextCursor).toBeUndefined()
    expect((await list('version=2')).items).toHaveLength(1)
    expect((await list('text=app%25.JAR')).items).toHaveLength(3)
    expect((await list('text=a%25r')).items).toHaveLength(0)
  })
})
