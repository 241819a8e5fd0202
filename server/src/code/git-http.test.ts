import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { codeEndpoints as api } from '@madang/api'
import gitInJs from 'isomorphic-git'
import httpInJs from 'isomorphic-git/http/node'
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../testing/yard.ts'
import type { Pushed } from './events.ts'
import { pktLine } from './pkt-line.ts'
import { type CodeYard, git, gitUrl, openCodeYard, tryGit } from './testing.ts'

let code: CodeYard

beforeAll(async () => {
  code = await openCodeYard({ pushLimitBytes: 64 * 1024 * 1024 })
})
afterAll(() => code.close())

const file = (folder: string, path: string, text: string | Buffer) => {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  writeFileSync(join(folder, path), text)
}

async function newRepo(name: string): Promise<void> {
  await code.ada.call(api.repoCreate, { params: { project: 'GB' }, body: { name } })
}

/** A clone with a first commit on main, pushed. */
async function seeded(name: string, person = 'dev'): Promise<string> {
  await newRepo(name)
  const work = join(code.folder(), 'work')
  await git(join(work, '..'), 'clone', '-q', code.url(person, name), 'work')
  file(work, 'README.md', '# 방명록\n')
  await git(work, 'checkout', '-q', '-B', 'main')
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', '첫 커밋')
  await git(work, 'push', '-q', 'origin', 'main')
  return work
}

async function commit(work: string, path: string, text: string | Buffer, message: string) {
  file(work, path, text)
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', message)
  return git(work, 'rev-parse', 'HEAD')
}

async function pushes(repo: string): Promise<Pushed[]> {
  const events = await code.yard.kernel.events.list({ limit: 1000 })
  const pushed = events.filter((event) => event.type === 'code.pushed')
  return pushed.map((event) => event.data as Pushed).filter((data) => data.repo === repo)
}

