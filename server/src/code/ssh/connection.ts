import type { AuthContext, Connection, PublicKeyAuthContext } from 'ssh2'
import type { Kernel } from '../../kernel/index.ts'
import { ssh2 } from '../keys/index.ts'
import { fingerprintOf } from '../keys/index.ts'
import { type KeyRow, keysByFingerprint } from '../keys/index.ts'

/** As OpenSSH's MaxAuthTries, with room for a full agent. */
const MOST_TRIES = 10

/**
 * Lets a client in by its public key; resolves with the registered keys of that kind (one, or the
 * deploy keys of several repositories), or undefined when it went away or was sent away.
 */
export function signIn(kernel: Kernel, client: Connection): Promise<KeyRow[] | undefined> {
  let tries = 0
  let found: KeyRow[] = []
  return new Promise((resolve) => {
    client.on('ready', () => resolve(found))
    client.on('close', () => resolve(undefined))
    client.on('authentication', (attempt) => {
      if (attempt.method !== 'none' && ++tries > MOST_TRIES) return void client.end()
      check(kernel, attempt).then(
        (rows) => {
          if (!rows) return attempt.reject(['publickey'])
          found = rows
          attempt.accept()
        },
        (error: unknown) => {
          kernel.log.error('ssh.bug', { error })
          attempt.reject(['publickey'])
        },
      )
    })
  })
}

async function check(kernel: Kernel, attempt: AuthContext): Promise<KeyRow[] | undefined> {
  if (attempt.method !== 'publickey' || attempt.username !== 'git') return undefined
  const rows = await keysByFingerprint(kernel.database, fingerprintOf(attempt.key.data))
  if (rows.length === 0) return undefined
  // Without a signature the client only asks whether this key would do.
  if (attempt.signature === undefined || attempt.blob === undefined) return rows
  return isSigned(attempt) ? rows : undefined
}

function isSigned({ key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  const parsed = ssh2().utils.parseKey(key.data)
  if (parsed instanceof Error || !blob || !signature) return false
  return parsed.verify(blob, signature, hashAlgo) === true
}
