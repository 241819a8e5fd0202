// What people and tools say of a commit, by the npm client.
import { createRequire } from 'node:module'
import { systemActor } from '../../kernel/index.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../testing/yard.ts'
import { type CodeYard, openCodeYard } from '../testing.ts'

// The package's own types know no `import` condition; what it answers is asserted below.
const { Bitbucket } = createRequire(import.meta.url)('bitbucket') as {
  Bitbucket: new (options: object) => Api
}
interface Data {
  values: Data[]
  id: number
  uuid: string
  external_id: string
  participants: Data[]
}
type Api = Record<
  string,
  Record<string, (given: object) => Promise<{ data: Data; status: number }>>
>

let yard: CodeYard
let ada: Api['repositories']
let dev: Api['repositories']
let at: { workspace: string; repo_slug: string; commit: string }

const clientOf = (username: string) =>
  new Bitbucket({
    baseUrl: `${yard.yard.origin}/2.0`,
    auth: { username, password: PASSWORD },
    notice: false,
  })['repositories']!

const refused = async (call: Promise<unknown>) => {
  const error = (await call.then(
    () => ({ status: 0 }),
    (thrown: unknown) => thrown,
  )) as { status: number; error?: { error: { message: string; fields?: object } } }
  return { status: error.status, ...error.error?.error }
}

beforeAll(async () => {
  yard = await openCodeYard()
  ada = clientOf('ada')
  dev = clientOf('dev')
  const { sha } = await yard.code.commitCreate(systemActor, {
    project: 'GB',
    repo: 'guestbook',
    branch: 'main',
    message: 'Begin',
    files: [{ path: 'a.txt', content: 'one\n' }],
  })
  at = { workspace: 'madang', repo_slug: 'guestbook', commit: sha }
})
afterAll(() => yard.close())

describe('a commit', () => {
  it('is commented on and answered; its author alone changes a comment', async () => {
    const inline = { path: 'a.txt', to: 1 }
    const _body = { content: { raw: 'Why **one**?' }, inline }
    const made = (await ada!.createCommitComment!({ ...at, _body })).data
    expect(made).toMatchObject({
      type: 'commit_comment',
      content: { raw: 'Why **one**?', html: '<p>Why <strong>one</strong>?</p>' },
      inline: { path: 'a.txt', from: null, to: 1 },
      commit: { hash: at.commit },
      deleted: false,
    })
    const answer = { content: { raw: 'So.' }, parent: { id: made.id } }
    const reply = (await dev!.createCommitComment!({ ...at, _body: answer })).data
    expect(reply).toMatchObject({ parent: { id: made.id } })
    const one = { ...at, comment_id: made.id }
    const change = { ...one, _body: { content: { raw: 'Mine' } } }
    expect((await refused(dev!.updateCommitComment!(change))).status).toBe(403)
    const edited = { content: { raw: 'Why?' } }
    expect((await ada!.updateCommitComment!({ ...one, _body: edited })).data).toMatchObject(edited)
    expect((await ada!.deleteCommitComment!(one)).status).toBe(204)
    const { values } = (await dev!.listCommitComments!(at)).data
    expect(values).toMatchObject([{ deleted: true, content: { raw: '' } }, { id: reply.id }])
    expect(await refused(dev!.getCommitComment!({ ...at, comment_id: 99 }))).toMatchObject({
      status: 404,
      message: 'Comment not found',
    })
  })

  it('is approved and not', async () => {
    const approved = (await dev!.createCommitApproval!(at)).data
    expect(approved).toMatchObject({ type: 'participant', approved: true, state: 'approved' })
    await dev!.createCommitApproval!(at)
    expect((await dev!.getCommit!(at)).data.participants).toHaveLength(1)
    expect((await dev!.deleteCommitApproval!(at)).status).toBe(204)
    expect((await dev!.getCommit!(at)).data.participants).toHaveLength(0)
  })

  it('has reports of tools with annotations', async () => {
    const report = { ...at, reportId: 'lint-1' }
    const about = { title: 'Lint', details: 'Two findings', report_type: 'BUG' }
    const _body = { ...about, result: 'FAILED', data: [{ type: 'NUMBER', title: 'n', value: 2 }] }
    const made = (await dev!.createOrUpdateReport!({ ...report, _body })).data
    expect(made).toMatchObject({
      type: 'report',
      external_id: 'lint-1',
      ...about,
      result: 'FAILED',
    })
    const again = { ...report, _body: { ...about, result: 'PASSED' } }
    expect((await dev!.createOrUpdateReport!(again)).data.uuid).toBe(made.uuid)
    const finding = { external_id: 'f1', annotation_type: 'BUG', summary: 'Bad', path: 'a.txt' }
    const bulk = [
      { ...finding, line: 1 },
      { ...finding, external_id: 'f2', severity: 'HIGH' },
    ]
    const all = (await dev!.bulkCreateOrUpdateAnnotations!({ ...report, _body: bulk })).data
    expect(all).toMatchObject([{ external_id: 'f1', line: 1 }, { severity: 'HIGH' }])
    const { values } = (await dev!.getAnnotationsForReport!(report)).data
    expect(values.map(({ external_id }) => external_id)).toEqual(['f1', 'f2'])
    const many = Array.from({ length: 101 }, (_, i) => ({ ...finding, external_id: `m${i}` }))
    const tooMany = dev!.bulkCreateOrUpdateAnnotations!({ ...report, _body: many })
    expect(await refused(tooMany)).toMatchObject({ status: 400 })
    const unnamed = { ...report, _body: { ...about, report_type: 'NOISE' } }
    expect(await refused(dev!.createOrUpdateReport!(unnamed))).toMatchObject({
      status: 400,
      fields: { report_type: [expect.stringContaining('NOISE')] },
    })
    const gone = { ...report, annotationId: 'f1' }
    expect((await dev!.deleteAnnotation!(gone)).status).toBe(204)
    expect((await dev!.deleteReport!(report)).status).toBe(204)
    expect((await refused(dev!.getReport!(report))).status).toBe(404)
  })

  it('is found by what its files hold', async () => {
    const headers = { authorization: `Basic ${btoa(`dev:${PASSWORD}`)}` }
    const search = async (query: string) => {
      const asked = `search_query=${encodeURIComponent(query)}`
      const url = `${yard.yard.origin}/2.0/workspaces/madang/search/code?${asked}`
      return (await (await fetch(url, { headers })).json()) as Data
    }
    await expect
      .poll(async () => (await search('one ext:txt')).values)
      .toMatchObject([
        {
          type: 'code_search_result',
          content_match_count: 1,
          content_matches: [{ lines: [{ line: 1, segments: [{ text: 'one', match: true }] }] }],
          file: { type: 'commit_file', path: 'a.txt' },
        },
      ])
    expect((await search('one ext:js')).values).toEqual([])
  })
})