describe('clone, fetch and push with git', () => {
  it.each(['0', '1', '2'])('works in protocol version %s', async (version) => {
    const work = await seeded(`protocol-${version}`)
    const folder = code.folder()
    const from = code.url('viewer', `protocol-${version}`)
    await git(folder, '-c', `protocol.version=${version}`, 'clone', '-q', from, 'copy')
    expect(readFileSync(join(folder, 'copy/README.md'), 'utf8')).toBe('# 방명록\n')
    const sha = await (async () => {
      await git(work, 'checkout', '-qb', 'feature')
      const made = await commit(work, '문서/안내서 1.md', '안녕\n', '한글 파일을 더하다')
      await git(work, '-c', `protocol.version=${version}`, 'push', '-q', 'origin', 'feature')
      return made
    })()
    await git(join(folder, 'copy'), '-c', `protocol.version=${version}`, 'fetch', '-q')
    expect(await git(join(folder, 'copy'), 'rev-parse', 'origin/feature')).toBe(sha)
    const last = (await pushes(`protocol-${version}`)).at(-1)!
    expect(last.updates).toMatchObject([
      {
        branch: 'feature',
        after: sha,
        commits: [{ sha, title: '한글 파일을 더하다', author: '김다은' }],
      },
    ])
    expect(last.actor.name).toBe('DEV')
  })

  it('clones shallow, deepens, and clones partially', async () => {
    const work = await seeded('history')
    await git(work, 'checkout', '-qb', 'long')
    for (let i = 0; i < 6; i++) await commit(work, `file-${i}.txt`, `${i}`, `commit ${i}`)
    await git(work, 'push', '-q', 'origin', 'long')
    const folder = code.folder()
    const from = code.url('viewer', 'history')
    await git(folder, 'clone', '-q', '--depth', '2', '-b', 'long', from, 'shallow')
    expect(await git(join(folder, 'shallow'), 'rev-list', '--count', 'HEAD')).toBe('2')
    await git(join(folder, 'shallow'), 'fetch', '-q', '--unshallow')
    expect(await git(join(folder, 'shallow'), 'rev-list', '--count', 'HEAD')).toBe('7')
    const partial = ['--filter=blob:none', '--no-checkout', '-b', 'long']
    await git(folder, 'clone', '-q', ...partial, from, 'partial')
    const missing = await git(
      join(folder, 'partial'),
      'rev-list',
      '--objects',
      '--missing=print',
      'HEAD',
    )
    expect(missing.split('\n').filter((line) => line.startsWith('?')).length).toBe(7)
    await git(join(folder, 'partial'), 'checkout', '-q', 'long')
    expect(existsSync(join(folder, 'partial/file-5.txt'))).toBe(true)
  })

  it('pushes from a shallow clone', async () => {
    const work = await seeded('from-shallow')
    await git(work, 'checkout', '-qb', 'base')
    for (let i = 0; i < 3; i++) await commit(work, `file-${i}.txt`, `${i}`, `commit ${i}`)
    await git(work, 'push', '-q', 'origin', 'base')
    const folder = code.folder()
    const from = code.url('dev', 'from-shallow')
    await git(folder, 'clone', '-q', '--depth', '1', '-b', 'base', from, 'copy')
    const sha = await commit(join(folder, 'copy'), 'more.txt', 'more', 'more')
    await git(join(folder, 'copy'), 'push', '-q', 'origin', 'HEAD:refs/heads/more')
    await git(work, 'fetch', '-q')
    expect(await git(work, 'rev-parse', 'origin/more')).toBe(sha)
  })

  it('streams a large pack both ways', async () => {
    const work = await seeded('large')
    await git(work, 'checkout', '-qb', 'big')
    await commit(work, 'big.bin', randomBytes(60 * 1024 * 1024), 'big')
    const before = process.memoryUsage().rss
    await git(work, '-c', 'core.compression=0', 'push', '-q', 'origin', 'big')
    const folder = code.folder()
    await git(folder, 'clone', '-q', '-b', 'big', code.url('viewer', 'large'), 'copy')
    const [sent, got] = [join(work, 'big.bin'), join(folder, 'copy/big.bin')]
    expect(readFileSync(sent).equals(readFileSync(got))).toBe(true)
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024)
  })

  it('refuses a pack above the limit and keeps nothing of it', async () => {
    const work = await seeded('too-large')
    await git(work, 'checkout', '-qb', 'huge')
    await commit(work, 'huge.bin', randomBytes(65 * 1024 * 1024), 'huge')
    const { code: exit, stderr } = await tryGit(work, [
      '-c',
      'core.compression=0',
      'push',
      'origin',
      'huge',
    ])
    expect(exit).not.toBe(0)
    expect(stderr).toMatch(/maximum allowed size|unpack/)
    expect(await git(work, 'ls-remote', 'origin', 'huge')).toBe('')
  })

  it('works with isomorphic-git too', async () => {
    await seeded('second-client')
    const dir = join(code.folder(), 'copy')
    const url = `${code.yard.origin}/git/GB/second-client.git`
    const onAuth = () => ({ username: 'dev', password: PASSWORD })
    const common = { fs, http: httpInJs, dir, onAuth }
    await gitInJs.clone({ ...common, url, depth: 1 })
    expect(readFileSync(join(dir, 'README.md'), 'utf8')).toBe('# 방명록\n')
    await gitInJs.branch({ fs, dir, ref: 'js', checkout: true })
    writeFileSync(join(dir, 'js.txt'), 'from JavaScript')
    await gitInJs.add({ fs, dir, filepath: 'js.txt' })
    const author = { name: 'Js', email: 'js@example.com' }
    const sha = await gitInJs.commit({ fs, dir, message: 'From JavaScript', author })
    const result = await gitInJs.push({ ...common, remote: 'origin', ref: 'js' })
    expect(result.ok).toBe(true)
    expect((await pushes('second-client')).at(-1)?.updates[0]).toMatchObject({ after: sha })
    await expect(
      gitInJs.push({ ...common, remote: 'origin', ref: 'js', remoteRef: 'refs/heads/main' }),
    ).rejects.toThrow(/protected/)
  })

  it('follows the first push with HEAD, whatever its branch is called', async () => {
    await newRepo('old-style')
    const work = code.folder()
    await git(work, 'init', '-q', '-b', 'master')
    await commit(work, 'a.txt', 'a', 'first')
    await git(work, 'push', '-q', code.url('dev', 'old-style'), 'master')
    const params = { project: 'GB', repo: 'old-style' }
    expect(await code.dev.call(api.repoGet, { params })).toMatchObject({
      defaultBranch: 'master',
      isEmpty: false,
    })
    const folder = code.folder()
    await git(folder, 'clone', '-q', code.url('viewer', 'old-style'), 'copy')
    expect(await git(join(folder, 'copy'), 'branch', '--show-current')).toBe('master')
  })
})

