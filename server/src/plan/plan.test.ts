import { identityEndpoints, type Issue, planEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemActor } from '../kernel/index.ts'
import { type Client, refusalOf } from '../testing/client.ts'
import { testDatabases } from '../testing/databases.ts'
import { probeGuards } from '../testing/guards.ts'
import { addPerson, openYard, type Yard } from '../testing/yard.ts'
import { createPlan, type Plan } from './index.ts'

const params = { project: 'GB' }

describe.each(testDatabases())('plan over $name', ({ config }) => {
  let yard: Yard<Plan>
  let ada: Client
  let bob: Client
  const create = (body: { title: string; description?: string; labels?: string[] }) =>
    ada.call(api.issueCreate, { params, body })
  const get = (key: string) => ada.call(api.issueGet, { params: { ...params, key } })
  const keysOn = async (status: string) => {
    const { columns } = await ada.call(api.board, { params })
    return columns.find((column) => column.status === status)!.issues.map((card) => card.key)
  }

  beforeAll(async () => {
    const settings = await config()
    yard = await openYard({ config: settings, build: (given) => createPlan(given) })
    ada = await yard.setUp()
    await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: '방명록' } })
    await ada.call(identityEndpoints.projectCreate, { body: { key: 'OT', name: 'Other' } })
    bob = await addPerson(ada, { name: 'bob', project: 'GB', role: 'developer' })
  })
  afterAll(() => yard.close())

  test('many created at once are numbered without gap or double', async () => {
    const made = await Promise.all(Array.from({ length: 25 }, (_, i) => create({ title: `n${i}` })))
    const numbers = made.map((issue) => Number(issue.key.slice(3)))
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1))
    expect(await refusalOf(create({ title: '  ' }))).toBe('400 badRequest')
    expect((await create({ title: 'next' })).key).toBe('GB-26')
  })

  test('an issue is created whole and read back', async () => {
    const body = {
      type: 'bug' as const,
      title: '로그인 페이지가 느림',
      description: '# Steps\n1. open',
      priority: 'high' as const,
      labels: ['성능', 'web'],
      assignee: 'bob',
    }
    const { key } = await ada.call(api.issueCreate, { params, body })
    expect(await get(key)).toMatchObject({
      ...body,
      status: 'todo',
      assignee: { name: 'bob', displayName: 'BOB' },
      labels: ['web', '성능'],
      reporter: { name: 'Ada' },
      version: 1,
    })
    const nobody = { ...body, assignee: 'ghost' }
    expect(await refusalOf(ada.call(api.issueCreate, { params, body: nobody }))).toBe(
      '400 assigneeNotFound',
    )
    expect(await refusalOf(get('GB-99999'))).toBe('404 issueNotFound')
    const elsewhere = { project: 'OT', key }
    expect(await refusalOf(ada.call(api.issueGet, { params: elsewhere }))).toBe('404 issueNotFound')
    const unknown = ada.call(api.issueCreate, { params: { project: 'NO' }, body: { title: 'x' } })
    expect(await refusalOf(unknown)).toBe('404 notFound')
  })

  test('of two who edit the same version, the second is told', async () => {
    const { key, version } = await create({ title: 'both edit this', labels: ['a'] })
    const edit = (client: Client, title: string) =>
      client.call(api.issueUpdate, { params: { ...params, key }, body: { version, title } })
    const both = [edit(ada, 'hers'), edit(bob, 'his')]
    const outcomes = await Promise.all(both.map(refusalOf))
    expect(outcomes.sort()).toEqual(['409 issueChanged', 'no refusal'])
  })

  test('history tells every change', async () => {
    const { key } = await create({ title: 'first', description: 'one' })
    const at = { params: { ...params, key } }
    const body = {
      version: 1,
      title: 'second',
      priority: 'low' as const,
      assignee: 'bob',
      labels: ['x'],
    }
    const edited: Issue = await ada.call(api.issueUpdate, { ...at, body })
    await bob.call(api.issueTransition, { ...at, body: { status: 'inProgress' } })
    await bob.call(api.issueTransition, { ...at, body: { status: 'done' } })
    expect((await get(key)).doneAt).toBeDefined()
    const last = await ada.call(api.issueUpdate, {
      ...at,
      body: { version: edited.version + 2, assignee: null },
    })
    expect(last).toMatchObject({ version: 5, title: 'second', status: 'done', labels: ['x'] })
    const { items } = await ada.call(api.issueHistory, at)
    const told = items.map(({ actor, field, before, after }) => [actor.name, field, before, after])
    expect(told.reverse()).toEqual([
      ['Ada', 'created', undefined, undefined],
      ['Ada', 'title', 'first', 'second'],
      ['Ada', 'priority', 'medium', 'low'],
      ['Ada', 'assignee', undefined, 'BOB'],
      ['Ada', 'labels', '', 'x'],
      ['BOB', 'status', 'todo', 'inProgress'],
      ['BOB', 'status', 'inProgress', 'done'],
      ['Ada', 'assignee', 'BOB', undefined],
    ])
  })

  test('comments are edited and deleted by their author', async () => {
    const { key } = await create({ title: 'talk' })
    const at = { ...params, key }
    const comment = await bob.call(api.commentAdd, { params: at, body: { text: '좋아요' } })
    await ada.call(api.commentAdd, { params: at, body: { text: 'me too' } })
    expect((await get(key)).comments).toBe(2)
    const edit = { params: { ...at, id: comment.id }, body: { text: '아주 좋아요' } }
    await bob.call(api.commentEdit, edit)
    const carl = await addPerson(ada, { name: 'carl', project: 'GB', role: 'developer' })
    expect(await refusalOf(carl.call(api.commentEdit, edit))).toBe('403 commentNotOwn')
    const { items } = await carl.call(api.commentList, { params: at })
    expect(items.map(({ text, isOwn }) => [text, isOwn])).toEqual([
      ['아주 좋아요', false],
      ['me too', false],
    ])
    expect(items[0]!.editedAt).toBeDefined()
    await bob.call(api.commentDelete, { params: { ...at, id: comment.id } })
    const gone = bob.call(api.commentDelete, { params: { ...at, id: comment.id } })
    expect(await refusalOf(gone)).toBe('404 commentNotFound')
    expect((await get(key)).comments).toBe(1)
  })

  test('links are one for each address', async () => {
    const { key } = await create({ title: 'links' })
    const { kernel, parts } = yard
    const link = (title: string) =>
      kernel.database.write((tx) =>
        parts.linkAdd(tx, systemActor, key, { title, url: '/p/GB/code/guestbook/pulls/1' }),
      )
    await link('Pull request #1')
    await link('Pull request #1 (merged)')
    const { links } = await get(key)
    expect(links.map((entry) => entry.title)).toEqual(['Pull request #1 (merged)'])
    const script = { title: 'x', url: 'javascript:alert(1)' }
    const bad = ada.call(api.linkAdd, { params: { ...params, key }, body: script })
    expect(await refusalOf(bad)).toBe('400 badRequest')
    await ada.call(api.linkRemove, { params: { ...params, key, id: links[0]!.id } })
    expect((await get(key)).links).toEqual([])
  })

  test('the board keeps the order people give it, also when they move at once', async () => {
    const project = { project: 'OT' }
    const make = async (title: string) =>
      (await ada.call(api.issueCreate, { params: project, body: { title } })).key
    const keys: string[] = []
    for (const title of ['a', 'b', 'c', 'd']) keys.push(await make(title))
    const [a, b, c, d] = keys as [string, string, string, string]
    const move = (key: string, body: { before?: string; after?: string; status?: 'inProgress' }) =>
      ada.call(api.issueMove, { params: { ...project, key }, body: { status: 'todo', ...body } })
    const order = async (status: string) =>
      (await ada.call(api.board, { params: project })).columns
        .find((column) => column.status === status)!
        .issues.map((card) => card.key)

    await move(d, { before: a })
    await move(a, { after: c })
    expect(await order('todo')).toEqual([d, b, c, a])
    await Promise.all([move(a, { before: d }), move(c, { before: d }), move(b, { before: d })])
    const settled = await order('todo')
    expect([...settled].sort()).toEqual([a, b, c, d])
    expect(settled.at(-1)).toBe(d)
    await move(b, { status: 'inProgress' })
    await move(a, { status: 'inProgress', before: b })
    expect(await order('inProgress')).toEqual([a, b])
    expect(await refusalOf(move(c, { before: 'OT-99' }))).toBe('404 issueNotFound')
    const versionOf = async (key: string) =>
      (await ada.call(api.issueGet, { params: { ...project, key } })).version
    expect(await versionOf(d)).toBe(1)
    expect(await versionOf(b)).toBe(2)
  })

  test('lists are filtered and paged', async () => {
    await create({ title: '결제 오류 100% 재현', labels: ['결제'] })
    await create({ title: '결제 영수증', labels: ['결제', 'mail'] })
    const list = (query: object) => ada.call(api.issueList, { params, query })
    const titles = async (query: object) => (await list(query)).items.map((card) => card.title)
    expect(await titles({ text: '결제' })).toEqual(['결제 영수증', '결제 오류 100% 재현'])
    expect(await titles({ text: '100%' })).toEqual(['결제 오류 100% 재현'])
    expect(await titles({ label: 'mail' })).toEqual(['결제 영수증'])
    expect(await titles({ assignee: 'ghost' })).toEqual([])
    expect((await titles({ assignee: 'bob', type: 'bug,epic' })).length).toBe(1)
    expect(await titles({ status: 'done,inReview' })).toEqual(['second'])
    expect(await refusalOf(list({ status: 'nonsense' }))).toBe('400 badRequest')
    const { items: labels } = await ada.call(api.labelList, { params })
    expect(labels).toContainEqual({ label: '결제', issues: 2 })
    for (const order of ['created', 'updated', 'rank'] as const) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await list({ order, limit: 7, cursor })
        seen.push(...page.items.map((card) => card.key))
        cursor = page.nextCursor
      } while (cursor)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.length).toBe((await list({ limit: 200 })).items.length)
    }
  })

  test('keys are found in branches, messages and Korean sentences', async () => {
    const found = (text: string) => yard.parts.issueKeysIn(text)
    expect(await found('feature/GB-1-login')).toEqual(['GB-1'])
    expect(await found('GB-2을 고치고 GB-1_old, GB-99999, UTF-8, XGB-3, GB-2')).toEqual([
      'GB-2',
      'GB-1',
    ])
    expect(await found('nothing')).toEqual([])
  })

  test('open pages hear of a change after it is committed', async () => {
    const heard: unknown[] = []
    const end = yard.kernel.live.subscribe(['project:GB'], (_topic, message) => heard.push(message))
    const { key } = await create({ title: 'live' })
    end()
    expect(heard).toContainEqual({ type: 'plan.issueChanged', id: key })
  })

  test('facts carry the issue for the thread', async () => {
    const { key } = await create({ title: 'a fact', description: 'with text' })
    const events = await yard.kernel.events.list({ project: 'GB', limit: 10_000 })
    const event = events.find((entry) => entry.subject === `issue:${key}`)
    expect(event).toMatchObject({
      type: 'plan.issueCreated',
      nodes: [{ kind: 'issue', id: key, title: 'a fact', state: 'todo', text: 'with text' }],
    })
  })

  test('every endpoint is closed to who may not', async () => {
    const outsider = await addPerson(ada, { name: 'eve' })
    const findings = await probeGuards(yard.kernel, {
      nobody: yard.nobody,
      outsider,
      project: 'GB',
      only: () => true,
    })
    expect(findings.length).toBeGreaterThan(30)
    expect(findings.filter((finding) => finding.nobody !== 401)).toEqual([])
    expect(findings.filter(({ outsider }) => outsider !== undefined && outsider !== 403)).toEqual(
      [],
    )
    const viewer = await addPerson(ada, { name: 'vic', project: 'GB', role: 'viewer' })
    const change = viewer.call(api.issueCreate, { params, body: { title: 'x' } })
    expect(await refusalOf(change)).toBe('403 forbidden')
    expect((await viewer.call(api.board, { params })).project).toBe('GB')
    expect(await keysOn('done')).toHaveLength(1)
  })
})
