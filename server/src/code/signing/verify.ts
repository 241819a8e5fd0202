import type { Commit, CommitSignature } from '@madang/api'
import type { CodeContext } from '../context.ts'
import { keysByFingerprint } from '../keys/index.ts'
import { splitCommit } from './commit-object.ts'
import { isGpgSigned, signersOf } from './gpg-signature.ts'
import { isForGit, readSshSignature } from './ssh-signature.ts'
import { gpgKeysByIds } from './store-gpg-keys.ts'

/** What a commit's signature is worth here; undefined when it has none. */
export async function verifyCommit(
  context: CodeContext,
  raw: Buffer,
): Promise<CommitSignature | undefined> {
  const { payload, signature } = splitCommit(raw)
  if (signature === undefined) return undefined
  if (signature.includes('BEGIN SSH SIGNATURE')) return bySsh(context, payload, signature)
  if (signature.includes('BEGIN PGP')) return byGpg(context, payload, signature)
  return { state: 'unverified', kind: 'x509', reason: 'unsupported' }
}

async function bySsh(
  context: CodeContext,
  payload: Buffer,
  armour: string,
): Promise<CommitSignature> {
  const kind = 'ssh'
  const read = readSshSignature(armour, payload)
  if (!read) return { state: 'unverified', kind, reason: 'unsupported' }
  const key = read.fingerprint
  if (!read.isGood) return { state: 'unverified', kind, reason: 'badSignature', key }
  if (!isForGit(read)) return { state: 'unverified', kind, reason: 'notForCommits', key }
  if (key === context.signer.publicKey.fingerprint) {
    return { state: 'verified', kind, key, signer: 'Madang' }
  }
  const owners = (await keysByFingerprint(context.kernel.database, key)).map(({ owner }) => owner)
  return judge(context, { kind, key, owner: owners.find((id) => id.startsWith('person:')) })
}

async function byGpg(
  context: CodeContext,
  payload: Buffer,
  armour: string,
): Promise<CommitSignature> {
  const kind = 'gpg'
  const ids = await signersOf(armour)
  if (!ids || ids.length === 0) return { state: 'unverified', kind, reason: 'unsupported' }
  const rows = await gpgKeysByIds(context.kernel.database, ids)
  const [row] = rows
  if (!row) return { state: 'unverified', kind, reason: 'unknownKey', key: ids[0]! }
  const key = row.fingerprint
  const isGood = await isGpgSigned(armour, { text: payload, keyText: row.armour })
  if (!isGood) return { state: 'unverified', kind, reason: 'badSignature', key }
  return judge(context, { kind, key, owner: row.owner })
}

async function judge(
  context: CodeContext,
  found: { kind: 'ssh' | 'gpg'; key: string; owner: string | undefined },
): Promise<CommitSignature> {
  const { kind, key } = found
  const id = found.owner?.slice('person:'.length)
  const person = id === undefined ? undefined : await context.identity.personGet(id)
  if (!person) return { state: 'unverified', kind, key, reason: 'unknownKey' }
  return { state: 'verified', kind, key, signer: person.displayName || person.name }
}

const LARGEST_COMMIT = 1024 * 1024

/** The same commits, each with what its signature is worth. */
export async function withSignatures<C extends Commit>(
  context: CodeContext,
  folder: string,
  commits: C[],
): Promise<C[]> {
  const { objects } = context
  return Promise.all(
    commits.map(async (commit) => {
      const info = await objects.info(folder, commit.sha)
      const isFit = info !== undefined && info.sizeBytes <= LARGEST_COMMIT
      const raw = isFit ? await objects.contents(folder, commit.sha) : undefined
      const signature = raw && (await verifyCommit(context, raw))
      return signature ? { ...commit, signature } : commit
    }),
  )
}