describe('who may', () => {
  it('asks for credentials and says what is wrong with them', async () => {
    const info = `${code.yard.origin}/git/GB/guestbook.git/info/refs?service=git-upload-pack`
    const asked = await fetch(info)
    expect(asked.status).toBe(401)
    expect(asked.headers.get('www-authenticate')).toMatch(/^Basic realm="Madang"/)
    const wrong = gitUrl(code.yard.origin, 'dev', 'GB/guestbook.git', 'not it')
    const { code: exit, stderr } = await tryGit(code.folder(), ['clone', wrong, 'copy'])
    expect(exit).not.toBe(0)
    expect(stderr).toMatch(/Authentication failed/)
  })

  it('lets viewers read and not push, and strangers neither', async () => {
    const work = await seeded('roles')
    await git(work, 'checkout', '-qb', 'feature')
    await commit(work, 'x.txt', 'x', 'x')
    const push = await tryGit(work, ['push', code.url('viewer', 'roles'), 'feature'])
    expect(push.stderr).toMatch(/403/)
    const clone = await tryGit(code.folder(), ['clone', code.url('stranger', 'roles'), 'copy'])
    expect(clone.stderr).toMatch(/403/)
    const missing = await tryGit(code.folder(), ['clone', code.url('dev', 'nothing'), 'copy'])
    expect(missing.stderr).toMatch(/not found|no repository/)
  })

  it('never takes a cookie', async () => {
    const info = `${code.yard.origin}/git/GB/guestbook.git/info/refs?service=git-upload-pack`
    expect((await fetch(info, { headers: code.ada.headers })).status).toBe(401)
  })

  it("lets a token that may only read, and a run's token, fetch and not push", async () => {
    const work = await seeded('tokens')
    const { kernel, identity } = code.yard
    const dev = (await identity.personByName('dev'))!
    const expiresAtMs = kernel.clock.now() + 60_000
    const read = await kernel.database.write((tx) =>
      identity.tokenIssue(tx, {
        owner: { kind: 'person', id: dev.id },
        name: 'reader',
        scopes: ['read'],
        expiresAtMs,
      }),
    )
    const run = await kernel.database.write((tx) =>
      identity.tokenIssue(tx, {
        owner: { kind: 'run', id: 'run_1' },
        name: 'run_1',
        scopes: ['read'],
        project: 'GB',
        expiresAtMs,
      }),
    )
    await git(work, 'checkout', '-qb', 'feature')
    await commit(work, 'x.txt', 'x', 'x')
    for (const { token } of [read, run]) {
      const url = gitUrl(code.yard.origin, 'x-token', 'GB/tokens.git', token)
      await git(code.folder(), 'clone', '-q', url, 'copy')
      expect((await tryGit(work, ['push', url, 'feature'])).stderr).toMatch(/403/)
    }
  })
})

