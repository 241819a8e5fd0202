// What people and tools say of a commit, and what stands beside a repository, by the npm client.
import { existsSync } from 'node:fs'
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
  reviewers: Data[]
  permission: string
  type: string
  size: number
  user?: { nickname: string }
}
type Api = Record<
  string,
  Record<string, (given: object) => Promise<{ data: Data; status: number }>>
>

let yard: CodeYard
let ada: Api['repositories']
let dev: Api['repositories']
let workspaces: Api['workspaces']
let at: { workspace: string; repo_slug: string; commit: string }

const clientOf = (username: string) =>
  new Bitbucket({
    baseUrl: `${yard.yard.origin}/2.0`,
    auth: { username, password: PASSWORD },
    notice: false,
  })

const refused = async (call: Promise<unknown>) => {
  const error = (await call.then(
    () => ({ status: 0 }),
    (thrown: unknown) => thrown,
  )) as { status: number; error?: { error: { message: string; fields?: object } } }
  return { status: error.status, ...error.error?.error }
}

beforeAll(async () => {
  yard = await openCodeYard()
  ada = clientOf('ada')['repositories']!
  workspaces = clientOf('ada')['workspaces']!
  dev = clientOf('dev')['repositories']!
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

describe('downloads', () => {
  const upload = (name: string, files: Record<string, string>, field = 'files') => {
    const form = new FormData()
    for (const [path, text] of Object.entries(files)) form.append(field, new Blob([text]), path)
    return fetch(`${yard.yard.origin}/2.0/repositories/madang/guestbook/downloads`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${name}:${PASSWORD}`)}` },
      body: form,
    })
  }

  it('are uploaded, listed, fetched, replaced and deleted', async () => {
    expect((await upload('dev', { 'app 1.zip': 'first', 'notes.txt': '' })).status).toBe(201)
    expect((await upload('dev', { 'app 1.zip': 'second!' })).status).toBe(201)
    const one = { ...at, filename: 'app 1.zip' }
    const empty = await dev!.getDownload!({ ...at, filename: 'notes.txt' })
    expect((empty.data as unknown as ArrayBuffer).byteLength).toBe(0)
    const got = await dev!.getDownload!(one)
    const text = new TextDecoder().decode(got.data as unknown as ArrayBuffer)
    expect([got.status, text]).toEqual([200, 'second!'])
    const url = `${yard.yard.origin}/2.0/repositories/madang/guestbook/downloads/app%201.zip`
    const headers = { authorization: `Basic ${btoa(`viewer:${PASSWORD}`)}` }
    const head = await fetch(url, { method: 'HEAD', headers })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '7'])
    const part = await fetch(url, { headers: { ...headers, range: 'bytes=2-' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 2-6/7'])
    expect(await part.text()).toBe('cond!')
    const beyond = await fetch(url, { headers: { ...headers, range: 'bytes=7-' } })
    expect(beyond.status).toBe(416)
    const { data } = await dev!.listDownloads!(at)
    expect(data).toMatchObject({ size: 2, pagelen: 10 })
    expect(data.values).toMatchObject([
      {
        type: 'download',
        name: 'app 1.zip',
        size: 7,
        downloads: 2,
        user: { nickname: 'dev' },
        links: { self: { href: expect.stringContaining('/downloads/app%201.zip') } },
      },
      { name: 'notes.txt', size: 0, downloads: 1 },
    ])
    const { values } = (await dev!.listDownloads!({ ...at, pagelen: 1, page: 2 })).data
    expect(values).toMatchObject([{ name: 'notes.txt' }])
    expect((await dev!.deleteDownload!(one)).status).toBe(204)
    expect(await refused(dev!.getDownload!(one))).toMatchObject({
      status: 404,
      message: 'Download not found: app 1.zip',
    })
    expect((await refused(dev!.deleteDownload!(one))).status).toBe(404)
  })

  it('want a file with a name, of who may write', async () => {
    expect(await (await upload('dev', { 'a.txt': 'a' }, 'file')).json()).toMatchObject({
      error: { message: 'Bad request', fields: { files: ['required key not provided'] } },
    })
    expect((await upload('dev', { '..': 'a' })).status).toBe(400)
    expect((await upload('viewer', { 'a.txt': 'a' })).status).toBe(403)
  })

  it('go with their repository', async () => {
    const { kernel } = yard.yard
    const own = { workspace: 'madang', repo_slug: 'passing' }
    await ada!.create!({ ...own, _body: { scm: 'git', project: { key: 'GB' } } })
    const url = `${yard.yard.origin}/2.0/repositories/madang/passing/downloads`
    const form = new FormData()
    form.append('files', new Blob(['p']), 'p.bin')
    const headers = { authorization: `Basic ${btoa(`dev:${PASSWORD}`)}` }
    await fetch(url, { method: 'POST', headers, body: form })
    const kept = () =>
      kernel.database
        .tables<{ code_download: { name: string; blob_id: string } }>()
        .selectFrom('code_download')
        .select(['name', 'blob_id'])
        .where('name', '=', 'p.bin')
        .execute()
    const blob = (await kept())[0]!.blob_id
    await ada!.delete!(own)
    await expect.poll(kept, { timeout: 60_000 }).toEqual([])
    await expect.poll(() => existsSync(kernel.blobs.path(blob)), { timeout: 60_000 }).toBe(false)
  })
})

describe('a project', () => {
  const project = { workspace: 'madang', project_key: 'GB' }
  const viewer = { ...project, selected_user: 'viewer' }

  it('has default reviewers, whom its repositories and new pull requests take over', async () => {
    const added = (await workspaces!.addDefaultReviewerForProject!(viewer)).data
    expect(added).toMatchObject({ reviewer_type: 'project', user: { nickname: 'viewer' } })
    await workspaces!.addDefaultReviewerForProject!(viewer)
    await ada!.addDefaultReviewer!({ ...at, target_username: 'dev' })
    const all = (await workspaces!.listDefaultReviewersForProject!(project)).data
    expect(all).toMatchObject({ size: 1, values: [{ type: 'default_reviewer' }] })
    expect((await dev!.listEffectiveDefaultReviewers!(at)).data.values).toMatchObject([
      { reviewer_type: 'repository', user: { nickname: 'dev' } },
      { reviewer_type: 'project', user: { nickname: 'viewer' } },
    ])
    const one = (await workspaces!.getDefaultReviewerForProject!(viewer)).data
    expect(one).toMatchObject({ user: { nickname: 'viewer' } })
    const place = { project: 'GB', repo: 'guestbook', branch: 'more', from: 'main' }
    const files = [{ path: 'b.txt', content: 'b\n' }]
    await yard.code.commitCreate(systemActor, { ...place, message: 'More', files })
    const _body = { title: 'More', source: { branch: { name: 'more' } } }
    const { create } = clientOf('dev')['pullrequests']!
    const { reviewers } = (await create!({ ...at, _body })).data
    expect(reviewers).toMatchObject([{ nickname: 'viewer' }])
    const stranger = { ...project, selected_user: 'stranger' }
    expect(await refused(workspaces!.addDefaultReviewerForProject!(stranger))).toMatchObject({
      status: 400,
      message: 'stranger does not have access to this project.',
    })
    const byDev = clientOf('dev')['workspaces']!.deleteDefaultReviewerForProject!(viewer)
    expect((await refused(byDev)).status).toBe(403)
    expect((await workspaces!.deleteDefaultReviewerForProject!(viewer)).status).toBe(204)
    for (const gone of ['get', 'delete']) {
      const asked = workspaces![`${gone}DefaultReviewerForProject`]!(viewer)
      expect(await refused(asked)).toMatchObject({
        status: 404,
        message: 'viewer is not a default reviewer of this project.',
      })
    }
  })

  it('says what somebody may do in it and its repositories', async () => {
    const may = async (selected_user_id: string) => {
      const asked = { ...project, selected_user_id }
      const whole = (await workspaces!.getProjectUserPermission!(asked)).data
      const part = (await ada!.getUserPermission!({ ...at, selected_user_id })).data
      expect(part).toMatchObject({
        type: 'repository_user_permission',
        // What the project gives is not given again here.
        permission: 'none',
      })
      return whole.permission
    }
    expect(await may('dev')).toBe('write')
    expect(await may('viewer')).toBe('read')
    expect(await may('ada')).toBe('admin')
    expect(await may('stranger')).toBe('none')
    expect(await refused(ada!.getUserPermission!({ ...at, selected_user_id: 'x' }))).toMatchObject({
      status: 404,
    })
    const unseen = workspaces!.getProjectUserPermission!({
      ...project,
      project_key: 'NONE',
      selected_user_id: 'dev',
    })
    expect(await refused(unseen)).toMatchObject({ message: 'No project with key NONE found.' })
  })

  it('gives roles, which hold in its repositories', async () => {
    const stranger = { ...project, selected_user_id: 'stranger' }
    const give = (permission: string) =>
      workspaces!.updateProjectUserPermission!({ ...stranger, _body: { permission } })
    expect((await give('create-repo')).data).toMatchObject({
      type: 'project_user_permission',
      permission: 'write',
      user: { nickname: 'stranger' },
      project: { key: 'GB' },
    })
    expect((await give('read')).data).toMatchObject({ permission: 'read' })
    expect(await refused(give('owner'))).toMatchObject({ status: 400, message: 'Bad request' })
    expect((await ada!.listUserPermissions!(at)).data).toMatchObject({ size: 0 })
    const held = (await workspaces!.listProjectUserPermissions!(project)).data
    expect(held).toMatchObject({ size: 4 })
    expect(held.values[0]?.type).toBe('project_user_permission')
    expect(held.values.map(({ permission, user }) => [permission, user?.nickname])).toEqual([
      ['admin', 'ada'],
      ['write', 'dev'],
      ['read', 'stranger'],
      ['read', 'viewer'],
    ])
    const readers = { ...project, q: 'permission="read"', fields: 'size,values.user.nickname' }
    expect((await workspaces!.listProjectUserPermissions!(readers)).data).toEqual({
      size: 2,
      values: [{ user: { nickname: 'stranger' } }, { user: { nickname: 'viewer' } }],
    })
    expect((await workspaces!.deleteProjectUserPermission!(stranger)).status).toBe(204)
    expect(await refused(workspaces!.deleteProjectUserPermission!(stranger))).toMatchObject({
      status: 404,
      message: 'stranger is not a member of GB.',
    })
    expect((await workspaces!.listProjectGroupPermissions!(project)).data).toMatchObject({
      size: 0,
    })
    const group = { ...at, group_slug: 'partners', _body: { permission: 'read' } }
    expect(await refused(ada!.updateGroupPermission!(group))).toMatchObject({
      status: 404,
      message: 'There is no such group.',
    })
  })

  it('has members, everybody who may sign in', async () => {
    const all = (await workspaces!.getMembersForWorkspace!({ workspace: 'madang' })).data
    expect(all.values.map(({ permission, user }) => [permission, user?.nickname])).toEqual([
      ['owner', 'ada'],
      ['member', 'dev'],
      ['member', 'stranger'],
      ['member', 'viewer'],
    ])
    const asked = { workspace: 'madang', q: 'permission="owner"' }
    const owners = (await workspaces!.listPermissions!(asked)).data
    expect(owners).toMatchObject({ size: 1, values: [{ user: { nickname: 'ada' } }] })
  })

  it('has a branching model that its repositories take over until they have their own', async () => {
    const types = [
      { kind: 'feature', prefix: 'work/' },
      { kind: 'hotfix', enabled: false },
    ]
    const _body = { development: { name: 'develop' }, branch_types: types }
    const { updateBranchingModelSettingsForProject: set } = clientOf('ada')['workspaces']!
    const dev = clientOf('dev')
    expect(
      (await refused(dev['workspaces']!.updateBranchingModelSettingsForProject!(project))).status,
    ).toBe(403)
    expect((await set!({ ...project, _body })).data).toMatchObject({
      type: 'branching_model_settings',
      development: { name: 'develop', use_mainbranch: false },
      branch_types: [{ prefix: 'work/' }, {}, {}, { kind: 'hotfix', enabled: false }],
    })
    const taken = [
      { kind: 'feature', prefix: 'work/' },
      { kind: 'bugfix', prefix: 'bugfix/' },
      { kind: 'release', prefix: 'release/' },
    ]
    const ofProject = (await dev['workspaces']!.getBranchingModelForProject!(project)).data
    expect(ofProject).toMatchObject({ type: 'project_branching_model', branch_types: taken })
    const { getEffectiveBranchingModel: effective, ...repos } = dev['repositories']!
    expect((await effective!(at)).data).toMatchObject({
      type: 'effective_repo_branching_model',
      development: { name: 'develop', use_mainbranch: false },
      branch_types: taken,
    })
    const own = { development: { use_mainbranch: true } }
    await ada!.updateBranchingModelSettings!({ ...at, _body: own })
    expect((await repos['getBranchingModel']!(at)).data).toMatchObject({
      development: { name: 'main', use_mainbranch: true, branch: { name: 'main' } },
      branch_types: taken,
    })
  })

  it('is renamed, and deleted while nothing has happened in it', async () => {
    const own = { workspace: 'madang', project_key: 'TRY' }
    const { createOrUpdateProject: updateProject, deleteProject, getProject } = workspaces!
    const byDev = clientOf('dev')['workspaces']!
    const made = { ...own, _body: { name: 'Trial' } }
    expect((await refused(byDev['createOrUpdateProject']!(made))).status).toBe(404)
    expect((await updateProject!(made)).status).toBe(201)
    const _body = { name: 'Trials', description: 'For a day' }
    expect((await updateProject!({ ...own, _body })).data).toMatchObject({
      name: 'Trials',
      description: 'For a day',
    })
    const moved = { ...own, _body: { key: 'TRIAL' } }
    expect((await refused(updateProject!(moved))).status).toBe(501)
    const byOther = byDev['createOrUpdateProject']!({ ...project, _body })
    expect((await refused(byOther)).status).toBe(403)
    const repo = { workspace: 'madang', repo_slug: 'trial' }
    await ada!.create!({ ...repo, _body: { project: { key: 'TRY' } } })
    expect(await refused(deleteProject!(own))).toMatchObject({
      status: 403,
      message: 'You cannot delete a project that still contains repositories.',
    })
    await ada!.delete!(repo)
    expect((await deleteProject!(own)).status).toBe(204)
    expect((await refused(getProject!(own))).status).toBe(404)
    expect(await refused(deleteProject!({ ...own, project_key: 'OTHER' }))).toMatchObject({
      status: 409,
      message: expect.stringContaining('made in OTHER, so it stays'),
    })
  })
})
