// Snippets and properties of applications, by the npm client; what a form brings, by fetch.
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '../../kernel/index.ts'
import { PASSWORD } from '../../testing/yard.ts'
import { type CodeYard, openCodeYard } from '../testing.ts'

const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
  Bitbucket: new (options: object) => Api
}
interface Data {
  values: Data[]
  id: string
  hash: string
  title: string
  files: Record<string, { links: { self: { href: string } } }>
  links: Record<string, { href: string }>
}
type Answer = { data: Data; status: number; headers: Record<string, string> }
type Api = Record<string, Record<string, (given: object) => Promise<Answer>>>

let yard: CodeYard
let ada: Api
let dev: Api

const clientOf = (username: string): Api =>
  new Bitbucket({
    baseUrl: `${yard.yard.origin}/2.0`,
    auth: { username, password: PASSWORD },
    notice: false,
  })

const statusOf = (call: Promise<{ status: number }>): Promise<number> =>
  call.then(
    ({ status }) => status,
    (error: { status: number }) => error.status,
  )

/** As curl sends `-F file=@note.txt -F title=Notes`. */
function send(method: string, path: string, files: Record<string, string>, fields: object = {}) {
  const body = new FormData()
  for (const [name, text] of Object.entries(files)) body.append('file', new Blob([text]), name)
  for (const [name, text] of Object.entries(fields)) body.append(name, String(text))
  const authorization = `Basic ${btoa(`ada:${PASSWORD}`)}`
  return fetch(`${yard.yard.origin}/2.0${path}`, { method, body, headers: { authorization } })
}

beforeAll(async () => {
  yard = await openCodeYard()
  ada = clientOf('ada')
  dev = clientOf('dev')
})
afterAll(() => yard.close())

describe('a snippet', () => {
  let at: { workspace: string; encoded_id: string }

  it('is made of files, listed, and read file by file', async () => {
    const files = { 'note.txt': 'one\n', '메모.md': '# 둘\n' }
    const reply = await send('POST', '/snippets/madang', files, { title: 'Notes' })
    const made = (await reply.json()) as Data
    expect([reply.status, made]).toMatchObject([
      201,
      { type: 'snippet', title: 'Notes', scm: 'git', is_private: true, owner: { slug: 'madang' } },
    ])
    expect(reply.headers.get('location')).toBe(made.links['self']!.href)
    at = { workspace: 'madang', encoded_id: made.id }
    const listed = (await dev['snippets']!['listForUser']!({ workspace: 'madang' })).data
    expect(listed.values.map(({ id, title }) => [id, title])).toEqual([[made.id, 'Notes']])
    const headers = { authorization: `Basic ${btoa(`dev:${PASSWORD}`)}` }
    const raw = await fetch(made.files['메모.md']!.links.self.href, { headers })
    expect([await raw.text(), raw.headers.get('content-disposition')]).toEqual([
      '# 둘\n',
      expect.stringMatching(/^attachment/),
    ])
    const newest = await fetch(`${made.links['self']!.href}/files/note.txt`, {
      headers,
      redirect: 'manual',
    })
    expect([newest.status, newest.headers.get('location')]).toEqual([
      302,
      made.files['note.txt']!.links.self.href,
    ])
    expect((await send('POST', '/snippets', {}, { title: 'Nothing' })).status).toBe(400)
  })

  it('changes by commits, the newest alone', async () => {
    const { snippets } = ada
    const first = (await snippets!['listCommits']!(at)).data.values[0]!.hash
    const path = `/snippets/madang/${at.encoded_id}`
    const body = { title: 'Notes, again', files: '메모.md' }
    const changed = await send('PUT', `${path}/${first}`, { 'note.txt': 'one\ntwo\n' }, body)
    expect([changed.status, Object.keys(((await changed.json()) as Data).files)]).toEqual([
      200,
      ['note.txt'],
    ])
    const commits = (await snippets!['listCommits']!(at)).data.values
    expect(commits.map(({ hash }) => hash)).toEqual([expect.any(String), first])
    const late = await send('PUT', `${path}/${first}`, { 'note.txt': 'three\n' })
    expect(late.status).toBe(405)
    const before = (await snippets!['getAt']!({ ...at, node_id: first })).data
    expect(Object.keys(before.files)).toEqual(['note.txt', '메모.md'])
    const one = { ...at, revision: commits[0]!.hash }
    expect((await snippets!['getCommit']!(one)).data).toMatchObject({ type: 'snippet_commit' })
    expect((await snippets!['getDiff']!(one)).data).toContain('+two\n')
    expect((await snippets!['getPatch']!(one)).data).toContain('Subject: [PATCH]')
    const root = await snippets!['getDiff']!({ ...at, revision: first })
    expect(root.data).toContain('+one\n')
    const gone = { ...at, revision: 'f'.repeat(40) }
    expect(await statusOf(snippets!['getCommit']!(gone))).toBe(404)
  })

  it('is commented on, answered and watched', async () => {
    const { snippets } = dev
    const comment = await snippets!['createComment']!({ ...at, _body: { content: { raw: 'Ok?' } } })
    expect([comment.status, comment.data]).toMatchObject([
      201,
      { type: 'snippet_comment', content: { raw: 'Ok?' }, snippet: { id: at.encoded_id } },
    ])
    const own = { ...at, comment_id: comment.data.id }
    const _body = { content: { raw: 'Yes' }, parent: { id: comment.data.id } }
    expect((await ada['snippets']!['createComment']!({ ...at, _body })).data).toMatchObject({
      parent: { id: comment.data.id },
    })
    const edit = { ...own, _body: { content: { raw: 'Ok.' } } }
    expect(await statusOf(ada['snippets']!['updateComment']!(edit))).toBe(403)
    expect((await snippets!['updateComment']!(edit)).data).toMatchObject({
      content: { raw: 'Ok.' },
    })
    expect(await statusOf(ada['snippets']!['deleteComment']!(own))).toBe(204)
    expect((await snippets!['listComments']!(at)).data.values).toHaveLength(1)
    expect(await statusOf(snippets!['checkWatch']!(at))).toBe(404)
    expect(await statusOf(snippets!['startWatch']!(at))).toBe(204)
    expect(await statusOf(snippets!['checkWatch']!(at))).toBe(204)
    expect(await statusOf(snippets!['stopWatch']!(at))).toBe(204)
    expect(await statusOf(snippets!['checkWatch']!(at))).toBe(404)
  })

  it('of a person is hers alone while it is private', async () => {
    const made = (await (await send('POST', '/snippets', { 'a.sh': 'id\n' })).json()) as Data
    const own = { workspace: 'ada', encoded_id: made.id }
    expect(await statusOf(dev['snippets']!['get']!(own))).toBe(404)
    expect((await dev['snippets']!['list']!({})).data.values).toHaveLength(1)
    expect((await ada['snippets']!['list']!({ role: 'owner' })).data.values).toHaveLength(1)
    await ada['snippets']!['update']!({ ...own, _body: { is_private: false } })
    expect(await statusOf(dev['snippets']!['get']!(own))).toBe(200)
    expect(await statusOf(dev['snippets']!['delete']!(own))).toBe(403)
    expect(await statusOf(ada['snippets']!['delete']!(own))).toBe(204)
    expect(await statusOf(ada['snippets']!['get']!(own))).toBe(404)
  })
})

