import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeEndpoints, codeImportEndpoints } from '@madang/api'
import { afterAll, expect, it, vi } from 'vitest'
import { Client } from '../../testing/client.ts'
import { PASSWORD } from '../../testing/yard.ts'
import { fillRepo, openOtherHost, type OtherHost } from '../remote/testing.ts'
import { git } from '../testing.ts'

const params = { project: 'GB' }
const PULLS = 40
const home = mkdtempSync(join(tmpdir(), 'madang-import-killed-'))
const work = mkdtempSync(join(tmpdir(), 'madang-import-work-'))
let child: ChildProcess | undefined
let other: OtherHost | undefined
afterAll(async () => {
  await kill()
  await other?.close()
  for (const each of [home, work]) rmSync(each, { recursive: true, force: true })
})

async function start(): Promise<Client> {
  const script = new URL('../testing-server.ts', import.meta.url).pathname
  child = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const authorization = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}`
  return new Client(line.toString().trim(), { authorization })
}

async function kill(): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** Many closed pull requests with a comment each; says how many were asked for in full. */
function serve(host: OtherHost, commits: Record<string, string>): () => number {
  const root = '/api/v3/repos/octo/hello'
  const side = (ref: string, sha = '') => ({ ref, sha, repo: { full_name: 'octo/hello' } })
  const pulls = Array.from({ length: PULLS }, (_, index) => ({
    number: index + 1,
    title: `Pull ${index + 1}`,
    state: 'closed',
    user: { login: 'mona' },
    head: side('feature', commits['merged']),
    base: side('trunk', commits['first']),
    html_url: 'https://ghe.example/octo/hello',
    created_at: '2024-03-01T10:00:00Z',
    updated_at: '2024-03-01T10:00:00Z',
    closed_at: '2024-03-01T11:00:00Z',
  }))
  let asked = 0
  host.answer = (url) => {
    if (!url.pathname.startsWith(root)) return undefined
    if (url.pathname === `${root}/pulls`) return { json: pulls }
    if (!url.pathname.includes('/issues/')) return { json: [] }
    asked += 1
    const user = { login: 'mona' }
    return { json: [{ id: asked, body: 'Nice', user, created_at: '2024-03-01T10:30:00Z' }] }
  }
  return () => asked
}

it(
  'goes on after kill -9 at any moment, and brings nothing twice',
  { timeout: 300_000 },
  async () => {
    other = await openOtherHost()
    const bare = join(other.root, 'octo/hello.git')
    mkdirSync(bare, { recursive: true })
    const asked = serve(other, await fillRepo(bare, work))
    let ada = await start()
    const url = `${other.origin}/octo/hello`
    const { id } = await ada.call(codeImportEndpoints.importCreate, {
      params,
      body: { source: 'github', url, name: 'hello', token: 'gh-s3cret' },
    })
    for (const count of [1, 12, 25]) {
      await vi.waitFor(() => expect(asked()).toBeGreaterThanOrEqual(count), 60_000)
      await kill()
      ada = await start()
    }
    const done = await vi.waitFor(
      async () => {
        const input = { params: { ...params, import: id } }
        const now = await ada.call(codeImportEndpoints.importGet, input)
        expect([now.state, now.error?.en]).toEqual(['finished', undefined])
        return now
      },
      { timeout: 120_000, interval: 100 },
    )
    expect(done).toMatchObject({
      counts: { branches: 3, tags: 1, pulls: PULLS, pullsTotal: PULLS, comments: PULLS },
      problemCount: 0,
    })
    const inRepo = { ...params, repo: 'hello' }
    const query = { state: 'all', limit: 200 } as const
    const { items } = await ada.call(codeEndpoints.pullRequestList, { params: inRepo, query })
    const numbers = items.map(({ number }) => number)
    expect(numbers).toEqual(Array.from({ length: PULLS }, (_, index) => PULLS - index))
    expect(items.map(({ commentCount }) => commentCount)).toEqual(numbers.map(() => 1))
    const clone = new URL('/git/GB/hello.git', ada.origin)
    Object.assign(clone, { username: 'ada', password: PASSWORD })
    expect(await git(work, 'ls-remote', clone.href, 'refs/import/*')).toBe('')
  },
)
