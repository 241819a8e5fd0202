// The rules of a project's images, and the registry behind it, as clients see them.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imageEndpoints as api, type ImagePolicy } from '@madang/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Actor, configFor, createKernel, type Kernel } from '../../kernel/index.ts'
import { Client } from '../../testing/client.ts'
import { createRegistry } from '../index.ts'
import { collect } from './garbage.ts'

const home = mkdtempSync(join(tmpdir(), 'oci-rules-'))
const DAY_MS = 24 * 3_600_000
const none: ImagePolicy = {
  quotaBytes: null,
  keepTags: null,
  untaggedDays: null,
  tagDays: null,
  keepPattern: null,
  fixedPattern: null,
  proxyUrl: null,
}

interface Side {
  kernel: Kernel
  origin: string
}
let ours: Side
let theirs: Side

async function side(name: string): Promise<Side> {
  const kernel = await createKernel(configFor({ home: join(home, name) }))
  kernel.http.guardWith({
    async identify(request) {
      const given = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      const who = Buffer.from(given ?? '', 'base64')
        .toString()
        .split(':')[0]
      // The other registry lets everybody read, by the token that it gives to anybody.
      return name === 'theirs' || who ? actorOf(who || 'nobody') : undefined
    },
    roleIn: async () => 'maintainer',
  })
  await createRegistry({ kernel })
  const origin = await kernel.http.listen()
  await kernel.start()
  return { kernel, origin }
}

const actorOf = (name: string): Actor => ({
  kind: 'person',
  id: `person:${name}`,
  name,
  isAdministrator: false,
  scopes: ['read', 'write'],
})

beforeAll(async () => {
  ours = await side('ours')
  theirs = await side('theirs')
})
afterAll(async () => {
  await ours.kernel.stop()
  rmSync(home, { recursive: true })
})

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const call = (at: Side, path: string, init: RequestInit = {}, who = 'minji') =>
  fetch(`${at.origin}/v2/${path}`, {
    ...init,
    headers: { authorization: `Basic ${btoa(`${who}:x`)}`, ...init.headers },
  })

async function push(at: Side, repo: string, tag: string, layer: string): Promise<Response> {
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [] } })
  for (const bytes of [config, layer]) {
    const query = `digest=${digestOf(bytes)}`
    await call(at, `${repo}/blobs/uploads/?${query}`, { method: 'POST', body: bytes })
  }
  const of = (text: string, kind: string) => ({
    mediaType: `application/vnd.oci.image.${kind}`,
    digest: digestOf(text),
    size: text.length,
  })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: of(config, 'config.v1+json'),
    layers: [of(layer, 'layer.v1.tar+gzip')],
  })
  return call(at, `${repo}/manifests/${tag}`, {
    method: 'PUT',
    body,
    headers: { 'content-type': mediaType },
  })
}

const client = (who: string) =>
  new Client(ours.origin, { authorization: `Basic ${btoa(`${who}:x`)}` })
const set = (rules: Partial<ImagePolicy>) =>
  client('minji').call(api.imagePolicySet, {
    params: { project: 'GB' },
    body: { ...none, ...rules },
  })
const tags = async (repo: string) =>
  ((await (await call(ours, `${repo}/tags/list`)).json()) as { tags: string[] }).tags

test('a fixed tag stays with its image', async () => {
  await push(ours, 'gb/fixed', 'v1', 'one')
  await set({ fixedPattern: 'v* release-?' })
  const moved = await push(ours, 'gb/fixed', 'v1', 'two')
  expect(moved.status).toBe(403)
  expect(await moved.json()).toMatchObject({
    errors: [{ code: 'DENIED', message: expect.stringContaining('fix the tag v1') }],
  })
  expect((await push(ours, 'gb/fixed', 'v1', 'one')).status).toBe(201)
  expect((await push(ours, 'gb/fixed', 'latest', 'two')).status).toBe(201)
  expect((await push(ours, 'gb/fixed', 'latest', 'one')).status).toBe(201)
  expect((await call(ours, 'gb/fixed/manifests/v1', { method: 'DELETE' })).status).toBe(403)
  const { headers } = await call(ours, 'gb/fixed/manifests/v1')
  const digest = headers.get('docker-content-digest')!
  expect((await call(ours, `gb/fixed/manifests/${digest}`, { method: 'DELETE' })).status).toBe(403)
  const params = { project: 'GB', image: 'fixed', tag: 'v1' }
  await expect(client('minji').call(api.imageTagDelete, { params })).rejects.toMatchObject({
    code: 'imageTagFixed',
  })
})

test('tags go by number and age, never those that are kept; first as a trial', async () => {
  for (const tag of ['a1', 'a2', 'a3', 'stable', 'a4']) {
    await push(ours, 'gb/aged', tag, tag)
    ours.kernel.clock.advance(DAY_MS)
  }
  const rules = { ...none, keepTags: 3, tagDays: 4, keepPattern: 'stable' }
  const trial = () =>
    client('minji').call(api.imagePolicyPreview, { params: { project: 'GB' }, body: rules })
  const { items } = await trial()
  expect(items.filter(({ repo }) => repo === 'gb/aged')).toMatchObject([
    { tag: 'a2', reason: 'age' },
    { tag: 'a1', reason: 'count' },
  ])
  expect(await tags('gb/aged')).toHaveLength(5)
  await set(rules)
  await collect(ours.kernel)
  expect(await tags('gb/aged')).toEqual(['a3', 'a4', 'stable'])
  expect((await trial()).items.filter(({ repo }) => repo === 'gb/aged')).toEqual([])
})

test('another registry is asked for what is below proxy, and its answers stay', async () => {
  await push(theirs, 'library/base', '1', 'their layer')
  await set({ proxyUrl: theirs.origin })
  const found = await call(ours, 'gb/proxy/library/base/manifests/1')
  expect(found.status).toBe(200)
  const { layers } = (await found.json()) as { layers: { digest: string }[] }
  const blob = `gb/proxy/library/base/blobs/${layers[0]!.digest}`
  expect(await (await call(ours, blob)).text()).toBe('their layer')
  expect((await call(ours, 'gb/proxy/library/none/manifests/1')).status).toBe(404)
  await theirs.kernel.stop()
  ours.kernel.clock.advance(DAY_MS)
  expect((await call(ours, 'gb/proxy/library/base/manifests/1')).status).toBe(200)
  expect(await (await call(ours, blob)).text()).toBe('their layer')
  await expect(set({ proxyUrl: 'https://user@host' })).rejects.toMatchObject({ code: 'imageProxy' })
})
