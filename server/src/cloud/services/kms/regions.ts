import type { Kms, Operations } from '../../gateway/index.ts'
import { metadataOf } from './key-metadata.ts'
import { isReplica, type Key, keyArn, withoutSecret } from './model.ts'
import { checkUsable, type KmsParts } from './parts.ts'
import { policyFor } from './policies.ts'
import * as refuse from './refusals.ts'
import { ownKeyOf } from './resolve.ts'
import { tagsOf } from './tags.ts'

export const regionOperations = (parts: KmsParts) =>
  ({
    async ReplicateKey(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkPrimary(key, ctx.now)
      const region = input.ReplicaRegion!
      if (parts.store.key({ account: key.account, region }, key.id)) {
        throw refuse.alreadyExists(
          `Unable to replicate key with KeyId: ${key.id}. This key already exists in region: ${region}`,
        )
      }
      const tags = tagsOf(input.Tags ?? [], {}, ctx)
      const policy = await policyFor(parts, input, ctx)
      const replica = replicaOf(key, { region, tags, policy, description: input.Description ?? '' })
      await parts.store.saveKey({ ...replica, createdAtMs: ctx.now })
      const metadata = metadataOf(parts, replica, ctx.now)
      return {
        ReplicaKeyMetadata: {
          ...metadata,
          CreationDate: new Date(ctx.now),
          KeyState: 'Creating',
          Enabled: false,
        },
        ReplicaPolicy: policy,
        ...(input.Tags && { ReplicaTags: input.Tags }),
      }
    },

    async UpdatePrimaryRegion(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkPrimary(key, ctx.now)
      const region = input.PrimaryRegion!
      const related = parts.store.related(key)
      if (region === key.region || !related.some((one) => one.region === region)) {
        throw refuse.notFound(`${keyArn(key)} has no replica in ${region}.`)
      }
      for (const one of related) await parts.store.saveKey({ ...one, primaryRegion: region })
      return {}
    },
  }) satisfies Operations<Kms>

function checkPrimary(key: Key, now: number): void {
  checkUsable(key, now)
  if (key.primaryRegion === undefined || isReplica(key)) {
    throw refuse.unsupported(`${keyArn(key)} is not a multi-region primary key.`)
  }
}

/** The same secrets and rotation; its own policy, tags and description. Imports are its own, too. */
function replicaOf(key: Key, own: Pick<Key, 'region' | 'tags' | 'policy' | 'description'>): Key {
  if (key.origin === 'AWS_KMS') return { ...key, ...own }
  const materials = key.materials.map(withoutSecret)
  return { ...key, ...own, materials }
}
