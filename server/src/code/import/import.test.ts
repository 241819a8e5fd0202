import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeImportEndpoints, type RepoImport } from '@madang/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemActor } from '../../kernel/index.ts'
import { refusalOf } from '../../testing/client.ts'
import { fillRepo, openOtherHost, type OtherHost } from '../remote/testing.ts'
import { hasSsh, keyFor } from '../ssh/testing.ts'
import { type CodeYard, git, openCodeYard } from '../testing.ts'

const params = { project: 'GB' }
const at = (minute: number) => `2024-03-01T10:${String(minute).padStart(2, '0')}:00Z`
const SECRET = 'glpat-very-s3cret'

let yard: CodeYard
let other: OtherHost
let commits: Record<string, string>
let bare = ''

beforeEach(async () => {
  other = await openOtherHost()
  yard = await openCodeYard({ config: { outgoingAllow: ['127.0.0.1'] } })
  bare = join(other.root, 'octo/hello.git')
  mkdirSync(bare, { recursive: true })
  commits = await fillRepo(bare, yard.folder())
})
afterEach(async () => {
  await yard.close()
  await other.close()
})

type Given = { source: RepoImport['source'] } & Record<string, unknown>

const start = (given: Given) =>
  yard.ada.call(codeImportEndpoints.importCreate, {
    params,
    body: { url: `${other.origin}/octo/hello`, name: 'hello', token: SECRET, ...given },
  })
const get = (id: string) =>
  yard.ada.call(codeImportEndpoints.importGet, { params: { ...params, import: id } })
const until = (id: string, ...states: string[]) =>
  vi.waitFor(
    async () => {
      const now = await get(id)
      expect([now.state, now.error?.en]).toEqual([expect.toBeOneOf(states), now.error?.en])
      return now
    },
    { timeout: 90_000, interval: 50 },
  )
const pulls = async () => {
  const query = { state: 'all' } as const
  const input = { params: { ...params, repo: 'hello' }, query }
  return (await yard.ada.call(codeEndpoints.pullRequestList, input)).items
}
const problems = async (id: string) => {
  const input = { params: { ...params, import: id } }
  const { items } = await yard.ada.call(codeImportEndpoints.importProblemList, input)
  return items.map(({ kind, what, error }) => `${kind} ${what} ${error.code}`)
}
const comments = async (number: number) => {
  const input = { params: { ...params, repo: 'hello', number } }
  return (await yard.ada.call(codeEndpoints.pullRequestCommentList, input)).items
}

const octo = { login: 'octocat', id: 1 }
const ghPull = (number: number, more: object) => ({
  number,
  title: `Pull ${number}`,
  body: null,
  state: 'closed',
  draft: false,
  user: octo,
  html_url: `https://ghe.example/octo/hello/pull/${number}`,
  created_at: at(number),
  updated_at: at(number + 1),
  closed_at: null,
  merged_at: null,
  merge_commit_sha: null,
  ...more,
})
const ref = (name: string, sha: string | undefined) => ({
  ref: name,
  sha,
  label: `octo:${name}`,
  repo: { full_name: 'octo/hello' },
})

function github(): void {
  const root = '/api/v3/repos/octo/hello'
  const base = ref('trunk', commits['first'])
  const merged = ghPull(1, {
    body: 'What GB-1 asks for',
    closed_at: at(9),
    merged_at: at(9),
    merge_commit_sha: commits['merge'],
    head: ref('feature', commits['merged']),
    base,
  })
  const open = ghPull(4, {
    state: 'open',
    draft: true,
    head: { ...ref('open-work', commits['open']), repo: { full_name: 'mona/hello' } },
    base,
  })
  const lost = ghPull(7, { head: ref('x', 'f'.repeat(40)), base, closed_at: at(8) })
  const lists: Record<string, unknown[]> = {
    '/issues/1/comments': [{ id: 10, body: 'Nice', user: octo, created_at: at(2) }],
    '/pulls/1/comments': [
      {
        id: 20,
        body: 'Why 2?',
        user: { login: 'mona' },
        path: 'a.txt',
        line: null,
        original_line: 2,
        side: 'RIGHT',
        original_commit_id: commits['merged'],
        created_at: at(3),
        updated_at: at(3),
      },
      {
        id: 21,
        body: 'Because',
        user: null,
        path: 'a.txt',
        line: 2,
        in_reply_to_id: 20,
        created_at: at(4),
        updated_at: at(5),
      },
    ],
    '/pulls/1/reviews': [
      { id: 30, state: 'APPROVED', body: '', user: { login: 'mona' }, submitted_at: at(6) },
    ],
    '/pulls/4/reviews': [
      { id: 31, state: 'APPROVED', body: '', user: { login: 'mona' }, submitted_at: at(6) },
    ],
  }
  other.answer = (url) => {
    if (!url.pathname.startsWith(root)) return undefined
    const path = url.pathname.slice(root.length)
    if (path !== '/pulls') return { json: lists[path] ?? [] }
    if (url.searchParams.get('page') === '2') return { json: [open, lost] }
    url.searchParams.set('page', '2')
    return { json: [merged], headers: { link: `<${url.href}>; rel="next", <x>; rel="last"` } }
  }
}

