import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { codeEndpoints, codeKeyEndpoints as api } from '@madang/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusalOf } from '../../testing/client.ts'
import { PASSWORD } from '../../testing/yard.ts'
import { git, tryGit } from '../testing.ts'
import { hasSsh, keyFor, newKey, openSshYard, type SshYard } from './testing.ts'

// Without OpenSSH's client on this machine only the calls about keys could be tested: all is skipped.
describe.skipIf(!hasSsh)('git over SSH', () => {
  let at: SshYard
  beforeAll(async () => void (at = await openSshYard()))
  afterAll(() => at.yard.close())

  const params = { project: 'GB', repo: 'guestbook' }
  const repoUrl = (name = 'guestbook') => `${at.url}/GB/${name}.git`

  function commitIn(folder: string, name: string, text: string): Promise<string> {
    writeFileSync(join(folder, name), text)
    return git(folder, 'add', '.').then(() => git(folder, 'commit', '-qm', `Add ${name}`))
  }

  async function clone(env: Record<string, string>, repo?: string): Promise<string> {
    const folder = at.yard.folder()
    const run = await tryGit(folder, ['clone', '-q', repoUrl(repo), 'c'], env)
    expect(run).toMatchObject({ code: 0 })
    return join(folder, 'c')
  }

  test('pushes, clones and fetches like HTTP, and tells the same events', async () => {
    const { ada, dev } = at.yard
    const key = await keyFor(ada, at.yard.folder())
    const work = await clone(key.env)
    await commitIn(work, 'README.md', '방명록\n')
    expect(await tryGit(work, ['push', 'origin', 'HEAD:main'], key.env)).toMatchObject({ code: 0 })
    const devKey = await keyFor(dev, at.yard.folder())
    const other = await clone(devKey.env)
    expect(readFileSync(join(other, 'README.md'), 'utf8')).toBe('방명록\n')
    const trace = await tryGit(other, ['ls-remote'], { ...devKey.env, GIT_TRACE_PACKET: '1' })
    expect(trace.stderr).toMatch(/version 2/)
    const events = await at.yard.yard.kernel.events.list({ limit: 200 })
    const pushed = events.filter((event) => event.type === 'code.pushed')
    expect(pushed).toHaveLength(1)
    expect(pushed[0]!.actor).toMatch(/^person:/)
  })

  test('a developer may push a branch, delete it, and not the protected one', async () => {
    const key = await keyFor(at.yard.dev, at.yard.folder())
    const work = await clone(key.env)
    await git(work, 'checkout', '-qb', 'feature')
    await commitIn(work, 'feature.txt', 'x\n')
    expect(await tryGit(work, ['push', '-q', 'origin', 'feature'], key.env)).toMatchObject({
      code: 0,
    })
    const refused = await tryGit(work, ['push', 'origin', 'feature:main'], key.env)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/main is protected: push a branch and open a pull request/)
    // Only a deletion: no pack follows, and nothing may wait for one.
    const gone = await tryGit(work, ['push', '-q', 'origin', ':feature'], key.env)
    expect(gone).toMatchObject({ code: 0 })
    const { branches } = await at.yard.code.refList('GB', 'guestbook')
    expect(branches.map((branch) => branch.name)).toEqual(['main'])
    const same = await tryGit(work, ['push', 'origin', 'HEAD~0:refs/heads/feature'], key.env)
    expect(same).toMatchObject({ code: 0 })
    expect(await tryGit(work, ['push', 'origin', 'feature'], key.env)).toMatchObject({ code: 0 })
  })

  test('a viewer may not push, a stranger sees nothing, an unknown key does not get in', async () => {
    const viewer = await keyFor(at.yard.viewer, at.yard.folder())
    const work = await clone(viewer.env)
    await commitIn(work, 'v.txt', 'v\n')
    const refused = await tryGit(work, ['push', 'origin', 'HEAD:refs/heads/v'], viewer.env)
    expect(refused.stderr).toMatch(/developer/)
    const stranger = await keyFor(at.yard.stranger, at.yard.folder())
    const unseen = await tryGit(work, ['ls-remote', repoUrl()], stranger.env)
    expect(unseen.code).toBe(128)
    expect(unseen.stderr).toMatch(/guestbook/)
    const unknown = await tryGit(work, ['ls-remote', repoUrl()], newKey(at.yard.folder()).env)
    expect(unknown.stderr).toMatch(/Permission denied \(publickey\)/)
  })

  test.each(['rsa', 'ecdsa'] as const)('takes %s keys', async (kind) => {
    const key = newKey(at.yard.folder(), kind)
    const made = await at.yard.ada.call(api.sshKeyCreate, { body: { key: key.text } })
    expect(made).toMatchObject({ label: `test ${kind}` })
    const printed = spawnSync('ssh-keygen', ['-lf', `${key.file}.pub`]).stdout.toString()
    expect(printed).toContain(`${made.bits} ${made.fingerprint}`)
    expect(await tryGit(at.yard.folder(), ['ls-remote', repoUrl()], key.env)).toMatchObject({
      code: 0,
    })
    await at.yard.ada.call(api.sshKeyDelete, { params: { id: made.id } })
    expect((await tryGit(at.yard.folder(), ['ls-remote', repoUrl()], key.env)).code).toBe(128)
  })

  test('a deploy key is for one repository, and reads only unless told', async () => {
    const { ada } = at.yard
    await ada.call(codeEndpoints.repoCreate, { params: { project: 'GB' }, body: { name: 'other' } })
    const key = newKey(at.yard.folder())
    const reader = await ada.call(api.deployKeyCreate, {
      params,
      body: { key: key.text, label: 'ci' },
    })
    expect(reader).toMatchObject({ label: 'ci', canWrite: false, algorithm: 'ssh-ed25519' })
    const work = await clone(key.env)
    await git(work, 'checkout', '-qb', 'by-machine')
    await commitIn(work, 'm.txt', 'm\n')
    const push = ['push', 'origin', 'by-machine']
    expect((await tryGit(work, push, key.env)).stderr).toMatch(/developer/)
    const elsewhere = await tryGit(work, ['ls-remote', repoUrl('other')], key.env)
    expect(elsewhere.stderr).toMatch(/There is no repository other in GB/)
    await ada.call(api.deployKeyDelete, { params: { ...params, id: reader.id } })
    const body = { key: key.text, canWrite: true }
    await ada.call(api.deployKeyCreate, { params, body })
    expect(await tryGit(work, push, key.env)).toMatchObject({ code: 0 })
    const main = await tryGit(work, ['push', 'origin', 'by-machine:main'], key.env)
    expect(main.stderr).toMatch(/main is protected/)
    const listed = await ada.call(api.deployKeyList, { params })
    expect(listed.items).toMatchObject([{ canWrite: true, usedAt: expect.any(String) }])
  })

  test('a project’s deploy key reads each of its repositories, and goes on request', async () => {
    const folder = at.yard.folder()
    const key = newKey(folder)
    const keys = `${at.yard.yard.origin}/2.0/workspaces/madang/projects/GB/deploy-keys`
    const authorization = `Basic ${btoa(`ada:${PASSWORD}`)}`
    const headers = { authorization, 'content-type': 'application/json' }
    const body = JSON.stringify({ key: key.text, label: 'mirror' })
    const made = await fetch(keys, { method: 'POST', headers, body })
    const shown = (await made.json()) as { id: number }
    expect(shown).toMatchObject({ type: 'project_deploy_key', label: 'mirror', last_used: null })
    const read = (repo: string) => tryGit(folder, ['ls-remote', repoUrl(repo)], key.env)
    expect([(await read('guestbook')).code, (await read('other')).code]).toEqual([0, 0])
    const work = await clone(key.env)
    const push = await tryGit(work, ['push', repoUrl('other'), 'HEAD:refs/heads/x'], key.env)
    expect(push.stderr).toMatch(/developer/)
    const gone = await fetch(`${keys}/${shown.id}`, { method: 'DELETE', headers })
    expect([gone.status, (await read('other')).stderr]).toEqual([
      204,
      expect.stringMatching(/Permission denied/),
    ])
  })

  test('refuses what is no key, a private key, a short one and one that is taken', async () => {
    const { ada, dev } = at.yard
    const add = (key: string) => refusalOf(dev.call(api.sshKeyCreate, { body: { key } }))
    const folder = at.yard.folder()
    const key = newKey(folder)
    expect(await add('ssh-ed25519 AAAA')).toBe('400 keyInvalid')
    expect(await add('hello')).toBe('400 keyInvalid')
    expect(await add(readFileSync(key.file, 'utf8'))).toBe('400 keyPrivate')
    spawnSync('ssh-keygen', [
      '-q',
      '-t',
      'rsa',
      '-b',
      '1024',
      '-N',
      '',
      '-f',
      join(folder, 'short'),
    ])
    expect(await add(readFileSync(join(folder, 'short.pub'), 'utf8'))).toBe('400 keyTooWeak')
    await ada.call(api.sshKeyCreate, { body: { key: key.text } })
    expect(await add(key.text)).toBe('409 keyTaken')
    expect(await refusalOf(dev.call(api.deployKeyList, { params }))).toBe('403 forbidden')
    const mine = await dev.call(api.sshKeyList, {})
    expect(mine.items.map((item) => item.key)).not.toContain(key.text.trim())
  })

  test('has no shell, runs nothing but git, and forwards no port', async () => {
    const key = await keyFor(at.yard.ada, at.yard.folder())
    // Not spawnSync: the server lives in this very process.
    const run = (...command: string[]) =>
      new Promise<{ code: number | null; text: string }>((resolve) => {
        const { port } = new URL(at.url)
        const [program = '', ...options] = key.env['GIT_SSH_COMMAND']!.split(' ')
        const child = spawn(program, [...options, '-p', port, 'git@127.0.0.1', ...command])
        child.stdin.end()
        let text = ''
        child.stdout.on('data', (piece) => (text += String(piece)))
        child.stderr.on('data', (piece) => (text += String(piece)))
        child.on('close', (code) => resolve({ code, text }))
      })
    expect(await run('-T')).toMatchObject({ code: 1, text: expect.stringMatching(/Hello Ada!/) })
    for (const command of [
      'ls /',
      "git-upload-pack '/GB/guestbook.git'; id",
      "git-upload-pack '/../../etc/passwd'",
      "git-upload-pack --upload-pack=id '/GB/guestbook.git'",
      "git-upload-archive '/GB/guestbook.git'",
    ]) {
      const { code, text } = await run(command)
      expect([command, code]).toEqual([command, 128])
      expect(text).toMatch(/Only git is served here|There is no|만 제공/)
    }
    const ticket = await run("git-lfs-authenticate 'GB/guestbook.git' download")
    expect(JSON.parse(ticket.text)).toMatchObject({
      href: `${at.yard.yard.origin}/git/GB/guestbook.git/info/lfs`,
      header: { Authorization: expect.any(String) },
    })
  })

  test('a push that is cut off leaves nothing behind, and the next one works', async () => {
    const key = await keyFor(at.yard.ada, at.yard.folder())
    const work = await clone(key.env)
    await git(work, 'checkout', '-qb', 'cut')
    writeFileSync(join(work, 'noise.bin'), randomBytes(30_000_000))
    await git(work, 'add', '.')
    await git(work, 'commit', '-qm', 'Much')
    const child = spawn('git', ['push', '-q', 'origin', 'cut'], {
      cwd: work,
      env: { ...process.env, ...key.env },
      detached: true,
    })
    const folder = await at.yard.code.repoPath('GB', 'guestbook')
    await expect.poll(() => incoming(folder), { interval: 5 }).toBe(true)
    process.kill(-child.pid!, 'SIGKILL')
    await expect.poll(() => incoming(folder)).toBe(false)
    expect(await tryGit(work, ['ls-remote', 'origin', 'cut'], key.env)).toMatchObject({
      stdout: '',
    })
    expect(await tryGit(work, ['push', '-q', 'origin', 'cut'], key.env)).toMatchObject({ code: 0 })
  })

  test('keeps its host keys sealed and readable by the owner only; garbage does no harm', async () => {
    const file = join(at.yard.yard.home, 'ssh/host-keys')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toMatch(/^v1\./)
    const { hostKeys, url } = await at.yard.viewer.call(api.sshServerGet, {})
    expect(url).toBe(at.url)
    const { port } = new URL(at.url)
    const scanned = await scan(port)
    for (const key of hostKeys) expect(scanned).toContain(key.key)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), randomBytes(4000)]))
    socket.resume()
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve))
    const key = await keyFor(at.yard.ada, at.yard.folder())
    expect(await tryGit(at.yard.folder(), ['ls-remote', repoUrl()], key.env)).toMatchObject({
      code: 0,
    })
  })

  function scan(port: string): Promise<string> {
    return new Promise((resolve) => {
      const child = spawn('ssh-keyscan', ['-p', port, '-t', 'ed25519,ecdsa', '127.0.0.1'])
      let text = ''
      child.stdout.on('data', (piece) => (text += String(piece)))
      child.on('close', () => resolve(text))
    })
  }
})

function incoming(folder: string): boolean {
  return readdirSync(join(folder, 'objects')).some((name) => name.includes('incoming'))
}
