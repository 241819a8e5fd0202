import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeEndpoints as api } from '@madang/api'
import { afterAll, expect, it } from 'vitest'
import { Client } from '../../testing/client.ts'
import { PASSWORD } from '../../testing/yard.ts'
import { git, gitUrl } from '../testing.ts'
import { until } from '../../testing/until.ts'
import { QueueUser } from './testing-queue.ts'

const params = { project: 'GB', repo: 'guestbook' }
const home = mkdtempSync(join(tmpdir(), 'madang-queue-killed-'))
const folder = mkdtempSync(join(tmpdir(), 'madang-queue-work-'))
let child: ChildProcess | undefined
afterAll(async () => {
  await kill()
  for (const each of [home, folder]) rmSync(each, { recursive: true, force: true })
})

async function start(): Promise<string> {
  const script = new URL('../testing-server.ts', import.meta.url).pathname
  child = spawn(process.execPath, [script, home], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return line.toString().trim()
}

async function kill(): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function signedIn(origin: string, name: string): Client {
  const headers = {
    authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`,
  }
  return new Client(origin, headers)
}

function userAt(origin: string): QueueUser {
  const url = gitUrl(origin, 'ada', 'GB/guestbook.git')
  return new QueueUser({ folder, url, dev: signedIn(origin, 'ada') })
}

/** Says of everything that is built that it is fine, for as long as the server is there. */
async function reportAll(user: QueueUser, numbers: number[]): Promise<void> {
  const told = new Set<string>()
  for (;;) {
    try {
      const branches = await user.remote()
      if ((await user.pull(numbers.at(-1)!)).state === 'merged') return
      for (const [branch, sha] of branches) {
        if (!branch.startsWith('madang-queue/') || told.has(sha)) continue
        await user.report(sha, 'success')
        told.add(sha)
      }
    } catch (error) {
      if (!child?.killed) throw error
      return // the next round goes on
    }
  }
}

it(
  'goes on after any moment it is killed at, and merges nothing twice',
  { timeout: 400_000 },
  async () => {
    let origin = await start()
    await git(folder, 'init', '-q', '-b', 'main')
    writeFileSync(join(folder, 'a.txt'), 'one\n')
    await git(folder, 'add', '.')
    await git(folder, 'commit', '-qm', 'First')
    await git(folder, 'push', '-q', gitUrl(origin, 'ada', 'GB/guestbook.git'), 'main')
    const ada = signedIn(origin, 'ada')
    await ada.call(api.repoUpdate, { params, body: { requirePassing: true } })
    const rule = { pattern: 'main', mostBuilds: 3, waitMinutes: 60 }
    await ada.call(api.mergeQueueRuleSet, { params, body: rule })
    let user = userAt(origin)
    const numbers: number[] = []
    for (const branch of ['one', 'two', 'three', 'four', 'five']) {
      const { number, head } = await user.propose(branch)
      await user.report(head, 'success')
      await user.enter(number)
      numbers.push(number)
    }
    for (const delayMs of [150, 400, 900, 1500, 2500]) {
      const reporting = reportAll(user, numbers)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      await kill()
      await reporting
      origin = await start()
      user = userAt(origin)
    }
    await reportAll(user, numbers)
    for (const number of numbers) {
      const ended = await user.ended(number)
      expect([number, ended.outcome]).toEqual([number, 'merged'])
    }
    const titles = (await user.history()).filter((title) => title.startsWith('Merge pull request'))
    expect(titles.toReversed()).toEqual(
      ['one', 'two', 'three', 'four', 'five'].map(
        (name, index) => `Merge pull request #${numbers[index]} from ${name}`,
      ),
    )
    expect((await user.pull(numbers.at(-1)!)).mergedAs).toBe((await user.remote()).get('main'))
    await until('no branch of the queue is left', async () =>
      [...(await user.remote()).keys()].some((name) => name.startsWith('madang-queue/'))
        ? undefined
        : true,
    )
  },
)
