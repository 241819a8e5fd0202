import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CodeYard, git, openCodeYard } from '../testing.ts'

let yard: CodeYard
let work: string
const params = { project: 'GB', repo: 'guestbook' }
const of = (number: number) => ({ ...params, number })

beforeAll(async () => {
  yard = await openCodeYard()
  const folder = yard.folder()
  await git(folder, 'clone', '-q', yard.url('ada'), 'w')
  work = join(folder, 'w')
  await git(work, 'checkout', '-q', '-B', 'main')
})
afterAll(() => yard.close())

async function commit(message: string, files: Record<string, string | Buffer | null>) {
  for (const [path, text] of Object.entries(files)) {
    if (text === null) await git(work, 'rm', '-q', path)
    else {
      mkdirSync(dirname(join(work, path)), { recursive: true })
      writeFileSync(join(work, path), text)
    }
  }
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', message)
}

const lines = (...texts: string[]) => texts.map((text) => `${text}\n`).join('')
const open = (source: string, target = 'main') =>
  yard.dev.call(api.pullRequestCreate, { params, body: { title: source, source, target } })

it('shows what conflicts hunk by hunk, and merges what a person decides', async () => {
  const marks = '<<<<<<< not a marker of git'
  await commit('first', {
    '글.txt': lines('하나', '둘', '셋', 'four', marks, 'six', 'seven'),
    'gone.txt': 'old\n',
    'logo.bin': Buffer.from([0, 1, 2]),
    'run.sh': '#!/bin/sh\n',
  })
  await git(work, 'push', '-q', 'origin', 'main')
  await git(work, 'checkout', '-qb', 'feature')
  await commit('ours', {
    '글.txt': lines('하나 ours', '둘', '셋', 'four', marks, 'six', 'seven ours'),
    'gone.txt': 'changed\n',
    'logo.bin': Buffer.from([0, 1, 3]),
    'only-here.txt': 'x\n',
  })
  await git(work, 'push', '-q', 'origin', 'feature')
  await git(work, 'checkout', '-q', 'main')
  await commit('theirs', {
    '글.txt': lines('하나 theirs', '둘', '셋', 'four', marks, 'six', 'seven theirs'),
    'gone.txt': null,
    'logo.bin': Buffer.from([0, 1, 4]),
  })
  await git(work, 'push', '-q', 'origin', 'main')
  const { number } = await open('feature')
  const shown = await yard.viewer.call(api.pullRequestConflicts, { params: of(number) })
  expect(shown.files.map(({ path, kind, deletedBy }) => [path, kind, deletedBy])).toEqual([
    ['gone.txt', 'deleted', 'target'],
    ['logo.bin', 'binary', undefined],
    ['글.txt', 'text', undefined],
  ])
  expect(shown.files[2]!.segments).toEqual([
    { kind: 'conflict', source: '하나 ours\n', base: '하나\n', target: '하나 theirs\n' },
    { kind: 'same', text: lines('둘', '셋', 'four', marks, 'six') },
    { kind: 'conflict', source: 'seven ours\n', base: 'seven\n', target: 'seven theirs\n' },
  ])
  const { head, target } = shown
  const text = lines('하나 both', '둘', '셋', 'four', marks, 'six', 'seven ours')
  const files = [
    { path: 'gone.txt', take: 'target' as const },
    { path: 'logo.bin', take: 'source' as const },
    { path: '글.txt', take: 'text' as const, text },
  ]
  const resolve = (body: { head: string; target: string; files: typeof files }) =>
    yard.dev.call(api.pullRequestResolve, { params: of(number), body })
  const some = resolve({ head, target, files: files.slice(0, 1) })
  await expect(some).rejects.toMatchObject({ code: 'conflictsLeft' })
  const stale = resolve({ head: target, target, files })
  await expect(stale).rejects.toMatchObject({ code: 'refMoved' })
  const pull = await resolve({ head, target, files })
  expect(pull.merge).toMatchObject({ isPossible: true, conflicts: [] })
  await git(work, 'fetch', '-q')
  expect(await git(work, 'rev-parse', 'origin/feature^1', 'origin/feature^2')).toBe(
    `${head}\n${target}`,
  )
  expect(await git(work, 'ls-tree', '-r', '--name-only', '-z', 'origin/feature')).toBe(
    ['logo.bin', 'only-here.txt', 'run.sh', '글.txt', ''].join('\0'),
  )
  expect(`${await git(work, 'show', 'origin/feature:글.txt')}\n`).toBe(text)
  const again = resolve({ head: pull.head, target, files })
  await expect(again).rejects.toMatchObject({ code: 'nothingToResolve' })
})

it('pull requests on each other’s branches are a stack, and go down when the lower one is done', async () => {
  await git(work, 'checkout', '-q', '-B', 'stack-1', 'origin/main')
  await commit('one', { '1.txt': '1' })
  await git(work, 'checkout', '-qb', 'stack-2')
  await commit('two', { '2.txt': '2' })
  await git(work, 'checkout', '-qb', 'stack-3')
  await commit('three', { '3.txt': '3' })
  await git(work, 'push', '-q', 'origin', 'stack-1', 'stack-2', 'stack-3')
  const first = await open('stack-1')
  const second = await open('stack-2', 'stack-1')
  const third = await open('stack-3', 'stack-2')
  expect(first.stack).toBeUndefined()
  const numbers = [first, second, third].map(({ number }) => number)
  for (const number of numbers) {
    const { stack } = await yard.viewer.call(api.pullRequestGet, { params: of(number) })
    expect(stack?.map((entry) => entry.number)).toEqual(numbers)
  }
  await yard.dev.call(api.pullRequestMerge, {
    params: of(first.number),
    body: { strategy: 'merge', deleteSource: true },
  })
  const moved = await yard.viewer.call(api.pullRequestGet, { params: of(second.number) })
  expect(moved).toMatchObject({ state: 'open', target: 'main' })
  expect(moved.merge?.isPossible).toBe(true)
  expect(moved.stack?.map((entry) => entry.number)).toEqual(numbers.slice(1))
  // The branch stays after the merge: what stands on it stays, too, until the branch goes.
  await yard.dev.call(api.pullRequestMerge, { params: of(second.number), body: {} })
  const third3 = () => yard.viewer.call(api.pullRequestGet, { params: of(third.number) })
  expect((await third3()).target).toBe('stack-2')
  await git(work, 'push', '-q', 'origin', ':stack-2')
  expect((await third3()).target).toBe('main')
})
