import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bedOfFile, call, discard, runFile, temporary } from './bed.ts'

const { bed, clone } = await bedOfFile()
const keys = temporary()
afterAll(() => discard(keys))

function keyPair(name: string, passphrase: string) {
  const path = join(keys, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path])
  return { privateKey: readFileSync(path, 'utf8'), publicKey: readFileSync(`${path}.pub`, 'utf8') }
}

const lines = (log: string) => log.split('\n').filter((line) => !line.startsWith('[Pipeline]'))

test('sshagent holds keys for its block, with and without a passphrase', async () => {
  const plain = keyPair('plain', '')
  const locked = keyPair('locked', 'open sesame')
  const put = (id: string, privateKey: string, passphrase?: string) =>
    call(bed.origin, '/credentials', {
      kind: 'sshKey',
      id,
      description: `the ${id} one`,
      username: 'git',
      privateKey,
      ...(passphrase !== undefined && { passphrase }),
    })
  await put('plain', plain.privateKey)
  await put('locked', locked.privateKey, 'open sesame')
  const { run, log } = await runFile(
    clone,
    bed.origin,
    `node {
      sshagent(credentials: ['plain', 'locked', 'missing'], ignoreMissing: true) {
        sh 'set +x; ssh-add -L; echo "agent \${SSH_AGENT_PID:+is set}"'
      }
      sh 'set +x; echo "after \${SSH_AUTH_SOCK:-none}"; pgrep -u "$(id -u)" -f "[s]sh-agent -s" || echo gone'
    }`,
  )
  expect(run.result, log).toBe('SUCCESS')
  const all = lines(log)
  expect(all).toContain('[ssh-agent] Using credentials git (the plain one)')
  expect(all).toContain('[ssh-agent] Using credentials git (the locked one)')
  expect(all.filter((line) => line === 'Running ssh-add (command line suppressed)')).toHaveLength(2)
  expect(all.filter((line) => line.startsWith('Identity added: '))).toHaveLength(2)
  for (const { publicKey } of [plain, locked]) expect(log).toContain(publicKey.split(' ')[1])
  expect(all).toContain('agent is set')
  const order = ['[ssh-agent] Started.', '$ ssh-agent -k', '[ssh-agent] Stopped.', 'after none']
  expect(all.filter((line) => order.includes(line))).toEqual(order)
  expect(log).toMatch(/^echo Agent pid \d+ killed;$/m)
  expect(log).not.toContain('PRIVATE KEY')
})

test('sshagent ends the run when a key is not there', async () => {
  const { run, log } = await runFile(clone, bed.origin, `node { sshagent(['no']) { echo 'x' } }`)
  expect(run.result).toBe('FAILURE')
  expect(lines(log)).toContain('ERROR: [ssh-agent] Could not find specified credentials')
})
