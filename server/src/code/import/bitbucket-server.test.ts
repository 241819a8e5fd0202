// Bitbucket Server and Data Center: another API than the cloud's, at another address than git.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeImportEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { refusalOf } from '../../testing/client.ts'
import { fillRepo, openOtherHost, type OtherHost } from '../remote/testing.ts'
import { type CodeYard, openCodeYard } from '../testing.ts'

const params = { project: 'GB' }
const inRepo = { ...params, repo: 'hello' }
const SECRET = 'BBDC-very-s3cret'
const at = (minute: number) => Date.UTC(2024, 2, 1, 10, minute)

let yard: CodeYard
let other: OtherHost
let commits: Record<string, string>

beforeAll(async () => {
  other = await openOtherHost()
  yard = await openCodeYard({ config: { outgoingAllow: ['127.0.0.1'] } })
  const bare = join(other.root, 'octo/hello.git')
  mkdirSync(bare, { recursive: true })
  commits = await fillRepo(bare, yard.folder())
})
afterAll(async () => {
  await yard.close()
  await other.close()
})

const start = (url: string, name: string) => {
  const body = { source: 'bitbucketServer' as const, url, name, token: SECRET }
  return yard.ada.call(codeImportEndpoints.importCreate, { params, body })
}

function bitbucketServer(): void {
  const root = '/bb/rest/api/1.0/projects/OCTO/repos/hello/pull-requests'
  const here = { slug: 'hello', project: { key: 'OCTO' } }
  const side = (name: string, latestCommit: string | undefined, repository = here) => ({
    id: `refs/heads/${name}`,
    displayId: name,
    latestCommit,
    repository,
  })
  const [kim, lee] = ['Kim', 'Lee'].map((displayName) => {
    const name = displayName.toLowerCase()
    return { name, slug: name, displayName }
  })
  const pull = (id: number, state: string, fromRef: object, more: object = {}) => ({
    id,
    title: `P${id}`,
    state,
    createdDate: at(id),
    updatedDate: at(id + 1),
    author: { user: kim, role: 'AUTHOR', approved: false, status: 'UNAPPROVED' },
    fromRef,
    toRef: side('trunk', commits['first']),
    reviewers: [],
    ...more,
  })
  const fork = { slug: 'hello', project: { key: '~LEE' } }
  const merged = pull(1, 'MERGED', side('feature', commits['merged']), {
    closedDate: at(9),
    reviewers: [{ user: lee, role: 'REVIEWER', approved: true, status: 'APPROVED' }],
  })
  const open = pull(2, 'OPEN', side('open-work', commits['open'], fork), { draft: true })
  const said = (id: number, minute: number, text: string, more: object = {}) => ({
    id,
    text,
    author: lee,
    createdDate: at(minute),
    updatedDate: at(minute),
    ...more,
  })
  const commented = (comment: object, more: object = {}) => ({
    action: 'COMMENTED',
    commentAction: 'ADDED',
    user: lee,
    comment,
    ...more,
  })
  const line = { path: 'a.txt', line: 2, lineType: 'ADDED', fileType: 'TO' }
  const thread = said(10, 3, 'Why 2?', {
    comments: [said(11, 4, 'Because', { comments: [said(12, 5, 'Ah')] })],
    threadResolved: true,
    threadResolver: kim,
  })
  const gone = said(13, 5, 'never mind')
  const activities = [
    { action: 'MERGED', user: lee, createdDate: at(9), commit: { id: commits['merge'] } },
    { ...commented(gone), commentAction: 'DELETED' },
    commented(gone),
    commented(said(14, 7, 'file'), { commentAnchor: { path: 'a.txt' } }),
    { action: 'APPROVED', user: lee, createdDate: at(6) },
    commented(thread, { commentAnchor: { ...line, toHash: commits['merged'] } }),
    { action: 'OPENED', user: kim, createdDate: at(1) },
  ]
  const page = (all: unknown[], url: URL) => {
    const start = Number(url.searchParams.get('start'))
    const isLastPage = start + 1 >= all.length
    const values = all.slice(start, start + 1)
    return { json: { values, isLastPage, nextPageStart: isLastPage ? null : start + 1 } }
  }
  other.answer = (url, request) => {
    if (url.pathname.startsWith('/bb/scm/')) {
      request.url = request.url!.replace('/bb/scm/OCTO/', '/octo/')
      url.pathname = url.pathname.replace('/bb/scm/OCTO/', '/octo/')
      return undefined
    }
    if (url.pathname === root) return page([merged, open], url)
    if (url.pathname === `${root}/1/activities`) return page(activities, url)
    if (url.pathname === `${root}/1`) return { json: merged }
    if (url.pathname === `${root}/2`) return { json: open }
    return { json: { values: [], isLastPage: true } }
  }
}

it('brings pull requests of Bitbucket Data Center, whose activities tell the most', async () => {
  bitbucketServer()
  const url = `${other.origin}/bb/projects/OCTO/repos/hello/browse`
  const { id } = await start(url, 'hello')
  const input = { params: { ...params, import: id } }
  const isOver = async () => {
    const { state, error } = await yard.ada.call(codeImportEndpoints.importGet, input)
    expect([state, error]).toEqual(['finished', undefined])
  }
  await vi.waitFor(isOver, { timeout: 90_000, interval: 50 })
  const list = { params: inRepo, query: { state: 'all' } as const }
  const [two, one] = (await yard.ada.call(codeEndpoints.pullRequestList, list)).items
  expect(one).toMatchObject({
    state: 'merged',
    mergedAs: commits['merge'],
    closedBy: expect.stringMatching(/^Lee \(/),
    approvals: [{ name: expect.stringMatching(/^Lee \(/) }],
  })
  expect(two).toMatchObject({ state: 'open', isDraft: true, source: 'fork/lee/open-work' })
  const ofOne = { params: { ...inRepo, number: 1 } }
  const told = (await yard.ada.call(codeEndpoints.pullRequestCommentList, ofOne)).items
  expect(told.map(({ text, place }) => [text, place?.line])).toEqual([
    ['Why 2?', 2],
    ['Because', 2],
    ['Ah', 2],
    ['file', undefined],
  ])
  expect(told[0]).toMatchObject({ isResolved: true, resolvedBy: expect.stringMatching(/^Kim/) })
  const { items } = await yard.ada.call(codeImportEndpoints.importProblemList, input)
  expect(items).toMatchObject([{ what: '#1 14', error: { code: 'importPlace' } }])
  expect(new Set(other.asked.map(({ authorization }) => authorization))).toContain(
    `Bearer ${SECRET}`,
  )
  const wrong = start(`${other.origin}/octo/hello`, 'x')
  expect(await refusalOf(wrong)).toBe('400 importAddress')
})