describe('a repository of GitHub', () => {
  it('comes with its branches, tags, pull requests, discussions and approvals', async () => {
    github()
    await git(bare, 'update-ref', 'refs/pull/4/head', commits['open']!)
    const { id } = await start({ source: 'github' })
    const done = await until(id, 'finished', 'failed')
    expect(done.counts).toMatchObject({ branches: 3, tags: 1, pulls: 2, pullsTotal: 3 })
    const repo = await yard.ada.call(codeEndpoints.repoGet, {
      params: { ...params, repo: 'hello' },
    })
    expect(repo.defaultBranch).toBe('trunk')
    const [open, merged] = await pulls()
    expect(merged).toMatchObject({
      number: 1,
      state: 'merged',
      author: { name: 'octocat (127.0.0.1' + other.origin.slice(16) + ')' },
      createdAt: '2024-03-01T10:01:00.000Z',
      mergedAs: commits['merge'],
      issues: ['GB-1'],
      approvals: [{ name: expect.stringContaining('mona (') }],
    })
    expect(open).toMatchObject({
      number: 4,
      state: 'open',
      isDraft: true,
      source: 'fork/mona/open-work',
      sourceExists: true,
      approvals: [],
    })
    const [general, inline, answer] = await comments(1)
    expect(general).toMatchObject({ text: 'Nice', createdAt: '2024-03-01T10:02:00.000Z' })
    expect(inline!.place).toMatchObject({ path: 'a.txt', line: 2, side: 'new', lineNow: 2 })
    expect(answer).toMatchObject({
      replyTo: inline!.id,
      author: { id: expect.stringContaining('/ghost') },
    })
    expect(await problems(id)).toEqual(['approval #4 importApprovals', 'pull #7 importNoHead'])
    const work = yard.folder()
    await git(work, 'clone', '-q', yard.url('ada', 'hello'), 'clone')
    expect(await git(join(work, 'clone'), 'log', '-1', '--format=%H', 'v1')).toBe(commits['merge'])
    expect(await git(work, 'ls-remote', yard.url('ada', 'hello'), 'refs/import/*')).toBe('')
  })

  it('goes on where it stopped, brings nothing twice, and tries again what failed', async () => {
    github()
    const { id } = await start({ source: 'github' })
    await until(id, 'finished')
    await git(bare, 'update-ref', 'refs/pull/7/head', commits['open']!)
    const again = { params: { ...params, import: id }, body: { token: SECRET } }
    await yard.ada.call(codeImportEndpoints.importContinue, again)
    const done = await until(id, 'finished')
    expect(done.counts).toMatchObject({ pulls: 3, pullsTotal: 3 })
    expect((await pulls()).map((pull) => pull.number)).toEqual([7, 4, 1])
    expect((await comments(1)).length).toBe(3)
  })

  it('waits as long as the host asks, and can be cancelled meanwhile', async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 600)
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
    other.answer = (url) =>
      url.pathname.startsWith('/api/') ? { status: 403, headers, json: {} } : undefined
    const { id } = await start({ source: 'github' })
    const waiting = await until(id, 'waiting')
    expect(waiting.waitsUntil).toBe(new Date(Number(reset) * 1000).toISOString())
    const input = { params: { ...params, import: id } }
    await yard.ada.call(codeImportEndpoints.importCancel, input)
    expect((await get(id)).state).toBe('cancelled')
    expect(await refusalOf(yard.ada.call(codeImportEndpoints.importCancel, input))).toBe(
      '409 importOver',
    )
  })
})

