import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { imageEndpoints as api, type ImagePolicy } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configFor, createKernel, type Kernel } from '../../kernel/index.ts'
import { Client } from '../../testing/client.ts'
import { testDatabases } from '../../testing/databases.ts'
import { hasDocker, makeImage, removeImages } from '../../testing/docker.ts'
import { createRegistry } from '../index.ts'
import { collect } from './garbage.ts'

const run = promisify(execFile)
const HOUR_MS = 3_600_000
const BASE = 'madang-garbage/base:1'
const free: ImagePolicy = {
  quotaBytes: null,
  keepTags: null,
  untaggedDays: null,
  tagDays: null,
  keepPattern: null,
  fixedPattern: null,
  proxyUrl: null,
}
const basic = { authorization: `Basic ${btoa('maintainer:x')}` }
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const sha256 = (bytes: string | Buffer) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

let kernel: Kernel
let origin: string
let folder: string

const send = (path: string, init: RequestInit = {}) =>
  fetch(`${origin}${path}`, { ...init, headers: { ...basic, ...init.headers } })

async function blobPush(repo: string, bytes: string): Promise<string> {
  const digest = sha256(bytes)
  const url = `/v2/${repo}/blobs/uploads/?digest=${digest}`
  const { status } = await send(url, { method: 'POST', body: bytes })
  expect(status).toBe(201)
  return digest
}

const manifestPut = (repo: string, at: string, manifest: object, type = manifestType) =>
  send(`/v2/${repo}/manifests/${at}`, {
    method: 'PUT',
    body: JSON.stringify({ schemaVersion: 2, mediaType: type, ...manifest }),
    headers: { 'content-type': type },
  })

/** As clients do it: every blob, then the manifest that needs them. */
async function imagePush(repo: string, layers: string[], at?: string) {
  const described = []
  for (const layer of ['{}', ...layers]) {
    const digest = await blobPush(repo, layer)
    described.push({ mediaType: 'application/octet-stream', digest, size: layer.length })
  }
  const [config, ...rest] = described
  const manifest = { config, layers: rest }
  const text = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, ...manifest })
  const answer = await manifestPut(repo, at ?? sha256(text), manifest)
  return { status: answer.status, digest: sha256(text), size: text.length }
}

/** As oras and cosign attach things: by `subject`, or by a tag and dressed up as an image. */
async function attach(
  repo: string,
  artifactType: string,
  how: { subject?: object; at?: string; config?: string },
): Promise<string> {
  const { subject, at, config = 'application/vnd.oci.empty.v1+json' } = how
  const payload = `${artifactType} ${at}`
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    ...(at === undefined && { artifactType }),
    config: { mediaType: config, digest: await blobPush(repo, '{}'), size: 2 },
    layers: [
      { mediaType: artifactType, digest: await blobPush(repo, payload), size: payload.length },
    ],
    subject,
  }
  const digest = sha256(JSON.stringify(manifest))
  expect((await manifestPut(repo, at ?? digest, manifest)).status).toBe(201)
  return digest
}

async function policySet(body: Partial<ImagePolicy>): Promise<void> {
  const client = new Client(origin, basic)
  await client.call(api.imagePolicySet, { params: { project: 'GB' }, body: { ...free, ...body } })
}

