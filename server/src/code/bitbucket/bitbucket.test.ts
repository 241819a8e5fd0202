import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../testing/yard.ts'
import { type CodeYard, git, openCodeYard } from '../testing.ts'

// The package's own types know no `import` condition; what it answers is asserted below.
const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
  Bitbucket: new (options: object) => Api
}
type Answer = { data: Data; status: number }
/** What the tests look at by name; the rest is matched as a whole. */
interface Data {
  values: Data[]
  target: Data
  summary: Data
  parent: Data
  merge_commit: Data
  inline: Data
  hash: string
  html: string
  key: string
  name: string
  id: number
  uuid: string
  next: string
  size: number
  type: string
  path: string
  created_on: string
  description: string
}
type Api = Record<string, Record<string, (given: object) => Promise<Answer>>>

let yard: CodeYard
let ada: Api
let dev: Api
const at = { workspace: 'madang', repo_slug: 'guestbook' }

const clientOf = (name: string): Api =>
  new Bitbucket({
    baseUrl: `${yard.yard.origin}/2.0`,
    auth: { username: name, password: PASSWORD },
    notice: false,
  })

const refused = async (call: Promise<unknown>) => {
  const error = (await call.then(
    () => ({ status: 0 }),
    (thrown: unknown) => thrown,
  )) as { status: number; error?: { error: { message: string; fields?: object } } }
  return { status: error.status, ...error.error?.error }
}

async function push(folder: string, branch: string, files: Record<string, string>) {
  await git(folder, 'checkout', '-q', '-B', branch)
  const { writeFileSync, mkdirSync } = await import('node:fs')
  const { dirname, join } = await import('node:path')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  await git(folder, 'add', '.')
  await git(folder, 'commit', '-qm', `Change on ${branch}`)
  await git(folder, 'push', '-q', 'origin', branch)
}

let folder: string

beforeAll(async () => {
  yard = await openCodeYard()
  ada = clientOf('ada')
  dev = clientOf('dev')
  folder = yard.folder()
  await git(folder, 'init', '-q', '-b', 'main')
  await git(folder, 'remote', 'add', 'origin', yard.url('ada'))
  await push(folder, 'main', { 'a.txt': 'one\ntwo\nthree\n', 'src/b.txt': 'b\n' })
  await push(folder, 'feature/x', { 'a.txt': 'one\nTWO\nthree\n' })
})
afterAll(() => yard.close())

