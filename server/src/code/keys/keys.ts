import type { DeployKey, SshKey } from '@madang/api'
import type { Actor } from '../../kernel/index.ts'
import type { CodeContext } from '../context.ts'
import { iso } from '../model.ts'
import { parsePublicKey, refuseKey } from './public-key.ts'
import {
  deleteKey,
  insertKey,
  keysByFingerprint,
  keysOf,
  labelKey,
  type KeyRow,
} from './store-keys.ts'

/** Whose key: a person, a repository or a project (both deploy keys). */
export interface KeyOwner {
  /** `person:…`, `project:GB` or a repository's id, as the table has it. */
  id: string
  /** For the audit log: the person's name, or `GB/guestbook`. */
  subject: string
  project?: string
}

export interface NewKey {
  label: string
  key: string
  /** Counts for deploy keys only: a person's key may what the person may. */
  canWrite?: boolean
}

export function ownerOf(actor: Actor): KeyOwner {
  if (actor.kind !== 'person') throw refuseKey('keyNotForPerson')
  return { id: actor.id, subject: actor.name }
}

/** A project's deploy keys read every repository of it. */
export const projectKeyOwner = (project: string): KeyOwner => ({
  id: `project:${project}`,
  subject: `project:${project}`,
  project,
})

/**
 * Registers a public key. One key is one identity: it may not belong to two people, nor to a person
 * and a repository. Throws `keyTaken` and what `parsePublicKey` throws.
 */
export async function addKey(
  context: CodeContext,
  given: { actor: Actor; owner: KeyOwner; key: NewKey },
): Promise<KeyRow> {
  const { actor, owner, key } = given
  const parsed = parsePublicKey(key.key)
  const { database, ids, clock } = context.kernel
  return database.write(async (tx) => {
    const taken = await keysByFingerprint(tx, parsed.fingerprint)
    if (taken.length > 0) throw refuseKey('keyTaken')
    const row = await insertKey(tx, {
      id: ids.next('key'),
      owner: owner.id,
      label: key.label || parsed.comment || parsed.fingerprint,
      key: parsed.comment ? `${parsed.text} ${parsed.comment}` : parsed.text,
      fingerprint: parsed.fingerprint,
      can_write: Number(key.canWrite ?? false),
      used_at: null,
      created_at: clock.now(),
      created_by: actor.id,
    })
    await record(context, tx, { ...given, action: 'sshKey.added', detail: parsed.fingerprint })
    return row
  })
}

/** Gives it another label. Throws `keyNotFound`. */
export async function renameKey(
  context: CodeContext,
  given: { actor: Actor; owner: KeyOwner; id: string; label: string },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    const { id, owner, label } = given
    const count = await labelKey(tx, { id, owner: owner.id, label })
    if (count === 0) throw refuseKey('keyNotFound')
    await record(context, tx, { ...given, action: 'sshKey.renamed', detail: id })
  })
}

/** Throws `keyNotFound`. */
export async function removeKey(
  context: CodeContext,
  given: { actor: Actor; owner: KeyOwner; id: string },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    const gone = await deleteKey(tx, { id: given.id, owner: given.owner.id })
    if (gone === 0) throw refuseKey('keyNotFound')
    await record(context, tx, { ...given, action: 'sshKey.removed', detail: given.id })
  })
}

export async function listKeys(context: CodeContext, owner: KeyOwner): Promise<DeployKey[]> {
  return (await keysOf(context.kernel.database, owner.id)).map(presentDeployKey)
}

function record(
  context: CodeContext,
  tx: Parameters<CodeContext['identity']['audit']>[0],
  given: { actor: Actor; owner: KeyOwner; action: string; detail: string },
): Promise<void> {
  const { actor, owner, action, detail } = given
  const { subject, project } = owner
  const where = project === undefined ? {} : { project }
  return context.identity.audit(tx, { actor, action, subject, ...where, detail: { key: detail } })
}

export function presentKey(row: KeyRow): SshKey {
  const { algorithm, bits } = parsePublicKey(row.key)
  return {
    id: row.id,
    label: row.label,
    algorithm,
    bits,
    fingerprint: row.fingerprint,
    key: row.key,
    createdAt: iso(row.created_at),
    ...(row.used_at === null ? {} : { usedAt: iso(row.used_at) }),
  }
}

export function presentDeployKey(row: KeyRow): DeployKey {
  return { ...presentKey(row), canWrite: row.can_write === 1 }
}
