// Who may what, over everything the program answers: read from its own table, so nothing new is left out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, identityEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configFor, type Scope } from '../server/src/kernel/index.ts'
import { type Madang, startMadang } from '../server/src/madang.ts'
import { Client } from '../server/src/testing/client.ts'
import { probeGuards } from '../server/src/testing/guards.ts'
import { addPerson, asBrowser } from '../server/src/testing/yard.ts'
import { awsClients } from './kit/aws.ts'
import { openBrowser, PASSWORD } from './kit/browser.ts'
import { makeProject } from './kit/person.ts'
import { cloneUrl, WorkingCopy } from './kit/working-copy.ts'

let madang: Madang
let home: string
let nobody: Client
/** The first administrator's browser. */
let minji: Client
/** Signed in, without a role in any project. */
let outsider: Client
let viewer: Client
let token: string
let outsiderToken: string

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'madang-e2e-'))
  madang = await startMadang(configFor({ home }))
  nobody = new Client(madang.origin)
  const code = new URL((await madang.welcomeLink())!).searchParams.get('code')!
  const named = { name: 'minji', displayName: 'Minji Kim', language: 'en' as const }
  const setup = await nobody.send(identityEndpoints.setup, {
    body: { code, password: PASSWORD, ...named },
  })
  minji = await asBrowser(setup, madang.origin)
  await makeProject(minji, ['guestbook'])
  outsider = await addPerson(minji, { name: 'outsider' })
  viewer = await addPerson(minji, { name: 'viewer', project: 'GB', role: 'viewer' })
  token = await tokenWith(['read', 'write'])
  outsiderToken = await tokenWith(['read', 'write'], outsider)
})

afterAll(async () => {
  await madang?.stop()
  rmSync(home, { recursive: true, force: true })
})

async function tokenWith(scopes: Scope[], owner = minji): Promise<string> {
  const body = { name: scopes.join(' '), scopes }
  return (await owner.call(identityEndpoints.tokenCreate, { body })).token
}

const endpoints = () => madang.kernel.http.table().routes.map((route) => route.endpoint)
const isRead = ({ method }: Endpoint) => method === 'GET'

async function statusOf(client: Client, endpoint: Endpoint): Promise<number> {
  const path = endpoint.path.replace(':project', 'GB').replace(/[:*]\w+/g, 'x')
  const headers = { ...client.headers, 'content-type': 'application/json' }
  const body = endpoint.body ? '{}' : null
  const response = await fetch(client.origin + path, { method: endpoint.method, headers, body })
  await response.arrayBuffer()
  return response.status
}

/** The endpoints of a kind that answer something else than they should. */
async function wrongly(
  client: Client,
  expected: number,
  which: (endpoint: Endpoint) => boolean,
): Promise<string[]> {
  const wrong: string[] = []
  for (const endpoint of endpoints().filter(which)) {
    const status = await statusOf(client, endpoint)
    if (status !== expected) wrong.push(`${endpoint.method} ${endpoint.path} ${status}`)
  }
  return wrong
}

