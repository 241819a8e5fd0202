import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CodeYard, git, openCodeYard } from './testing.ts'

let code: CodeYard
let work: string
const params = { project: 'GB', repo: 'guestbook' }
const shas: Record<string, string> = {}

const put = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(work, path)), { recursive: true })
  writeFileSync(join(work, path), content)
}
const commit = async (message: string) => {
  await git(work, 'add', '-A')
  await git(work, 'commit', '-qm', message)
  shas[message.split('\n')[0]!] = await git(work, 'rev-parse', 'HEAD')
}

// "가나다" as EUC-KR, as Korean sources of the 2000s are
const eucKr = Buffer.from([0xb0, 0xa1, 0xb3, 0xaa, 0xb4, 0xd9, 0x0a])

beforeAll(async () => {
  code = await openCodeYard()
  work = join(code.folder(), 'work')
  await git(join(work, '..'), 'clone', '-q', code.url('dev'), 'work')
  await git(work, 'checkout', '-qB', 'main')
  put('README.md', '# 방명록\n')
  put('src/앱 하나.ts', 'export const a = 1\nexport const b = 2\n')
  put('src/deep/old.txt', 'one\ntwo\nthree\nfour\nfive\n')
  put('옛날.txt', eucKr)
  await commit('first')
  put('src/앱 하나.ts', 'export const a = 1\nexport const b = 3')
  await commit('second\n\n더 긴 설명')
  put('image.bin', Buffer.from([0, 1, 2, 3]))
  put('large.txt', 'x'.repeat(1_100_000))
  put('run.sh', '#!/bin/sh\n')
  chmodSync(join(work, 'run.sh'), 0o755)
  symlinkSync('README.md', join(work, 'link'))
  rmSync(join(work, 'src/deep/old.txt'))
  put('src/deep/new.txt', 'one\ntwo\nthree\nfour\nsix\n')
  await commit('third')
  await git(work, 'push', '-q', 'origin', 'main')
  await git(work, 'checkout', '-qb', 'feature/하나')
  put('only-here.txt', 'x\n')
  await commit('on the side')
  await git(work, 'tag', '-a', 'v1.0', '-m', 'annotated')
  await git(work, 'tag', 'light', 'HEAD~1')
  await git(work, 'push', '-q', '--tags', 'origin', 'feature/하나')
})
afterAll(() => code.close())

describe('tree and file', () => {
  it('lists a folder with the newest commit of each entry and the README', async () => {
    const tree = await code.viewer.call(api.treeGet, { params })
    expect(
      tree.entries.map(({ name, kind, lastCommit }) => [name, kind, lastCommit?.title]),
    ).toEqual([
      ['src', 'folder', 'third'],
      ['README.md', 'file', 'first'],
      ['image.bin', 'file', 'third'],
      ['large.txt', 'file', 'third'],
      ['link', 'link', 'third'],
      ['run.sh', 'file', 'third'],
      ['옛날.txt', 'file', 'first'],
    ])
    expect(tree.readme).toEqual({ path: 'README.md', text: '# 방명록\n' })
    const query = { ref: 'feature/하나', path: 'src' }
    const inner = await code.viewer.call(api.treeGet, { params, query })
    expect(inner.entries.map(({ path, lastCommit }) => [path, lastCommit?.title])).toEqual([
      ['src/deep', 'third'],
      ['src/앱 하나.ts', 'second'],
    ])
  })

  it('gives text with its language and encoding, and flags what it does not show', async () => {
    const file = (path: string) => code.viewer.call(api.fileGet, { params, query: { path } })
    expect(await file('src/앱 하나.ts')).toMatchObject({
      text: 'export const a = 1\nexport const b = 3',
      language: 'TypeScript',
      encoding: 'utf-8',
    })
    expect(await file('옛날.txt')).toMatchObject({ text: '가나다\n', encoding: 'euc-kr' })
    expect(await file('image.bin')).toMatchObject({ isBinary: true, sizeBytes: 4 })
    expect(await file('large.txt')).toMatchObject({ truncated: true, sizeBytes: 1_100_000 })
  })

  it('serves raw bytes that run nothing', async () => {
    const { rawUrl } = await code.viewer.call(api.fileGet, { params, query: { path: '옛날.txt' } })
    const url = new URL(rawUrl, code.yard.origin)
    const raw = await fetch(url, { headers: code.viewer.headers })
    expect(Buffer.from(await raw.arrayBuffer()).equals(eucKr)).toBe(true)
    expect(raw.headers.get('content-security-policy')).toContain('sandbox')
    expect(raw.headers.get('x-content-type-options')).toBe('nosniff')
    expect(raw.headers.get('content-disposition')).toMatch(/^attachment/)
    const large = new URL('/raw/GB/guestbook/feature%2F%ED%95%98%EB%82%98/large.txt', url)
    const bytes = await (await fetch(large, { headers: code.viewer.headers })).arrayBuffer()
    expect(bytes.byteLength).toBe(1_100_000)
  })

  it.each([
    ['main', '../../etc/passwd', 400],
    ['main', 'src/../README.md', 400],
    ['main', '.git/config', 400],
    ['main', 'nothing.txt', 404],
    ['main', 'src', 404],
    ['--output=/tmp/x', 'README.md', 404],
    ['main^', 'README.md', 404],
    ['HEAD', 'README.md', 404],
    ['main\nmain', 'README.md', 404],
  ])('refuses %s %s', async (ref, path, status) => {
    const asked = code.viewer.call(api.fileGet, { params, query: { ref, path } })
    await expect(asked).rejects.toMatchObject({ status })
  })
})

