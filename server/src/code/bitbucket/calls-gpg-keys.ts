import {
  addGpgKey,
  type GpgKeyRow,
  gpgKeysOf,
  presentGpgKey,
  removeGpgKey,
} from '../signing/index.ts'
import { requiredText } from './body.ts'
import { type Ask, type Call, created, nothing, signedIn } from './call.ts'
import { personOwner } from './calls-keys.ts'
import { BitbucketError } from './errors.ts'
import { listing } from './paging.ts'
import { momentOf } from './people.ts'
import type { Json } from './query.ts'

/** A person's key for signatures; its subkeys are known by their ids. */
async function present(ask: Ask, row: GpgKeyRow): Promise<Json> {
  const owner = await ask.people.user(ask.actor.id, ask.actor.name)
  const { fingerprint, keyIds, userIds, createdAt, expiresAt } = await presentGpgKey(row)
  const [keyId, ...subkeys] = keyIds
  const self = `${ask.origin}/2.0/users/${encodeURIComponent(String(owner['uuid']))}/gpg-keys/`
  return {
    type: 'GPG_account_key',
    owner,
    name: userIds[0] ?? '',
    comment: '',
    key: row.armour,
    key_id: keyId,
    fingerprint,
    parent_fingerprint: null,
    subkeys: subkeys.map((key_id) => ({ type: 'GPG_account_key', key_id })),
    added_on: momentOf(row.created_at),
    created_on: momentOf(createdAt),
    expires_on: expiresAt === undefined ? null : momentOf(expiresAt),
    last_used: null,
    links: { self: { href: `${self}${fingerprint}` } },
  }
}

async function keysOf(ask: Ask): Promise<GpgKeyRow[]> {
  const { id } = await personOwner(ask)
  return gpgKeysOf(ask.parts.context.kernel.database, id)
}

async function find(ask: Ask): Promise<GpgKeyRow> {
  const wanted = ask.params['fingerprint']!.toLowerCase()
  const row = (await keysOf(ask)).find(({ fingerprint }) => fingerprint.toLowerCase() === wanted)
  if (!row) throw new BitbucketError(404, 'Key not found')
  return row
}

async function add(ask: Ask) {
  await personOwner(ask)
  const text = requiredText(await ask.body.json(), 'key')
  return created(await present(ask, await addGpgKey(ask.parts.context, ask.actor, text)))
}

async function drop(ask: Ask) {
  await removeGpgKey(ask.parts.context, ask.actor, (await find(ask)).id)
  return nothing()
}

const OWN = '/users/:selected_user/gpg-keys'

export const gpgKeyCalls: Call[] = [
  signedIn('GET', OWN, async (ask) =>
    listing(ask, { all: await keysOf(ask), present: (row) => present(ask, row) }),
  ),
  signedIn('POST', OWN, add),
  signedIn('GET', `${OWN}/:fingerprint`, async (ask) => present(ask, await find(ask))),
  signedIn('DELETE', `${OWN}/:fingerprint`, drop),
]