describe('the protected default branch', () => {
  it('refuses direct pushes, force and deletion with the reason at the reference', async () => {
    const work = await seeded('guarded')
    const before = await git(work, 'rev-parse', 'origin/main')
    await commit(work, 'x.txt', 'x', 'straight to main')
    const direct = await tryGit(work, ['push', 'origin', 'main'])
    expect(direct.code).not.toBe(0)
    expect(direct.stderr).toMatch(/! \[remote rejected\] main -> main \(main is protected/)
    const gone = await tryGit(work, ['push', 'origin', ':main'])
    expect(gone.stderr).toMatch(/remote rejected.*default branch and cannot be deleted/)
    const both = await tryGit(work, ['push', 'origin', 'main', 'main:refs/heads/side'])
    expect(both.stderr).toMatch(/\[new branch\]\s+main -> side/)
    expect(both.stderr).toMatch(/remote rejected\] main -> main/)
    const atomic = ['push', '--atomic', 'origin', 'main', 'main:refs/heads/other']
    expect((await tryGit(work, atomic)).code).not.toBe(0)
    expect(await git(work, 'ls-remote', 'origin', 'main', 'other')).toBe(
      `${before}\trefs/heads/main`,
    )
  })

  it('lets maintainers push forward, but not force', async () => {
    const work = await seeded('maintained', 'ada')
    await commit(work, 'x.txt', 'x', 'by a maintainer')
    await git(work, 'push', '-q', 'origin', 'main')
    await git(work, 'commit', '-q', '--amend', '-m', 'rewritten')
    const forced = await tryGit(work, ['push', '--force', 'origin', 'main'])
    expect(forced.stderr).toMatch(/non-fast-forward/)
  })

  it('takes forced pushes and deletions of other branches, and tags', async () => {
    const work = await seeded('free')
    await git(work, 'checkout', '-qb', 'feature')
    await commit(work, 'x.txt', 'x', 'x')
    await git(work, 'tag', '-a', 'v1', '-m', 'first')
    await git(work, 'push', '-q', 'origin', 'feature', 'v1')
    await git(work, 'commit', '-q', '--amend', '-m', 'rewritten')
    await git(work, 'push', '-q', '--force', 'origin', 'feature')
    await git(work, 'push', '-q', 'origin', ':feature')
    const refs = (await pushes('free')).flatMap((push) => push.updates)
    expect(refs.map(({ ref, after }) => [ref, after === '0'.repeat(40)])).toEqual([
      ['refs/heads/main', false],
      ['refs/heads/feature', false],
      ['refs/tags/v1', false],
      ['refs/heads/feature', false],
      ['refs/heads/feature', true],
    ])
    const odd = await tryGit(work, ['push', 'origin', 'HEAD:refs/pull/1/head'])
    expect(odd.stderr).toMatch(/only branches and tags/)
  })
})

describe('concurrent pushes', () => {
  it('lets one win on the same branch, and all on different ones', async () => {
    const work = await seeded('races')
    const base = await git(work, 'rev-parse', 'HEAD')
    const copies = await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const folder = code.folder()
        await git(folder, 'clone', '-q', code.url('dev', 'races'), 'copy')
        await commit(join(folder, 'copy'), `${number}.txt`, `${number}`, `by ${number}`)
        return join(folder, 'copy')
      }),
    )
    const own = copies.map((copy, index) => tryGit(copy, ['push', 'origin', `HEAD:own-${index}`]))
    expect((await Promise.all(own)).map((run) => run.code)).toEqual([0, 0, 0, 0])
    await git(work, 'push', '-q', 'origin', `${base}:refs/heads/shared`)
    const same = copies.map((copy) => tryGit(copy, ['push', 'origin', 'HEAD:shared']))
    const won = (await Promise.all(same)).filter((run) => run.code === 0)
    expect(won.length).toBe(1)
    const updates = (await pushes('races')).flatMap((push) => push.updates)
    expect(updates.map(({ branch }) => branch).sort()).toEqual([
      'main',
      'own-0',
      'own-1',
      'own-2',
      'own-3',
      'shared',
      'shared',
    ])
  })
})