it('properties that applications note down of a repository, a commit and oneself', async () => {
  const { sha } = await yard.code.commitCreate(systemActor, {
    project: 'GB',
    repo: 'guestbook',
    branch: 'main',
    message: 'Begin',
    files: [{ path: 'a.txt', content: 'one\n' }],
  })
  const { repositories, users } = dev
  const one = {
    workspace: 'madang',
    repo_slug: 'guestbook',
    app_key: 'lint',
    property_name: 'seen',
  }
  const _body = { level: 3, _attributes: ['public'] }
  expect(await statusOf(repositories!['getRepositoryHostedPropertyValue']!(one))).toBe(404)
  const put = await repositories!['updateRepositoryHostedPropertyValue']!({ ...one, _body })
  expect(put.status).toBe(204)
  const found = await repositories!['getRepositoryHostedPropertyValue']!(one)
  expect(found.data).toEqual(_body)
  const ofCommit = { ...one, commit: sha.slice(0, 12) }
  expect(await statusOf(repositories!['getCommitHostedPropertyValue']!(ofCommit))).toBe(404)
  await repositories!['updateCommitHostedPropertyValue']!({ ...ofCommit, _body: { level: 4 } })
  const whole = { ...one, commit: sha }
  expect((await repositories!['getCommitHostedPropertyValue']!(whole)).data).toEqual({ level: 4 })
  expect(await statusOf(repositories!['deleteCommitHostedPropertyValue']!(whole))).toBe(204)
  const mine = { selected_user: 'dev', app_key: 'lint', property_name: 'theme', _body: { a: 1 } }
  expect(await statusOf(users!['updateUserHostedPropertyValue']!(mine))).toBe(204)
  expect((await users!['retrieveUserHostedPropertyValue']!(mine)).data).toEqual({ a: 1 })
  expect(await statusOf(ada['users']!['retrieveUserHostedPropertyValue']!(mine))).toBe(403)
})
