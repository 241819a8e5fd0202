import type { ServiceDeps } from '../../deps.ts'
import { type Opened, openMaterial } from './material.ts'
import { currentMaterial, type Key, keyArn, type Material, stateOf } from './model.ts'
import { badState, disabled } from './refusals.ts'
import type { KmsStore } from './store.ts'

/** What operations are made of. */
export interface KmsParts {
  deps: ServiceDeps
  store: KmsStore
}

/** Throws unless the key may do cryptography. */
export function checkUsable(key: Key, now: number): void {
  const state = stateOf(key, now)
  if (state === 'Enabled') return
  if (state === 'Disabled') throw disabled(key)
  throw notNow(key, state)
}

/** Throws while the key is going away; a disabled one may still be changed. */
export function checkNotPendingDeletion(key: Key, now: number): void {
  const state = stateOf(key, now)
  if (state === 'PendingDeletion') throw notNow(key, state)
}

export function notNow(key: Key, state: string) {
  const word = state === 'PendingImport' ? 'pending import' : 'pending deletion'
  return badState(`${keyArn(key)} is ${word}.`)
}

export function openCurrent(
  parts: KmsParts,
  key: Key,
  now: number,
): Opened & { material: Material } {
  const material = currentMaterial(key, now)
  if (!material) throw notNow(key, 'PendingImport')
  return { material, ...openMaterial(parts.deps.kernel.secrets, key, material) }
}
