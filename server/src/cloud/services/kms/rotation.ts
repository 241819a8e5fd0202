import type { Kms, Operations } from '../../gateway/index.ts'
import { newMaterial } from './material.ts'
import { canRotate, isReplica, isThere, type Key, keyArn, type Material, stateOf } from './model.ts'
import { checkUsable, type KmsParts } from './parts.ts'
import { page } from './paging.ts'
import * as refuse from './refusals.ts'
import { keyOf, ownKeyOf } from './resolve.ts'

export const DAY_MS = 86_400_000
const USUAL_DAYS = 365
const MOST_ON_DEMAND = 25

export const rotationOperations = (parts: KmsParts) =>
  ({
    async EnableKeyRotation(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkRotates(key, ctx.now)
      const periodDays = input.RotationPeriodInDays ?? key.rotation?.periodDays ?? USUAL_DAYS
      const rotation = { periodDays, nextAtMs: ctx.now + periodDays * DAY_MS }
      await saveAll(parts, key, (one) => ({ ...one, rotation }))
      return {}
    },

    async DisableKeyRotation(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      checkRotates(key, ctx.now)
      await saveAll(parts, key, withoutRotation)
      return {}
    },

    async GetKeyRotationStatus(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      // A key that is going away rotates no more; its rotation is back when its deletion is cancelled.
      const rotation = stateOf(key, ctx.now) === 'PendingDeletion' ? undefined : key.rotation
      return {
        KeyId: keyArn(key),
        KeyRotationEnabled: rotation !== undefined,
        ...(rotation && {
          RotationPeriodInDays: rotation.periodDays,
          NextRotationDate: new Date(rotation.nextAtMs),
        }),
      }
    },

    async RotateKeyOnDemand(input, ctx) {
      const key = await ownKeyOf(parts, input.KeyId!, ctx)
      await rotateOnDemand(parts, key, ctx.now)
      return { KeyId: keyArn(key) }
    },

    async ListKeyRotations(input, ctx) {
      const key = await keyOf(parts, input.KeyId!, ctx)
      if (!canRotate(key)) throw refuse.unsupported('')
      const isAll = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL'
      const wanted = key.materials.filter(({ rotation }) => isAll || rotation !== undefined)
      const { items, more } = page(wanted, ({ id }) => id, input, 100, 1000)
      return { Rotations: items.map((one) => shown(key, one, ctx.now)), ...more }
    },
  }) satisfies Operations<Kms>

function shown(key: Key, material: Material, now: number) {
  const isCurrent = material.id === key.currentMaterialId
  const state = material.isPending ? 'PENDING_ROTATION' : isCurrent ? 'CURRENT' : 'NON_CURRENT'
  const imported = key.origin === 'EXTERNAL' && {
    ImportState: isThere(material, now) ? ('IMPORTED' as const) : ('PENDING_IMPORT' as const),
    ...(material.expirationModel && { ExpirationModel: material.expirationModel }),
    ...(material.validToMs !== undefined && { ValidTo: new Date(material.validToMs) }),
    ...(material.description && { KeyMaterialDescription: material.description }),
  }
  return {
    KeyId: keyArn(key),
    KeyMaterialId: material.id,
    KeyMaterialState: state as 'CURRENT',
    ...imported,
    ...(material.rotation && {
      RotationDate: new Date(material.createdAtMs),
      RotationType: material.rotation,
    }),
  }
}

function withoutRotation(key: Key): Key {
  const { rotation: _, ...rest } = key
  return rest
}

function checkRotates(key: Key, now: number): void {
  if (key.origin !== 'AWS_KMS') throw refuse.originRefused(key)
  checkUsable(key, now)
  if (!canRotate(key)) throw refuse.unsupported('')
  if (isReplica(key)) throw notHere(key)
}

const notHere = (key: Key) =>
  refuse.unsupported(
    `${keyArn(key)} is a replica of a multi-Region key: its primary key rotates it.`,
  )

async function rotateOnDemand(parts: KmsParts, key: Key, now: number): Promise<void> {
  checkUsable(key, now)
  if (!canRotate(key)) throw refuse.unsupported('')
  if (isReplica(key)) throw notHere(key)
  if ((key.onDemandRotations ?? 0) >= MOST_ON_DEMAND) {
    throw refuse.limitExceeded(
      'The on-demand rotations limit has been reached for the given keyId. No more on-demand ' +
        `rotations can be performed for this key: ${key.id}`,
    )
  }
  const counted = { ...key, onDemandRotations: (key.onDemandRotations ?? 0) + 1 }
  if (key.origin === 'AWS_KMS') return rotate(parts, counted, 'ON_DEMAND', now)
  const pending = key.materials.find(({ isPending }) => isPending)
  if (!pending) {
    throw refuse.badState(`No available key material pending rotation for the key: ${keyArn(key)}.`)
  }
  const { isPending: _, ...material } = pending
  const rotated: Material = { ...material, rotation: 'ON_DEMAND', createdAtMs: now }
  const materials = key.materials.map((one) => (one === pending ? rotated : one))
  await saveAll(parts, counted, (one) => ({
    ...one,
    materials,
    currentMaterialId: rotated.id,
    onDemandRotations: counted.onDemandRotations,
  }))
}

/** A new secret to encrypt with; what the old ones encrypted still opens. */
export async function rotate(
  parts: KmsParts,
  key: Key,
  rotation: 'AUTOMATIC' | 'ON_DEMAND',
  now: number,
): Promise<void> {
  const { secrets } = parts.deps.kernel
  const material = await newMaterial(secrets, key, { createdAtMs: now, rotation })
  await saveAll(parts, key, (one) => ({
    ...one,
    materials: [...one.materials, material],
    currentMaterialId: material.id,
    ...(key.rotation && { rotation: key.rotation }),
    ...(key.onDemandRotations && { onDemandRotations: key.onDemandRotations }),
  }))
}

/** A primary's secrets and rotation are its replicas', too. */
async function saveAll({ store }: KmsParts, key: Key, change: (key: Key) => Key): Promise<void> {
  const all = key.primaryRegion === undefined ? [key] : store.related(key)
  // Read again: another change may have come while a secret was made.
  await Promise.all(all.map((one) => store.saveKey(change(store.key(one, one.id) ?? one))))
}
