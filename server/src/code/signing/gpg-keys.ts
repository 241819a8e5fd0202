import { codeSigningEndpoints as api, type GpgKey, codeSigningErrors } from '@madang/api'
import { type Actor, invariant, refusals, route, type Route } from '../../kernel/index.ts'
import type { CodeContext } from '../context.ts'
import { iso } from '../model.ts'
import { ownerOf } from '../keys/index.ts'
import { readGpgKey } from './gpg-signature.ts'
import {
  deleteGpgKey,
  gpgKeysByIds,
  gpgKeysOf,
  insertGpgKey,
  type GpgKeyRow,
} from './store-gpg-keys.ts'

const refuse = refusals(codeSigningErrors)
const done = { done: true } as const

export function signingRoutes(context: CodeContext): Route[] {
  const { database } = context.kernel
  return [
    route(api.gpgKeyList, async ({ actor }) => {
      const rows = await gpgKeysOf(database, ownerOf(actor).id)
      return { items: await Promise.all(rows.map(presentGpgKey)) }
    }),
    route(api.gpgKeyCreate, async ({ actor, body }) =>
      presentGpgKey(await addGpgKey(context, actor, body.key)),
    ),
    route(api.gpgKeyDelete, async ({ actor, params }) => {
      await removeGpgKey(context, actor, params.id)
      return done
    }),
    route(api.signingKeyGet, async () => context.signer.publicKey),
  ]
}

/** Throws `gpgKeyNotFound`. */
export async function removeGpgKey(context: CodeContext, actor: Actor, id: string): Promise<void> {
  const owner = ownerOf(actor)
  await context.kernel.database.write(async (tx) => {
    const isGone = await deleteGpgKey(tx, { id, owner: owner.id })
    if (!isGone) throw refuse('gpgKeyNotFound')
    const record = { actor, action: 'gpgKey.removed', subject: owner.subject }
    await context.identity.audit(tx, { ...record, detail: { key: id } })
  })
}

/**
 * A key is one person's: whoever is second would take over signatures of the first. Throws
 * `gpgKeyPrivate`, `gpgKeyInvalid` and `gpgKeyTaken`.
 */
export async function addGpgKey(
  context: CodeContext,
  actor: Actor,
  text: string,
): Promise<GpgKeyRow> {
  const owner = ownerOf(actor)
  const key = await readGpgKey(text)
  if (key === 'private') throw refuse('gpgKeyPrivate')
  if (!key) throw refuse('gpgKeyInvalid')
  const { database, ids, clock } = context.kernel
  return database.write(async (tx) => {
    if ((await gpgKeysByIds(tx, key.keyIds)).length > 0) throw refuse('gpgKeyTaken')
    const { fingerprint, armour } = key
    const id = ids.next('gpg')
    const row = { id, owner: owner.id, fingerprint, armour, created_at: clock.now() }
    await insertGpgKey(tx, row, key.keyIds)
    const record = { actor, action: 'gpgKey.added', subject: owner.subject }
    await context.identity.audit(tx, { ...record, detail: { key: fingerprint } })
    return row
  })
}

/** As the contract shows it. */
export async function presentGpgKey(row: GpgKeyRow): Promise<GpgKey> {
  const key = await readGpgKey(row.armour)
  invariant(key && key !== 'private', 'a stored key was read before it was stored')
  return {
    id: row.id,
    fingerprint: key.fingerprint,
    keyIds: key.keyIds,
    userIds: key.userIds,
    algorithm: key.algorithm,
    createdAt: iso(row.created_at),
    ...(key.expiresAt === undefined ? {} : { expiresAt: iso(key.expiresAt) }),
  }
}
