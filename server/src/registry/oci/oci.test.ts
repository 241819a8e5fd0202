import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { imageEndpoints as api, type Role } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Actor, configFor, createKernel, type Kernel } from '../../kernel/index.ts'
import { Client } from '../../testing/client.ts'
import { testDatabases } from '../../testing/databases.ts'
import { createRegistry } from '../index.ts'

const run = promisify(execFile)
const DAY_MS = 24 * 3_600_000
let kernel: Kernel
let origin: string
let folder: string

/** Names are roles, in GB only. */
const actorOf = (name: string): Actor => ({
  kind: name === 'run' ? 'run' : 'person',
  id: name === 'run' ? 'run:run_7' : `person:${name}`,
  name,
  isAdministrator: false,
  scopes: ['read', 'write'],
})
const roleOf = (name: string): Role => (name === 'run' ? 'developer' : (name as Role))
const basic = (name: string) => ({ authorization: `Basic ${btoa(`${name}:x`)}` })

const digestOf = (bytes: string | Buffer, algorithm = 'sha256') =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`

const call = (path: string, init: RequestInit & { as?: string } = {}) =>
  fetch(`${origin}${path}`, {
    ...init,
    headers: { ...(init.as !== '' && basic(init.as ?? 'maintainer')), ...init.headers },
  })

async function blobPush(repo: string, bytes: string | Buffer, as = 'developer'): Promise<string> {
  const digest = digestOf(bytes)
  const started = await call(`/v2/${repo}/blobs/uploads/`, { method: 'POST', as })
  expect(started.status).toBe(202)
  const location = started.headers.get('location')!
  const ended = await call(`${location}?digest=${digest}`, { method: 'PUT', as, body: bytes })
  expect(ended.status).toBe(201)
  return digest
}

const configType = 'application/vnd.oci.image.config.v1+json'
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip'

async function imagePush(
  repo: string,
  reference: string,
  given: { layer?: string; labels?: Record<string, string>; more?: object; as?: string } = {},
) {
  const layer = given.layer ?? `layer ${randomBytes(4).toString('hex')}`
  const config = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    created: '2026-11-22T00:00:00Z',
    config: { Labels: given.labels },
    history: [{ created_by: 'COPY app /app' }],
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  })
  const as = given.as ?? 'developer'
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: configType,
      digest: await blobPush(repo, config, as),
      size: config.length,
    },
    layers: [{ mediaType: layerType, digest: await blobPush(repo, layer, as), size: layer.length }],
    ...given.more,
  })
  const digest = digestOf(manifest)
  const at = reference === '' ? digest : reference
  const answer = await call(`/v2/${repo}/manifests/${at}`, {
    method: 'PUT',
    as,
    body: manifest,
    headers: { 'content-type': manifestType },
  })
  return { answer, digest, manifest, layer: digestOf(layer) }
}

const codeOf = async (answer: Response) =>
  ((await answer.json()) as { errors: { code: string }[] }).errors[0]!.code

describe.each(testDatabases())('over $name', (database) => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oci-'))
    await open(await database.config())
  })
  afterAll(async () => {
    await kernel.stop()
    rmSync(folder, { recursive: true })
  })

  async function open(config: object) {
    kernel = await createKernel(configFor({ ...config, home: join(folder, 'home') }))
    kernel.http.guardWith({
      async identify(request) {
        const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
        return given ? actorOf(Buffer.from(given, 'base64').toString().split(':')[0]!) : undefined
      },
      roleIn: async (actor, project) => (project === 'GB' ? roleOf(actor.name) : undefined),
    })
    await createRegistry({ kernel })
    origin = await kernel.http.listen()
    await kernel.start()
  }

  test('asks for a token, and gives one for what the role allows', async () => {
    const nobody = await call('/v2/', { as: '' })
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('www-authenticate')).toBe(
      `Bearer realm="${origin}/v2/token",service="${new URL(origin).host}"`,
    )
    const scope = 'repository:gb/app:pull,push'
    const ask = async (as: string) => {
      const answer = await call(`/v2/token?service=x&scope=${scope}`, { as })
      return ((await answer.json()) as { token: string }).token
    }
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    const begin = (token: string, repo = 'gb/app') =>
      call(`/v2/${repo}/blobs/uploads/`, { method: 'POST', as: '', headers: bearer(token) })
    expect((await begin(await ask('developer'))).status).toBe(202)
    // A viewer's token has no push in it, so Docker is told to bring a better one.
    const refused = await begin(await ask('viewer'))
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect((await begin(await ask('developer'), 'gb/other')).status).toBe(401)
    expect((await begin('mdr1.made-up')).status).toBe(401)
    const form = new URLSearchParams({
      grant_type: 'password',
      username: 'viewer',
      password: 'x',
      scope,
    })
    const oauth = await call('/v2/token', { method: 'POST', as: '', body: form })
    expect(await oauth.json()).toMatchObject({ expires_in: 300 })
  })

  test('holds every request to the role', async () => {
    const push = (as: string, repo: string) =>
      call(`/v2/${repo}/blobs/uploads/`, { method: 'POST', as })
    expect((await push('viewer', 'gb/app')).status).toBe(403)
    const elsewhere = await push('maintainer', 'other/app')
    expect([elsewhere.status, await codeOf(elsewhere)]).toEqual([403, 'DENIED'])
    const { digest } = (await imagePush('gb/roles', '1')) as { digest: string }
    expect((await call(`/v2/gb/roles/manifests/1`, { as: 'viewer' })).status).toBe(200)
    const remove = (as: string) =>
      call(`/v2/gb/roles/manifests/${digest}`, { method: 'DELETE', as })
    expect((await remove('developer')).status).toBe(403)
    expect((await remove('maintainer')).status).toBe(202)
  })

  test('takes an image in order, and gives back the same bytes', async () => {
    const { answer, digest, manifest, layer } = await imagePush('gb/app', 'v1')
    expect(answer.status).toBe(201)
    expect(answer.headers.get('docker-content-digest')).toBe(digest)
    expect(answer.headers.get('location')).toBe(`/v2/gb/app/manifests/${digest}`)
    const byTag = await call('/v2/gb/app/manifests/v1')
    expect(await byTag.text()).toBe(manifest)
    expect(byTag.headers.get('content-type')).toBe(manifestType)
    const head = await call(`/v2/gb/app/manifests/${digest}`, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe(String(manifest.length))
    const part = await call(`/v2/gb/app/blobs/${layer}`, { headers: { range: 'bytes=0-4' } })
    expect([part.status, await part.text()]).toEqual([206, 'layer'])
    const beyond = await call(`/v2/gb/app/blobs/${layer}`, { headers: { range: 'bytes=999-' } })
    expect(beyond.status).toBe(416)
  })

  test('refuses what is not whole or not true', async () => {
    const config = await blobPush('gb/bad', '{}')
    const put = (manifest: object | string, type = manifestType, reference = 'x') =>
      call(`/v2/gb/bad/manifests/${reference}`, {
        method: 'PUT',
        body: typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
        headers: { 'content-type': type },
      })
    const descriptor = { mediaType: configType, digest: config, size: 2 }
    const lost = { mediaType: layerType, digest: digestOf('lost'), size: 4 }
    const image = { schemaVersion: 2, mediaType: manifestType, config: descriptor, layers: [lost] }
    const missing = await put(image)
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({
      errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', detail: [{ digest: lost.digest }] }],
    })
    const whole = { ...image, layers: [] }
    expect(await codeOf(await put('{'))).toBe('MANIFEST_INVALID')
    expect(await codeOf(await put({ ...whole, schemaVersion: 1 }))).toBe('MANIFEST_INVALID')
    expect(await codeOf(await put(whole, 'application/vnd.oci.image.index.v1+json'))).toBe(
      'MANIFEST_INVALID',
    )
    expect(await codeOf(await put(whole, manifestType, digestOf('x')))).toBe('DIGEST_INVALID')
    expect(await codeOf(await put(whole, manifestType, '.bad'))).toBe('MANIFEST_INVALID')
    const started = await call('/v2/gb/bad/blobs/uploads/', { method: 'POST' })
    const wrong = await call(`${started.headers.get('location')}?digest=${digestOf('a')}`, {
      method: 'PUT',
      body: 'b',
    })
    expect(await codeOf(wrong)).toBe('DIGEST_INVALID')
    expect(await codeOf(await call('/v2/GB/App/tags/list'))).toBe('NAME_INVALID')
    expect(await codeOf(await call('/v2/gb/none/tags/list'))).toBe('NAME_UNKNOWN')
    expect(await codeOf(await call('/v2/gb/bad/blobs/sha256:1'))).toBe('DIGEST_INVALID')
    expect(await codeOf(await call('/v2/gb/bad/tags/list', { method: 'POST' }))).toBe('UNSUPPORTED')
  })

  test('an upload goes on chunk by chunk, after a cut, and after a restart', async () => {
    const bytes = randomBytes(3_000_000)
    const started = await call('/v2/gb/chunks/blobs/uploads/', { method: 'POST' })
    const location = started.headers.get('location')!
    const chunk = (from: number, to: number) =>
      call(location, {
        method: 'PATCH',
        body: bytes.subarray(from, to),
        headers: { 'content-range': `${from}-${to - 1}` },
      })
    const first = await chunk(0, 1_000_000)
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-999999'])
    const wrong = await chunk(5, 10)
    expect([wrong.status, wrong.headers.get('range')]).toEqual([416, '0-999999'])
    await cutPatch(location, bytes.subarray(1_000_000, 1_500_000))
    const received = async () =>
      Number((await call(location)).headers.get('range')!.split('-')[1]) + 1
    await expect.poll(received).toBe(1_500_000)
    await kernel.stop()
    await open({ ...kernel.config })
    const status = await call(location)
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-1499999'])
    expect((await chunk(1_500_000, 3_000_000)).status).toBe(202)
    const digest = digestOf(bytes, 'sha512')
    const ended = await call(`${location}?digest=${digest}`, { method: 'PUT' })
    expect([ended.status, ended.headers.get('location')]).toEqual([
      201,
      `/v2/gb/chunks/blobs/${digest}`,
    ])
    const back = Buffer.from(await (await call(`/v2/gb/chunks/blobs/${digest}`)).arrayBuffer())
    expect(back.equals(bytes)).toBe(true)
    expect(await codeOf(await call(location))).toBe('BLOB_UPLOAD_UNKNOWN')
  })

  /** Sends half of what it promised, then hangs up. */
  async function cutPatch(path: string, bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      const patch = httpRequest(`${origin}${path}`, {
        method: 'PATCH',
        headers: { ...basic('developer'), 'content-length': bytes.length * 2 },
      })
      patch.on('error', () => resolve())
      patch.on('close', () => resolve())
      patch.write(bytes, () => setImmediate(() => patch.destroy()))
    })
  }

  test('mounts a blob from where one may read, and else begins an upload', async () => {
    const digest = await blobPush('gb/source', 'to be mounted')
    const mount = (query: string) =>
      call(`/v2/gb/target/blobs/uploads/?mount=${digest}${query}`, { method: 'POST' })
    expect((await mount('&from=other/source')).status).toBe(202)
    const done = await mount('&from=gb/source')
    expect([done.status, done.headers.get('location')]).toEqual([
      201,
      `/v2/gb/target/blobs/${digest}`,
    ])
    expect((await call(`/v2/gb/target/blobs/${digest}`)).status).toBe(200)
    expect(
      (
        await call(`/v2/gb/target/blobs/uploads/?digest=${digestOf('whole')}`, {
          method: 'POST',
          body: 'whole',
        })
      ).status,
    ).toBe(201)
  })

  test('lists tags, repositories and referrers by pages', async () => {
    const { digest: subject, manifest } = await imagePush('gb/list', 'a')
    for (const tag of ['c', 'b']) {
      await call(`/v2/gb/list/manifests/${subject}?tag=${tag}`, {
        method: 'PUT',
        body: manifest,
        headers: { 'content-type': manifestType },
      })
    }
    const first = await call('/v2/gb/list/tags/list?n=2')
    expect(await first.json()).toEqual({ name: 'gb/list', tags: ['a', 'b'] })
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!
    expect(await (await call(next)).json()).toEqual({ name: 'gb/list', tags: ['c'] })
    const { repositories } = (await (await call('/v2/_catalog')).json()) as {
      repositories: string[]
    }
    expect(repositories).toContain('gb/list')
    const signature = await imagePush('gb/list', '', {
      more: {
        artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
        annotations: { by: 'ada' },
        subject: { mediaType: manifestType, digest: subject, size: manifest.length },
      },
    })
    expect(signature.answer.headers.get('oci-subject')).toBe(subject)
    const all = await call(`/v2/gb/list/referrers/${subject}`)
    expect(all.headers.get('content-type')).toBe('application/vnd.oci.image.index.v1+json')
    expect(await all.json()).toMatchObject({
      manifests: [{ digest: signature.digest, annotations: { by: 'ada' } }],
    })
    const none = await call(`/v2/gb/list/referrers/${subject}?artifactType=text/sbom`)
    expect(none.headers.get('oci-filters-applied')).toBe('artifactType')
    expect(await none.json()).toMatchObject({ manifests: [] })
  })

  test('an index comes after its images', async () => {
    const { digest, manifest } = await imagePush('gb/multi', '')
    const put = (of: string) =>
      call('/v2/gb/multi/manifests/latest', {
        method: 'PUT',
        headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
        body: JSON.stringify({
          schemaVersion: 2,
          manifests: [
            {
              mediaType: manifestType,
              digest: of,
              size: manifest.length,
              platform: { os: 'linux', architecture: 'arm64' },
            },
          ],
        }),
      })
    expect(await codeOf(await put(digestOf('absent')))).toBe('MANIFEST_BLOB_UNKNOWN')
    expect((await put(digest)).status).toBe(201)
  })

  test('what nothing needs is collected, and what a push still needs is not', async () => {
    const { digest, layer } = await imagePush('gb/garbage', 'v1', { layer: 'only here' })
    const inUse = await call(`/v2/gb/garbage/blobs/${layer}`, { method: 'DELETE' })
    expect([inUse.status, await codeOf(inUse)]).toEqual([405, 'DENIED'])
    await call(`/v2/gb/garbage/manifests/${digest}`, { method: 'DELETE' })
    const pushed = await blobPush('gb/garbage', 'a push begins')
    const has = async (blob: string) => (await call(`/v2/gb/garbage/blobs/${blob}`)).status
    kernel.clock.advance(2 * DAY_MS)
    await expect.poll(() => has(layer)).toBe(404)
    expect(await has(pushed)).toBe(404)
    const again = await blobPush('gb/garbage', 'a push begins')
    kernel.clock.advance(DAY_MS / 2)
    await kernel.events.settled()
    expect(await has(again)).toBe(200)
  })

  test('a project can bound its images', async () => {
    const client = new Client(origin, basic('maintainer'))
    const params = { project: 'GB' }
    const before = (await client.call(api.imageRepoList, { params })).usedBytes
    const body = { quotaBytes: before + 10, keepTags: 1, untaggedDays: null }
    await client.call(api.imagePolicySet, { params, body })
    const started = await call('/v2/gb/quota/blobs/uploads/', { method: 'POST' })
    const text = 'more than ten bytes'
    const refused = await call(`${started.headers.get('location')}?digest=${digestOf(text)}`, {
      method: 'PUT',
      body: text,
    })
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'DENIED'])
    const { status } = await new Client(origin, basic('developer')).send(api.imagePolicySet, {
      params,
      body,
    })
    expect(status).toBe(403)
    kernel.clock.advance(2 * 3_600_000)
    const tags = async () => {
      const { tags } = (await (await call('/v2/gb/list/tags/list')).json()) as { tags: string[] }
      return tags.length
    }
    await expect.poll(tags).toBe(1)
    const none = { quotaBytes: null, keepTags: null, untaggedDays: null }
    await client.call(api.imagePolicySet, { params, body: none })
  })

  test('the pages know layers, history, labels, the run and the commit', async () => {
    const revision = 'a'.repeat(40)
    const labels = {
      'org.opencontainers.image.revision': revision,
      'org.opencontainers.image.source': 'http://127.0.0.1:4500/git/GB/guestbook.git',
    }
    const { digest } = await imagePush('gb/web/api', '1.0', { labels, as: 'run' })
    const client = new Client(origin, basic('viewer'))
    const at = { project: 'GB', image: 'web/api' }
    const image = await client.call(api.imageGet, { params: { ...at, reference: '1.0' } })
    expect(image).toMatchObject({
      repo: 'gb/web/api',
      digest,
      tags: ['1.0'],
      platforms: ['linux/amd64'],
      history: [{ createdBy: 'COPY app /app', isEmpty: false }],
      labels,
      runId: 'run_7',
      revision,
    })
    const { items } = await client.call(api.imageTagList, { params: at })
    expect(items).toMatchObject([{ tag: '1.0', digest, runId: 'run_7' }])
  })

  test('an index says what each platform pulls, and what all take together', async () => {
    const shared = 'shared layer '.repeat(100)
    const amd = await imagePush('gb/sizes', '', { layer: shared })
    const arm = await imagePush('gb/sizes', '', { layer: shared, labels: { arch: 'arm64' } })
    const own = await imagePush('gb/sizes', '', { layer: 'of its own' })
    const at = (of: { digest: string; manifest: string }, more: object) => ({
      mediaType: manifestType,
      digest: of.digest,
      size: of.manifest.length,
      ...more,
    })
    const manifests = [
      at(amd, { platform: { os: 'linux', architecture: 'amd64' } }),
      at(arm, { platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }),
      at(own, {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.digest': amd.digest },
      }),
    ]
    const put = await call('/v2/gb/sizes/manifests/all', {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
      body: JSON.stringify({ schemaVersion: 2, manifests }),
    })
    expect(put.status).toBe(201)
    const client = new Client(origin, basic('viewer'))
    const params = { project: 'GB', image: 'sizes', reference: 'all' }
    const image = await client.call(api.imageGet, { params })
    const parts = image.manifests.map(({ digest: _digest, ...rest }) => rest)
    expect(parts).toEqual([
      { platform: 'linux/amd64', sizeBytes: 1300, layers: 1 },
      { platform: 'linux/arm/v7', sizeBytes: 1300, layers: 1 },
      { sizeBytes: 10, layers: 1, attestationOf: amd.digest },
    ])
    expect(image.sizeBytes).toBe(1310)
    const { items } = await client.call(api.imageTagList, {
      params: { project: 'GB', image: 'sizes' },
    })
    expect(items).toMatchObject([{ tag: 'all', sizeBytes: 1310 }])
  })

  test('signatures and bills of materials of an image stand on its page', async () => {
    const { digest: subject, manifest } = await imagePush('gb/signed', '1')
    const types = [
      'application/vnd.dev.cosign.artifact.sig.v1+json',
      'application/spdx+json',
      'application/vnd.in-toto+json',
    ]
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 }
    for (const artifactType of types) {
      const document = JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        artifactType,
        config: { ...empty, digest: await blobPush('gb/signed', '{}') },
        layers: [{ mediaType: artifactType, digest: await blobPush('gb/signed', 'x'), size: 1 }],
        subject: { mediaType: manifestType, digest: subject, size: manifest.length },
      })
      const put = await call(`/v2/gb/signed/manifests/${digestOf(document)}`, {
        method: 'PUT',
        headers: { 'content-type': manifestType },
        body: document,
      })
      expect([put.status, put.headers.get('oci-subject')]).toEqual([201, subject])
    }
    const image = await new Client(origin, basic('viewer')).call(api.imageGet, {
      params: { project: 'GB', image: 'signed', reference: '1' },
    })
    expect(image.referrers.map(({ artifactType }) => artifactType).sort()).toEqual(types.sort())
  })

  test('skopeo copies an image in and out again', async () => {
    const credentials = ['--dest-tls-verify=false', '--dest-creds=developer:x']
    const host = new URL(origin).host
    await imagePush('gb/skopeo', 'v1')
    const target = join(folder, 'out')
    const pull = ['--src-tls-verify=false', '--src-creds=viewer:x']
    await run('skopeo', ['copy', ...pull, `docker://${host}/gb/skopeo:v1`, `dir:${target}`])
    await run('skopeo', ['copy', ...credentials, `dir:${target}`, `docker://${host}/gb/copied:v2`])
    const { stdout } = await run('skopeo', [
      'inspect',
      '--tls-verify=false',
      '--creds=viewer:x',
      `docker://${host}/gb/copied:v2`,
    ])
    expect(JSON.parse(stdout)).toMatchObject({
      RepoTags: ['v2'],
      Architecture: 'amd64',
      Os: 'linux',
    })
  })
})
