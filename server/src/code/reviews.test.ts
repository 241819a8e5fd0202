import { createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { codeEndpoints as api, identityEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusalOf } from '../testing/client.ts'
import { type CodeYard, git, openCodeYard, tryGit } from './testing.ts'

let yard: CodeYard
let folder: string
const repo = { project: 'GB', repo: 'guestbook' }

async function commit(branch: string, from: string, files: Record<string, string>) {
  await git(folder, 'checkout', '-q', '-B', branch, from)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  await git(folder, 'add', '.')
  await git(folder, 'commit', '-qm', `Change ${Object.keys(files).join(', ')}`)
}

const push = (name: string, ...args: string[]) => tryGit(folder, ['push', yard.url(name), ...args])

async function open(branch: string, files: Record<string, string>, more: object = {}) {
  await commit(branch, 'main', files)
  expect((await push('dev', branch)).code).toBe(0)
  const body = { title: `Bring ${branch}`, source: branch, ...more }
  return yard.dev.call(api.pullRequestCreate, { params: repo, body })
}

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (const end = Date.now() + 90_000; Date.now() < end;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it never came')
}

const rule = (body: object) =>
  yard.ada.call(api.branchRuleCreate, { params: repo, body: { kind: 'push', ...body } as never })
const unrule = ({ id }: { id: number }) =>
  yard.ada.call(api.branchRuleDelete, { params: { ...repo, rule: id } })

beforeAll(async () => {
  yard = await openCodeYard()
  folder = yard.folder()
  await git(folder, 'init', '-q', '-b', 'main')
  writeFileSync(join(folder, 'a.txt'), 'one\ntwo\nthree\nfour\n')
  mkdirSync(join(folder, '.bitbucket'))
  writeFileSync(join(folder, '.bitbucket/CODEOWNERS'), '# who\n*.sql @ada\ndocs/ @viewer @gone\n')
  await git(folder, 'add', '.')
  await git(folder, 'commit', '-qm', 'First')
  expect((await push('ada', 'main')).code).toBe(0)
})
afterAll(() => yard.close())

describe('branch rules', () => {
  it('keep people from pushing, forcing and deleting', async () => {
    const rules = [
      await rule({ kind: 'push', pattern: 'release/*' }),
      await rule({ kind: 'force', pattern: 'keep/*' }),
      await rule({ kind: 'delete', pattern: 'keep/*' }),
    ]
    await commit('release/1', 'main', { 'r.txt': 'r' })
    const refused = await push('ada', 'release/1')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('permission denied to update branch release/1')
    await commit('keep/1', 'main', { 'k.txt': 'k' })
    expect((await push('dev', 'keep/1')).code).toBe(0)
    await commit('keep/1', 'main', { 'k.txt': 'other' })
    expect((await push('dev', '-f', 'keep/1')).code).toBe(1)
    expect((await push('dev', '--delete', 'keep/1')).stderr).toContain(
      'permission denied to delete',
    )
    const name = 'keep/1'
    const byPage = yard.dev.call(api.branchDelete, { params: { ...repo, name } })
    expect(await refusalOf(byPage)).toBe('403 branchProtected')
    for (const one of rules) await unrule(one)
    expect((await push('dev', '--delete', 'keep/1')).code).toBe(0)
  })

  it('let through whom they name', async () => {
    const me = await yard.dev.call(identityEndpoints.me, {})
    const id = `person:${(me as unknown as { person: { id: string } }).person.id}`
    const made = await rule({ kind: 'push', pattern: 'team/*', people: [id] })
    await commit('team/x', 'main', { 't.txt': 't' })
    expect((await push('ada', 'team/x')).code).toBe(1)
    expect((await push('dev', 'team/x')).code).toBe(0)
    await unrule(made)
  })

  it('block a merge until what they ask for is there', async () => {
    const kinds = [
      'require_approvals_to_merge',
      'require_tasks_to_be_completed',
      'require_passing_builds_to_merge',
      'require_no_changes_requested',
    ]
    const rules = []
    for (const kind of kinds) rules.push(await rule({ kind, pattern: 'main', value: 1 }))
    const { number, head } = await open('checks', { 'c.txt': 'c\n' })
    const params = { ...repo, number }
    const { id } = await yard.ada.call(api.taskCreate, { params, body: { text: 'Say why' } })
    await yard.ada.call(api.changesRequest, { params })
    const blocked = await yard.dev.call(api.pullRequestGet, { params })
    expect(blocked.merge?.blockers.toSorted()).toEqual([
      'approvalsMissing',
      'changesRequested',
      'statusNotPassing',
      'tasksOpen',
    ])
    const merge = () => yard.ada.call(api.pullRequestMerge, { params, body: {} })
    expect(await refusalOf(merge())).toBe('409 mergeBlocked')
    const waiting = await yard.dev.call(api.autoMergeSet, { params, body: { strategy: 'squash' } })
    expect(waiting.autoMerge).toEqual({ strategy: 'squash', by: 'DEV' })
    await yard.ada.call(api.taskUpdate, { params: { ...params, task: id }, body: { isDone: true } })
    await yard.ada.call(api.pullRequestApprove, { params })
    expect((await yard.dev.call(api.pullRequestGet, { params })).state).toBe('open')
    const status = { key: 'ci', state: 'success', description: '', url: '' } as const
    await yard.dev.call(api.statusSet, { params: { ...repo, sha: head }, body: status })
    const merged = await until(async () => {
      const now = await yard.dev.call(api.pullRequestGet, { params })
      return now.state === 'merged' ? now : undefined
    })
    expect(merged).toMatchObject({ strategy: 'squash', closedBy: 'DEV' })
    for (const one of rules) await unrule(one)
    await git(folder, 'fetch', '-q', yard.url('ada'), '+main:main')
  })

  it('take approvals back when the head changes', async () => {
    const made = await rule({ kind: 'reset_pullrequest_approvals_on_change', pattern: '*' })
    const { number } = await open('reset', { 'reset.txt': '1\n' })
    const params = { ...repo, number }
    await yard.ada.call(api.pullRequestApprove, { params })
    await commit('reset', 'reset', { 'reset.txt': '2\n' })
    await push('dev', 'reset')
    expect((await yard.dev.call(api.pullRequestGet, { params })).approvals).toEqual([])
    await unrule(made)
  })
})

describe('reviews', () => {
  it('ask the owners of what changes', async () => {
    const pull = await open('owned', { 'db/x.sql': 'select 1\n', 'docs/a/b.md': '# b\n' })
    expect(pull.reviewers.map(({ name, reason }) => [name, reason])).toEqual([
      ['ada', 'owner'],
      ['viewer', 'owner'],
    ])
  })

  it('hold drafts back', async () => {
    const { number } = await open('draft', { 'd.txt': 'd\n' }, { isDraft: true })
    const params = { ...repo, number }
    const merge = () => yard.ada.call(api.pullRequestMerge, { params, body: {} })
    expect(await refusalOf(merge())).toBe('409 mergeBlocked')
    await yard.dev.call(api.pullRequestUpdate, { params, body: { isDraft: false } })
    expect((await merge()).state).toBe('merged')
    await git(folder, 'fetch', '-q', yard.url('ada'), '+main:main')
  })

  it('keep comments on their lines and apply what they suggest', async () => {
    const { number } = await open('lines', { 'a.txt': 'one\nTWO\nthree\nfour\n' })
    const params = { ...repo, number }
    const say = (text: string, line: number, side: 'new' | 'old' = 'new') => {
      const body = { text, place: { path: 'a.txt', line, side } }
      return yard.ada.call(api.pullRequestCommentCreate, { params, body })
    }
    const suggestion = await say('Rather:\n```suggestion\nTwo\nand a half\n```\n', 2)
    const old = await say('This was fine', 2, 'old')
    await commit('lines', 'lines', { 'a.txt': 'zero\none\nTWO\nthree\nfour\n' })
    await push('dev', 'lines')
    const list = async () => (await yard.dev.call(api.pullRequestCommentList, { params })).items
    const placeOf = async (id: string) => (await list()).find((one) => one.id === id)?.place
    expect(await placeOf(suggestion.id)).toMatchObject({ lineNow: 3, isOutdated: false })
    expect(await placeOf(old.id)).toMatchObject({ lineNow: 2, isOutdated: false })
    const ofComment = { ...params, comment: suggestion.id }
    await yard.dev.call(api.suggestionApply, { params: ofComment, body: {} })
    const query = { ref: 'lines', path: 'a.txt' }
    const file = await yard.dev.call(api.fileGet, { params: repo, query })
    expect(file.text).toBe('zero\none\nTwo\nand a half\nthree\nfour\n')
    expect(await placeOf(suggestion.id)).toMatchObject({ isOutdated: true })
    const again = yard.dev.call(api.suggestionApply, { params: ofComment, body: {} })
    expect(await refusalOf(again)).toBe('409 suggestionOutdated')
  })
})

describe('webhooks', () => {
  let server: Server
  const seen: { request: IncomingMessage; body: string }[] = []
  let status = 200

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (piece: string) => (body += piece))
      request.on('end', () => {
        seen.push({ request, body })
        response.writeHead(status).end('heard')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => server.close())

  it('are told with a signature, once more when it failed, and again on demand', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    const events = ['repo:push', 'pullrequest:created', 'repo:commit_status_created']
    const body = { url, events, secret: 'quiet' }
    const hook = await yard.ada.call(api.hookCreate, { params: repo, body })
    expect(hook).toMatchObject({ hasSecret: true, isActive: true })
    status = 500
    const { number } = await open('hooked', { 'h.txt': 'h\n' })
    const keyOf = ({ request }: (typeof seen)[number]) => request.headers['x-event-key']
    await until(async () => seen.find((one) => keyOf(one) === 'repo:push'))
    status = 200
    const created = await until(async () => seen.find((one) => keyOf(one) === events[1]))
    const mac = createHmac('sha256', 'quiet').update(created.body).digest('hex')
    expect(created.request.headers['x-hub-signature']).toBe(`sha256=${mac}`)
    expect(created.request.headers['x-request-uuid']).toMatch(/^\{[0-9a-f-]{36}\}$/)
    expect(JSON.parse(created.body)).toMatchObject({
      actor: { nickname: 'dev' },
      repository: { full_name: 'madang/guestbook' },
      pullrequest: { id: number, state: 'OPEN', source: { branch: { name: 'hooked' } } },
    })
    const deliveries = async () => {
      const params = { ...repo, hook: hook.id }
      return (await yard.ada.call(api.hookDeliveryList, { params })).items
    }
    const first = await until(async () =>
      (await deliveries()).find((one) => one.event === 'repo:push' && one.state === 'delivered'),
    )
    expect(first).toMatchObject({ attempts: 2, status: 200, answer: 'heard' })
    expect(JSON.parse(first.body).push.changes[0]).toMatchObject({
      created: true,
      closed: false,
      old: null,
      new: {
        type: 'branch',
        name: 'hooked',
      },
    })
    const before = seen.length
    const params = { ...repo, hook: hook.id, delivery: first.id }
    await yard.ada.call(api.hookRedeliver, { params })
    const again = await until(async () => seen[before])
    expect(again.body).toBe(first.body)
    const ping = await yard.ada.call(api.hookTest, { params: { ...repo, hook: hook.id } })
    expect(ping).toMatchObject({ event: 'diagnostics:ping', state: 'waiting' })
    const pinged = await until(async () => seen.find((one) => keyOf(one) === ping.event))
    expect(JSON.parse(pinged.body)).toEqual({ test: true })
    expect((await deliveries())[0]).toMatchObject({ id: ping.id })
    await yard.ada.call(api.hookDelete, { params: { ...repo, hook: hook.id } })
    expect((await yard.ada.call(api.hookList, { params: repo })).items).toEqual([])
  })
})