it('brings merge requests of GitLab with their threads', async () => {
  const root = '/api/v4/projects/octo%2Fhello/merge_requests'
  const ada = { username: 'ada', name: 'Ada L' }
  const request = {
    iid: 3,
    title: 'Two is 2',
    description: 'because',
    state: 'merged',
    author: ada,
    merge_user: { username: 'bob', name: 'Bob' },
    source_branch: 'feature',
    target_branch: 'trunk',
    source_project_id: 1,
    target_project_id: 1,
    sha: commits['merged'],
    merge_commit_sha: commits['merge'],
    web_url: 'https://gitlab.example/octo/hello/-/merge_requests/3',
    created_at: at(1),
    updated_at: at(5),
    merged_at: at(5),
  }
  const position = {
    base_sha: commits['first'],
    head_sha: commits['merged'],
    old_path: 'a.txt',
    new_path: 'a.txt',
  }
  const notes = [
    { id: 1, body: 'changed the title', system: true, author: ada, created_at: at(2) },
    {
      id: 2,
      body: 'the old one',
      author: ada,
      created_at: at(3),
      position: { ...position, old_line: 2, new_line: null },
      resolved: true,
      resolved_by: ada,
    },
    { id: 4, body: 'yes', author: ada, created_at: at(4) },
  ]
  other.answer = (url) => {
    if (!url.pathname.startsWith(root)) return undefined
    if (url.pathname === root) return { json: [request] }
    if (url.pathname.endsWith('/discussions')) return { json: [{ id: 'x', notes }] }
    return { json: { approved_by: [{ user: ada }] } }
  }
  const { id } = await start({ source: 'gitlab' })
  await until(id, 'finished')
  const [pull] = await pulls()
  expect(pull).toMatchObject({
    number: 3,
    state: 'merged',
    closedBy: expect.stringMatching(/^Bob \(/),
  })
  const [inline, answer] = await comments(3)
  expect(inline).toMatchObject({ isResolved: true, place: { side: 'old', line: 2, lineNow: 2 } })
  expect(answer!.replyTo).toBe(inline!.id)
  const tokens = new Set(other.asked.map(({ authorization }) => authorization))
  expect(tokens).toContain(SECRET)
  expect(other.asked.every(({ url }) => !url.includes(SECRET))).toBe(true)
})

it('brings pull requests of Bitbucket by short hashes, page by page', async () => {
  const root = '/2.0/repositories/octo/hello/pullrequests'
  const side = (name: string, hash: string) => ({
    branch: { name },
    commit: { hash: hash.slice(0, 12) },
    repository: { full_name: 'octo/hello' },
  })
  const pull = (id: number, state: string, head: string, more: object = {}) => ({
    id,
    title: `P${id}`,
    description: '',
    state,
    author: { display_name: 'Kim', nickname: 'kim' },
    source: side('open-work', head),
    destination: side('trunk', commits['first']!),
    created_on: at(id),
    updated_on: at(id + 1),
    ...more,
  })
  const declined = pull(1, 'DECLINED', commits['open']!, {
    reason: 'no',
    closed_by: { display_name: 'Lee' },
  })
  const merged = pull(2, 'MERGED', commits['merged']!, {
    merge_commit: { hash: commits['merge']!.slice(0, 12) },
  })
  other.answer = (url) => {
    if (!url.pathname.startsWith(root)) return undefined
    if (url.pathname === `${root}/2/comments`) {
      const inline = { path: 'a.txt', from: null, to: 2 }
      const said = { user: null, created_on: at(4), updated_on: at(4) }
      return {
        json: {
          values: [
            { id: 9, content: { raw: 'hm' }, inline, ...said },
            { id: 10, deleted: true, ...said },
            {
              id: 11,
              content: { raw: 'file' },
              inline: { path: 'a.txt' },
              ...said,
              created_on: at(6),
            },
          ],
        },
      }
    }
    if (url.pathname === `${root}/2`) {
      const user = { display_name: 'Lee', nickname: 'lee' }
      return {
        json: {
          ...merged,
          participants: [{ user, approved: true, state: 'approved', participated_on: at(3) }],
        },
      }
    }
    if (url.pathname === `${root}/1`) return { json: declined }
    if (url.pathname !== root) return { json: { values: [] } }
    const isFirst = url.searchParams.get('page') === null
    url.searchParams.set('page', '2')
    return { json: isFirst ? { values: [declined], next: url.href } : { values: [merged] } }
  }
  const { id } = await start({ source: 'bitbucket', username: 'kim@example.com' })
  await until(id, 'finished')
  const [two, one] = await pulls()
  expect(one).toMatchObject({ state: 'declined', head: commits['open'] })
  expect(two).toMatchObject({ state: 'merged', mergedAs: commits['merge'], approvals: [{}] })
  expect((await comments(2)).map(({ text, place }) => [text, place?.line])).toEqual([
    ['hm', 2],
    ['file', undefined],
  ])
  expect(await problems(id)).toEqual(['comment #2 11 importPlace'])
  const basic = (name: string) => `Basic ${Buffer.from(`${name}:${SECRET}`).toString('base64')}`
  const used = new Set(other.asked.map(({ authorization }) => authorization))
  expect([...used].sort()).toEqual(
    [basic('kim@example.com'), basic('x-bitbucket-api-token-auth')].sort(),
  )
})

it.skipIf(!hasSsh)('plain git comes over ssh with a key', async () => {
  await yard.code.commitCreate(systemActor, {
    project: 'GB',
    repo: 'guestbook',
    branch: 'main',
    message: 'Begin',
    files: [{ path: 'a.txt', content: 'one\n' }],
  })
  const host = await yard.code.sshListen(yard.yard.origin)
  const url = `${host}/GB/guestbook.git`
  const key = await keyFor(yard.ada, yard.folder())
  const privateKey = readFileSync(key.file, 'utf8')
  const refused = start({ source: 'github', url, privateKey })
  expect(await refusalOf(refused)).toBe('400 importSshNoApi')
  const { id } = await start({ source: 'git', url, privateKey })
  expect(await until(id, 'finished')).toMatchObject({ counts: { branches: 1 }, problemCount: 0 })
  const file = await yard.code.fileRead('GB', 'hello', 'main', 'a.txt')
  expect(file?.toString()).toBe('one\n')
})

describe('what goes wrong', () => {
  it.each([
    ['a private address', 'http://10.0.0.1/octo/hello', '403 outgoingRefused'],
    ['a file', 'file:///etc/hello', '400 outgoingInvalid'],
    ['ssh without a key', 'git@127.0.0.1:octo/hello.git', '400 importSshKey'],
    ['a helper of git', 'ext::sh -c id', '400 outgoingInvalid'],
    ['an option', '--upload-pack=id', '400 outgoingInvalid'],
  ])('%s is refused before anything is made', async (_name, url, refusal) => {
    expect(await refusalOf(start({ source: 'git', url }))).toBe(refusal)
    const { items } = await yard.ada.call(codeEndpoints.repoList, { params })
    expect(items.map((repo) => repo.name)).toEqual(['guestbook'])
  })

  it.each([
    [401, 'remoteDenied'],
    [404, 'remoteMissing'],
  ])('a host that answers %i ends it, and the token is never told', async (status, code) => {
    other.answer = () => ({ status, json: { message: SECRET } })
    const { id } = await start({ source: 'gitlab' })
    const failed = await until(id, 'failed')
    expect(failed.error?.code).toBe(code)
    expect(JSON.stringify(failed)).not.toContain(SECRET)
  })

  it('a redirect into the private network is not followed, by git neither', async () => {
    const location = 'http://10.1.2.3/octo/hello.git/info/refs?service=git-upload-pack'
    other.answer = () => ({ status: 302, headers: { location } })
    const { id } = await start({ source: 'git' })
    expect((await until(id, 'failed')).error?.code).toBe('outgoingRefused')
  })

  it('another page on another host is not asked', async () => {
    const link = '<http://127.0.0.2:1/api/v3/x>; rel="next"'
    other.answer = (url) =>
      url.pathname.startsWith('/api/') ? { json: [], headers: { link } } : undefined
    const { id } = await start({ source: 'github' })
    expect((await until(id, 'failed')).error?.code).toBe('sourceElsewhere')
  })

  it('a list that never ends is told of its pull request, and the rest comes', async () => {
    github()
    const { answer } = other
    other.answer = (url, request) => {
      if (!url.pathname.endsWith('/issues/1/comments')) return answer(url, request)
      const next = new URL(url)
      next.searchParams.set('page', String(Number(url.searchParams.get('page')) + 1))
      return { json: [], headers: { link: `<${next.href}>; rel="next"` } }
    }
    const { id } = await start({ source: 'github' })
    const done = await until(id, 'finished')
    expect(done.counts).toMatchObject({ pulls: 1, pullsTotal: 3 })
    expect(await problems(id)).toContain('pull #1 sourceTooLong')
  })

  it('what is not the API is said to be so', async () => {
    other.answer = (url) => (url.pathname.startsWith('/api/') ? { json: { hello: 1 } } : undefined)
    const { id } = await start({ source: 'gitlab' })
    expect((await until(id, 'failed')).error?.code).toBe('sourceShape')
  })
})
