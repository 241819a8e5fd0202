import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CodeYard, git, openCodeYard } from '../testing.ts'

let yard: CodeYard
beforeAll(async () => {
  yard = await openCodeYard()
  const work = yard.folder()
  await git(work, 'init', '-q', '-b', 'main')
  mkdirSync(join(work, 'docs'))
  writeFileSync(join(work, 'docs/안내.md'), '# 방명록\n')
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', 'Begin')
  await git(work, 'push', '-q', yard.url('ada'), 'main', 'main:feature/one')
})
afterAll(() => yard.close())

const get = (path: string, headers = yard.viewer.headers) =>
  fetch(`${yard.yard.origin}/archive/GB/guestbook/${path}`, { headers })

test('gives the files of a branch as tar.gz and zip', async () => {
  const answer = await get(`${encodeURIComponent('feature/one')}.tar.gz`)
  expect(answer.status).toBe(200)
  const folder = yard.folder()
  writeFileSync(join(folder, 'a.tar.gz'), Buffer.from(await answer.arrayBuffer()))
  execFileSync('tar', ['xzf', 'a.tar.gz'], { cwd: folder })
  expect(readFileSync(join(folder, 'guestbook-feature-one/docs/안내.md'), 'utf8')).toBe(
    '# 방명록\n',
  )
  const zip = await get('main.zip')
  const bytes = Buffer.from(await zip.arrayBuffer())
  expect([zip.headers.get('content-type'), bytes.toString('latin1', 0, 2)]).toEqual([
    'application/zip',
    'PK',
  ])
})

test('refuses strangers, unknown branches and other forms', async () => {
  expect((await get('main.zip', yard.stranger.headers)).status).toBe(403)
  expect((await get('main.zip', {})).status).toBe(401)
  expect((await get('nothing.zip')).status).toBe(404)
  expect((await get('--output=x.zip')).status).toBe(404)
  expect((await get('main.rar')).status).toBe(404)
})

test('an archive that git could not finish does not look whole', async () => {
  const found = execFileSync('find', [yard.yard.home, '-name', '*.pack'], { encoding: 'utf8' })
  const packs = found.trim().split('\n')
  expect(packs[0]).toContain('.pack')
  for (const pack of packs) {
    const bytes = readFileSync(pack)
    // The last object's end, before the pack's own checksum: what the archive gets to last.
    bytes.fill(0, bytes.length - 28, bytes.length - 20)
    chmodSync(pack, 0o600)
    writeFileSync(pack, bytes)
  }
  for (const form of ['zip', 'tar.gz']) {
    const read = get(`main.${form}`).then((answer) => answer.arrayBuffer())
    await expect(read, form).rejects.toThrow()
  }
})
