import { identityEndpoints, threadEndpoints as api, type ThreadItem } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewEvent, ThreadEdge, ThreadNode } from '../kernel/index.ts'
import { type Client, refusalOf } from '../testing/client.ts'
import { testDatabases } from '../testing/databases.ts'
import { probeGuards } from '../testing/guards.ts'
import { addPerson, openYard, type Yard } from '../testing/yard.ts'
import { createThread, type Thread } from './index.ts'
import type { ThreadTables } from './tables.ts'

const sha = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'
const things: ThreadNode[] = [
  {
    kind: 'issue',
    id: 'GB-1',
    title: '방명록에 날짜 보이기',
    state: 'done',
    url: '/p/GB/issues/GB-1',
  },
  { kind: 'issue', id: 'GB-12', title: 'Another thing', text: '도서관에서 책을 빌리는 이야기' },
  { kind: 'branch', id: 'GB/guestbook:feature/GB-1', title: 'feature/GB-1' },
  { kind: 'commit', id: `GB/guestbook@${sha}`, title: 'Show the date beside each entry' },
  { kind: 'pullRequest', id: 'GB/guestbook#1', title: 'Show dates', state: 'merged' },
  { kind: 'run', id: 'run_1', title: 'guestbook/main #1', state: 'SUCCESS' },
  { kind: 'run', id: 'run_2', title: 'guestbook/main #2', state: 'FAILURE' },
  { kind: 'tests', id: 'run_1', title: '12 passed' },
  { kind: 'artifact', id: 'art_1', title: 'guestbook.zip' },
  { kind: 'stack', id: 'arn:stack/guestbook', title: 'guestbook-prod', state: 'CREATE_COMPLETE' },
  { kind: 'alarm', id: 'arn:alarm/errors', title: 'Errors 높음', state: 'OK' },
  { kind: 'deployment', id: 'dep_1', title: 'the first' },
  { kind: 'deployment', id: 'dep_2', title: 'the second' },
]
const edge = (from: string, to: string): ThreadEdge => {
  const ref = (text: string) => ({
    kind: text.split(' ')[0]!,
    id: text.slice(text.indexOf(' ') + 1),
  })
  return { from: ref(from), to: ref(to) }
}
const edges = [
  edge('issue GB-1', 'branch GB/guestbook:feature/GB-1'),
  edge('branch GB/guestbook:feature/GB-1', `commit GB/guestbook@${sha}`),
  edge(`commit GB/guestbook@${sha}`, 'pullRequest GB/guestbook#1'),
  edge('pullRequest GB/guestbook#1', 'run run_1'),
  edge('run run_1', 'tests run_1'),
  edge('run run_1', 'artifact art_1'),
  edge('run run_1', 'stack arn:stack/guestbook'),
  edge('run run_2', 'stack arn:stack/guestbook'),
  edge('run run_1', 'deployment dep_1'),
  edge('run run_2', 'deployment dep_2'),
  edge('stack arn:stack/guestbook', 'deployment dep_1'),
  edge('stack arn:stack/guestbook', 'deployment dep_2'),
  edge('stack arn:stack/guestbook', 'alarm arn:alarm/errors'),
  edge('alarm arn:alarm/errors', 'issue GB-12'),
]