describe.each(testDatabases())('over $name', (database) => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oci-garbage-'))
    kernel = await createKernel(configFor({ ...(await database.config()), home: folder }))
    kernel.http.guardWith({
      identify: async ({ headers }) =>
        headers.authorization
          ? {
              kind: 'person' as const,
              id: 'person:maintainer',
              name: 'maintainer',
              isAdministrator: false,
              scopes: ['read', 'write'] as const,
            }
          : undefined,
      roleIn: async () => 'maintainer',
    })
    await createRegistry({ kernel })
    origin = await kernel.http.listen()
    await kernel.start()
  })
  afterAll(async () => {
    await kernel.stop()
    rmSync(folder, { recursive: true })
  })

  test('pushes at the same time as the collection lose no layer', async () => {
    await policySet({ untaggedDays: 0 })
    // All push the same layers again and again, in repositories that are emptied in between.
    const layers = Array.from({ length: 4 }, (_, n) => `layer ${n} ${'x'.repeat(50_000)}`)
    const end = { isReached: false }
    // No push takes a day, however slow the machine: so long its layers wait for it.
    let steps = 0
    const collecting = (async () => {
      while (!end.isReached) {
        await collect(kernel)
        if (steps++ < 40) kernel.clock.advance(HOUR_MS / 2)
      }
    })()
    const statuses: number[] = []
    const push = async (n: number, round: number) => {
      const repo = `gb/busy${n % 3}`
      const { status, digest } = await imagePush(repo, layers, `t${n}`)
      statuses.push(status)
      const layer = sha256(layers[round % 4]!)
      const back = await send(`/v2/${repo}/blobs/${layer}`)
      const isWhole = sha256(Buffer.from(await back.arrayBuffer())) === layer
      statuses.push(isWhole ? 201 : back.status)
      if (round % 4 === 3) await send(`/v2/${repo}/manifests/${digest}`, { method: 'DELETE' })
    }
    const pushing = (async () => {
      for (let round = 0; round < 12; round++) {
        steps = 0
        await Promise.all(Array.from({ length: 6 }, (_, n) => push(n, round)))
      }
    })()
    await pushing.finally(() => (end.isReached = true))
    await collecting
    expect(statuses.filter((status) => status !== 201)).toEqual([])
    expect(statuses).toHaveLength(6 * 12 * 2)
    await policySet({})
  })

  test('the images of an index wait for it, however short the rule', async () => {
    await policySet({ untaggedDays: 0 })
    const { digest, size } = await imagePush('gb/parts', [randomBytes(8).toString('hex')])
    const child = { mediaType: manifestType, digest, size }
    const head = () => send(`/v2/gb/parts/manifests/${digest}`, { method: 'HEAD' })
    kernel.clock.advance(HOUR_MS / 2)
    await collect(kernel)
    // Asking is relying on it: another push leaves this image out because it is here.
    expect((await head()).status).toBe(200)
    kernel.clock.advance(HOUR_MS * 0.9)
    await collect(kernel)
    const put = await manifestPut('gb/parts', 'all', { manifests: [child] }, indexType)
    expect(put.status).toBe(201)
    await send('/v2/gb/parts/manifests/all', { method: 'DELETE' })
    kernel.clock.advance(3 * HOUR_MS)
    await collect(kernel)
    await collect(kernel)
    expect((await send(`/v2/gb/parts/manifests/${digest}`)).status).toBe(404)
    await policySet({})
  })

  test('what is attached to an image stays with it, however it is attached, and goes with it', async () => {
    await policySet({ keepTags: 1 })
    const repo = 'gb/attached'
    const { digest, size } = await imagePush(repo, ['app'], '1.0')
    const subject = { mediaType: manifestType, digest, size }
    const sbom = await attach(repo, 'application/spdx+json', { subject })
    const ofSbom = { subject: { mediaType: manifestType, digest: sbom, size: 1 } }
    const signed = await attach(repo, 'application/vnd.dev.cosign.artifact.sig.v1+json', ofSbom)
    const byTag = digest.replace(':', '-') + '.sig'
    const simple = 'application/vnd.dev.cosign.simplesigning.v1+json'
    await attach(repo, simple, { at: byTag, config: 'application/vnd.oci.image.config.v1+json' })
    // A client of before the API of referrers keeps a list of them at a tag.
    const list = { manifests: [{ mediaType: manifestType, digest: sbom, size: 1 }] }
    await manifestPut(repo, digest.replace(':', '-'), list, indexType)
    const client = new Client(origin, basic)
    const place = { project: 'GB', image: 'attached' }
    const listed = () => client.call(api.imageRepoList, { params: place, query: {} })
    kernel.clock.advance(40 * 24 * HOUR_MS)
    for (let round = 0; round < 3; round++) await collect(kernel)
    const image = await client.call(api.imageGet, { params: { ...place, reference: '1.0' } })
    expect(image.referrers.map(({ artifactType }) => artifactType)).toEqual([
      'application/spdx+json',
      simple,
    ])
    const found = (await listed()).items.find(({ name }) => name === repo)
    expect(found).toMatchObject({ tags: 1, latestTag: '1.0' })
    const tags = await client.call(api.imageTagList, { params: place, query: {} })
    expect(tags.items.map((tag) => tag.attachedTo)).toEqual([undefined, digest, digest])

    await send(`/v2/${repo}/manifests/${digest}`, { method: 'DELETE' })
    for (let round = 0; round < 4; round++) await collect(kernel)
    for (const gone of [sbom, signed, byTag, digest.replace(':', '-')]) {
      expect((await send(`/v2/${repo}/manifests/${gone}`)).status, gone).toBe(404)
    }
    expect((await listed()).items.find(({ name }) => name === repo)).toMatchObject({ sizeBytes: 0 })
    await policySet({})
  })

  test('a signature may come a while before its image', async () => {
    const repo = 'gb/early'
    const layer = randomBytes(8).toString('hex')
    const text = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, layer })
    const subject = { mediaType: manifestType, digest: sha256(text), size: text.length }
    const early = await attach(repo, 'application/spdx+json', { subject })
    kernel.clock.advance(20 * HOUR_MS)
    await collect(kernel)
    expect((await send(`/v2/${repo}/manifests/${early}`)).status).toBe(200)
    kernel.clock.advance(5 * HOUR_MS)
    await collect(kernel)
    expect((await send(`/v2/${repo}/manifests/${early}`)).status).toBe(404)
  })

  test.skipIf(!hasDocker || database.name !== 'sqlite')(
    'docker hears of the quota, and finds the tags that the rules keep',
    async () => {
      makeImage(BASE, ['sh', 'echo'])
      const host = new URL(origin).host
      const env = { ...process.env, DOCKER_CONFIG: mkdtempSync(join(folder, 'docker-')) }
      const docker = async (...args: string[]) => (await run('docker', args, { env })).stdout
      const names = ['1', '2', '3'].map((tag) => `${host}/gb/kept:${tag}`)
      try {
        await docker('login', '-u', 'maintainer', '-p', 'x', host)
        for (const name of names) await docker('tag', BASE, name)
        await policySet({ quotaBytes: 1000 })
        await expect(docker('push', names[0]!)).rejects.toThrow(/denied: .*GB.*1,?000/)
        await policySet({ keepTags: 1 })
        for (const name of names) {
          await docker('push', name)
          kernel.clock.advance(1000)
        }
        await collect(kernel)
        await docker('rmi', ...names)
        await expect(docker('pull', names[0]!)).rejects.toThrow(/not found|unknown/)
        expect(await docker('pull', names[2]!)).toContain('Downloaded newer image')
      } finally {
        removeImages()
        await policySet({})
      }
    },
  )
})
