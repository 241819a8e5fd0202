/**
 * Past about 62 levels PutItem, UpdateItem and DeleteItem read a request in their older way, and
 * refuse all that is wrong with it in the older form (seen in eu-west-2 and us-east-1, October
 * 2026). A level is two of JSON; the others are the request, its member, a condition and a value.
 */
const NEWLY_READ_LEVELS = 62 * 2 + 4

/** Looked at only when a request is refused. */
export const isOldlyRead = (input: object): boolean => isDeeper(input, NEWLY_READ_LEVELS)

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}