describe.each(testDatabases())('the thread over $name', ({ config }) => {
  let yard: Yard<Thread>
  let ada: Client
  const append = async (fact: Partial<NewEvent>) => {
    const { kernel } = yard
    await kernel.database.write((tx) =>
      kernel.events.append(tx, { type: 'test.fact', subject: 'test', data: {}, ...fact }),
    )
    await kernel.events.settled()
  }
  const names = (items: ThreadItem[]) => items.map((item) => `${item.kind} ${item.title}`)
  const threadOf = async (kind: string, id: string, client = ada) => {
    const found = await client.call(api.threadGet, { query: { kind, id } })
    return { ...found, names: names(found.nodes) }
  }
  const find = async (q: string, client = ada, more = {}) =>
    (await client.call(api.search, { query: { q, ...more } })).items
  const stored = async () => {
    const db = yard.kernel.database.tables<ThreadTables>()
    const nodes = await db.selectFrom('thread_node').selectAll().orderBy('ref').execute()
    const refs = new Map(nodes.map((node) => [node.number, node.ref]))
    const tokens = await db.selectFrom('thread_token').selectAll().execute()
    return {
      nodes: nodes.map(({ number: _number, ...node }) => node),
      edges: await db
        .selectFrom('thread_edge')
        .selectAll()
        .orderBy('from_ref')
        .orderBy('to_ref')
        .execute(),
      tokens: tokens.map(({ token, node }) => `${refs.get(node)} ${token}`).sort(),
    }
  }

  beforeAll(async () => {
    yard = await openYard({ config: await config(), build: (given) => createThread(given) })
    ada = await yard.setUp()
    await ada.call(identityEndpoints.projectCreate, { body: { key: 'GB', name: 'Guestbook' } })
    await ada.call(identityEndpoints.projectCreate, { body: { key: 'OT', name: 'Other' } })
    const owned = things.map((node) => ({ ...node, project: 'GB' }))
    // The parts of the chain become known in any order.
    await append({ edges: edges.slice(5) })
    for (const node of owned) await append({ nodes: [node] })
    // One edge is told of twice.
    await append({ edges: edges.slice(0, 6) })
  })
  afterAll(() => yard.close())

  test('from the issue one sees all that came of it', async () => {
    expect((await threadOf('issue', 'GB-1')).names).toEqual([
      'issue Another thing',
      'issue 방명록에 날짜 보이기',
      'branch feature/GB-1',
      'commit Show the date beside each entry',
      'pullRequest Show dates',
      'run guestbook/main #1',
      'tests 12 passed',
      'artifact guestbook.zip',
      'stack guestbook-prod',
      'deployment the first',
      'alarm Errors 높음',
    ])
  })

  test('from the alarm one sees what led there, and no more', async () => {
    const { nodes, edges: shown } = await threadOf('alarm', 'arn:alarm/errors')
    const sides = (side: string) => names(nodes.filter((node) => node.side === side))
    expect(sides('after')).toEqual(['issue Another thing'])
    expect(sides('before')).toEqual([
      'issue 방명록에 날짜 보이기',
      'branch feature/GB-1',
      'commit Show the date beside each entry',
      'pullRequest Show dates',
      'run guestbook/main #2',
      'run guestbook/main #1',
      'stack guestbook-prod',
    ])
    expect(shown).toHaveLength(8)
  })

  test('from a deployment one sees its own run and its stack, not the runs of other deployments', async () => {
    const { nodes } = await threadOf('deployment', 'dep_2')
    expect(names(nodes.filter((node) => node.side === 'before'))).toEqual([
      'run guestbook/main #2',
      'stack guestbook-prod',
    ])
  })

  test('from a stack one sees all its deployments', async () => {
    const { names: all } = await threadOf('stack', 'arn:stack/guestbook')
    expect(all).toEqual(expect.arrayContaining(['deployment the first', 'deployment the second']))
  })

  test('from an artifact one also sees what the same run made', async () => {
    const { nodes } = await threadOf('artifact', 'art_1')
    const beside = nodes.filter((node) => node.side === 'beside')
    expect(names(beside)).toEqual([
      'tests 12 passed',
      'stack guestbook-prod',
      'deployment the first',
    ])
  })

  test('a later fact changes what it gives and keeps the rest', async () => {
    await append({ nodes: [{ kind: 'run', id: 'run_2', state: 'SUCCESS' }] })
    const { nodes } = await threadOf('run', 'run_2')
    const run = nodes.find((node) => node.side === 'root')
    expect(run).toMatchObject({ title: 'guestbook/main #2', state: 'SUCCESS', project: 'GB' })
  })

  test('search finds keys, words, parts of words, and Korean inside a word', async () => {
    const first = async (q: string) => (await find(q)).map((hit) => [hit.id, hit.match])[0]
    expect(await first('gb-1')).toEqual(['GB-1', 'key'])
    expect((await find('GB-1')).map((hit) => hit.id)).toContain('GB-12')
    expect(await first('날짜')).toEqual(['GB-1', 'title'])
    expect(await first('방명록')).toEqual(['GB-1', 'titleStart'])
    expect(await first('짜')).toBeUndefined()
    expect(await first('날')).toEqual(['GB-1', 'title'])
    expect(await first('보이기 방명')).toEqual(['GB-1', 'title'])
    expect(await first('서관')).toEqual(['GB-12', 'text'])
    expect((await find('서관'))[0]!.excerpt).toContain('도서관에서')
    expect(await first('estbook.z')).toEqual(['art_1', 'title'])
    expect(await first('beside DATE')).toEqual([`GB/guestbook@${sha}`, 'title'])
    expect(await first('a1b2c3d')).toEqual([`GB/guestbook@${sha}`, 'title'])
    expect(await first(sha)).toEqual([`GB/guestbook@${sha}`, 'key'])
    expect(await find('없는말')).toEqual([])
    expect(await find('  %_* ')).toEqual([])
    expect((await find('guestbook', ada, { kind: 'stack' })).map((hit) => hit.id)).toEqual([
      'arn:stack/guestbook',
    ])
  })

  test('what a changed title no longer says is no longer found', async () => {
    await append({
      nodes: [{ kind: 'comment', id: 'com_1', project: 'GB', title: '고양이 이야기' }],
    })
    expect(names(await find('고양이'))).toEqual(['comment 고양이 이야기'])
    await append({ nodes: [{ kind: 'comment', id: 'com_1', title: '강아지 이야기' }] })
    expect(await find('고양이')).toEqual([])
    expect(await find('강아지')).toHaveLength(1)
    await append({ nodes: [{ kind: 'comment', id: 'com_1', removed: true }] })
    expect(await find('강아지')).toEqual([])
  })

  test('nobody finds or sees what they have no role for', async () => {
    const other = await addPerson(ada, { name: 'otto', project: 'OT', role: 'maintainer' })
    await append({
      nodes: [{ kind: 'issue', id: 'OT-1', project: 'OT', title: '방명록 따라하기' }],
      edges: [edge('issue GB-1', 'issue OT-1')],
    })
    expect(names(await find('방명록', other))).toEqual(['issue 방명록 따라하기'])
    expect(await refusalOf(threadOf('issue', 'GB-1', other))).toBe('404 threadNotFound')
    expect((await threadOf('issue', 'OT-1', other)).names).toEqual(['issue 방명록 따라하기'])
    expect(await refusalOf(threadOf('issue', 'GB-999'))).toBe('404 threadNotFound')
  })

  test('a removed edge leaves the thread', async () => {
    await append({ edges: [{ ...edge('issue GB-1', 'issue OT-1'), remove: true }] })
    expect((await threadOf('issue', 'OT-1')).nodes).toHaveLength(1)
  })

  test('built anew from the facts it is the same', async () => {
    const before = await stored()
    const { events } = await ada.call(api.threadRebuild, {})
    expect(events).toBeGreaterThan(15)
    expect(await stored()).toEqual(before)
  })

  test('facts that come at once are folded together, and without the one that cannot be', async () => {
    const page = (id: string, more: Partial<ThreadNode> = {}) => ({ kind: 'page', id, ...more })
    const link = edge('page a', 'page b')
    const facts: Partial<NewEvent>[] = [
      { nodes: [page('a', { project: 'GB', title: '첫째 쪽' })], edges: [link] },
      { nodes: [page('b', { project: 'GB', title: 'second', state: 'open' })], edges: [link] },
      { nodes: [page('a', { title: '고친 쪽' })], edges: [{ ...link, remove: true }] },
      // A title that is no text cannot be folded: all six fail together, this one by itself.
      { subject: 'broken', nodes: [page('c', { title: {} as string })] },
      { nodes: [page('b', { removed: true })], edges: [edge('page b', 'page a')] },
      {
        nodes: [page('d', { project: 'GB', title: '넷째 쪽' })],
        edges: [edge('page d', 'page a')],
      },
    ]
    const { kernel } = yard
    await kernel.database.write(async (tx) => {
      for (const fact of facts) {
        await kernel.events.append(tx, { type: 'test.fact', subject: 'pages', data: {}, ...fact })
      }
    })
    await kernel.events.settled()
    expect(names(await find('쪽'))).toEqual(['page 넷째 쪽', 'page 고친 쪽'])
    expect((await threadOf('page', 'a')).names.sort()).toEqual([
      'page second',
      'page 고친 쪽',
      'page 넷째 쪽',
    ])
    expect(await find('첫째')).toEqual([])
  })

  test('built anew it is the same, also where a fact cannot be folded', async () => {
    const before = await stored()
    const all = await yard.kernel.events.list({ limit: 1000 })
    expect(await ada.call(api.threadRebuild, {})).toEqual({ events: all.length - 1 })
    expect(await stored()).toEqual(before)
  })

  test('a thread without end is cut and says so', async () => {
    const nodes = Array.from({ length: 700 }, (_, i) => ({
      kind: 'commit',
      id: `GB/big@${i}`,
      project: 'GB',
      title: `commit ${i}`,
    }))
    const branch = { kind: 'branch', id: 'GB/big:main', project: 'GB', title: 'main' }
    const fan = nodes.map((node) => ({ from: branch, to: node }))
    await append({ nodes: [branch, ...nodes], edges: fan })
    const found = await threadOf('branch', 'GB/big:main')
    expect(found.isCut).toBe(true)
    expect(found.nodes.length).toBe(300)
  })

  test('every endpoint is closed to who may not', async () => {
    const findings = await probeGuards(yard.kernel, {
      nobody: yard.nobody,
      outsider: await addPerson(ada, { name: 'eve' }),
      project: 'GB',
      only: (path) => /^\/api\/(thread|search)/.test(path),
    })
    expect(findings.map(({ nobody, outsider }) => [nobody, outsider])).toEqual([
      [401, undefined],
      [401, undefined],
      [401, 403],
    ])
  })
})
