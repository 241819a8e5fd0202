import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { openYard, PASSWORD, type Yard } from '../testing/yard.ts'
import type { Pushed } from './events.ts'
import { type Code, createCode } from './index.ts'
import { pktLine } from './pkt-line.ts'
import { git, gitUrl, openCodeYard, tryGit } from './testing.ts'

async function startServer(home: string): Promise<{ child: ChildProcess; origin: string }> {
  const script = new URL('./testing-server.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, origin: line.toString().trim() }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

async function workFolder(): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), 'madang-crash-'))
  folders.push(work)
  await git(work, 'init', '-q', '-b', 'main')
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'first')
  return work
}

async function newCommit(work: string, number: number): Promise<string> {
  writeFileSync(join(work, `${number}.txt`), `${number}`.repeat(1000))
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', `commit ${number}`)
  return git(work, 'rev-parse', 'HEAD')
}

/** Where each reference is by the events alone; every step has to go on from the one before. */
async function told(
  yard: Yard<unknown>,
): Promise<{ refs: Map<string, string>; actors: Set<string> }> {
  const events = await yard.kernel.events.list({ limit: 1000 })
  const refs = new Map<string, string>()
  const actors = new Set<string>()
  for (const event of events.filter(({ type }) => type === 'code.pushed')) {
    const data = event.data as Pushed
    actors.add(data.actor.name)
    for (const { ref, before, after } of data.updates) {
      expect(refs.get(ref) ?? '0'.repeat(40)).toBe(before)
      refs.set(ref, after)
    }
  }
  return { refs, actors }
}

async function actualRefs(folder: string): Promise<Map<string, string>> {
  const lines = await git(folder, 'for-each-ref', '--format=%(refname) %(objectname)')
  return new Map(lines.split('\n').map((line) => line.split(' ') as [string, string]))
}

it('loses no acknowledged push and tells of every one, killed at any moment', async () => {
  const home = mkdtempSync(join(tmpdir(), 'madang-killed-'))
  const work = await workFolder()
  const acknowledged = new Map<string, string>()
  for (let round = 0; round < 8; round++) {
    const { child, origin } = await startServer(home)
    const url = gitUrl(origin, 'ada', 'GB/guestbook.git')
    if (round === 0) await git(work, 'push', '-q', url, 'main')
    const killed = killDuring(child, 20 + round * 25)
    for (let i = 0; i < 6; i++) {
      const sha = await newCommit(work, round * 10 + i)
      const ref = `refs/heads/GB-1-${round}-${i}`
      const { code } = await tryGit(work, ['push', '-q', url, `${sha}:${ref}`])
      if (code !== 0) break
      acknowledged.set(ref, sha)
    }
    await killed
  }
  const yard = await openYard<Code>({ home, build: (parts) => createCode(parts) })
  try {
    const actual = await actualRefs(await yard.parts.repoPath('GB', 'guestbook'))
    for (const [ref, sha] of acknowledged) expect(actual.get(ref)).toBe(sha)
    await vi.waitFor(async () => expect((await told(yard)).refs).toEqual(actual), 60_000)
    expect((await told(yard)).actors).toEqual(new Set(['Ada']))
    const again = gitUrl(yard.origin, 'ada', 'GB/guestbook.git')
    await git(work, 'push', '-q', again, 'HEAD:refs/heads/after')
  } finally {
    await yard.close()
  }
})

async function killDuring(child: ChildProcess, delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  await kill(child)
}

it('tells at the next push what moved behind its back', async () => {
  const home = mkdtempSync(join(tmpdir(), 'madang-behind-'))
  const work = await workFolder()
  const { child, origin } = await startServer(home)
  await git(work, 'push', '-q', gitUrl(origin, 'ada', 'GB/guestbook.git'), 'main')
  await kill(child)
  const yard = await openYard<Code>({ home, build: (parts) => createCode(parts) })
  try {
    const folder = await yard.parts.repoPath('GB', 'guestbook')
    await git(folder, 'update-ref', 'refs/heads/by-hand', 'main')
    const url = gitUrl(yard.origin, 'ada', 'GB/guestbook.git')
    await git(work, 'push', '-q', url, 'main:refs/heads/other')
    const { refs, actors } = await told(yard)
    expect([...refs.keys()].sort()).toEqual([
      'refs/heads/by-hand',
      'refs/heads/main',
      'refs/heads/other',
    ])
    expect(actors).toContain('git on the server')
  } finally {
    await yard.close()
  }
})

it('keeps nothing of a push that breaks off', async () => {
  const { yard, code, url, close } = await openCodeYard()
  try {
    const work = await workFolder()
    const sha = await git(work, 'rev-parse', 'HEAD')
    writeFileSync(join(work, 'noise.bin'), randomBytes(2_000_000))
    const big = await newCommit(work, 1)
    await git(work, 'branch', 'packed')
    execFileSync('git', ['repack', '-adq'], { cwd: work })
    const pack = readdirSync(join(work, '.git/objects/pack')).find((name) =>
      name.endsWith('.pack'),
    )!
    const bytes = readFileSync(join(work, '.git/objects/pack', pack))
    const head = pktLine(`${'0'.repeat(40)} ${big} refs/heads/broken\0report-status`)
    const whole = Buffer.concat([head, Buffer.from('0000'), bytes])
    await sendHalf(`${yard.origin}/git/GB/guestbook.git/git-receive-pack`, whole)
    const folder = await code.repoPath('GB', 'guestbook')
    await vi.waitFor(() => {
      const left = readdirSync(join(folder, 'objects'))
      expect(left.sort()).toEqual(['info', 'pack'])
      expect(readdirSync(join(folder, 'objects/pack'))).toEqual([])
    }, 60_000)
    expect(await git(folder, 'for-each-ref')).toBe('')
    await git(work, 'push', '-q', url('ada'), `${sha}:refs/heads/main`, `${big}:refs/heads/broken`)
    expect((await told(yard)).refs.get('refs/heads/broken')).toBe(big)
  } finally {
    await close()
  }
})

/** Sends the first half of a push and hangs up. */
async function sendHalf(url: string, body: Buffer): Promise<void> {
  const call = request(url, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`dev:${PASSWORD}`).toString('base64')}`,
      'content-type': 'application/x-git-receive-pack-request',
      'content-length': body.length,
    },
  })
  call.on('error', () => undefined)
  await new Promise((resolve) => call.write(body.subarray(0, body.length / 2), resolve))
  call.destroy()
}
