import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { refusalOf } from '../../testing/client.ts'
import { type CodeYard, git, openCodeYard } from '../testing.ts'
import { until } from '../../testing/until.ts'
import { QueueUser } from './testing-queue.ts'

const params = { project: 'GB', repo: 'guestbook' }
let yard: CodeYard
let dev: QueueUser
let folder: string

const setRule = (body: object) =>
  yard.ada.call(api.mergeQueueRuleSet, { params, body: { pattern: 'main', ...body } as never })
const needChecks = (requirePassing: boolean) =>
  yard.ada.call(api.repoUpdate, { params, body: { requirePassing } })

beforeAll(async () => {
  yard = await openCodeYard()
  folder = yard.folder()
  await git(folder, 'init', '-q', '-b', 'main')
  writeFileSync(join(folder, 'a.txt'), 'one\n')
  await git(folder, 'add', '.')
  await git(folder, 'commit', '-qm', 'First')
  await git(folder, 'push', '-q', yard.url('ada'), 'main')
  dev = new QueueUser({ folder, url: yard.url('dev'), dev: yard.dev })
})
afterAll(() => yard.close())

/** Proposed, with its own check green, and in the queue. */
async function queued(branch: string, files?: Record<string, string>): Promise<number> {
  const { number, head } = await dev.propose(branch, files)
  await dev.report(head, 'success')
  await dev.enter(number)
  return number
}

describe('without required checks', () => {
  it('merges as soon as the branch is made, like any merge', async () => {
    await setRule({})
    const { number } = await dev.propose('GB-1-first')
    const direct = yard.dev.call(api.pullRequestMerge, { ...dev.of(number), body: {} as never })
    expect(await refusalOf(direct)).toBe('409 mergeQueueRequired')
    expect(await dev.queueOf(number)).toMatchObject({ isOn: true, checksNeeded: 0 })
    await dev.enter(number)
    expect(await dev.ended(number)).toMatchObject({ outcome: 'merged', addedBy: 'DEV' })
    const pull = await dev.pull(number)
    expect(pull).toMatchObject({ state: 'merged', strategy: 'merge', closedBy: 'DEV' })
    expect((await dev.remote()).get('main')).toBe(pull.mergedAs)
    await until('the issue is done', async () =>
      (await yard.issues.get('GB-1')) === 'done' ? true : undefined,
    )
    await until('the branch is gone', async () =>
      [...(await dev.remote()).keys()].some((name) => name.startsWith('madang-queue'))
        ? undefined
        : true,
    )
  })

  it('takes what was to merge by itself', async () => {
    const { number } = await dev.propose('by-itself')
    await yard.dev.call(api.pullRequestUpdate, { ...dev.of(number), body: { isDraft: true } })
    const early = dev.enter(number)
    expect(await refusalOf(early)).toBe('409 mergeBlocked')
    await yard.dev.call(api.autoMergeSet, { ...dev.of(number), body: { strategy: 'squash' } })
    await yard.dev.call(api.pullRequestUpdate, { ...dev.of(number), body: { isDraft: false } })
    expect(await dev.ended(number)).toMatchObject({ outcome: 'merged' })
    expect(await dev.history()).toContain(`Bring by-itself (#${number})`)
  })

  it('belongs to nobody but the server', async () => {
    await dev.commit('mine', { 'mine.txt': 'mine' })
    const pushed = await dev.push('mine:madang-queue/main/9')
    expect(pushed.code).toBe(1)
    expect(pushed.stderr).toContain('belongs to the merge queue')
    const name = 'madang-queue/main/9'
    const made = yard.ada.call(api.branchCreate, { params, body: { name, startFrom: 'main' } })
    expect(await refusalOf(made)).toBe('403 queueBranch')
    const files = [{ path: 'x', content: 'x', encoding: 'utf8', isExecutable: false }]
    const body = { branch: name, message: 'x', files } as never
    const committed = yard.ada.call(api.commitCreate, { params, body })
    expect(await refusalOf(committed)).toBe('403 queueBranch')
  })
})

