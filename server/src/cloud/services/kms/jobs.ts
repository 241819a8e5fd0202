import { hasReplicas } from './deletion.ts'
import { isReplica, type Key, type Place, withoutSecret } from './model.ts'
import type { KmsParts } from './parts.ts'
import { DAY_MS, rotate } from './rotation.ts'
import { dueAt, DUE } from './schedule.ts'

/** Carries out what a key's time has come for: expiry of material, rotation, deletion. */
export function handleDue(parts: KmsParts): void {
  const { jobs, clock } = parts.deps.kernel
  jobs.handle(DUE, {
    async run({ payload }) {
      const { id, ...place } = payload as Place & { id: string }
      for (;;) {
        const key = parts.store.key(place, id)
        const now = clock.now()
        if (!key || (dueAt(key) ?? Number.POSITIVE_INFINITY) > now) return
        await carryOut(parts, key, now)
      }
    },
  })
}

async function carryOut(parts: KmsParts, key: Key, now: number): Promise<void> {
  const expired = key.materials.filter(
    ({ sealed, validToMs }) => sealed !== undefined && validToMs !== undefined && validToMs <= now,
  )
  if (expired.length > 0) return forget(parts, key, expired)
  if (key.deletionAtMs !== undefined) return remove(parts, key, now)
  const { rotation } = key
  if (!rotation) return
  const next = { ...rotation, nextAtMs: rotation.nextAtMs + rotation.periodDays * DAY_MS }
  if (isReplica(key) || !key.enabled) return parts.store.saveKey({ ...key, rotation: next })
  await rotate(parts, { ...key, rotation: next }, 'AUTOMATIC', now)
}

function forget({ store }: KmsParts, key: Key, gone: Key['materials']): Promise<void> {
  const materials = key.materials.map((one) => (gone.includes(one) ? withoutSecret(one) : one))
  return store.saveKey({ ...key, materials })
}

/** A primary waits for its replicas: its time begins when the last of them is gone. */
function remove(parts: KmsParts, key: Key, now: number): Promise<void> {
  if (!hasReplicas(parts, key)) return parts.store.removeKey(key)
  return parts.store.saveKey({ ...key, deletionAtMs: now + key.deletionWindowDays! * DAY_MS })
}
