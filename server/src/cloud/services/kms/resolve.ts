import type { RequestContext } from '../../gateway/index.ts'
import { type Alias, type Key, keyArn, type Place } from './model.ts'
import { makeManaged, managedServices } from './managed.ts'
import type { KmsParts } from './parts.ts'
import { badArn, invalid, noAlias, noKey, notFound, unsupported } from './refusals.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const MULTI_REGION = /^mrk-[0-9a-f]{32}$/

/** The operations that take an alias where others want the key itself (API reference). */
const takesAlias = new Set([
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetPublicKey',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
])

interface Named extends Place {
  /** A key's id, or an alias with its `alias/`. */
  name: string
}

/** What a KeyId says; throws for one that is neither of the four forms. */
function named(given: string, ctx: RequestContext): Named {
  if (!given.startsWith('arn:')) return { account: ctx.account, region: ctx.region, name: given }
  const [, , service, region, account, ...rest] = given.split(':')
  const name = rest.join(':')
  const isKnown = service === 'kms' && account && /^(key|alias)\//.test(name)
  if (!isKnown) throw badArn(`Invalid ARN: ${given}`)
  if (region !== ctx.region) throw notFound(`Invalid arn ${region}`)
  return { account, region, name: name.replace(/^key\//, '') }
}

/**
 * The key a caller names by id, ARN, alias or alias' ARN. AWS managed ones are made when first
 * named by their alias.
 */
export async function keyOf(
  parts: KmsParts,
  given: string,
  ctx: RequestContext,
  operation = ctx.operation,
): Promise<Key> {
  const { name, ...place } = named(given, ctx)
  const now = ctx.now
  if (!name.startsWith('alias/')) return existing(parts, place, name, now)
  if (!takesAlias.has(operation)) {
    throw operation.endsWith('Alias')
      ? invalid('Aliases must refer to keys. Not aliases')
      : notFound(`Invalid keyId '${given}'`)
  }
  const alias = parts.store.alias(place, name)
  if (alias) return existing(parts, place, alias.targetId, now)
  const service = /^alias\/aws\/(.+)$/.exec(name)?.[1]
  if (service && managedServices.has(service) && place.account === ctx.account) {
    return makeManaged(parts, place, service, now)
  }
  throw noAlias(place, name)
}

function existing({ store }: KmsParts, place: Place, id: string, now: number): Key {
  if (!UUID.test(id) && !MULTI_REGION.test(id)) throw notFound(`Invalid keyId '${id}'`)
  const key = store.key(place, id)
  // Its time may have come before the job that carries it out.
  if (!key || (key.deletionAtMs !== undefined && key.deletionAtMs <= now)) {
    throw noKey({ ...place, id })
  }
  return key
}

/** A key that may be managed by its owner: AWS's own are left alone. */
export async function ownKeyOf(parts: KmsParts, given: string, ctx: RequestContext): Promise<Key> {
  const key = await keyOf(parts, given, ctx)
  if (key.managedFor) {
    throw unsupported(`${keyArn(key)} is an AWS managed key, which can't be changed.`)
  }
  return key
}

export const aliasOf = ({ store }: KmsParts, ctx: RequestContext, name: string): Alias => {
  const alias = store.alias(ctx, name)
  if (!alias) throw noAlias(ctx, name)
  return alias
}
