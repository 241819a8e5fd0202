import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeKeyEndpoints } from '@madang/api'
import type { Client } from '../../testing/client.ts'
import { type CodeYard, openCodeYard } from '../testing.ts'

export const hasSsh = spawnSync('ssh', ['-V']).error === undefined
export const hasLfs = spawnSync('git', ['lfs', 'version']).status === 0

export interface SshYard {
  yard: CodeYard
  /** `ssh://git@127.0.0.1:port`. */
  url: string
}

export async function openSshYard(
  given: Parameters<typeof openCodeYard>[0] = {},
): Promise<SshYard> {
  const yard = await openCodeYard(given)
  const url = await yard.code.sshListen(yard.yard.origin)
  return { yard, url: url! }
}

/** A new key pair in a folder, with the environment that makes git use it and nothing else. */
export function newKey(
  folder: string,
  kind: 'ed25519' | 'rsa' | 'ecdsa' = 'ed25519',
): { text: string; env: Record<string, string>; file: string } {
  const file = join(folder, `id_${kind}`)
  const comment = `test ${kind}`
  execFileSync('ssh-keygen', ['-q', '-t', kind, '-N', '', '-C', comment, '-f', file])
  chmodSync(file, 0o600)
  const options = [
    `-i ${file}`,
    '-F /dev/null',
    '-o IdentitiesOnly=yes',
    '-o StrictHostKeyChecking=accept-new',
    `-o UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    '-o BatchMode=yes',
    '-o LogLevel=ERROR',
  ]
  const env = { GIT_SSH_COMMAND: `ssh ${options.join(' ')}` }
  return { text: readFileSync(`${file}.pub`, 'utf8'), env, file }
}

/** The same, registered for whoever the client is. */
export async function keyFor(person: Client, folder: string) {
  const key = newKey(folder)
  await person.call(codeKeyEndpoints.sshKeyCreate, { body: { key: key.text } })
  return key
}
