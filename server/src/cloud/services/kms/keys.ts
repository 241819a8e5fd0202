import { randomBytes, randomUUID } from 'node:crypto'
import type { Input, Kms, Operations, RequestContext } from '../../gateway/index.ts'
import { metadataOf } from './key-metadata.ts'
import { newMaterial } from './material.ts'
import { type Key, keyArn, stateOf } from './model.ts'
import { checkNotPendingDeletion, type KmsParts, notNow } from './parts.ts'
import { page } from './paging.ts'
import { policyFor } from './policies.ts'
import { invalid, noCustomStore, unsupported } from './refusals.ts'
import { keyOf, ownKeyOf } from './resolve.ts'
import { type KeyUsage, specs } from './specs.ts'
import { tagsOf } from './tags.ts'

export const keyOperations = (parts: KmsParts) =>
  ({
    async CreateKey(input, ctx) {
      const key = await createKey(parts, input, ctx)
      await parts.store.saveKey(key)
      return { KeyMetadata: metadataOf(parts, key, ctx.now) }
    },

    async DescribeKey(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      return { KeyMetadata: metadataOf(parts, key, ctx.now) }
    },

    ListKeys(input, ctx) {
      const { items, more } = page(parts.store.keys(ctx), ({ id }) => id, input, 100, 1000)
      const Keys = items.map((key) => ({ KeyId: key.id, KeyArn: keyArn(key) }))
      return { Keys, ...more }
    },

    async UpdateKeyDescription(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkNotPendingDeletion(key, ctx.now)
      await parts.store.saveKey({ ...key, description: input.Description! })
      return {}
    },

    async EnableKey(input, ctx) {
      await setEnabled(parts, await ownKeyOf(parts, input.KeyId!, ctx), true, ctx.now)
      return {}
    },

    async DisableKey(input, ctx) {
      await setEnabled(parts, await ownKeyOf(parts, input.KeyId!, ctx), false, ctx.now)
      return {}
    },

    async GetKeyLastUsage(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      return {
        KeyId: keyArn(key),
        KeyCreationDate: new Date(key.createdAtMs),
        TrackingStartDate: new Date(Math.max(key.createdAtMs, parts.startedAtMs)),
        ...lastUsage(parts, key),
      }
    },
  }) satisfies Operations<Kms>

function lastUsage({ uses }: KmsParts, key: Key) {
  const use = uses.get(keyArn(key))
  if (!use) return {}
  return {
    KeyLastUsage: {
      Operation: use.operation as 'Encrypt',
      Timestamp: new Date(use.atMs),
      KmsRequestId: use.requestId,
    },
  }
}

async function setEnabled(parts: KmsParts, key: Key, enabled: boolean, now: number) {
  const state = stateOf(key, now)
  if (state.startsWith('Pending')) throw notNow(key, state)
  await parts.store.saveKey({ ...key, enabled })
}

async function createKey(
  parts: KmsParts,
  input: Input<Kms, 'CreateKey'>,
  ctx: RequestContext,
): Promise<Key> {
  const { account, region, now } = ctx
  const { spec, usage } = kindOf(input)
  const origin = originOf(input)
  const id = input.MultiRegion ? `mrk-${randomBytes(16).toString('hex')}` : randomUUID()
  const tags = tagsOf(input.Tags ?? [], {}, ctx)
  const policy = await policyFor(parts, input, ctx)
  const material =
    origin === 'AWS_KMS'
      ? await newMaterial(parts.deps.kernel.secrets, { id, spec }, { createdAtMs: now })
      : undefined
  return {
    account,
    region,
    id,
    createdAtMs: now,
    description: input.Description ?? '',
    usage,
    spec,
    origin,
    enabled: true,
    policy,
    tags,
    materials: material ? [material] : [],
    ...(material && { currentMaterialId: material.id }),
    ...(input.MultiRegion && { primaryRegion: region }),
  }
}

function kindOf(input: Input<Kms, 'CreateKey'>): { spec: string; usage: KeyUsage } {
  const { KeySpec: asked, CustomerMasterKeySpec: old } = input
  if (asked !== undefined && old !== undefined) {
    throw invalid('You cannot specify KeySpec and CustomerMasterKeySpec in the same request.')
  }
  const spec = asked ?? old ?? 'SYMMETRIC_DEFAULT'
  // A Chinese standard that only AWS's China Regions have.
  if (spec === 'SM2') throw unsupported('KeySpec SM2 is not supported in this Region.')
  const usage = input.KeyUsage ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined)
  if (usage === undefined) {
    throw invalid(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  }
  if (!specs[spec]!.usages[usage]) {
    throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
  }
  return { spec, usage }
}

function originOf(input: Input<Kms, 'CreateKey'>): Key['origin'] {
  const { Origin: origin = 'AWS_KMS', CustomKeyStoreId: store } = input
  if (store !== undefined) throw noCustomStore(store)
  if (origin === 'AWS_KMS' || origin === 'EXTERNAL') return origin
  throw unsupported(`Origin ${origin} needs a custom key store, and Madang has none.`)
}
