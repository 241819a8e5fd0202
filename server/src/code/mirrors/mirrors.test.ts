import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeMirrorEndpoints as api, type Mirror } from '@madang/api'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { refusalOf } from '../../testing/client.ts'
import { fillRepo, openOtherHost, type OtherHost } from '../remote/testing.ts'
import { type CodeYard, git, openCodeYard, tryGit } from '../testing.ts'

const params = { project: 'GB', repo: 'guestbook' }
const TIMEOUT = 180_000
let yard: CodeYard
let other: OtherHost
let bare = ''

beforeEach(async () => {
  other = await openOtherHost()
  yard = await openCodeYard({ config: { outgoingAllow: ['127.0.0.1'] } })
  bare = join(other.root, 'other.git')
  mkdirSync(bare)
}, TIMEOUT)
afterEach(async () => {
  await yard.close()
  await other.close()
})

const create = (body: Partial<Mirror> & { token?: string }) =>
  yard.ada.call(api.mirrorCreate, {
    params,
    body: { direction: 'pull', url: `${other.origin}/other.git`, ...body },
  })
const until = (id: string, state: string) =>
  vi.waitFor(
    async () => {
      const { items } = await yard.ada.call(api.mirrorList, { params })
      const found = items.find((each) => each.id === id)
      expect([found?.state, found?.error?.en]).toEqual([state, found?.error?.en])
      return found!
    },
    { timeout: 90_000, interval: 50 },
  )
const branches = async () =>
  (await yard.ada.call(codeEndpoints.branchList, { params })).items.map(({ name }) => name).sort()

async function newCommit(work: string, file: string): Promise<string> {
  writeFileSync(join(work, file), file)
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', file)
  return git(work, 'rev-parse', 'HEAD')
}

it(
  'follows another repository, and lets nobody move what it brings',
  async () => {
    const work = yard.folder()
    await fillRepo(bare, work)
    const { id } = await create({ branches: 'trunk, open-*' })
    const mirror = await until(id, 'ok')
    expect(mirror.nextAt).toBeDefined()
    expect(await branches()).toEqual(['open-work', 'trunk'])
    await git(work, 'checkout', '-q', 'open-work')
    await newCommit(work, 'more.txt')
    const refused = await tryGit(work, ['push', yard.url('ada'), 'open-work'])
    expect(refused.stderr).toContain(`mirrored from ${other.origin}/other.git`)
    expect((await tryGit(work, ['push', yard.url('ada'), 'open-work:own'])).code).toBe(0)
    await git(work, 'push', '-q', bare, ':open-work')
    await yard.ada.call(api.mirrorRun, { params: { ...params, mirror: id } })
    await vi.waitFor(async () => expect(await branches()).toEqual(['own', 'trunk']), 90_000)
    expect(await refusalOf(create({}))).toBe('409 mirrorExists')
  },
  TIMEOUT,
)

it(
  'is followed after each push; what went another way there is left, and named',
  async () => {
    await git(bare, 'init', '-q', '--bare')
    const work = yard.folder()
    await git(work, 'init', '-q', '-b', 'main')
    const first = await newCommit(work, 'a.txt')
    const { id } = await create({ direction: 'push', token: 't0ken', auth: 'token' })
    await git(work, 'push', '-q', yard.url('ada'), 'main', 'main:doomed')
    const there = async (name: string) =>
      (await tryGit(bare, ['rev-parse', '-q', '--verify', name])).stdout.trim()
    await vi.waitFor(async () => expect(await there('doomed')).toBe(first), 90_000)
    await git(work, 'push', '-q', yard.url('ada'), ':doomed')
    await vi.waitFor(async () => expect(await there('doomed')).toBe(''), 90_000)
    const elsewhere = yard.folder()
    await git(elsewhere, 'clone', '-q', '-b', 'main', bare, 'clone')
    const moved = await newCommit(join(elsewhere, 'clone'), 'theirs.txt')
    await git(join(elsewhere, 'clone'), 'push', '-q', 'origin', 'main')
    await newCommit(work, 'ours.txt')
    await git(work, 'push', '-q', yard.url('ada'), 'main')
    await vi.waitFor(async () => expect((await until(id, 'ok')).diverged).toEqual(['main']), 90_000)
    expect(await there('main')).toBe(moved)
    const overwrite = { params: { ...params, mirror: id }, body: { overwrite: true } }
    await yard.ada.call(api.mirrorUpdate, overwrite)
    const ours = await git(work, 'rev-parse', 'HEAD')
    await vi.waitFor(async () => expect(await there('main')).toBe(ours), 90_000)
    expect(JSON.stringify(await until(id, 'ok'))).not.toContain('t0ken')
  },
  TIMEOUT,
)

it(
  'says why it failed, and when it tries again',
  async () => {
    other.answer = () => ({ status: 401 })
    const { id } = await create({ token: 's3cret', auth: 'token' })
    const failed = await until(id, 'failed')
    expect(failed).toMatchObject({ failures: 1, error: { code: 'remoteDenied' } })
    expect(Date.parse(failed.nextAt!)).toBeGreaterThan(Date.now())
    await yard.ada.call(api.mirrorDelete, { params: { ...params, mirror: id } })
    expect((await yard.ada.call(api.mirrorList, { params })).items).toEqual([])
  },
  TIMEOUT,
)

it('makes a key of its own for ssh, and refuses what is not outside', async () => {
  const url = 'git@127.0.0.1:octo/hello.git'
  const mirror = await create({ url, auth: 'sshKey', isActive: false })
  expect(mirror).toMatchObject({ url: 'ssh://git@127.0.0.1/octo/hello.git', auth: 'sshKey' })
  expect(mirror.publicKey).toMatch(/^ssh-ed25519 /)
  const push = { direction: 'push' } as const
  expect(await refusalOf(create({ ...push, url, auth: 'token' }))).toBe('400 mirrorAuthMismatch')
  const inside = create({ ...push, url: 'http://169.254.169.254/x' })
  expect(await refusalOf(inside)).toBe('403 outgoingRefused')
  expect(await refusalOf(create({ ...push, url: 'ext::sh -c id' }))).toBe('400 outgoingInvalid')
  expect(await refusalOf(yard.dev.call(api.mirrorList, { params }))).toMatch(/^403/)
})
