import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeImportEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PASSWORD } from '../../testing/yard.ts'
import { hasLfs } from '../ssh/testing.ts'
import { type CodeYard, git, openCodeYard } from '../testing.ts'

const params = { project: 'GB' }
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
let yard: CodeYard
beforeAll(async () => {
  yard = await openCodeYard({ config: { outgoingAllow: ['127.0.0.1'] } })
})
afterAll(() => yard.close())

// Our own server is the source: a real host of LFS objects, which git-lfs fills and reads.
describe.skipIf(!hasLfs)('objects of Git LFS', () => {
  it('come from another host, and what is gone there is told', async () => {
    const work = yard.folder()
    const big = randomBytes(300_000)
    await git(work, 'init', '-q', '-b', 'main')
    await git(work, 'lfs', 'install', '--local')
    await git(work, 'lfs', 'track', '*.bin')
    writeFileSync(join(work, 'old.bin'), 'was here')
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', 'Old')
    await git(work, 'rm', '-q', 'old.bin')
    writeFileSync(join(work, 'big.bin'), big)
    // A pointer to bytes that nobody has.
    const gone = sha256(randomBytes(10))
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${gone}\nsize 10\n`
    writeFileSync(join(work, 'gone.txt'), pointer)
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', 'Big')
    await git(work, '-c', 'lfs.allowincompletepush=true', 'push', '-q', yard.url('ada'), 'main')
    const { id } = await yard.ada.call(api.importCreate, {
      params,
      body: {
        source: 'git',
        url: `${yard.yard.origin}/git/GB/guestbook.git`,
        username: 'ada',
        token: PASSWORD,
        name: 'copy',
      },
    })
    const input = { params: { ...params, import: id } }
    const done = await vi.waitFor(
      async () => {
        const now = await yard.ada.call(api.importGet, input)
        expect([now.state, now.error?.en]).toEqual(['finished', undefined])
        return now
      },
      { timeout: 90_000, interval: 50 },
    )
    expect(done.counts).toMatchObject({ branches: 1, lfs: 2, lfsTotal: 3 })
    const { items } = await yard.ada.call(api.importProblemList, input)
    expect(items.map(({ kind, what, error }) => [kind, what, error.code])).toEqual([
      ['lfs', gone, 'importLfsGone'],
    ])
    const elsewhere = yard.folder()
    await git(elsewhere, 'clone', '-q', yard.url('ada', 'copy'), 'c')
    const clone = join(elsewhere, 'c')
    await git(clone, 'lfs', 'install', '--local')
    await git(clone, 'lfs', 'pull', '--include', 'big.bin')
    expect(readFileSync(join(clone, 'big.bin')).equals(big)).toBe(true)
    await git(clone, 'lfs', 'fetch', 'origin', 'main~1')
    await git(clone, '-c', 'advice.detachedHead=false', 'checkout', '-q', 'main~1')
    expect(readFileSync(join(clone, 'old.bin'), 'utf8')).toBe('was here')
  })
})