describe('with required checks', () => {
  let main: string
  beforeEach(async () => {
    await needChecks(true)
    await setRule({ mostBuilds: 5, waitMinutes: 60 })
    await git(folder, 'fetch', '-q', yard.url('dev'), '+main:refs/remotes/o/main')
    await git(folder, 'branch', '-f', 'base', 'o/main')
    await git(folder, 'checkout', '-q', '-B', 'main', 'o/main')
    main = await git(folder, 'rev-parse', 'o/main')
  })

  it('builds each on those before it and moves the target to the very commit', async () => {
    const [one, two] = [await queued('one'), await queued('two')]
    const [first, second] = [await dev.built(one), await dev.built(two)]
    await git(folder, 'fetch', '-q', yard.url('dev'), second)
    expect(await git(folder, 'rev-list', '--first-parent', '-3', second)).toBe(
      [second, first, main].join('\n'),
    )
    const { items } = await yard.dev.call(api.branchList, { params, query: {} as never })
    expect(items.filter(({ name }) => name.startsWith('madang-queue'))).toEqual([])
    // The second is ready first, and waits for its turn.
    await dev.report(second, 'success')
    await until('the second has passed', async () =>
      (await dev.queueOf(two)).entry?.state === 'passed' ? true : undefined,
    )
    expect((await dev.queueOf(two)).entry).toMatchObject({ position: 2, state: 'passed' })
    expect((await dev.remote()).get('main')).toBe(main)
    await dev.report(first, 'success')
    expect(await dev.ended(two)).toMatchObject({ outcome: 'merged' })
    expect((await dev.pull(one)).mergedAs).toBe(first)
    expect((await dev.pull(two)).mergedAs).toBe(second)
    expect((await dev.remote()).get('main')).toBe(second)
  })

  it('what leaves while it lands has either left or landed', async () => {
    for (const looks of [0, 10, 20, 40]) {
      const number = await queued(`parting-${looks}`)
      const sha = await dev.built(number)
      const passing = dev.report(sha, 'success')
      for (let look = 0; look < looks; look++) await dev.queueOf(number)
      const told = await refusalOf(yard.dev.call(api.pullQueueLeave, dev.of(number)))
      await passing
      const { outcome } = await dev.ended(number)
      const { state } = await dev.pull(number)
      const left = ['no refusal', 'left', 'open']
      const landed = ['409 notQueued', 'merged', 'merged']
      expect([told, outcome, state]).toEqual(told === 'no refusal' ? left : landed)
    }
  })

  it('takes out what fails, and builds the rest again without it', async () => {
    const [bad, good] = [await queued('bad'), await queued('good')]
    const [first, second] = [await dev.built(bad), await dev.built(good)]
    // It fails with the first, because of the first: that is not its fault.
    await dev.report(second, 'failure')
    expect((await dev.queueOf(good)).entry).toMatchObject({ state: 'failed' })
    await dev.report(first, 'failure', 'unit tests')
    expect(await dev.ended(bad)).toMatchObject({ outcome: 'checksFailed', detail: 'unit tests' })
    const again = await dev.built(good, 'main', second)
    await dev.report(again, 'success')
    expect(await dev.ended(good)).toMatchObject({ outcome: 'merged' })
    expect(await dev.pull(bad)).toMatchObject({ state: 'open' })
    expect(await dev.history()).not.toContain(`Bring bad`)
    const events = await yard.yard.kernel.events.list({ limit: 1000 })
    const told = events.filter(({ type }) => type === 'code.pullRequestActivity')
    expect(told.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ number: bad, kind: 'dequeued', reason: 'checksFailed' }),
    )
  })

  it('takes out what conflicts with those before it', async () => {
    const one = await queued('left-side', { 'same.txt': 'left\n' })
    const two = await queued('right-side', { 'same.txt': 'right\n' })
    expect(await dev.ended(two)).toMatchObject({ outcome: 'conflict', detail: 'same.txt' })
    await dev.report(await dev.built(one), 'success')
    expect(await dev.ended(one)).toMatchObject({ outcome: 'merged' })
  })

  it('lets go of what is pushed to, closed, or taken out', async () => {
    const [pushed, closed, left] = [
      await queued('pushed-to'),
      await queued('closed'),
      await queued('left'),
    ]
    await dev.built(left)
    await dev.commit('pushed-to', { 'more.txt': 'more' }, 'pushed-to')
    expect((await dev.push('pushed-to')).code).toBe(0)
    await yard.dev.call(api.pullRequestDecline, dev.of(closed))
    const out = await yard.dev.call(api.pullQueueLeave, dev.of(left))
    expect(out.entry).toBeUndefined()
    expect(await dev.ended(pushed)).toMatchObject({ outcome: 'pushed' })
    expect(await dev.ended(closed)).toMatchObject({ outcome: 'closed' })
    expect(await dev.ended(left)).toMatchObject({ outcome: 'left', endedBy: 'DEV' })
    const twice = yard.dev.call(api.pullQueueLeave, dev.of(left))
    expect(await refusalOf(twice)).toBe('409 notQueued')
  })

  it('builds again on what somebody pushed to the target', async () => {
    const number = await queued('patient')
    const before = await dev.built(number)
    await dev.commit('main', { 'by-hand.txt': `${main}` }, 'main')
    await git(folder, 'push', '-q', yard.url('ada'), 'main')
    const pushed = await git(folder, 'rev-parse', 'main')
    const after = await dev.built(number, 'main', before)
    await git(folder, 'fetch', '-q', yard.url('dev'), after)
    expect(await git(folder, 'rev-parse', `${after}^1`)).toBe(pushed)
    await dev.report(before, 'success')
    expect((await dev.queueOf(number)).entry).toMatchObject({ state: 'checking' })
    await dev.report(after, 'success')
    expect(await dev.ended(number)).toMatchObject({ outcome: 'merged' })
  })

  it('a maintainer lets one jump the line, of which only so much is built', async () => {
    await setRule({ mostBuilds: 1 })
    const [one, two] = [await queued('slow-one'), await queued('urgent')]
    await dev.built(one)
    expect((await dev.queueOf(two)).entry).toMatchObject({ position: 2, state: 'waiting' })
    const body = { position: 1 }
    const asDev = yard.dev.call(api.pullQueueMove, { ...dev.of(two), body })
    expect(await refusalOf(asDev)).toMatch(/^403 /)
    const moved = await yard.ada.call(api.pullQueueMove, { ...dev.of(two), body })
    expect(moved.entry).toMatchObject({ position: 1 })
    await dev.report(await dev.built(two), 'success')
    expect(await dev.ended(two)).toMatchObject({ outcome: 'merged' })
    expect((await dev.queueOf(one)).entry).toMatchObject({ position: 1 })
    await yard.dev.call(api.pullQueueLeave, dev.of(one))
  })

  it('waits for checks no longer than it is told', async () => {
    await setRule({ waitMinutes: 30 })
    const number = await queued('forgotten')
    await dev.built(number)
    await yard.yard.kernel.jobs.settled()
    yard.yard.kernel.clock.advance(29 * 60_000)
    expect((await dev.queueOf(number)).entry).toMatchObject({ state: 'checking' })
    yard.yard.kernel.clock.advance(2 * 60_000)
    expect(await dev.ended(number)).toMatchObject({ outcome: 'timedOut', detail: '30' })
  })

  it('ends when it is switched off, and shows what was in it', async () => {
    const number = await queued('too-late')
    await dev.built(number)
    const { items } = await yard.viewer.call(api.mergeQueueRuleList, { params })
    const rule = items[0]!.id
    await yard.ada.call(api.mergeQueueRuleDelete, { params: { ...params, rule } })
    expect(await dev.ended(number)).toMatchObject({ outcome: 'switchedOff' })
    expect(await refusalOf(dev.enter(number))).toBe('409 mergeQueueOff')
    const queues = await yard.viewer.call(api.mergeQueueList, { params })
    expect(queues.items).toMatchObject([{ target: 'main', checksNeeded: 1, entries: [] }])
    expect(queues.items[0]!.ended[0]).toMatchObject({ number, outcome: 'switchedOff' })
  })
})