describe('history and diffs', () => {
  it('pages through commits, of all and of one path', async () => {
    const page = (query: object) => code.viewer.call(api.commitList, { params, query })
    const first = await page({ limit: 2 })
    expect(first.items.map(({ title }) => title)).toEqual(['third', 'second'])
    expect(first.items[1]).toMatchObject({ body: '더 긴 설명', author: { name: '김다은' } })
    const rest = await page({ limit: 2, cursor: first.nextCursor })
    expect(rest.items.map(({ title }) => title)).toEqual(['first'])
    expect(rest.nextCursor).toBeUndefined()
    const ofPath = await page({ path: 'src/앱 하나.ts' })
    expect(ofPath.items.map(({ title }) => title)).toEqual(['second', 'first'])
  })

  it('gives a commit with its hunks', async () => {
    const sha = shas['second']!
    const { diff } = await code.viewer.call(api.commitGet, { params: { ...params, sha } })
    expect(diff).toEqual({
      added: 1,
      removed: 1,
      truncated: false,
      files: [
        {
          path: 'src/앱 하나.ts',
          status: 'modified',
          oldMode: '100644',
          newMode: '100644',
          isBinary: false,
          added: 1,
          removed: 1,
          truncated: false,
          hunks: [
            {
              oldStart: 1,
              oldLines: 2,
              newStart: 1,
              newLines: 2,
              heading: '',
              lines: [
                { kind: 'context', old: 1, new: 1, text: 'export const a = 1' },
                { kind: 'removed', old: 2, text: 'export const b = 2' },
                { kind: 'added', new: 2, text: 'export const b = 3', noNewline: true },
              ],
            },
          ],
        },
      ],
    })
  })

  it('knows renames, binaries, modes, links, and the first commit', async () => {
    const third = { ...params, sha: shas['third']!.slice(0, 8) }
    const { diff } = await code.viewer.call(api.commitGet, { params: third })
    const summary = diff.files.map(({ path, oldPath, status, isBinary, newMode }) => [
      path,
      oldPath,
      status,
      isBinary,
      newMode,
    ])
    expect(summary).toEqual([
      ['image.bin', undefined, 'added', true, '100644'],
      ['large.txt', undefined, 'added', false, '100644'],
      ['link', undefined, 'added', false, '120000'],
      ['run.sh', undefined, 'added', false, '100755'],
      ['src/deep/new.txt', 'src/deep/old.txt', 'renamed', false, '100644'],
    ])
    const first = await code.viewer.call(api.commitGet, {
      params: { ...params, sha: shas['first']! },
    })
    expect(first.diff.files.map(({ status }) => status)).toEqual([
      'added',
      'added',
      'added',
      'added',
    ])
    const old = first.diff.files.find(({ path }) => path === '옛날.txt')
    expect(old?.hunks[0]?.lines[0]?.text).toBe('가나다')
  })

  it('compares two references', async () => {
    const query = { from: 'main', to: 'feature/하나' }
    const compare = await code.viewer.call(api.compareGet, { params, query })
    expect(compare).toMatchObject({ ahead: 1, behind: 0, mergeBase: shas['third'] })
    expect(compare.commits.map(({ title }) => title)).toEqual(['on the side'])
    expect(compare.diff.files.map(({ path }) => path)).toEqual(['only-here.txt'])
  })

  it('cuts what is too large and says so', async () => {
    await git(work, 'checkout', '-qb', 'many', 'main')
    put('many.txt', Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join('\n'))
    for (let i = 0; i < 3; i++) put(`wide-${i}.txt`, `${'y'.repeat(200)}\n`.repeat(10_000))
    await commit('many lines')
    await git(work, 'push', '-q', 'origin', 'many')
    const { diff } = await code.viewer.call(api.commitGet, {
      params: { ...params, sha: shas['many lines']! },
    })
    expect(diff.truncated).toBe(true)
    expect(diff.files.map(({ truncated }) => truncated)).toEqual([true, true, true, true])
    expect(diff.added).toBe(50_000)
    expect(diff.files[0]?.hunks[0]?.lines.length).toBe(5000)
  })
})

