import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kernel } from '../../kernel/index.ts'
import { git } from '../git-process.ts'
import { fingerprintOf } from '../keys/index.ts'
import { joinCommit } from './commit-object.ts'
import { sshSignatureOf, wireKeyOf } from './ssh-signature.ts'
import type { CommitSigner } from '../ports.ts'

const PURPOSE = 'commit-signing-key'

export function createSigner(kernel: Pick<Kernel, 'folder' | 'secrets'>): CommitSigner {
  const key = readKey(kernel)
  const wire = wireKeyOf(key)
  return {
    publicKey: {
      key: `ssh-ed25519 ${wire.toString('base64')} madang`,
      fingerprint: fingerprintOf(wire),
    },
    async sign(folder, sha) {
      const payload = await git(['cat-file', 'commit', sha], { folder })
      const input = joinCommit(payload, sshSignatureOf(payload, key, wire))
      const args = ['hash-object', '-t', 'commit', '-w', '--stdin']
      return (await git(args, { folder, input })).toString('latin1').trim()
    },
  }
}

/** Made at the first start and kept sealed: a new one would leave older merges unverified. */
function readKey({ folder, secrets }: Pick<Kernel, 'folder' | 'secrets'>): KeyObject {
  const file = join(folder('signing'), 'commit-key')
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    writeFileSync(`${file}.new`, `${secrets.seal(pem, PURPOSE)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  return createPrivateKey(secrets.open(readFileSync(file, 'utf8').trim(), PURPOSE))
}
