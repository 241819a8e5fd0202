import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeSearchEndpoints } from '@madang/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../testing/client.ts'
import { refusalOf } from '../../testing/client.ts'
import { type CodeYard, git, openCodeYard } from '../testing.ts'

let yard: CodeYard
let work: string
beforeAll(async () => {
  yard = await openCodeYard()
  work = yard.folder()
  await git(work, 'init', '-q', '-b', 'main')
  await git(work, 'remote', 'add', 'origin', yard.url('ada'))
})
afterAll(() => yard.close())

async function push(files: Record<string, string | Buffer | null>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    if (content === null) await git(work, 'rm', '-q', path)
    else {
      mkdirSync(join(work, path, '..'), { recursive: true })
      writeFileSync(join(work, path), content)
    }
  }
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', 'Change')
  await git(work, 'push', '-q', 'origin', 'main')
}

type Query = { q: string } & Record<string, string>
const look = (query: Query, as: Client = yard.ada) =>
  as.call(codeSearchEndpoints.codeSearch, { query: query as never })

/** Waits for the index, then gives `path:line` of what was found. */
async function found(query: Query, as: Client = yard.ada): Promise<string[]> {
  await expect.poll(async () => (await look(query, as)).behind).toEqual([])
  const { items } = await look(query, as)
  return items.flatMap((hit) => hit.lines.map((line) => `${hit.path}:${line.number}`))
}

test('finds text in English and Korean, down to one syllable, and shows where', async () => {
  await push({
    'src/guest.ts': 'export function getGuestName() {\n  return "이름"\n}\n// 방명록 검색\n',
    'src/other.ts': 'const x = GETGUESTNAME\n',
    'docs/안내.md': '# 방명록\n\n방명록을 여는 방법\n',
    'logo.bin': Buffer.from([0, 1, 2, ...Buffer.from('getGuestName')]),
  })
  expect(await found({ q: 'getguestname' })).toEqual(['src/guest.ts:1', 'src/other.ts:1'])
  expect(await found({ q: 'getGuestName', matchCase: 'true' })).toEqual(['src/guest.ts:1'])
  expect(await found({ q: '검색' })).toEqual(['src/guest.ts:4'])
  expect(await found({ q: '을' })).toEqual(['docs/안내.md:3'])
  const { items } = await look({ q: '방명록', path: '*.md' })
  expect(items).toMatchObject([
    {
      project: 'GB',
      repo: 'guestbook',
      ref: 'main',
      path: 'docs/안내.md',
      url: `/p/GB/code/guestbook/file/main/docs/${encodeURIComponent('안내.md')}#L1`,
      lines: [
        { number: 1, text: '# 방명록', ranges: [[2, 5]] },
        { number: 3, text: '방명록을 여는 방법', ranges: [[0, 3]] },
      ],
      hasMoreLines: false,
    },
  ])
})

test('follows pushes: changed, moved and removed files, over many of them', async () => {
  for (let n = 0; n < 12; n++) {
    await push({ 'src/counter.ts': `export const counterNumber${n} = ${n}\n` })
    expect(await found({ q: 'counterNumber' })).toEqual(['src/counter.ts:1'])
  }
  expect(await found({ q: 'counterNumber3 ' })).toEqual([])
  await push({ 'src/counter.ts': null, 'lib/counter.ts': 'counterNumber lives here\n' })
  expect(await found({ q: 'counterNumber' })).toEqual(['lib/counter.ts:1'])
  expect(await found({ q: 'getGuestName' })).toEqual(['src/guest.ts:1', 'src/other.ts:1'])
})

test('takes expressions, and tells which it cannot', async () => {
  expect(await found({ q: 'get(Guest|Host)Name\\(', regex: 'true' })).toEqual(['src/guest.ts:1'])
  await push({ 'a.txt': 'error 404: not found\nerror 12\nan ERROR 500: 서버 오류\n' })
  const query = { q: 'error [0-9]{3}:', regex: 'true' }
  expect(await found(query)).toEqual(['a.txt:1', 'a.txt:3'])
  const { items } = await look(query)
  expect(items[0]!.lines[1]).toMatchObject({ text: 'an ERROR 500: 서버 오류', ranges: [[3, 13]] })
  await push({ 'old.txt': Buffer.from('b9e6b8edb7cf20c8afbfb5', 'hex') }) // "방명록 환영" in CP949
  expect(await found({ q: '록 환' })).toEqual(['old.txt:1'])
  expect(await refusalOf(look({ q: 'ab' }))).toBe('400 searchTooShort')
  expect(await refusalOf(look({ q: 'a.*b', regex: 'true' }))).toBe('400 searchTooBroad')
  expect(await refusalOf(look({ q: 'error(', regex: 'true' }))).toBe('400 searchPatternInvalid')
})

test('shows nobody what they may not see', async () => {
  expect(await found({ q: 'getGuestName' }, yard.viewer)).toHaveLength(2)
  expect(await found({ q: 'getGuestName' }, yard.stranger)).toEqual([])
  expect(await found({ q: 'getGuestName', project: 'OTHER' })).toEqual([])
  expect(await found({ q: 'getGuestName', repo: 'another' })).toEqual([])
})

test('pages without losing or doubling a file', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 120 }, (_none, n) => [`many/f${n}.txt`, `needleInHaystack ${n}\n`]),
  )
  await push(files)
  await found({ q: 'needleInHaystack' })
  const paths: string[] = []
  let cursor: string | undefined
  do {
    const page = await look({
      q: 'needleInHaystack',
      limit: '50',
      ...(cursor === undefined ? {} : { cursor }),
    })
    paths.push(...page.items.map((hit) => hit.path))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  expect(paths.toSorted()).toEqual(Object.keys(files).toSorted())
})

test('forgets a removed repository', async () => {
  await yard.ada.call(codeEndpoints.repoDelete, { params: { project: 'GB', repo: 'guestbook' } })
  expect(await found({ q: 'getGuestName' })).toEqual([])
})
