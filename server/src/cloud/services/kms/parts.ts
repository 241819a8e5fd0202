import type { ServiceDeps } from '../../deps.ts'
import type { RequestContext } from '../../gateway/index.ts'
import { type Opened, openMaterial } from './material.ts'
import { currentMaterial, type Key, keyArn, type Material, stateOf } from './model.ts'
import { badState, disabled } from './refusals.ts'
import type { KmsStore } from './store.ts'

/** What operations are made of. */
export interface KmsParts {
  deps: ServiceDeps
  store: KmsStore
  /** The last use of each key since the server began, by ARN. */
  uses: Map<string, Use>
  startedAtMs: number
}

export interface Use {
  atMs: number
  operation: string
  requestId: string
}

export function noteUse({ uses }: KmsParts, key: Key, ctx: RequestContext): void {
  const { now: atMs, operation, requestId } = ctx
  uses.set(keyArn(key), { atMs, operation, requestId })
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

/** The secret in use; asking for it counts as a use of the key. */
export function openCurrent(
  parts: KmsParts,
  key: Key,
  ctx: RequestContext,
): Opened & { material: Material } {
  const material = currentMaterial(key, ctx.now)
  if (!material) throw notNow(key, 'PendingImport')
  noteUse(parts, key, ctx)
  return { material, ...openMaterial(parts.deps.kernel.secrets, key, material) }
}
