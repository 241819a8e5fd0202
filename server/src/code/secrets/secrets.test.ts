import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeSecretEndpoints } from '@madang/api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type CodeYard, git, type GitRun, openCodeYard, tryGit } from '../testing.ts'

let yard: CodeYard
let work: string
beforeAll(async () => {
  yard = await openCodeYard()
  const first = await clone()
  await git(first, 'commit', '-qm', 'Begin', '--allow-empty')
  await git(first, 'push', '-q', 'origin', 'HEAD:main')
})
beforeEach(async () => void (work = await clone()))
afterAll(() => yard.close())

async function clone(): Promise<string> {
  const folder = yard.folder()
  await git(folder, 'clone', '-q', yard.url('ada'), 'w')
  return join(folder, 'w')
}

async function commit(name: string, text: string): Promise<void> {
  writeFileSync(join(work, name), text)
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', `Add ${name}`)
}

const push = (ref: string): Promise<GitRun> =>
  tryGit(work, ['push', 'origin', `HEAD:refs/heads/${ref}`])

// Put together here, so that no scanner takes this file for a leak.
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const secrets: [string, string, string][] = [
  ['aws-access-key', 'id', `AKIA${'QRSTUVWXYZ234567'}`],
  ['aws-secret-key', 'aws_secret_access_key', 'wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEYS'],
  ['private-key', 'k', ['-----BEGIN', 'OPENSSH PRIVATE KEY-----'].join(' ')],
  ['github-token', 't', `ghp_${letters}`],
  ['gitlab-token', 't', `glpat-${letters.slice(0, 20)}`],
  ['slack-token', 't', `xoxb-${'1234567890'}-${letters.slice(0, 24)}`],
  ['npm-token', 't', `npm_${letters}`],
  ['stripe-key', 't', `sk_live_${letters.slice(0, 24)}`],
  ['google-api-key', 't', `AIza${letters.slice(0, 35)}`],
]

test.each(secrets)(
  'refuses a push that adds a %s, and names file and line',
  async (kind, name, text) => {
    await commit('설정.env', `# one\n${name}="${text}"\n`)
    const refused = await push(`leak-${kind}`)
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/Push refused: it adds a secret/)
    expect(refused.stderr).toMatch(/푸시를 거부했습니다/)
    expect(refused.stderr).toContain(`:2  `)
    expect(refused.stderr).toContain(`(${kind})`)
    expect(refused.stderr).toMatch(/\[remote rejected\]/)
    expect(refused.stderr).not.toContain(text)
    expect(await git(work, 'ls-remote', 'origin', `leak-${kind}`)).toBe('')
  },
)

test('finds one that a later commit of the same push takes away again', async () => {
  await commit('a.txt', `${secrets[3]![2]}\n`)
  await commit('a.txt', 'clean\n')
  expect((await push('later')).stderr).toContain('a.txt:1  GitHub token')
})

test('lets through a marked line, an allowed path, and what is known as an example', async () => {
  await commit('marked.txt', `${secrets[3]![2]} # madang:allow-secret\nAKIAIOSFODNN7EXAMPLE\n`)
  expect(await push('marked')).toMatchObject({ code: 0 })
  const params = { project: 'GB', repo: 'guestbook' }
  const allow = [{ path: 'fixtures/**' }, { path: '*.pem', kind: 'private-key' }]
  const body = { isOn: true, withHighEntropy: true, allow }
  await yard.ada.call(codeSecretEndpoints.secretScanSet, { params, body })
  await commit('test.pem', `${secrets[2]![2]}\n`)
  expect(await push('pem')).toMatchObject({ code: 0 })
  await commit('app.ts', 'const password = "q8Zr2LkP0vWx7TyB"\n')
  expect((await push('entropy')).stderr).toContain('app.ts:1')
  await yard.ada.call(codeSecretEndpoints.secretScanSet, { params, body: { ...body, isOn: false } })
  expect(await push('entropy')).toMatchObject({ code: 0 })
  await yard.ada.call(codeSecretEndpoints.secretScanSet, {
    params,
    body: { isOn: true, withHighEntropy: false, allow: [] },
  })
})

test('a merge that brings in a secret by itself is refused; old ones are not scanned again', async () => {
  await git(work, 'checkout', '-qb', 'side')
  await commit('side.txt', 'side\n')
  await git(work, 'checkout', '-q', '-')
  await commit('own.txt', 'own\n')
  await git(work, 'merge', '-q', '--no-commit', '--no-ff', 'side')
  writeFileSync(join(work, 'side.txt'), `side\n${secrets[3]![2]}\n`)
  writeFileSync(join(work, 'own.txt'), `own\n${secrets[3]![2]}\n`)
  await git(work, 'add', '.')
  await git(work, 'commit', '-qm', 'Evil merge')
  expect((await push('evil')).stderr).toMatch(/GitHub token/)
})
