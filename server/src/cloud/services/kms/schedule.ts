import type { Key } from './model.ts'

/** The kind of job that does what a key's time has come for. */
export const DUE = 'cloud-kms.due'

/** When something happens to the key by itself: its deletion, an expiry, a rotation. */
export function dueAt(key: Key): number | undefined {
  const expiries = key.materials.flatMap(({ sealed, validToMs }) =>
    sealed !== undefined && validToMs !== undefined ? [validToMs] : [],
  )
  const moments = [...expiries]
  if (key.deletionAtMs !== undefined) moments.push(key.deletionAtMs)
  else if (key.rotation) moments.push(key.rotation.nextAtMs)
  return moments.length === 0 ? undefined : Math.min(...moments)
}
