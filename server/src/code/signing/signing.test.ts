import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeEndpoints, codeKeyEndpoints, codeSigningEndpoints } from '@madang/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../../testing/yard.ts'
import { newKey } from '../ssh/testing.ts'
import { type CodeYard, git, openCodeYard, tryGit } from '../testing.ts'

const hasGpg = spawnSync('gpg', ['--version']).status === 0
let yard: CodeYard
let work: string
const params = { project: 'GB', repo: 'guestbook' }

beforeAll(async () => {
  yard = await openCodeYard()
  const folder = yard.folder()
  await git(folder, 'clone', '-q', yard.url('ada'), 'w')
  work = join(folder, 'w')
  await git(work, 'checkout', '-q', '-B', 'main')
  await git(work, 'commit', '-q', '--allow-empty', '-m', 'first')
  await git(work, 'push', '-q', 'origin', 'main')
})
afterAll(() => yard.close())

async function commit(message: string, ...options: string[]): Promise<string> {
  await git(
    work,
    ...options.filter((option) => option !== '-S'),
    'commit',
    '-q',
    '--allow-empty',
    ...options.filter((option) => option === '-S'),
    '-m',
    message,
  )
  return git(work, 'rev-parse', 'HEAD')
}

async function signatureOf(sha: string) {
  return (await yard.ada.call(codeEndpoints.commitGet, { params: { ...params, sha } })).signature
}

