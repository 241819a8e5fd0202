import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '../../kernel/index.ts'
import { ssh2 } from '../keys/index.ts'
import { fingerprintOf } from '../keys/index.ts'

export interface HostKey {
  algorithm: string
  /** OpenSSH's format. */
  privateKey: string
  /** `algorithm base64`, as a line of known_hosts has it behind the host. */
  publicKey: string
  fingerprint: string
}

const PURPOSE = 'ssh-host-keys'

/**
 * The server's own keys, made at the first start and kept sealed: a new one would make every
 * client refuse. ed25519, and ECDSA for clients older than 2014.
 */
export function readHostKeys({ folder, secrets }: Pick<Kernel, 'folder' | 'secrets'>): HostKey[] {
  const file = join(folder('ssh'), 'host-keys')
  if (!existsSync(file)) {
    const { generateKeyPairSync } = ssh2().utils
    const keys = [generateKeyPairSync('ed25519'), generateKeyPairSync('ecdsa', { bits: 256 })]
    const sealed = secrets.seal(JSON.stringify(keys.map((pair) => pair.private)), PURPOSE)
    // Renamed into place, so that a crash leaves a whole file or none.
    writeFileSync(`${file}.new`, `${sealed}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const texts = JSON.parse(secrets.open(readFileSync(file, 'utf8').trim(), PURPOSE)) as string[]
  return texts.map(asHostKey)
}

function asHostKey(privateKey: string): HostKey {
  const key = ssh2().utils.parseKey(privateKey)
  if (key instanceof Error) throw key
  const bytes = key.getPublicSSH()
  return {
    algorithm: key.type,
    privateKey,
    publicKey: `${key.type} ${bytes.toString('base64')}`,
    fingerprint: fingerprintOf(bytes),
  }
}