describe('hostile input', () => {
  const service = (name: string) => `${code.yard.origin}/git/GB/guestbook.git/${name}`
  const basic = `Basic ${Buffer.from(`dev:${PASSWORD}`).toString('base64')}`
  const post = (name: string, body: Buffer | string, headers: Record<string, string> = {}) =>
    fetch(service(name), {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: {
        authorization: basic,
        'content-type': `application/x-${name}-request`,
        ...headers,
      },
    })

  it.each(['git-upload-pack', 'git-receive-pack'])(
    'says so when %s gets something else',
    async (name) => {
      const answer = await post(name, 'this is not git at all, whatever it is')
      expect(answer.status).toBe(400)
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
      expect(await answer.text()).toMatch(/not what git sends|could not read/)
      const asForm = await post(name, 'a=b', {
        'content-type': 'application/x-www-form-urlencoded',
      })
      expect(asForm.status).toBe(415)
    },
  )

  it('takes gzip bodies and refuses broken ones', async () => {
    const request = Buffer.concat([
      pktLine('command=ls-refs\n'),
      Buffer.from('0001'),
      pktLine('peel\n'),
      Buffer.from('0000'),
    ])
    const headers = { 'content-encoding': 'gzip', 'git-protocol': 'version=2' }
    const answer = await post('git-upload-pack', gzipSync(request), headers)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toMatch(/0000$/)
    expect(
      (await post('git-receive-pack', 'not gzip', { 'content-encoding': 'gzip' })).status,
    ).toBe(400)
  })

  it('refuses a broken pack and moves nothing', async () => {
    const zero = '0'.repeat(40)
    const line = pktLine(`${zero} ${'a'.repeat(40)} refs/heads/broken\0report-status`)
    const body = Buffer.concat([line, Buffer.from('0000PACKnonsense')])
    const answer = await post('git-receive-pack', body)
    expect(await answer.text()).toMatch(/unpack (?!ok).*ng refs\/heads\/broken/s)
    expect(await code.code.refList('GB', 'guestbook')).toEqual({ branches: [], tags: [] })
  })

  it.each(['refs/heads/--upload-pack=touch', 'refs/heads/../../etc', 'refs/heads/a b', 'HEAD'])(
    'refuses to move %s',
    async (ref) => {
      const line = pktLine(`${'0'.repeat(40)} ${'a'.repeat(40)} ${ref}\0report-status`)
      const answer = await post('git-receive-pack', Buffer.concat([line, Buffer.from('0000')]))
      expect(await answer.text()).toContain(`ng ${ref} `)
    },
  )

  it('answers nothing outside the repositories', async () => {
    const paths = [
      '/git/GB/..%2f..%2fetc.git',
      '/git/..%2f/x.git',
      '/git/GB/guestbook.git/objects/../config',
    ]
    for (const path of paths) {
      const answer = await fetch(`${code.yard.origin}${path}/info/refs?service=git-upload-pack`, {
        headers: { authorization: basic },
        redirect: 'manual',
      })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
    expect((await fetch(service('info/refs'), { headers: { authorization: basic } })).status).toBe(
      403,
    )
  })

  it('refuses trees that would write into .git', async () => {
    const work = await seeded('evil')
    await git(work, 'checkout', '-qb', 'evil')
    const blob = await git(work, 'hash-object', '-w', 'README.md')
    writeFileSync(join(work, 'tree'), `100644 blob ${blob}\t.GIT\n`)
    const script = `git mktree < tree`
    const { execSync } = await import('node:child_process')
    const tree = execSync(script, { cwd: work }).toString().trim()
    const sha = await git(work, 'commit-tree', tree, '-m', 'evil')
    const { code: exit, stderr } = await tryGit(work, ['push', 'origin', `${sha}:refs/heads/evil`])
    expect(exit).not.toBe(0)
    expect(stderr).toMatch(/hasDotgit|contains '\.git'/)
  })
})