describe('branches and tags', () => {
  it('lists them with their commits and how far they are', async () => {
    const { items } = await code.viewer.call(api.branchList, { params })
    expect(items[0]).toMatchObject({ name: 'main', isDefault: true, ahead: 0, behind: 0 })
    const side = items.find(({ name }) => name === 'feature/하나')
    expect(side).toMatchObject({
      ahead: 1,
      behind: 0,
      commit: { title: 'on the side', author: '김다은' },
    })
    const tags = await code.viewer.call(api.tagList, { params })
    expect(tags.items.map(({ name, commit: { title } }) => [name, title]).sort()).toEqual([
      ['light', 'third'],
      ['v1.0', 'on the side'],
    ])
    const page = await code.viewer.call(api.branchList, { params, query: { limit: 1 } })
    expect(page.items.length).toBe(1)
    expect(page.nextCursor).toBe('1')
  })

  it('makes and deletes them, and an issue key in the name moves the issue', async () => {
    const body = { name: 'GB-2-방명록', startFrom: 'v1.0' }
    expect(await code.dev.call(api.branchCreate, { params, body })).toMatchObject({
      name: 'GB-2-방명록',
      sha: shas['on the side'],
    })
    expect(await code.issues.get('GB-2')).toBe('inProgress')
    await expect(code.dev.call(api.branchCreate, { params, body })).rejects.toMatchObject({
      code: 'refExists',
    })
    const odd = { name: '--upload-pack=x' }
    await expect(code.dev.call(api.branchCreate, { params, body: odd })).rejects.toMatchObject({
      code: 'refNameInvalid',
    })
    await code.dev.call(api.branchDelete, { params: { ...params, name: 'GB-2-방명록' } })
    await expect(
      code.ada.call(api.branchDelete, { params: { ...params, name: 'main' } }),
    ).rejects.toMatchObject({ code: 'branchProtected' })
  })
})

