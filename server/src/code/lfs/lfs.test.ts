import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasLfs, hasSsh, keyFor, openSshYard, type SshYard } from '../ssh/testing.ts'
import { git, tryGit } from '../testing.ts'
import { PASSWORD } from '../../testing/yard.ts'

let at: SshYard
beforeAll(async () => void (at = await openSshYard()))
afterAll(() => at.yard.close())

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

interface Action {
  href: string
  header: Record<string, string>
}
interface BatchObject {
  oid: string
  size: number
  actions?: Record<'upload' | 'verify' | 'download', Action>
  error?: { code: number; message: string }
}

describe('the LFS API', () => {
  const base = () => `${at.yard.yard.origin}/git/GB/guestbook.git/info/lfs`
  const as = (name: string) => ({
    authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`,
    accept: 'application/vnd.git-lfs+json',
    'content-type': 'application/vnd.git-lfs+json',
  })
  const post = (name: string, path: string, body: object) =>
    fetch(`${base()}/${path}`, { method: 'POST', headers: as(name), body: JSON.stringify(body) })

  async function batch(name: string, operation: string, objects: object[]): Promise<BatchObject[]> {
    const answer = await post(name, 'objects/batch', { operation, transfers: ['basic'], objects })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/vnd.git-lfs+json')
    return ((await answer.json()) as { objects: BatchObject[] }).objects
  }

  test('takes an object, checks its hash, and gives it back whole or in part', async () => {
    const bytes = randomBytes(300_000)
    const object = { oid: sha256(bytes), size: bytes.length }
    expect((await batch('viewer', 'download', [object]))[0]!.error).toMatchObject({ code: 404 })
    const [asked] = await batch('dev', 'upload', [object])
    const { upload, verify } = asked!.actions!
    const put = (body: Uint8Array<ArrayBuffer>) =>
      fetch(upload.href, { method: 'PUT', headers: upload.header, body })
    const broken = Buffer.from(bytes)
    broken[7]! ^= 1
    expect((await put(broken)).status).toBe(422)
    expect((await put(Buffer.concat([bytes, bytes]))).status).toBe(422)
    expect((await batch('viewer', 'download', [object]))[0]!.error).toMatchObject({ code: 404 })
    expect((await put(Buffer.from(bytes))).status).toBe(200)
    expect((await put(Buffer.from(bytes))).status).toBe(200) // twice is once
    const check = (size: number) =>
      fetch(verify.href, {
        method: 'POST',
        headers: verify.header,
        body: JSON.stringify({ ...object, size }),
      })
    expect((await check(object.size)).status).toBe(200)
    expect((await check(1)).status).toBe(422)
    expect((await batch('dev', 'upload', [object]))[0]!.actions).toBeUndefined()
    const { href, header } = (await batch('viewer', 'download', [object]))[0]!.actions!.download
    const whole = await fetch(href, { headers: header })
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    const part = await fetch(href, { headers: { ...header, range: 'bytes=100000-' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      'bytes 100000-299999/300000',
    ])
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100_000))).toBe(true)
    const beyond = await fetch(href, { headers: { ...header, range: 'bytes=300000-' } })
    expect(beyond.status).toBe(416)
  })

  test('asks who it is, and what they may', async () => {
    const { authorization: _none, ...bare } = as('nobody')
    const nobody = await fetch(`${base()}/objects/batch`, {
      method: 'POST',
      headers: bare,
      body: '{}',
    })
    expect([nobody.status, nobody.headers.get('lfs-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic/),
    ])
    expect((await post('stranger', 'objects/batch', {})).status).toBe(403)
    const upload = { operation: 'upload', objects: [] }
    expect((await post('viewer', 'objects/batch', upload)).status).toBe(403)
    expect((await post('dev', 'objects/batch', { operation: 'x' })).status).toBe(422)
    expect((await post('dev', 'objects/batch', { ...upload, hash_algo: 'md5' })).status).toBe(409)
    const [odd] = await batch('dev', 'upload', [{ oid: '../../etc', size: 1 }])
    expect(odd!.error).toMatchObject({ code: 422 })
    const object = { oid: sha256(Buffer.from('other')), size: 5 }
    const { upload: action } = (await batch('dev', 'upload', [object]))[0]!.actions!
    await at.yard.ada.call(codeEndpoints.repoCreate, {
      params: { project: 'GB' },
      body: { name: 'second' },
    })
    const elsewhere = action.href.replace('guestbook.git', 'second.git')
    const stolen = await fetch(elsewhere, { method: 'PUT', headers: action.header, body: 'other' })
    expect(stolen.status).toBe(401) // a ticket counts for its repository only
  })

  test('locks: one holder, listed, verified, taken away by force of a maintainer only', async () => {
    const made = await post('dev', 'locks', {
      path: 'art/logo.psd',
      ref: { name: 'refs/heads/main' },
    })
    expect(made.status).toBe(201)
    const { lock } = (await made.json()) as { lock: { id: string; owner: { name: string } } }
    expect(lock).toMatchObject({ path: 'art/logo.psd', owner: { name: 'DEV' } })
    const again = await post('ada', 'locks', { path: 'art/logo.psd' })
    expect(again.status).toBe(409)
    expect(await again.json()).toMatchObject({
      lock: { id: lock.id },
      message: 'already created lock',
    })
    expect((await post('dev', 'locks', { path: '../out' })).status).toBe(422)
    await post('ada', 'locks', { path: 'art/b.psd' })
    const listed = await fetch(`${base()}/locks?limit=1`, { headers: as('viewer') })
    const page = (await listed.json()) as { locks: { id: string }[]; next_cursor: string }
    expect(page.locks.map((entry) => entry.id)).toEqual([lock.id])
    const rest = await fetch(`${base()}/locks?cursor=${page.next_cursor}`, {
      headers: as('viewer'),
    })
    expect(await rest.json()).toMatchObject({ locks: [{ path: 'art/b.psd' }] })
    const verified = await post('dev', 'locks/verify', { ref: { name: 'refs/heads/main' } })
    expect(await verified.json()).toMatchObject({
      ours: [{ path: 'art/logo.psd' }],
      theirs: [{ path: 'art/b.psd' }],
    })
    const other =
      page.next_cursor &&
      (await (await fetch(`${base()}/locks?path=art/b.psd`, { headers: as('dev') })).json())
    const { locks } = other as { locks: { id: string }[] }
    expect((await post('dev', `locks/${locks[0]!.id}/unlock`, { force: true })).status).toBe(403)
    expect((await post('ada', `locks/${lock.id}/unlock`, {})).status).toBe(403)
    expect((await post('ada', `locks/${lock.id}/unlock`, { force: true })).status).toBe(200)
    expect((await post('ada', `locks/${lock.id}/unlock`, { force: true })).status).toBe(404)
  })

  test('a removed repository leaves no bytes', async () => {
    const body = { name: 'gone' }
    await at.yard.ada.call(codeEndpoints.repoCreate, { params: { project: 'GB' }, body })
    const bytes = Buffer.from('to be forgotten')
    const url = base().replace('guestbook', 'gone')
    const object = { oid: sha256(bytes), size: bytes.length }
    const asked = await fetch(`${url}/objects/batch`, {
      method: 'POST',
      headers: as('dev'),
      body: JSON.stringify({ operation: 'upload', objects: [object] }),
    })
    const { objects } = (await asked.json()) as { objects: BatchObject[] }
    const { upload } = objects[0]!.actions!
    await fetch(upload.href, { method: 'PUT', headers: upload.header, body: bytes })
    const { kernel } = at.yard.yard
    const rows = () =>
      kernel.database
        .tables<{ code_lfs_object: { oid: string; blob_id: string } }>()
        .selectFrom('code_lfs_object')
        .selectAll()
        .where('oid', '=', object.oid)
        .execute()
    const [row] = await rows()
    expect(existsSync(kernel.blobs.path(row!.blob_id))).toBe(true)
    await at.yard.ada.call(codeEndpoints.repoDelete, { params: { project: 'GB', repo: 'gone' } })
    await expect.poll(() => existsSync(kernel.blobs.path(row!.blob_id))).toBe(false)
    expect(await rows()).toEqual([])
  })
})

describe('what is kept and what is locked', () => {
  beforeAll(async () => {
    const body = { name: 'kept' }
    await at.yard.ada.call(codeEndpoints.repoCreate, { params: { project: 'GB' }, body })
  })
  const pointerTo = (bytes: Buffer) =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(bytes)}\nsize ${bytes.length}\n`
  const headers = {
    authorization: `Basic ${Buffer.from(`dev:${PASSWORD}`).toString('base64')}`,
    'content-type': 'application/vnd.git-lfs+json',
  }
  const base = () => `${at.yard.yard.origin}/git/GB/kept.git/info/lfs`

  async function batchOf(operation: string, bytes: Buffer): Promise<BatchObject> {
    const object = { oid: sha256(bytes), size: bytes.length }
    const body = JSON.stringify({ operation, objects: [object] })
    const answer = await fetch(`${base()}/objects/batch`, { method: 'POST', headers, body })
    return ((await answer.json()) as { objects: BatchObject[] }).objects[0]!
  }
  async function store(bytes: Buffer): Promise<void> {
    const { href, header } = (await batchOf('upload', bytes)).actions!.upload
    await fetch(href, { method: 'PUT', headers: header, body: new Uint8Array(bytes) })
  }
  async function clone(name: string): Promise<string> {
    const folder = at.yard.folder()
    await git(folder, 'clone', '-q', at.yard.url(name, 'kept'), 'w')
    await git(join(folder, 'w'), 'checkout', '-q', '-B', 'work')
    return join(folder, 'w')
  }
  async function commit(work: string, path: string, text: string): Promise<void> {
    writeFileSync(join(work, path), text)
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', path)
  }

  test('objects that no commit refers to go after two weeks, needed ones stay', async () => {
    const [kept, orphan, renewed] = [randomBytes(500), randomBytes(500), randomBytes(500)]
    for (const bytes of [kept, orphan, renewed]) await store(bytes)
    const work = await clone('dev')
    await commit(work, 'kept.bin', pointerTo(kept))
    await git(work, 'push', '-q', 'origin', 'HEAD:refs/heads/with-pointer')
    const { clock } = at.yard.yard.kernel
    clock.advance(13 * 24 * 60 * 60 * 1000)
    // A client that asks is about to push a commit that needs it.
    expect((await batchOf('upload', renewed)).actions).toBeUndefined()
    clock.advance(3 * 24 * 60 * 60 * 1000)
    await expect.poll(async () => (await batchOf('download', orphan)).error?.code).toBe(404)
    expect((await batchOf('download', kept)).actions).toBeDefined()
    expect((await batchOf('download', renewed)).actions).toBeDefined()
  })

  test('a push that changes what somebody else locked is refused, by the path', async () => {
    const ada = { ...headers, authorization: `Basic ${btoa(`ada:${PASSWORD}`)}` }
    const body = JSON.stringify({ path: 'art/logo.psd' })
    const lock = await fetch(`${base()}/locks`, { method: 'POST', headers: ada, body })
    expect(lock.status).toBe(201)
    const work = await clone('dev')
    await commit(work, 'fine.txt', 'fine')
    expect(await tryGit(work, ['push', 'origin', 'HEAD:free'])).toMatchObject({ code: 0 })
    mkdirSync(join(work, 'art'), { recursive: true })
    await commit(work, 'art/logo.psd', 'mine now')
    const refused = await tryGit(work, ['push', 'origin', 'HEAD:taken'])
    expect(refused.stderr).toMatch(/locked by somebody else/)
    expect(refused.stderr).toMatch(/remote: +art\/logo\.psd {2}\(Ada\)/)
    const inPage = at.yard.dev.call(codeEndpoints.commitCreate, {
      params: { project: 'GB', repo: 'kept' },
      body: {
        branch: 'page',
        message: 'x',
        files: [{ path: 'art/logo.psd', content: 'x', encoding: 'utf8', isExecutable: false }],
      },
    })
    await expect(inPage).rejects.toMatchObject({ code: 'changeRefused' })
    expect(await tryGit(work, ['push', at.yard.url('ada', 'kept'), 'HEAD:taken'])).toMatchObject({
      code: 0,
    })
  })
})

// Skipped where git-lfs is not installed; the API above is tested without it.
describe.skipIf(!hasLfs)('git-lfs', () => {
  async function work(url: string, env: Record<string, string> = {}): Promise<string> {
    const folder = at.yard.folder()
    await tryGit(folder, ['clone', '-q', url, 'w'], env)
    const clone = join(folder, 'w')
    await git(clone, 'lfs', 'install', '--local')
    await git(clone, 'config', 'lfs.locksverify', 'true')
    return clone
  }

  test('pushes and pulls over HTTP, and holds locks', async () => {
    const url = at.yard.url('ada')
    const folder = await work(url)
    await git(folder, 'lfs', 'track', '*.bin', '--lockable')
    const bytes = randomBytes(2_000_000)
    writeFileSync(join(folder, 'big.bin'), bytes)
    await git(folder, 'add', '.')
    await git(folder, 'commit', '-qm', 'A large file')
    expect(await tryGit(folder, ['push', 'origin', 'HEAD:main'])).toMatchObject({ code: 0 })
    const pointer = await git(folder, 'show', 'HEAD:big.bin')
    expect(pointer).toContain(`oid sha256:${sha256(bytes)}`)
    const other = await work(at.yard.url('viewer'))
    await git(other, 'lfs', 'pull')
    expect(readFileSync(join(other, 'big.bin')).equals(bytes)).toBe(true)
    await git(folder, 'lfs', 'lock', 'big.bin')
    expect(await git(folder, 'lfs', 'locks')).toMatch(/big\.bin\s+Ada/)
    await git(folder, 'lfs', 'unlock', 'big.bin')
    expect(await git(folder, 'lfs', 'locks')).not.toMatch(/big\.bin/)
  })

  test.skipIf(!hasSsh)('over SSH, by a ticket', async () => {
    const key = await keyFor(at.yard.ada, at.yard.folder())
    const folder = await work(`${at.url}/GB/guestbook.git`, key.env)
    await git(folder, 'lfs', 'track', '*.bin')
    const bytes = randomBytes(1_000_000)
    writeFileSync(join(folder, 'ssh.bin'), bytes)
    await git(folder, 'add', '.')
    await git(folder, 'commit', '-qm', 'By SSH')
    const pushed = await tryGit(folder, ['push', 'origin', 'HEAD:main'], key.env)
    expect(pushed).toMatchObject({ code: 0 })
    const other = await work(`${at.url}/GB/guestbook.git`, key.env)
    expect(await tryGit(other, ['lfs', 'pull'], key.env)).toMatchObject({ code: 0 })
    expect(readFileSync(join(other, 'ssh.bin')).equals(bytes)).toBe(true)
  })
})