const withSsh = (file: string) => ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${file}.pub`]

describe('commits signed with SSH', () => {
  it.each(['ed25519', 'rsa', 'ecdsa'] as const)(
    '%s is verified by its owner’s key',
    async (kind) => {
      const key = newKey(yard.folder(), kind)
      const sha = await commit(`signed with ${kind}`, ...withSsh(key.file), '-S')
      await git(work, 'push', '-q', 'origin', 'HEAD:refs/heads/signed')
      expect(await signatureOf(sha)).toMatchObject({ state: 'unverified', reason: 'unknownKey' })
      await yard.dev.call(codeKeyEndpoints.sshKeyCreate, { body: { key: key.text } })
      expect(await signatureOf(sha)).toMatchObject({
        state: 'verified',
        kind: 'ssh',
        signer: 'DEV',
      })
      const query = { ref: 'signed', limit: 1 }
      const { items } = await yard.ada.call(codeEndpoints.commitList, { params, query })
      expect(items[0]?.signature?.state).toBe('verified')
    },
  )

  it('a signature moved to another commit is not good, and none is none', async () => {
    const key = newKey(yard.folder())
    await yard.dev.call(codeKeyEndpoints.sshKeyCreate, { body: { key: key.text } })
    const sha = await commit('mine', ...withSsh(key.file), '-S')
    const raw = await git(work, 'cat-file', 'commit', sha)
    writeFileSync(join(work, '../forged'), `${raw.replace(/mine$/, 'yours')}\n`)
    const forged = await git(work, 'hash-object', '-t', 'commit', '-w', '../forged')
    await git(work, 'push', '-q', 'origin', `${forged}:refs/heads/forged`)
    expect(await signatureOf(forged)).toMatchObject({ state: 'unverified', reason: 'badSignature' })
    expect(await signatureOf(await git(work, 'rev-parse', 'origin/main'))).toBeUndefined()
  })
})

describe.skipIf(!hasGpg)('commits signed with GPG', () => {
  let home: string
  beforeAll(() => {
    // A short path: the agent's socket has to fit into 108 bytes.
    home = mkdtempSync('/tmp/gpg-')
    const make = ['--batch', '--passphrase', '', '--quick-gen-key', '다은 <d@example.com>']
    execFileSync('gpg', [...make, 'ed25519', 'sign', '1d'], {
      env: { ...process.env, GNUPGHOME: home },
      stdio: 'ignore',
    })
  })
  afterAll(() => {
    spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, GNUPGHOME: home } })
    rmSync(home, { recursive: true, force: true })
  })

  it('are verified by the registered key, which nobody else may register', async () => {
    const env = { GNUPGHOME: home }
    const signed = await tryGit(
      work,
      ['-c', 'user.signingkey=d@example.com', 'commit', '-S', '--allow-empty', '-qm', 'by GPG'],
      env,
    )
    expect(signed).toMatchObject({ code: 0 })
    await git(work, 'push', '-q', 'origin', 'HEAD:refs/heads/gpg')
    const sha = await git(work, 'rev-parse', 'HEAD')
    expect(await signatureOf(sha)).toMatchObject({ kind: 'gpg', reason: 'unknownKey' })
    const exported = (args: string[]) =>
      execFileSync(
        'gpg',
        [
          '--armor',
          '--batch',
          '--passphrase',
          '',
          '--pinentry-mode',
          'loopback',
          ...args,
          'd@example.com',
        ],
        { env: { ...process.env, GNUPGHOME: home }, stdio: ['ignore', 'pipe', 'ignore'] },
      ).toString()
    const key = exported(['--export'])
    const made = await yard.dev.call(codeSigningEndpoints.gpgKeyCreate, { body: { key } })
    expect(made).toMatchObject({ userIds: ['다은 <d@example.com>'], algorithm: 'ed25519' })
    expect(await signatureOf(sha)).toMatchObject({ state: 'verified', kind: 'gpg', signer: 'DEV' })
    const call = yard.ada.call(codeSigningEndpoints.gpgKeyCreate, { body: { key } })
    await expect(call).rejects.toMatchObject({ code: 'gpgKeyTaken' })
    const secret = { key: exported(['--export-secret-keys']) }
    const leaked = yard.ada.call(codeSigningEndpoints.gpgKeyCreate, { body: secret })
    await expect(leaked).rejects.toMatchObject({ code: 'gpgKeyPrivate' })
    const nothing = yard.ada.call(codeSigningEndpoints.gpgKeyCreate, { body: { key: 'x' } })
    await expect(nothing).rejects.toMatchObject({ code: 'gpgKeyInvalid' })
    const headers = { authorization: `Basic ${btoa(`dev:${PASSWORD}`)}` }
    const mine = `${yard.yard.origin}/2.0/users/dev/gpg-keys`
    const { values } = (await (await fetch(mine, { headers })).json()) as { values: object[] }
    expect(values).toMatchObject([{ type: 'GPG_account_key', fingerprint: made.fingerprint }])
    const others = await fetch(mine.replace('/dev/', '/ada/'), { headers })
    expect(others.status).toBe(403)
    const gone = await fetch(`${mine}/${made.fingerprint}`, { method: 'DELETE', headers })
    expect(gone.status).toBe(204)
    expect(await signatureOf(sha)).toMatchObject({ reason: 'unknownKey' })
  })
})

it('a branch that asks for signatures refuses a push, by the commit; pages sign themselves', async () => {
  const rule = { kind: 'require_signed_commits' as const, pattern: 'main' }
  await yard.ada.call(codeEndpoints.branchRuleCreate, { params, body: rule })
  const key = newKey(yard.folder())
  await yard.ada.call(codeKeyEndpoints.sshKeyCreate, { body: { key: key.text } })
  await git(work, 'checkout', '-q', '-B', 'main', 'origin/main')
  const good = await commit('good', ...withSsh(key.file), '-S')
  const bad = await commit('forgot to sign')
  const refused = await tryGit(work, ['push', 'origin', 'main'])
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toMatch(/takes signed commits only/)
  expect(refused.stderr).toContain(`${bad.slice(0, 10)}  forgot to sign  (unsigned)`)
  expect(refused.stderr).not.toContain(good.slice(0, 10))
  await git(work, 'push', '-q', 'origin', `${good}:main`, `${bad}:refs/heads/free`)
  const body = { title: 'free', source: 'free', target: 'main' }
  const { number } = await yard.dev.call(codeEndpoints.pullRequestCreate, { params, body })
  const at = { ...params, number }
  const merge = (strategy: 'merge' | 'squash') =>
    yard.ada.call(codeEndpoints.pullRequestMerge, { params: at, body: { strategy } })
  await expect(merge('merge')).rejects.toThrow(/forgot to sign/)
  const other = { title: 'page', source: 'page', target: 'main' }
  await yard.dev.call(codeEndpoints.commitCreate, {
    params,
    body: {
      branch: 'page',
      message: 'in the page',
      files: [{ path: 'a.txt', content: 'a', encoding: 'utf8', isExecutable: false }],
    },
  })
  const second = await yard.dev.call(codeEndpoints.pullRequestCreate, { params, body: other })
  const merged = await yard.ada.call(codeEndpoints.pullRequestMerge, {
    params: { ...params, number: second.number },
    body: { strategy: 'merge' },
  })
  expect(await signatureOf(merged.mergedAs!)).toMatchObject({ state: 'verified', signer: 'Madang' })
  // What the server signs, git itself can verify.
  const own = await yard.dev.call(codeSigningEndpoints.signingKeyGet, {})
  const allowed = join(yard.folder(), 'allowed')
  writeFileSync(allowed, `* ${own.key}\n`)
  await git(work, 'fetch', '-q')
  const config = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${allowed}`]
  const verified = await tryGit(work, [...config, 'verify-commit', '-v', 'origin/main'])
  expect(verified.stderr).toMatch(/Good "git" signature/)
  expect(verified.code).toBe(0)
})
