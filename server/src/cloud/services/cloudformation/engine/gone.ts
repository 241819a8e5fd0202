import type { Resource } from '../model.ts'

/** No longer the stack's: removed, or left to itself by its deletion policy. */
export function isGone(resource: Resource): boolean {
  return resource.status === 'DELETE_COMPLETE' || resource.status === 'DELETE_SKIPPED'
}
