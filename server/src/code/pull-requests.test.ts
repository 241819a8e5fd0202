import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeEndpoints as api, type PullRequest, threadEndpoints } from '@madang/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from '../testing/client.ts'
import { PASSWORD } from '../testing/yard.ts'
import { testDatabases } from '../testing/databases.ts'
import type { PullRequestMerged } from './events.ts'
import { type CodeYard, git, openCodeYard, tryGit } from './testing.ts'

let number = 0

describe.each(testDatabases())('pull requests on $name', ({ config }) => {
  let code: CodeYard
  let repo: string
  let work: string

  beforeAll(async () => {
    code = await openCodeYard({ config: await config() })
  })
  afterAll(() => code.close())

  beforeEach(async () => {
    repo = `repo-${++number}`
    for (const key of ['GB-1', 'GB-2', 'OTHER-1']) await code.issues.set(key, 'todo')
    await code.ada.call(api.repoCreate, { params: { project: 'GB' }, body: { name: repo } })
    const folder = code.folder()
    await git(folder, 'clone', '-q', code.url('dev', repo), 'work')
    work = join(folder, 'work')
    await git(work, 'checkout', '-qB', 'main')
    await commit('app.txt', 'one\ntwo\nthree\n', 'first')
    await git(work, 'push', '-q', 'origin', 'main')
  })

  async function commit(path: string, text: string, message: string): Promise<string> {
    mkdirSync(dirname(join(work, path)), { recursive: true })
    writeFileSync(join(work, path), text)
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', message)
    return git(work, 'rev-parse', 'HEAD')
  }

  async function branch(name: string, files: [string, string, string][]): Promise<void> {
    await git(work, 'checkout', '-q', '-b', name, 'origin/main')
    for (const file of files) await commit(...file)
    await git(work, 'push', '-q', 'origin', name)
  }

  const inRepo = () => ({ project: 'GB', repo })
  const of = (pull: number) => ({ ...inRepo(), number: pull })
  const open = (by: Client, body: { title: string; source: string; description?: string }) =>
    by.call(api.pullRequestCreate, { params: inRepo(), body })
  const merge = (pull: number, strategy: 'merge' | 'squash' | 'rebase', by = code.dev) =>
    by.call(api.pullRequestMerge, { params: of(pull), body: { strategy } })
  const log = async (format: string) => {
    await git(work, 'fetch', '-q', '--prune')
    return (await git(work, 'log', '--topo-order', `--format=${format}`, 'origin/main')).split('\n')
  }
  /** Something else arrives on main meanwhile. */
  const mainMoves = (path: string, text: string) =>
    code.ada.call(api.commitCreate, {
      params: inRepo(),
      body: { branch: 'main', message: `change ${path}`, files: [{ path, content: text }] },
    })

  it('knows from when to when its branch was its own', async () => {
    await branch('feature/a', [['a.txt', 'a', 'a']])
    const life = (pull: number) => code.code.pullRequestLife('GB', repo, pull)
    const first = await open(code.dev, { title: 'a', source: 'feature/a' })
    expect(await life(first.number)).toEqual({
      source: 'feature/a',
      isLasting: false,
      sinceMs: 0,
      untilMs: undefined,
    })
    await code.dev.call(api.pullRequestDecline, { params: of(first.number) })
    const { untilMs } = await life(first.number)
    const second = await open(code.dev, { title: 'again', source: 'feature/a' })
    expect(await life(second.number)).toMatchObject({ sinceMs: untilMs, isLasting: false })
    const model = { development: { name: 'feature/a', use_mainbranch: false } }
    const url = `${code.yard.origin}/2.0/workspaces/madang/projects/GB/branching-model/settings`
    const authorization = `Basic ${btoa(`ada:${PASSWORD}`)}`
    const headers = { authorization, 'content-type': 'application/json' }
    const set = (body: object) => fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) })
    expect((await set(model)).status).toBe(200)
    expect(await life(second.number)).toMatchObject({ isLasting: true })
    await set({ development: { use_mainbranch: true } })
  })

  it('goes from issue to merged, and moves the issue along', async () => {
    await branch('feature/GB-1-인사', [['인사말.txt', '안녕\n', 'GB-2 인사말을 더하다']])
    expect(await code.issues.get('GB-1')).toBe('inProgress')
    const opened = await open(code.dev, { title: '인사 기능', source: 'feature/GB-1-인사' })
    expect(opened).toMatchObject({
      number: 1,
      state: 'open',
      target: 'main',
      issues: ['GB-1'],
      merge: { isPossible: true, conflicts: [], blockers: [] },
    })
    expect(await code.issues.get('GB-1')).toBe('inReview')
    const diff = await code.viewer.call(api.pullRequestDiff, { params: of(1) })
    expect(diff.files).toMatchObject([{ path: '인사말.txt', status: 'added', added: 1 }])
    const merged = await merge(1, 'merge')
    expect(merged).toMatchObject({ state: 'merged', strategy: 'merge', closedBy: 'DEV' })
    expect(await log('%s')).toEqual([
      'Merge pull request #1 from feature/GB-1-인사',
      'GB-2 인사말을 더하다',
      'first',
    ])
    expect((await log('%an <%ae>'))[0]).toBe('DEV <dev@madang.local>')
    expect(await code.issues.get('GB-1')).toBe('done')
    expect(await code.issues.get('OTHER-1')).toBe('todo')
    const events = await code.yard.kernel.events.list({ limit: 1000 })
    const last = events.findLast(({ type }) => type === 'code.pullRequestMerged')!
    expect(last.data as PullRequestMerged).toMatchObject({
      repo,
      number: 1,
      mergedAs: merged.mergedAs,
    })
    expect(last.edges).toContainEqual({
      from: { kind: 'issue', id: 'GB-1' },
      to: { kind: 'pullRequest', id: `GB/${repo}#1` },
    })
    const mergedAs = merged.mergedAs!
    await vi.waitFor(async () => {
      const query = { kind: 'issue', id: 'GB-1' }
      const { nodes } = await code.viewer.call(threadEndpoints.threadGet, { query })
      const own = nodes.filter(({ id }) => id.includes(repo))
      expect(own.map(({ kind, title, state }) => [kind, title, state])).toEqual([
        ['branch', 'feature/GB-1-인사', 'open'],
        ['commit', 'Merge pull request #1 from feature/GB-1-인사', undefined],
        ['commit', 'GB-2 인사말을 더하다', undefined],
        ['pullRequest', '#1 인사 기능', 'merged'],
      ])
      const commits = own.flatMap(({ kind, url }) => (kind === 'commit' ? [url] : []))
      expect(commits).toContain(`/p/GB/code/${repo}/commit/${mergedAs}`)
    }, 60_000)
    const after = await code.viewer.call(api.pullRequestDiff, { params: of(1) })
    expect(after.files.map(({ path }) => path)).toEqual(['인사말.txt'])
  })

  it('squashes into one commit and deletes the source when asked', async () => {
    await branch('two', [
      ['a.txt', 'a', 'a'],
      ['b.txt', 'b', 'b'],
    ])
    await open(code.dev, { title: 'Both', source: 'two' })
    await mainMoves('c.txt', 'c')
    const body = { strategy: 'squash', deleteSource: true } as const
    const merged = await code.dev.call(api.pullRequestMerge, { params: of(1), body })
    expect(merged).toMatchObject({ state: 'merged', sourceExists: false })
    expect(await log('%s')).toEqual(['Both (#1)', 'change c.txt', 'first'])
    expect(await git(work, 'ls-tree', '--name-only', 'origin/main')).toBe(
      'a.txt\napp.txt\nb.txt\nc.txt',
    )
    expect(await git(work, 'ls-remote', 'origin', 'two')).toBe('')
    const { items } = await code.viewer.call(api.pullRequestCommits, { params: of(1) })
    expect(items.map(({ title }) => title)).toEqual(['b', 'a'])
  })

  it('rebases with the authors kept', async () => {
    await branch('two', [
      ['a.txt', 'a', 'a'],
      ['b.txt', 'b', 'b'],
    ])
    await open(code.dev, { title: 'Both', source: 'two' })
    await mainMoves('c.txt', 'c')
    await merge(1, 'rebase')
    expect(await log('%s|%an|%cn')).toEqual([
      'b|김다은|DEV',
      'a|김다은|DEV',
      'change c.txt|Ada|Ada',
      'first|김다은|김다은',
    ])
    expect(await git(work, 'ls-tree', '--name-only', 'origin/main')).toBe(
      'a.txt\napp.txt\nb.txt\nc.txt',
    )
  })

  it.each(['merge', 'squash', 'rebase'] as const)(
    'names the files when %s conflicts',
    async (strategy) => {
      await branch('clash', [['app.txt', 'one\nTWO\nthree\n', 'shout']])
      await open(code.dev, { title: 'Clash', source: 'clash' })
      await mainMoves('app.txt', 'one\nzwei\nthree\n')
      const pull = await code.dev.call(api.pullRequestGet, { params: of(1) })
      expect(pull.merge).toEqual({
        isPossible: false,
        conflicts: ['app.txt'],
        blockers: ['conflicts'],
      })
      await expect(merge(1, strategy)).rejects.toMatchObject({
        status: 409,
        code: 'mergeConflict',
        reply: { error: { parameters: { files: 'app.txt' } } },
      })
      expect((await log('%s'))[0]).toBe('change app.txt')
      await git(work, 'fetch', '-q')
      await git(work, 'merge', '-q', '-X', 'ours', 'origin/main', '-m', 'solve')
      await git(work, 'push', '-q', 'origin', 'clash')
      expect(await merge(1, 'merge')).toMatchObject({ state: 'merged' })
    },
  )

  it('sees a new head, and that a push merged it', async () => {
    await branch('by-hand', [['a.txt', 'a', 'a']])
    await open(code.dev, { title: 'By hand', source: 'by-hand' })
    const head = await commit('b.txt', 'b', 'b')
    await git(work, 'push', '-q', 'origin', 'by-hand')
    expect(await code.dev.call(api.pullRequestGet, { params: of(1) })).toMatchObject({ head })
    await git(work, 'push', '-q', code.url('ada', repo), 'by-hand:main')
    expect(await code.dev.call(api.pullRequestGet, { params: of(1) })).toMatchObject({
      state: 'merged',
      strategy: 'push',
      closedBy: 'Ada',
      mergedAs: head,
    })
  })

  it('holds a merge back until it is approved and passing', async () => {
    await code.ada.call(api.repoUpdate, {
      params: inRepo(),
      body: { requiredApprovals: 1, requirePassing: true },
    })
    await branch('careful', [['a.txt', 'a', 'a']])
    const { head } = await open(code.dev, { title: 'Careful', source: 'careful' })
    await expect(merge(1, 'merge')).rejects.toMatchObject({ code: 'mergeBlocked' })
    const own = await code.dev.call(api.pullRequestApprove, { params: of(1) })
    expect(own.approvals).toMatchObject([{ name: 'DEV', head }])
    expect(own.merge?.blockers).toEqual(['approvalsMissing', 'statusNotPassing'])
    await expect(code.dev.call(api.changesRequest, { params: of(1) })).rejects.toMatchObject({
      code: 'ownChangesRequest',
    })
    const approved = await code.ada.call(api.pullRequestApprove, { params: of(1) })
    expect(approved.approvals).toMatchObject([{ name: 'DEV' }, { name: 'Ada', head }])
    expect(approved.merge?.blockers).toEqual(['statusNotPassing'])
    const status = { key: 'pipeline', description: '', url: '/p/GB/pipelines' }
    const params = { ...inRepo(), sha: head }
    await code.dev.call(api.statusSet, { params, body: { ...status, state: 'failure' } })
    await expect(merge(1, 'merge')).rejects.toMatchObject({ code: 'mergeBlocked' })
    await code.dev.call(api.statusSet, { params, body: { ...status, state: 'success' } })
    await expect(
      code.dev.call(api.pullRequestMerge, { params: of(1), body: { head: '0'.repeat(40) } }),
    ).rejects.toMatchObject({ code: 'refMoved' })
    expect(await merge(1, 'merge')).toMatchObject({
      state: 'merged',
      statuses: [{ state: 'success' }],
    })
  })

  it('takes discussions: on the whole, on a line, answered, resolved, edited, deleted', async () => {
    await branch('talk', [['a.txt', 'a\nb\n', 'a']])
    await open(code.dev, { title: 'Talk', source: 'talk' })
    const say = (by: Client, body: { text: string; replyTo?: string; place?: object }) =>
      by.call(api.pullRequestCommentCreate, { params: of(1), body: body as { text: string } })
    await say(code.ada, { text: '좋아요' })
    const place = { path: 'a.txt', line: 2, side: 'new' }
    const inline = await say(code.ada, { text: 'Why `b`?', place })
    const reply = await say(code.dev, { text: 'Because.', replyTo: inline.id })
    expect(reply).toMatchObject({ replyTo: inline.id, place })
    const edit = (by: Client, comment: string, body: object) =>
      by.call(api.pullRequestCommentUpdate, { params: { ...of(1), comment }, body })
    await expect(edit(code.ada, reply.id, { text: 'mine' })).rejects.toMatchObject({ status: 403 })
    expect(await edit(code.dev, reply.id, { text: 'Because!' })).toMatchObject({ text: 'Because!' })
    expect(await edit(code.dev, inline.id, { isResolved: true })).toMatchObject({
      resolvedBy: 'DEV',
    })
    const remove = { params: { ...of(1), comment: inline.id } }
    await expect(code.dev.call(api.pullRequestCommentDelete, remove)).rejects.toMatchObject({
      code: 'commentNotYours',
    })
    await code.ada.call(api.pullRequestCommentDelete, remove)
    const { items } = await code.viewer.call(api.pullRequestCommentList, { params: of(1) })
    expect(items.map(({ text, isDeleted }) => [text, isDeleted])).toEqual([
      ['좋아요', false],
      ['', true],
      ['Because!', false],
    ])
    expect((await code.viewer.call(api.pullRequestGet, { params: of(1) })).commentCount).toBe(2)
  })

  it('declines, reopens, edits and pages', async () => {
    const pulls: PullRequest[] = []
    for (const name of ['one', 'two', 'three']) {
      await branch(name, [[`${name}.txt`, name, name]])
      pulls.push(await open(code.dev, { title: name, source: name }))
    }
    await expect(open(code.dev, { title: 'again', source: 'one' })).rejects.toMatchObject({
      code: 'pullRequestExists',
    })
    await expect(open(code.dev, { title: 'none', source: 'main' })).rejects.toMatchObject({
      code: 'nothingToMerge',
    })
    await code.dev.call(api.pullRequestDecline, { params: of(1) })
    await expect(merge(1, 'merge')).rejects.toMatchObject({ code: 'pullRequestNotOpen' })
    const list = (state: 'open' | 'declined' | 'all', cursor?: string) =>
      code.viewer.call(api.pullRequestList, {
        params: inRepo(),
        query: { state, cursor, limit: 2 },
      })
    expect((await list('declined')).items.map(({ title }) => title)).toEqual(['one'])
    const first = await list('all')
    expect(first.items.map(({ title }) => title)).toEqual(['three', 'two'])
    expect((await list('all', first.nextCursor)).items.map(({ title }) => title)).toEqual(['one'])
    expect(await code.dev.call(api.pullRequestReopen, { params: of(1) })).toMatchObject({
      state: 'open',
    })
    const body = { title: '하나', description: 'about **GB-2**' }
    expect(await code.dev.call(api.pullRequestUpdate, { params: of(1), body })).toMatchObject({
      title: '하나',
      issues: ['GB-2'],
    })
  })

  it('survives the end of its source branch', async () => {
    await branch('short-lived', [['a.txt', 'a', 'a']])
    await open(code.dev, { title: 'Short', source: 'short-lived' })
    await git(work, 'push', '-q', 'origin', ':short-lived')
    expect(await code.dev.call(api.pullRequestGet, { params: of(1) })).toMatchObject({
      sourceExists: false,
      merge: { blockers: ['sourceMissing'] },
    })
    const diff = await code.viewer.call(api.pullRequestDiff, { params: of(1) })
    expect(diff.files.length).toBe(1)
    expect((await tryGit(work, ['fetch', 'origin', 'refs/pull/1/head'])).code).toBe(0)
    expect(readFileSync(join(work, 'a.txt'), 'utf8')).toBe('a')
  })
})