describe('every endpoint', () => {
  test('is declared once', () => {
    const names = endpoints().map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`)
    expect(names.length).toBeGreaterThan(100)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  test('answers 401 to nobody, and 403 to somebody without the role', async () => {
    const findings = await probeGuards(madang.kernel, {
      nobody,
      outsider,
      project: 'GB',
      only: () => true,
    })
    const wrong = findings.filter(
      ({ nobody, outsider }) => nobody !== 401 || (outsider !== undefined && outsider !== 403),
    )
    expect(wrong).toEqual([])
  })

  test('for anyone is one of the few that lead in', () => {
    const open = endpoints().filter(({ access }) => access === 'anyone')
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'GET /api/setup',
      'POST /api/codes/check',
      'POST /api/invitations/accept',
      'POST /api/setup',
      'POST /api/sign-in',
    ])
  })

  test('that changes a project answers 403 to a viewer', async () => {
    const changes = ({ access }: Endpoint) =>
      typeof access === 'object' && access.project !== 'viewer'
    expect(await wrongly(viewer, 403, changes)).toEqual([])
  })

  test('that changes something answers 403 to a token that may only read', async () => {
    const reader = nobody.withToken(await tokenWith(['read']))
    const changes = (endpoint: Endpoint) => endpoint.access !== 'anyone' && !isRead(endpoint)
    expect(await wrongly(reader, 403, changes)).toEqual([])
  })

  test('for administrators answers 403 to an administrator’s token without that scope', async () => {
    const writer = nobody.withToken(token)
    const administers = ({ access }: Endpoint) => access === 'administrator'
    expect(endpoints().filter(administers).length).toBeGreaterThan(3)
    expect(await wrongly(writer, 403, administers)).toEqual([])
  })

  test('that changes something answers 403 to a browser without our page’s token', async () => {
    const foreign = new Client(madang.origin, { cookie: minji.headers['cookie']! })
    const changes = (endpoint: Endpoint) => endpoint.access !== 'anyone' && !isRead(endpoint)
    expect(await wrongly(foreign, 403, changes)).toEqual([])
  })
})

/** One request to each edge that nobody may make without credentials. */
const edgeRequests: Record<string, [method: string, path: string][]> = {
  live: [
    ['GET', '/api/live?topic=project:GB'],
    ['GET', '/api/live?topic=me'],
  ],
  git: [
    ['GET', '/git/GB/guestbook.git/info/refs?service=git-upload-pack'],
    ['GET', '/git/GB/guestbook.git/info/refs?service=git-receive-pack'],
    ['POST', '/git/GB/guestbook.git/git-upload-pack'],
    ['POST', '/git/GB/guestbook.git/git-receive-pack'],
  ],
  raw: [['GET', '/raw/GB/guestbook/main/README.md']],
  'run-log': [['GET', '/runs/GB/run_1/log']],
  archive: [['GET', '/archive/GB/guestbook/main.zip']],
  artifacts: [
    ['GET', '/artifacts/GB/a/1/a.txt'],
    ['PUT', '/artifacts/GB/a/1/a.txt'],
    ['DELETE', '/artifacts/GB/a/1/a.txt'],
  ],
  // code/bitbucket/access.test.ts asks every call.
  bitbucket: [['GET', '/2.0/user']],
  oci: [
    ['GET', '/v2/gb/app/tags/list'],
    ['GET', '/v2/gb/app/manifests/1'],
    ['PUT', '/v2/gb/app/manifests/1'],
    ['POST', '/v2/gb/app/blobs/uploads/'],
    ['DELETE', '/v2/gb/app/manifests/1'],
  ],
  maven: [
    ['GET', '/maven/GB/com/acme/app/1/app-1.jar'],
    ['PUT', '/maven/GB/com/acme/app/1/app-1.jar'],
  ],
  npm: [
    ['GET', '/npm/GB/app'],
    ['PUT', '/npm/GB/app'],
    ['GET', '/npm/GB/-/whoami'],
  ],
  pypi: [
    ['GET', '/pypi/GB/simple/app/'],
    ['POST', '/pypi/GB/legacy/'],
  ],
  cloudObjects: [
    ['GET', '/cloud-objects/bucket/key'],
    ['PUT', '/cloud-objects/bucket/key?project=GB'],
  ],
  // Answers as Jenkins does (403 to nobody); pipelines/remote-api/tests/access.test.ts asks every path.
  jenkins: [],
}

describe('every edge', () => {
  test('says who may call it, and is asked here', () => {
    const { edges } = madang.kernel.http.table()
    expect(edges.map(({ name }) => name).sort()).toEqual(Object.keys(edgeRequests).sort())
    expect(edges.filter(({ access }) => access.length < 5)).toEqual([])
  })

  test('refuses nobody with 401 and somebody without a role with 403', async () => {
    for (const [edge, requests] of Object.entries(edgeRequests)) {
      for (const [method, path] of requests) {
        const anonymous = await fetch(madang.origin + path, { method })
        expect([edge, method, path, anonymous.status]).toEqual([edge, method, path, 401])
        if (!/\bGB\b/i.test(path)) continue
        const refused = await fetch(madang.origin + path, {
          method,
          headers: { authorization: `Bearer ${outsiderToken}` },
        })
        expect([edge, method, path, refused.status]).toEqual([edge, method, path, 403])
      }
    }
  })

  test('that takes changes refuses a viewer', async () => {
    const headers = { authorization: `Bearer ${await tokenWith(['read', 'write'], viewer)}` }
    const put = { method: 'PUT', headers, body: 'x' }
    expect((await fetch(`${madang.origin}/artifacts/GB/a/1/a.txt`, put)).status).toBe(403)
    const push = '/git/GB/guestbook.git/info/refs?service=git-receive-pack'
    expect((await fetch(madang.origin + push, { headers })).status).toBe(403)
  })
})

describe('what people upload', () => {
  const EVIL = '<html><body onload="document.title=\'ran\'"><script>document.title="ran"</script>'
  const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="document.title='ran'"><script>1</script></svg>`
  const paths = [
    '/raw/GB/guestbook/main/evil.html',
    '/raw/GB/guestbook/main/evil.svg',
    '/artifacts/GB/evil/1/evil.html',
    '/artifacts/GB/evil/1/evil.svg',
    '/cloud-objects/evil/evil.html',
  ]

  beforeAll(async () => {
    const copy = new WorkingCopy()
    await copy.clone(cloneUrl(madang.origin, 'GB/guestbook', token))
    await copy.git('switch', '--quiet', '--create', 'main')
    writeFileSync(join(copy.folder, 'evil.html'), EVIL)
    writeFileSync(join(copy.folder, 'evil.svg'), SVG)
    await copy.commit('What a visitor should never run')
    await copy.git('push', '--quiet', 'origin', 'main')
    copy.remove()
    const { s3 } = awsClients(madang.cloudUrl)
    await s3.createBucket({ Bucket: 'evil' })
    const page = { Body: EVIL, ContentType: 'text/html' }
    await s3.putObject({ Bucket: 'evil', Key: 'evil.html', ...page })
    const authorization = `Bearer ${token}`
    for (const [name, type, body] of [
      ['evil.html', 'text/html', EVIL],
      ['evil.svg', 'image/svg+xml', SVG],
    ] as const) {
      const headers = { authorization, 'content-type': type }
      const url = `${madang.origin}/artifacts/GB/evil/1/${name}`
      expect((await fetch(url, { method: 'PUT', headers, body })).ok).toBe(true)
    }
  })

  test.each(paths)('%s is sandboxed and never sniffed', async (path) => {
    const response = await fetch(madang.origin + path, { headers: minji.headers })
    expect(response.status).toBe(200)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain('sandbox')
    expect(policy).not.toContain('allow-scripts')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const disposition = response.headers.get('content-disposition') ?? ''
    expect(disposition.startsWith('attachment') || path.endsWith('.svg')).toBe(true)
    await response.arrayBuffer()
  })

  test('runs no script when somebody opens it in a browser', async () => {
    const visitor = await openBrowser()
    const [name, value] = minji.headers['cookie']!.split('=') as [string, string]
    await visitor.context.addCookies([{ name, value, url: madang.origin }])
    await visitor.page.goto(`${madang.origin}/raw/GB/guestbook/main/evil.svg`)
    expect(await visitor.page.title()).not.toBe('ran')
    const complaints = () => visitor.complaints.join('\n')
    await expect.poll(complaints).toMatch(/Blocked script execution|Content Security/)
    await visitor.close()
  })
})
