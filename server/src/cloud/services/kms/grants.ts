import { createHash, randomBytes } from 'node:crypto'
import type { Input, Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { checkGrantable } from './grant-rules.ts'
import { type Grant, type Key, keyArn } from './model.ts'
import { checkUsable, type KmsParts } from './parts.ts'
import { page } from './paging.ts'
import { absentPrincipal } from './principals.ts'
import * as refuse from './refusals.ts'
import { keyOf } from './resolve.ts'

const MOST = 50_000

export const grantOperations = (parts: KmsParts) =>
  ({
    async CreateGrant(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      checkUsable(key, ctx.now)
      checkGrantable(key, input)
      const grant = grantOf(key, input, ctx)
      await checkPrincipals(parts, grant, ctx)
      const same = parts.store.grantsOf(key).find((one) => isSame(one, grant))
      if (input.DryRun) throw refuse.dryRun()
      if (same) return { GrantToken: same.token, GrantId: same.id }
      if (parts.store.grantsOf(key).length >= MOST) {
        throw refuse.limitExceeded(`The key ${keyArn(key)} already has ${MOST} grants.`)
      }
      await parts.store.saveGrant(grant)
      return { GrantToken: grant.token, GrantId: grant.id }
    },

    async ListGrants(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const { GrantId: id, GranteePrincipal: grantee = input.GranteeServicePrincipal } = input
      const wanted = parts.store
        .grantsOf(key)
        .filter((grant) => id === undefined || grant.id === id)
        .filter((grant) => grantee === undefined || grant.grantee === grantee)
      return shownPage(wanted, input)
    },

    ListRetirableGrants(input, ctx) {
      const principal = input.RetiringPrincipal ?? input.RetiringServicePrincipal
      const wanted = parts.store
        .grants()
        .filter(({ region, retiring }) => region === ctx.region && retiring === principal)
      return shownPage(wanted, input)
    },

    async RevokeGrant(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      const grant = existing(parts, key, input.GrantId!)
      if (input.DryRun) throw refuse.dryRun()
      await parts.store.removeGrant(grant)
      return {}
    },

    async RetireGrant(input, ctx) {
      const grant = await retired(parts, input, ctx)
      if (input.DryRun) throw refuse.dryRun()
      await parts.store.removeGrant(grant)
      return {}
    },
  }) satisfies Operations<Kms>

function existing({ store }: KmsParts, key: Key, id: string): Grant {
  const grant = store.grantsOf(key).find((one) => one.id === id)
  if (!grant) throw refuse.notFound(`Grant ID ${id} not found`)
  return grant
}

async function retired(
  parts: KmsParts,
  { GrantToken: token, KeyId: keyId, GrantId: id }: Input<Kms, 'RetireGrant'>,
  ctx: RequestContext,
): Promise<Grant> {
  if (token !== undefined) {
    const grant = parts.store.grants().find((one) => one.token === token)
    if (!grant) throw refuse.badGrantToken('The grant token is not valid.')
    return grant
  }
  if (keyId === undefined || id === undefined) {
    throw refuse.invalid('Either a grant token or a key ARN and a grant ID must be specified.')
  }
  return existing(parts, await keyOf(parts, keyId, ctx), id)
}

const isPrincipal = (name: string) =>
  /^arn:aws[\w-]*:(iam::\d{12}:(root|(user|role)\/.+)|sts::\d{12}:(assumed-role|federated-user)\/.+)$/.test(
    name,
  ) || /^[a-z0-9.-]+\.amazonaws\.com$/.test(name)

async function checkPrincipals(
  parts: KmsParts,
  { grantee, retiring }: Grant,
  ctx: RequestContext,
): Promise<void> {
  const named = retiring === undefined ? [grantee] : [grantee, retiring]
  const bad = named.find((name) => !isPrincipal(name)) ?? (await absentPrincipal(parts, named, ctx))
  if (bad === undefined) return
  throw refuse.badArn(`ARN does not refer to a valid principal: ${bad}`)
}

function grantOf(key: Key, input: Input<Kms, 'CreateGrant'>, ctx: RequestContext): Grant {
  const grantee = input.GranteePrincipal ?? input.GranteeServicePrincipal
  const retiring = input.RetiringPrincipal ?? input.RetiringServicePrincipal
  if (grantee === undefined) {
    throw refuse.invalid('Either GranteePrincipal or GranteeServicePrincipal must be specified.')
  }
  const { EncryptionContextSubset, EncryptionContextEquals, SourceArn } = input.Constraints ?? {}
  const secret = randomBytes(96)
  return {
    account: key.account,
    region: key.region,
    id: createHash('sha256').update(secret).digest('hex'),
    keyId: key.id,
    token: secret.toString('base64url'),
    ...(input.Name !== undefined && { name: input.Name }),
    createdAtMs: ctx.now,
    issuer: `arn:aws:iam::${ctx.principal.account}:root`,
    grantee,
    ...(retiring !== undefined && { retiring }),
    operations: [...new Set(input.Operations)],
    ...(EncryptionContextSubset && { subset: EncryptionContextSubset }),
    ...(EncryptionContextEquals && { equals: EncryptionContextEquals }),
    ...(SourceArn !== undefined && { sourceArn: SourceArn }),
  }
}

/** A named grant asked for again is the same one; without a name each is new. */
function isSame(one: Grant, other: Grant): boolean {
  if (one.name === undefined || one.name !== other.name) return false
  const { id: _, token: __, createdAtMs: ___, ...facts } = one
  const { id: _id, token: _token, createdAtMs: _at, ...wanted } = other
  return JSON.stringify(facts) === JSON.stringify(wanted)
}

interface GrantPage {
  Limit?: number | undefined
  Marker?: string | undefined
}

function shownPage(grants: Grant[], input: GrantPage) {
  const { items, more } = page(grants, ({ id }) => id, input, 50, 100)
  return { Grants: items.map(shown), ...more }
}

const shown = (grant: Grant) => ({
  KeyId: keyArn({ ...grant, id: grant.keyId }),
  GrantId: grant.id,
  Name: grant.name ?? '',
  CreationDate: new Date(grant.createdAtMs),
  GranteePrincipal: grant.grantee,
  ...(grant.retiring !== undefined && { RetiringPrincipal: grant.retiring }),
  IssuingAccount: grant.issuer,
  Operations: grant.operations as ['Decrypt'],
  ...((grant.subset || grant.equals || grant.sourceArn) && {
    Constraints: {
      ...(grant.subset && { EncryptionContextSubset: grant.subset }),
      ...(grant.equals && { EncryptionContextEquals: grant.equals }),
      ...(grant.sourceArn && { SourceArn: grant.sourceArn }),
    },
  }),
})
