import type { Kms, Operations } from '../../gateway/index.ts'
import { isReplica, type Key, keyArn, stateOf } from './model.ts'
import { checkNotPendingDeletion, type KmsParts } from './parts.ts'
import { badState } from './refusals.ts'
import { ownKeyOf } from './resolve.ts'
import { DAY_MS } from './rotation.ts'

const USUAL_DAYS = 30

export const deletionOperations = (parts: KmsParts) =>
  ({
    async ScheduleKeyDeletion(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkNotPendingDeletion(key, ctx.now)
      const days = input.PendingWindowInDays ?? USUAL_DAYS
      const deletionAtMs = ctx.now + days * DAY_MS
      await parts.store.saveKey({ ...key, deletionAtMs, deletionWindowDays: days, enabled: false })
      return {
        KeyId: keyArn(key),
        DeletionDate: new Date(deletionAtMs),
        KeyState: hasReplicas(parts, key) ? 'PendingReplicaDeletion' : 'PendingDeletion',
        PendingWindowInDays: days,
      }
    },

    async CancelKeyDeletion(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      if (stateOf(key, ctx.now) !== 'PendingDeletion') {
        throw badState(`${keyArn(key)} is not pending deletion.`)
      }
      const { deletionAtMs: _, deletionWindowDays: __, ...kept } = key
      // It comes back disabled (API reference of CancelKeyDeletion).
      await parts.store.saveKey({ ...kept, enabled: false })
      return { KeyId: keyArn(key) }
    },
  }) satisfies Operations<Kms>

export const hasReplicas = ({ store }: KmsParts, key: Key): boolean =>
  key.primaryRegion !== undefined && !isReplica(key) && store.related(key).length > 1