describe('commits made here', () => {
  const make = (body: object, by = code.dev) =>
    by.call(api.commitCreate, { params, body: { message: '문서', files: [], ...body } as never })

  it('adds, replaces and deletes files on a branch, as the person', async () => {
    const files = [
      { path: '문서/새 글.md', content: '# 새 글\n' },
      { path: 'image.bin', content: Buffer.from([9, 0, 9]).toString('base64'), encoding: 'base64' },
      { path: 'run.sh', content: null },
    ]
    const made = await make({ branch: 'docs', files })
    expect(made).toMatchObject({
      title: '문서',
      author: { name: 'DEV', email: 'dev@madang.local' },
    })
    await git(work, 'fetch', '-q')
    expect(await git(work, 'show', 'origin/docs:문서/새 글.md')).toBe('# 새 글')
    const names = await git(
      work,
      '-c',
      'core.quotePath=false',
      'diff',
      '--name-status',
      'main',
      'origin/docs',
    )
    expect(names.split('\n')).toEqual(['M\timage.bin', 'D\trun.sh', 'A\t문서/새 글.md'])
    await expect(make({ branch: 'docs', files })).rejects.toMatchObject({ code: 'nothingToCommit' })
  })

  it('keeps to the rules of the default branch and of paths', async () => {
    const file = { path: 'x.txt', content: 'x' }
    await expect(make({ branch: 'main', files: [file] })).rejects.toMatchObject({
      code: 'branchProtected',
    })
    for (const path of ['../x', '/etc/x', '.git/hooks/pre-receive', 'a/.GIT/x']) {
      const wish = { branch: 'docs', files: [{ ...file, path }] }
      await expect(make(wish)).rejects.toMatchObject({ code: 'pathInvalid' })
    }
    expect(await make({ branch: 'main', files: [file] }, code.ada)).toMatchObject({ title: '문서' })
  })

  it('takes no file that git would refuse of a push', async () => {
    const modules = (url: string) => `[submodule "a"]\n\tpath = lib\n\turl = ${url}\n`
    for (const path of ['.gitmodules', '.GITMODULES', 'GITMOD~1', 'a/.git\u200dmodules']) {
      const files = [{ path, content: modules('-u./evil') }]
      await expect(make({ branch: 'docs', files })).rejects.toMatchObject({ code: 'objectUnsafe' })
    }
    const files = [
      { path: '.gitmodules', content: modules('https://example.com/a.git') },
      { path: '.gitignore', content: 'dist\n' },
    ]
    expect(await make({ branch: 'docs', files })).toMatchObject({ title: '문서' })
  })
})

describe('who wrote a line', () => {
  const blame = (path: string, ref?: string) =>
    code.viewer.call(api.blameGet, { params, query: { path, ...(ref && { ref }) } })

  it('is told by ranges, across a new name, with what was there before', async () => {
    const { first, second, third } = shas
    expect(await blame('src/앱 하나.ts')).toMatchObject({
      ref: 'main',
      path: 'src/앱 하나.ts',
      ranges: [
        { sha: first, line: 1, count: 1 },
        { sha: second, line: 2, count: 1, before: { sha: first, path: 'src/앱 하나.ts' } },
      ],
      isWhole: true,
    })
    const renamed = await blame('src/deep/new.txt')
    expect(renamed.ranges).toEqual([
      { sha: first, line: 1, count: 4 },
      { sha: third, line: 5, count: 1, before: { sha: second, path: 'src/deep/old.txt' } },
    ])
    expect(renamed.commits.map(({ sha, title }) => [sha, title]).toSorted()).toEqual(
      [
        [first, 'first'],
        [third, 'third'],
      ].toSorted(),
    )
  })

  it('is not asked of a file too long to show, of a folder, or of none', async () => {
    expect(await blame('large.txt')).toMatchObject({ ranges: [], isWhole: false })
    await expect(blame('src')).rejects.toMatchObject({ code: 'pathNotFound' })
    await expect(blame('gone.txt')).rejects.toMatchObject({ code: 'pathNotFound' })
    await expect(blame('README.md', '--all')).rejects.toMatchObject({ code: 'refNotFound' })
  })
})

describe('repositories', () => {
  it('are made, described, cloned from their address, and deleted', async () => {
    const body = { name: 'second', description: '둘째' }
    const made = await code.dev.call(api.repoCreate, { params: { project: 'GB' }, body })
    expect(made).toMatchObject({
      isEmpty: true,
      cloneUrl: `${code.yard.origin}/git/GB/second.git`,
      defaultBranch: 'main',
    })
    const again = code.dev.call(api.repoCreate, { params: { project: 'GB' }, body })
    await expect(again).rejects.toMatchObject({ code: 'repoExists' })
    for (const name of ['../x', 'UPPER', 'a/b', '.hidden', 'x.git', '']) {
      const odd = code.dev.call(api.repoCreate, { params: { project: 'GB' }, body: { name } })
      await expect(odd).rejects.toMatchObject({ status: 400 })
    }
    const { items } = await code.viewer.call(api.repoList, { params: { project: 'GB' } })
    expect(items.map(({ name }) => name)).toEqual(['guestbook', 'second'])
    await code.ada.call(api.repoDelete, { params: { project: 'GB', repo: 'second' } })
    const gone = code.viewer.call(api.repoGet, { params: { project: 'GB', repo: 'second' } })
    await expect(gone).rejects.toMatchObject({ code: 'repoNotFound' })
  })
})