describe('the npm client', () => {
  it('sees itself, the workspace, projects and repositories', async () => {
    const me = (await ada.users!.getAuthedUser!({})).data
    expect(me).toMatchObject({ type: 'user', nickname: 'ada' })
    expect(me.uuid).toMatch(/^\{[0-9a-f-]{36}\}$/)
    const spaces = (await ada.workspaces!.getWorkspaces!({})).data
    expect(spaces.values).toMatchObject([{ type: 'workspace', slug: 'madang' }])
    const projects = (await ada.workspaces!.getProjects!({ workspace: 'madang' })).data
    expect(projects.values.map((project: Data) => project.key)).toContain('GB')
    const repos = (await dev.repositories!.list!({ workspace: 'madang' })).data
    expect(repos).toMatchObject({ size: 1, page: 1, pagelen: 10 })
    expect(repos.values[0]).toMatchObject({
      type: 'repository',
      full_name: 'madang/guestbook',
      slug: 'guestbook',
      scm: 'git',
      mainbranch: {
        type: 'branch',
        name: 'main',
      },
      project: { key: 'GB' },
    })
    expect(repos.values[0]?.created_on).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}\+00:00$/)
  })

  it('makes, changes, forks and deletes a repository', async () => {
    const own = { workspace: 'madang', repo_slug: 'fresh' }
    const body = { scm: 'git', project: { key: 'GB' }, description: 'new' }
    const made = (await ada.repositories!.create!({ ...own, _body: body })).data
    expect(made).toMatchObject({ slug: 'fresh', description: 'new', mainbranch: null })
    const twice = await refused(ada.repositories!.create!({ ...own, _body: body }))
    expect(twice).toMatchObject({
      status: 400,
      message: 'Repository with this Slug and Owner already exists.',
    })
    const edit = { ...own, _body: { description: 'newer' } }
    expect((await ada.repositories!.update!(edit)).data.description).toBe('newer')
    const fork = { ...at, _body: { name: 'copy' } }
    const forked = (await ada.repositories!.createFork!(fork)).data
    expect(forked).toMatchObject({ slug: 'copy', parent: { full_name: 'madang/guestbook' } })
    const copy = { workspace: 'madang', repo_slug: 'copy' }
    expect((await ada.refs!.listBranches!(copy)).data.size).toBe(2)
    for (const gone of [own, copy]) {
      expect((await ada.repositories!.delete!(gone)).status).toBe(204)
    }
    expect(await refused(ada.repositories!.get!(own))).toMatchObject({
      status: 404,
      message: expect.stringContaining('no longer exists in this workspace'),
    })
  })

  it('makes and removes branches and tags', async () => {
    const body = { name: 'side/way', target: { hash: 'main' } }
    const made = (await dev.refs!.createBranch!({ ...at, _body: body })).data
    expect(made).toMatchObject({ type: 'branch', name: 'side/way' })
    expect(await refused(dev.refs!.createBranch!({ ...at, _body: body }))).toMatchObject({
      status: 400,
      message: 'Branch "side/way" already exists.',
    })
    const name = 'side/way'
    expect((await dev.refs!.getBranch!({ ...at, name })).data.target.hash).toHaveLength(40)
    expect((await dev.refs!.deleteBranch!({ ...at, name })).status).toBe(204)
    expect((await refused(dev.refs!.getBranch!({ ...at, name }))).status).toBe(404)
    const tag = { name: 'v1', target: { hash: made.target.hash } }
    expect((await dev.refs!.createTag!({ ...at, _body: tag })).data.type).toBe('tag')
    expect((await dev.refs!.listTags!(at)).data.values[0]?.name).toBe('v1')
    expect((await dev.refs!.deleteTag!({ ...at, name: 'v1' })).status).toBe(204)
  })

  it('reads commits, files, diffs and history', async () => {
    const list = (await dev.commits!.list!({ ...at, include: 'feature/x', exclude: 'main' })).data
    expect(list.values).toHaveLength(1)
    expect(list.values[0]).toMatchObject({
      type: 'commit',
      message: 'Change on feature/x\n',
      author: { type: 'author', raw: '김다은 <daeun@example.com>' },
    })
    const { hash } = list.values[0]!
    const source = (await dev.source!.read!({ ...at, commit: hash, path: 'a.txt' })).data
    expect(String(source)).toBe('one\nTWO\nthree\n')
    const folders = (await dev.source!.read!({ ...at, commit: hash, path: '' })).data
    expect(folders.values.map(({ type, path }: Data) => [type, path])).toEqual([
      ['commit_directory', 'src'],
      ['commit_file', 'a.txt'],
    ])
    const deep = { ...at, commit: 'main', path: 'src/b.txt' }
    expect(String((await dev.source!.read!(deep)).data)).toBe('b\n')
    const spec = 'feature/x..main'
    const diff = String((await dev.commits!.getDiff!({ ...at, spec })).data)
    expect(diff).toContain('diff --git a/a.txt b/a.txt')
    expect(diff).toContain('-two\n+TWO\n')
    const stat = (await dev.repositories!.listDiffStats!({ ...at, spec })).data
    expect(stat.values).toMatchObject([{ status: 'modified', lines_added: 1, lines_removed: 1 }])
    const history = { ...at, commit: 'feature/x', path: 'a.txt' }
    expect((await dev.source!.listHistory!(history)).data.values).toHaveLength(2)
    expect(await refused(dev.commits!.get!({ ...at, commit: 'nowhere' }))).toMatchObject({
      status: 404,
      message: 'Commit not found',
    })
  })

  it('commits files by a form', async () => {
    const form = new FormData()
    form.set('message', 'By the API')
    form.set('branch', 'by-api')
    form.set('docs/c.txt', new Blob(['c\n']), 'c.txt')
    form.set('files', 'a.txt')
    const response = await fetch(`${yard.yard.origin}/2.0/repositories/madang/guestbook/src`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`dev:${PASSWORD}`)}` },
      body: form,
    })
    expect(response.status).toBe(201)
    const commit = response.headers.get('location')!.split('/').at(-1)!
    const got = await dev.source!.read!({ ...at, commit, path: 'docs/c.txt' })
    expect(String(got.data)).toBe('c\n')
    expect((await refused(dev.source!.read!({ ...at, commit, path: 'a.txt' }))).status).toBe(404)
    const changed = async (path: string) =>
      (await dev.repositories!.listDiffStats!({ ...at, spec: `${commit}..main`, path })).data.size
    expect([await changed('docs'), await changed('doc')]).toEqual([1, 0])
  })

  it('sets build statuses', async () => {
    const { hash } = (await dev.refs!.getBranch!({ ...at, name: 'feature/x' })).data.target
    const body = { key: 'ci', state: 'INPROGRESS', url: 'https://ci.test/1', name: 'CI' }
    const given = { ...at, commit: hash, node: hash, _body: body }
    expect((await dev.commitstatuses!.createBuildStatus!(given)).data).toMatchObject({
      key: 'ci',
      state: 'INPROGRESS',
      name: 'CI',
      type: 'build',
    })
    const change = { ...given, key: 'ci', _body: { state: 'SUCCESSFUL' } }
    const changed = (await dev.commitstatuses!.updateBuildStatus!(change)).data
    expect(changed).toMatchObject({ state: 'SUCCESSFUL', url: 'https://ci.test/1' })
    const list = (await dev.commitstatuses!.list!(given)).data
    expect(list.values).toHaveLength(1)
  })

  it('pages, selects fields, filters and sorts', async () => {
    const first = (await dev.refs!.listBranches!({ ...at, pagelen: 1, sort: '-name' })).data
    expect(first).toMatchObject({ pagelen: 1, page: 1, values: [{ name: 'main' }] })
    expect(first.next).toContain('page=2')
    for (const [path, longest] of [
      ['refs/branches', 100],
      ['pullrequests', 50],
    ] as const) {
      const ask = async (pagelen: number) => {
        const url = `${yard.yard.origin}/2.0/repositories/madang/guestbook/${path}`
        const headers = { authorization: `Basic ${btoa(`ada:${PASSWORD}`)}` }
        return (await fetch(`${url}?pagelen=${pagelen}`, { headers })).status
      }
      expect([await ask(longest), await ask(longest + 1)]).toEqual([200, 400])
    }
    const some = await dev.refs!.listBranches!({
      ...at,
      q: 'name ~ "FEATURE"',
      fields: 'values.name',
    })
    expect(some.data).toEqual({ values: [{ name: 'feature/x' }] })
    expect((await refused(dev.refs!.listBranches!({ ...at, q: 'name ~ ' }))).status).toBe(400)
    const other = { ...at, q: 'name ~ "a" AND nothing.like = "it"' }
    expect(await refused(dev.refs!.listBranches!(other))).toMatchObject({
      status: 400,
      message: 'Field "nothing.like" does not support filtering',
    })
    expect(await refused(dev.refs!.listBranches!({ ...at, sort: '-nothing' }))).toMatchObject({
      status: 400,
      message: 'Field "nothing" does not support sorting',
    })
  })
})

describe('pull requests by the npm client', () => {
  it('go from their creation to their merge', async () => {
    const people = (await clientOf('viewer').users!.getAuthedUser!({})).data
    const body = {
      title: 'Two in capitals',
      description: 'It is **louder**',
      source: { branch: { name: 'feature/x' } },
      reviewers: [{ uuid: people.uuid }],
    }
    const made = (await dev.pullrequests!.create!({ ...at, _body: body })).data
    expect(made).toMatchObject({
      type: 'pullrequest',
      id: 1,
      state: 'OPEN',
      draft: false,
      close_source_branch: false,
      destination: {
        branch: { name: 'main' },
        repository: { full_name: 'madang/guestbook' },
      },
      reviewers: [{ nickname: 'viewer' }],
      participants: [
        {
          role: 'REVIEWER',
          approved: false,
          state: null,
        },
      ],
    })
    expect(made.summary.html).toBe('<p>It is <strong>louder</strong></p>')
    const pr = { ...at, pull_request_id: 1 }
    const inline = { path: 'a.txt', to: 2 }
    const comment = (
      await ada.pullrequests!.createComment!({ ...pr, _body: { content: { raw: 'Why?' }, inline } })
    ).data
    expect(comment).toMatchObject({ type: 'pullrequest_comment', inline: { path: 'a.txt', to: 2 } })
    const reply = { content: { raw: 'So.' }, parent: { id: comment.id } }
    const answer = (await dev.pullrequests!.createComment!({ ...pr, _body: reply })).data
    expect(answer.parent.id).toBe(comment.id)
    await push(folder, 'feature/x', { 'a.txt': 'zero\none\nTWO\nthree\n' })
    const again = await dev.pullrequests!.getComment!({ ...pr, comment_id: comment.id })
    expect(again.data.inline).toMatchObject({ to: 3, outdated: false })
    const approved = (await ada.pullrequests!.createApproval!(pr)).data
    expect(approved).toMatchObject({ type: 'participant', approved: true, state: 'approved' })
    const q = 'author.nickname = "dev" AND state = "OPEN"'
    expect((await ada.pullrequests!.list!({ ...at, q })).data.size).toBe(1)
    expect(String((await ada.pullrequests!.getDiff!(pr)).data)).toContain('+TWO')
    expect((await ada.pullrequests!.listCommits!(pr)).data.values).toHaveLength(2)
    const activity = (await ada.pullrequests!.listActivities!(pr)).data.values
    expect(activity.flatMap((entry: Data) => Object.keys(entry))).toContain('approval')
    const wish = { type: 'x', merge_strategy: 'squash', close_source_branch: true }
    const merged = (await ada.pullrequests!.merge!({ ...pr, _body: wish })).data
    expect(merged).toMatchObject({ state: 'MERGED', closed_by: { nickname: 'ada' } })
    expect(merged.merge_commit.hash).toHaveLength(12)
    expect(await refused(ada.pullrequests!.merge!({ ...pr, _body: wish }))).toMatchObject({
      status: 400,
      message: 'This pull request is already closed.',
    })
    expect((await ada.pullrequests!.list!(at)).data.size).toBe(0)
    expect((await ada.pullrequests!.list!({ ...at, state: 'MERGED' })).data.size).toBe(1)
  })

  it('says what is wrong with a new one', async () => {
    const body = { title: 'x', source: { branch: { name: 'nowhere' } } }
    expect(await refused(dev.pullrequests!.create!({ ...at, _body: body }))).toMatchObject({
      status: 400,
      message: 'Bad request',
      fields: { source: ['branch not found: nowhere'] },
    })
    const same = { title: 'x', source: { branch: { name: 'main' } } }
    expect(await refused(dev.pullrequests!.create!({ ...at, _body: same }))).toMatchObject({
      status: 400,
      message: 'There are no changes to be pulled',
    })
  })
})

describe('a repository that gets another name', () => {
  const renamed = { workspace: 'madang', repo_slug: 'visitors-book' }

  it('is found by the new one, and by the old one too', async () => {
    const _body = { name: 'Visitors Book' }
    expect((await refused(dev.repositories!.update!({ ...at, _body }))).status).toBe(403)
    const answer = await fetch(`${yard.yard.origin}/2.0/repositories/madang/guestbook`, {
      method: 'PUT',
      headers: { authorization: `Basic ${btoa(`ada:${PASSWORD}`)}` },
      body: JSON.stringify(_body),
    })
    expect(answer.headers.get('location')).toMatch(/\/2\.0\/repositories\/madang\/visitors-book$/)
    expect(await answer.json()).toMatchObject({
      slug: 'visitors-book',
      full_name: 'madang/visitors-book',
      links: {
        clone: [{ href: expect.stringContaining('/git/GB/visitors-book.git') }],
        html: { href: expect.stringContaining('/p/GB/code/visitors-book') },
      },
    })
    for (const place of [at, renamed]) {
      const found = (await dev.repositories!.get!(place)).data
      expect(found).toMatchObject({ slug: 'visitors-book' })
    }
    const merged = { ...renamed, pull_request_id: 1 }
    expect((await dev.pullrequests!.get!(merged)).data).toMatchObject({
      destination: { repository: { full_name: 'madang/visitors-book' } },
    })
  })

  it('is pushed to by either address, and stays one thing in the thread', async () => {
    await push(folder, 'via-old', { 'old.txt': 'old\n' })
    await git(folder, 'remote', 'set-url', 'origin', yard.url('ada', 'visitors-book'))
    await push(folder, 'via-new', { 'new.txt': 'new\n' })
    const { data } = await dev.refs!.listBranches!({ ...renamed, q: 'name ~ "via-"' })
    expect(data.values.map((branch) => branch.name)).toEqual(['via-new', 'via-old'])
    const thread = async (id: string) => {
      const asked = new URLSearchParams({ kind: 'branch', id })
      const headers = { authorization: `Basic ${btoa(`dev:${PASSWORD}`)}` }
      return (await fetch(`${yard.yard.origin}/api/thread?${asked}`, { headers })).json()
    }
    await yard.yard.kernel.events.settled()
    for (const branch of ['via-old', 'via-new', 'feature/x']) {
      const id = `GB/guestbook:${branch}`
      const { nodes } = (await thread(id)) as { nodes: object[] }
      expect(nodes).toContainEqual(expect.objectContaining({ id, side: 'root', title: branch }))
    }
  })

  it('keeps what it was called: no other repository takes that', async () => {
    const _body = { scm: 'git', project: { key: 'GB' } }
    expect(await refused(ada.repositories!.create!({ ...at, _body }))).toMatchObject({
      status: 400,
      fields: { name: [expect.stringContaining('was the name of visitors-book')] },
    })
    const other = { workspace: 'madang', repo_slug: 'other' }
    await ada.repositories!.create!({ ...other, _body })
    const clash = ada.repositories!.update!({ ...other, _body: { name: 'visitors-book' } })
    expect((await refused(clash)).message).toBe(
      'Repository with this Slug and Owner already exists.',
    )
    const elsewhere = { ...renamed, _body: { project: { key: 'OTHER' } } }
    expect((await ada.repositories!.update!(elsewhere)).data).toMatchObject({
      project: { key: 'OTHER' },
      links: { html: { href: expect.stringContaining('/p/OTHER/code/visitors-book') } },
    })
    const nowhere = { ...renamed, _body: { project: { key: 'NONE' } } }
    expect((await refused(ada.repositories!.update!(nowhere))).status).toBe(400)
    const back = { ...renamed, _body: { name: 'guestbook', project: { key: 'GB' } } }
    expect((await ada.repositories!.update!(back)).data).toMatchObject({
      slug: 'guestbook',
      project: { key: 'GB' },
    })
  })
})
