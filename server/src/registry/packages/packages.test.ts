import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { packageEndpoints, registryEndpoints, type Role } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, configFor, createKernel, type Kernel } from '../../kernel/index.ts'
import { Client } from '../../testing/client.ts'
import { testDatabases } from '../../testing/databases.ts'
import { createRegistry } from '../index.ts'

const run = promisify(execFile)
let kernel: Kernel
let origin: string
let folder: string
/** What the remote registry behind this one answers, by path. */
const remote = new Map<string, string>()
let asked: string[] = []
let server: Server

/** Names are roles, by Basic or as a bearer token. */
const actorOf = (name: string): Actor => ({
  kind: 'person',
  id: `person:${name}`,
  name,
  signInName: `${name}.signs.in`,
  isAdministrator: false,
  scopes: ['read', 'write'],
})
const basic = (name: string) => ({ authorization: `Basic ${btoa(`${name}:x`)}` })
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

describe.each(testDatabases())('over $name', (database) => {
  // The clients are slow to start, and do not care what database is behind.
  const clientTest = test.runIf(database.name === 'sqlite')
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'packages-'))
    const home = join(folder, 'home')
    kernel = await createKernel(configFor({ ...(await database.config()), home }))
    kernel.http.guardWith({
      async identify({ headers }) {
        const [, kind, text = ''] = /^(Basic|Bearer) (.+)$/.exec(headers.authorization ?? '') ?? []
        if (kind === 'Bearer') return actorOf(text)
        const name = Buffer.from(text, 'base64').toString().split(':')[0]
        return name ? actorOf(name) : undefined
      },
      roleIn: async (actor) => actor.name as Role,
    })
    await createRegistry({ kernel })
    origin = await kernel.http.listen()
    await kernel.start()
    server = createServer(async (request, response) => {
      const sent = (await request.toArray()).join('')
      asked.push(sent ? `${request.url!} ${sent}` : request.url!)
      const { url, headers } = request
      const body = remote.get(`${url} ${headers.accept}`) ?? remote.get(url!)
      response.writeHead(body === undefined ? 404 : 200, { etag: '"1"' }).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(async () => {
    server.close()
    await kernel.stop()
    rmSync(folder, { recursive: true })
  })

  const call = (path: string, init: RequestInit & { as?: string } = {}) =>
    fetch(`${origin}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { ...(init.as !== '' && basic(init.as ?? 'developer')), ...init.headers },
    })
  const behind = async (kind: 'maven' | 'npm' | 'pypi', project = 'GB') => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const client = new Client(origin, basic('maintainer'))
    await client.call(packageEndpoints.packageRemoteSet, {
      params: { project, kind },
      body: { url },
    })
    return url
  }

  describe('Maven', () => {
    const put = (path: string, body: string, as = 'developer') =>
      call(`/maven/GB/${path}`, { method: 'PUT', body, as })
    const get = async (path: string) => {
      const answer = await call(`/maven/GB/${path}`, { as: 'viewer' })
      return answer.status === 200 ? answer.text() : answer.status
    }

    test('a release is deployed, resolved with its checksums, and never changed', async () => {
      const base = 'com/acme/app/1.0/app-1.0'
      expect((await put(`${base}.jar`, 'jar')).status).toBe(201)
      expect((await put(`${base}.pom`, '<project/>')).status).toBe(201)
      expect((await put(`${base}.jar.sha1`, sha1('jar'))).status).toBe(201)
      expect((await put(`${base}.jar.sha1`, sha1('other'))).status).toBe(400)
      expect((await put(`${base}.jar`, 'changed')).status).toBe(409)
      expect(await get(`${base}.jar`)).toBe('jar')
      expect(await get(`${base}.jar.sha1`)).toBe(sha1('jar'))
      expect(await get(`${base}.jar.sha512`)).toBe(createHash('sha512').update('jar').digest('hex'))
      await put('com/acme/app/1.1/app-1.1.jar', 'newer')
      const metadata = await get('com/acme/app/maven-metadata.xml')
      expect(metadata).toContain('<release>1.1</release>')
      expect(metadata).toContain('<version>1.0</version>\n      <version>1.1</version>')
      expect(await get('com/acme/app/maven-metadata.xml.sha1')).toBe(sha1(String(metadata)))
      expect((await put(`com/acme/app/2/app-2.jar`, 'x', 'viewer')).status).toBe(403)
      expect((await call(`/maven/GB/${base}.jar`, { as: '' })).status).toBe(401)
      expect(await get('com/acme/..%2f..%2fapp/1/x.jar')).toBe(404)
    })

    test('a snapshot says which build is the newest of each file', async () => {
      const base = 'com/acme/lib/1.0-SNAPSHOT'
      for (const build of ['20261122.100000-1', '20261122.110000-2']) {
        await put(`${base}/lib-1.0-${build}.jar`, build)
        await put(`${base}/lib-1.0-${build}-sources.jar`, build)
      }
      const text = String(await get(`${base}/maven-metadata.xml`))
      expect(text).toContain('<timestamp>20261122.110000</timestamp>')
      expect(text).toContain('<buildNumber>2</buildNumber>')
      expect(text).toContain('<classifier>sources</classifier>')
      expect(text.match(/<value>1\.0-20261122\.110000-2<\/value>/g)).toHaveLength(2)
    })

    test('what is not here comes from the remote, once, and stays when that is away', async () => {
      asked = []
      remote.set('/org/x/lib/1/lib-1.jar', 'from afar')
      const path = 'org/x/lib/1/lib-1.jar'
      expect(await get(path)).toBe(404)
      await behind('maven')
      expect(await get(path)).toBe('from afar')
      remote.clear()
      expect(await get(path)).toBe('from afar')
      expect(asked).toEqual(['/org/x/lib/1/lib-1.jar'])
      // A name that is published here is never looked for elsewhere.
      remote.set('/com/acme/app/9.9/app-9.9.jar', 'a stranger')
      expect(await get('com/acme/app/9.9/app-9.9.jar')).toBe(404)
    })
  })

  describe('npm', () => {
    const npm = async (cwd: string, ...args: string[]) => {
      const host = new URL(origin).host
      writeFileSync(
        join(cwd, '.npmrc'),
        `registry=${origin}/npm/GB/\n//${host}/npm/GB/:_authToken=${npmUser}\naudit=false\nfund=false\nupdate-notifier=false\ncache=${join(folder, 'npm-cache')}\n`,
      )
      return run('npm', args, { cwd }).then(
        ({ stdout }) => stdout,
        (error: { stderr: string }) => `refused: ${error.stderr}`,
      )
    }
    let npmUser = 'developer'
    const as = async <T>(user: string, act: () => Promise<T>): Promise<T> => {
      npmUser = user
      return act().finally(() => (npmUser = 'developer'))
    }
    const source = (name: string, version: string) => {
      const at = join(folder, `${name.replaceAll('/', '-')}-${version}`)
      mkdirSync(at, { recursive: true })
      writeFileSync(
        join(at, 'package.json'),
        JSON.stringify({ name, version, description: '방명록' }),
      )
      writeFileSync(join(at, 'index.js'), `module.exports = '${version}'`)
      return at
    }

    clientTest(
      'publishes, tags, deprecates and installs, scoped or not',
      { timeout: 120_000 },
      async () => {
        const first = source('@gb/date', '1.0.0')
        expect(await npm(first, 'publish')).toContain('@gb/date@1.0.0')
        expect(await npm(first, 'publish')).toContain('cannot publish over')
        await npm(source('@gb/date', '1.1.0-beta.1'), 'publish', '--tag', 'next')
        expect(await npm(first, 'dist-tag', 'ls', '@gb/date')).toBe(
          'latest: 1.0.0\nnext: 1.1.0-beta.1\n',
        )
        await npm(first, 'dist-tag', 'add', '@gb/date@1.1.0-beta.1', 'canary')
        expect(await npm(first, 'view', '@gb/date', 'dist-tags', '--json')).toContain('canary')
        await npm(first, 'deprecate', '@gb/date@1.0.0', 'use the next one')
        expect(await npm(first, 'view', '@gb/date@1.0.0', 'deprecated')).toBe('use the next one\n')
        expect(await npm(first, 'whoami')).toBe('developer.signs.in\n')
        const user = source('app', '0.0.1')
        await npm(user, 'install', '@gb/date@next')
        const installed = join(user, 'node_modules/@gb/date/index.js')
        expect(readFileSync(installed, 'utf8')).toContain('1.1.0-beta.1')
        const lock = readFileSync(join(user, 'package-lock.json'), 'utf8')
        expect(lock).toContain('"integrity": "sha512-')
        expect(await npm(first, 'unpublish', '@gb/date@1.0.0')).toContain(
          'You need the role maintainer',
        )
        await as('maintainer', () => npm(first, 'unpublish', '@gb/date@1.0.0'))
        expect(await npm(first, 'view', '@gb/date', 'versions', '--json')).not.toContain('"1.0.0"')
        expect(await npm(first, 'publish')).toContain('cannot publish over')
      },
    )

    test('a package is taken off as it was seen, and its tarball with it', async () => {
      const publish = (version: string) => {
        const bytes = `tarball ${version}`
        const data = { data: btoa(bytes), length: bytes.length }
        const body = {
          name: 'gone',
          versions: { [version]: { name: 'gone', version } },
          'dist-tags': { latest: version },
          _attachments: { [`gone-${version}.tgz`]: data },
        }
        return call('/npm/GB/gone', { method: 'PUT', body: JSON.stringify(body) })
      }
      await publish('1.0.0')
      const seen = (await (await call('/npm/GB/gone?write=true')).json()) as { _rev: string }
      await publish('2.0.0')
      const remove = (revision: string, as = 'maintainer') =>
        call(`/npm/GB/gone/-rev/${revision}`, { method: 'DELETE', as })
      expect((await remove(seen._rev)).status).toBe(409)
      const now = (await (await call('/npm/GB/gone?write=true')).json()) as { _rev: string }
      expect((await remove(now._rev, 'developer')).status).toBe(403)
      expect((await remove(now._rev)).status).toBe(200)
      expect((await call('/npm/GB/gone')).status).toBe(404)
      expect((await call('/npm/GB/gone/-/gone-1.0.0.tgz')).status).toBe(404)
      expect((await publish('2.0.0')).status).toBe(403)
      expect((await publish('3.0.0')).status).toBe(201)
    })

    test('finds by a word, says who sees a package, and knows no advisories by itself', async () => {
      const get = async (path: string, init = {}) => (await call(`/npm/GB/-/${path}`, init)).json()
      expect(await get('v1/search?text=GON')).toMatchObject({
        total: 1,
        objects: [{ package: { name: 'gone', version: '3.0.0' } }],
      })
      expect(await get('package/gone/visibility')).toEqual({ public: false })
      expect(await get('user/any/package', { as: 'viewer' })).toMatchObject({ gone: 'read-only' })
      const audit = await get('npm/v1/security/advisories/bulk', { method: 'POST', body: '{}' })
      expect(audit).toEqual({ error: expect.stringContaining('names no remote npm registry') })
    })

    test('signs in with an access token as the password, and no other', async () => {
      const login = (password: string) =>
        call('/npm/GB/-/user/org.couchdb.user:any', {
          method: 'PUT',
          as: '',
          body: JSON.stringify({ name: 'any', password }),
        })
      const done = await login('developer')
      expect(await done.json()).toMatchObject({ ok: true, token: 'developer' })
      expect((await login('')).status).toBe(401)
    })

    test('refuses what is not whole', async () => {
      const body = {
        name: 'cut',
        versions: {
          '1.0.0': { name: 'cut', version: '1.0.0', dist: { integrity: 'sha512-AAAA' } },
        },
        _attachments: { 'cut-1.0.0.tgz': { data: btoa('bytes'), length: 5 } },
      }
      const put = (name: string, of: object) =>
        call(`/npm/GB/${name}`, { method: 'PUT', body: JSON.stringify(of) })
      expect((await put('cut', body)).status).toBe(400)
      expect((await put('other', body)).status).toBe(400)
      expect((await put('..%2fcut', body)).status).toBe(404)
      const versions = { '1.0.0': { name: 'cut', version: '1.0.0' } }
      const whole = { name: 'cut', versions, _attachments: { 'cut-1.0.0.tgz': {} } }
      for (const wrong of [
        [],
        { ...whole, versions: null },
        { ...whole, versions: { '1.0.0': null } },
        { ...whole, versions: { '1.0.0': { ...versions['1.0.0'], dist: 5 } } },
        { ...whole, 'dist-tags': { latest: 5 } },
        { ...whole, _attachments: { 'cut-1.0.0.tgz': null } },
        { ...whole, _attachments: { 'cut-1.0.0.tgz': { data: 5 } } },
      ]) {
        const answer = await put('cut', wrong)
        expect([answer.status, await answer.json()]).toEqual([
          400,
          { error: expect.stringContaining('no packument') },
        ])
      }
      expect((await call('/npm/GB/cut', { as: 'viewer' })).status).toBe(404)
    })

    test('gives a remote package with its tarballs through here', async () => {
      const url = await behind('npm')
      remote.set('/-/npm/v1/security/advisories/bulk', '{"left":[{"severity":"low"}]}')
      const found = await call('/npm/GB/-/npm/v1/security/advisories/bulk', {
        method: 'POST',
        as: 'viewer',
        body: JSON.stringify({ left: ['1.0.0'], gone: ['3.0.0'] }),
      })
      expect(await found.json()).toEqual({ left: [{ severity: 'low' }] })
      // What the project makes itself is nobody else's business.
      expect(asked.at(-1)).toBe('/-/npm/v1/security/advisories/bulk {"left":["1.0.0"]}')
      const dist = { tarball: `${url}/left/-/left-1.0.0.tgz`, integrity: 'sha512-x' }
      const versions = { '1.0.0': { name: 'left', version: '1.0.0', dist } }
      remote.set(
        '/left',
        JSON.stringify({ name: 'left', 'dist-tags': { latest: '1.0.0' }, versions }),
      )
      const time = { '1.0.0': '2026-01-02T03:04:05.000Z' }
      const full = { name: 'left', 'dist-tags': { latest: '1.0.0' }, versions, time }
      remote.set('/left application/json', JSON.stringify(full))
      remote.set('/left/-/left-1.0.0.tgz', 'tarball')
      // npm install asks for the short form; npm view and who waits with what is new, for all of it.
      const accept = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8'
      const short = await call('/npm/GB/left', { headers: { accept } })
      expect(await short.json()).not.toHaveProperty('time')
      expect(await (await call('/npm/GB/left')).json()).toMatchObject({ time })
      const left = (await (await call('/npm/GB/left')).json()) as {
        versions: Record<string, { dist: { tarball: string } }>
      }
      remote.set('/unpublished', '{"name":"unpublished","time":{"created":"2026-01-02"}}')
      const gone = await call('/npm/GB/unpublished')
      expect([gone.status, await gone.json()]).toMatchObject([200, { versions: {} }])
      expect((await call('/npm/GB/unpublished/latest')).status).toBe(404)
      remote.set('/page', '<html></html>')
      const page = await call('/npm/GB/page')
      expect([page.status, await page.text()]).toEqual([
        502,
        expect.stringContaining('no packument'),
      ])
      const { tarball } = left.versions['1.0.0']!.dist
      expect(tarball).toBe(`${origin}/npm/GB/left/-/left-1.0.0.tgz`)
      expect(await (await fetch(tarball, { headers: basic('viewer') })).text()).toBe('tarball')
    })
  })

  describe('PyPI', () => {
    const upload = (name: string, version: string, file: string, content: Buffer, more = {}) => {
      const form = new FormData()
      const fields = { ':action': 'file_upload', protocol_version: '1', name, version, ...more }
      for (const [key, value] of Object.entries(fields)) form.set(key, String(value))
      form.set('content', new Blob([new Uint8Array(content)]), file)
      return call('/pypi/GB/legacy/', { method: 'POST', body: form })
    }

    const index = (accept: string) =>
      call('/pypi/GB/simple/guest-book/', { headers: { accept }, as: 'viewer' })
    const wheel = (version: string) => `guest_book-${version}-py3-none-any.whl`

    test("a file's name is given once, and a release can be yanked", async () => {
      const put = (version: string, text: string) =>
        upload('guest-book', version, wheel(version), Buffer.from(text))
      expect((await put('2.0', 'two')).status).toBe(200)
      expect((await put('2.0', 'two')).status).toBe(200)
      const changed = await put('2.0', 'two and a half')
      expect([changed.status, changed.statusText]).toEqual([
        400,
        expect.stringMatching(/^File already exists/),
      ])
      const client = new Client(origin, basic('maintainer'))
      const params = { project: 'GB' }
      const { items } = await client.call(registryEndpoints.artifactList, {
        params,
        query: { name: 'guest-book', version: '2.0' },
      })
      const of = { ...params, artifact: items[0]!.id }
      await client.call(packageEndpoints.packageYank, {
        params: of,
        body: { reason: 'loses "guests"' },
      })
      const html = await (await index('text/html')).text()
      expect(html).toContain(`data-yanked="loses &quot;guests&quot;">${wheel('2.0')}`)
      expect(await client.call(packageEndpoints.packageFileGet, { params: of })).toEqual({
        kind: 'pypi',
        yanked: 'loses "guests"',
      })
      await client.call(packageEndpoints.packageYank, { params: of, body: { reason: null } })
      expect(await (await index('text/html')).text()).not.toContain('data-yanked')
      await client.call(registryEndpoints.artifactDelete, { params: of })
      expect(await (await index('text/html')).text()).not.toContain(wheel('2.0'))
      expect(await (await put('2.0', 'two')).text()).toContain('previously used by a file')
      const source = 'guest_book-2.0.tar.gz'
      await upload('guest-book', '2.0', source, Buffer.from('source'))
      await upload('guest-book', '2.0', 'guest_book-2.0.zip', Buffer.from('source, zipped'))
      const left = await client.call(registryEndpoints.artifactList, {
        params,
        query: { name: 'guest-book', version: '2.0' },
      })
      const both = { ...params, artifact: left.items[0]!.id }
      const removing = new Client(origin, basic('developer')).call(
        registryEndpoints.artifactVersionDelete,
        { params: both },
      )
      await expect(removing).rejects.toThrow(/maintainer/)
      const removed = await client.call(registryEndpoints.artifactVersionDelete, { params: both })
      expect(removed).toEqual({ removed: 2 })
      expect((await index('text/html')).status).toBe(404)
      expect(await (await upload('guest-book', '2.0', source, Buffer.from('x'))).text()).toContain(
        'previously used by a file',
      )
    })

    test('takes an upload and shows it in both kinds of index', async () => {
      const content = Buffer.from('a wheel')
      const file = 'Guest_Book-1.0-py3-none-any.whl'
      const wrong = await upload('Guest.Book', '1.0', file, content, {
        sha256_digest: 'ab'.repeat(32),
      })
      expect(wrong.status).toBe(400)
      const done = await upload('Guest.Book', '1.0', file, content, { requires_python: '>=3.9' })
      expect(done.status).toBe(200)
      expect((await upload('x', '1', '../evil.whl', content)).status).toBe(400)
      const moved = await call('/pypi/GB/simple/Guest_Book')
      expect(moved.headers.get('location')).toBe('/pypi/GB/simple/guest-book/')
      const odd = await call('/pypi/GB/simple/A%0d%0a한/')
      expect(odd.headers.get('location')).toBe('/pypi/GB/simple/a%0D%0A%ED%95%9C/')
      const html = await (await call('/pypi/GB/simple/guest-book/', { as: 'viewer' })).text()
      expect(html).toContain('data-requires-python="&gt;=3.9"')
      const json = await index('application/vnd.pypi.simple.v1+json')
      expect(await json.json()).toMatchObject({
        meta: { 'api-version': '1.1' },
        name: 'guest-book',
        versions: ['1.0'],
        files: [{ filename: file, size: 7, hashes: { sha256: sha256('a wheel') } }],
      })
      const types = ['text/html;q=0.1, application/vnd.pypi.simple.v1+html', '*/*', 'image/png']
      const answers = await Promise.all(types.map(index))
      expect(answers.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
        [200, 'application/vnd.pypi.simple.v1+html; charset=utf-8'],
        [200, 'text/html; charset=utf-8'],
        [406, 'text/plain; charset=utf-8'],
      ])
      expect(await (await call('/pypi/GB/simple/')).text()).toContain('guest-book')
      const back = await call(`/pypi/GB/files/guest-book/${file}`)
      expect(await back.text()).toBe('a wheel')
    })

    clientTest(
      'pip installs from here, and what is not here from the remote',
      { timeout: 60_000 },
      async () => {
        const url = await behind('pypi')
        const python = await run('python3', ['-m', 'pip', '--version']).catch(() => undefined)
        const wheel = await makeWheel()
        if (wheel && python) {
          await upload('tiny', '1.0', 'tiny-1.0-py3-none-any.whl', wheel)
          const { host } = new URL(origin)
          const index = `http://viewer:x@${host}/pypi/GB/simple/`
          const target = join(folder, 'target')
          await run('python3', [
            '-m',
            'pip',
            'install',
            '--no-cache-dir',
            '--target',
            target,
            '-i',
            index,
            'tiny',
          ])
          expect(readFileSync(join(target, 'tiny.py'), 'utf8')).toBe('answer = 42\n')
        }
        const files = [
          { filename: 'far-1.0.tar.gz', url: '../../packages/far-1.0.tar.gz', hashes: {} },
        ]
        remote.set('/far/', JSON.stringify({ files }))
        remote.set('/packages/far-1.0.tar.gz', 'from afar')
        expect(url).toContain('127.0.0.1')
        expect((await call('/pypi/GB/files/far/far-1.0.tar.gz')).status).toBe(200)
        expect((await call('/pypi/GB/files/far/other.tar.gz')).status).toBe(404)
      },
    )

    /** The smallest wheel, made by Python where there is one. */
    async function makeWheel(): Promise<Buffer | undefined> {
      const script = `
import zipfile,sys
z=zipfile.ZipFile(sys.argv[1],'w')
z.writestr('tiny.py','answer = 42\\n')
z.writestr('tiny-1.0.dist-info/METADATA','Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n')
z.writestr('tiny-1.0.dist-info/WHEEL','Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
z.writestr('tiny-1.0.dist-info/RECORD','tiny.py,,\\ntiny-1.0.dist-info/METADATA,,\\ntiny-1.0.dist-info/WHEEL,,\\ntiny-1.0.dist-info/RECORD,,\\n')
z.close()`
      const file = join(folder, 'tiny.whl')
      const made = await run('python3', ['-c', script, file]).catch(() => undefined)
      return made && readFileSync(file)
    }
  })
})
