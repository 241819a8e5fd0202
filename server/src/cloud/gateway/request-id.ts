import type { ServiceSchema } from './schema.ts'

// S3's request ids are sixteen letters and digits, the others' UUIDs; ours come as UUIDs whose last
// twelve digits count. Each half becomes eight digits of base 36 (40 bits need no more).
const digits = 36

/** The id as answers of this service show it. */
export function requestIdFor(schema: ServiceSchema, id: string): string {
  return schema.table.signingName === 's3' ? s3RequestId(id) : id
}

/** Sixteen of `[0-9A-Z]`, another for every UUID of this process. */
export function s3RequestId(id: string): string {
  const hex = id.replaceAll('-', '')
  return half(scattered(parseInt(hex.slice(-10), 16))) + half(parseInt(hex.slice(0, 10), 16))
}

const half = (value: number) => value.toString(digits).toUpperCase().padStart(8, '0')

const twentyBits = 0x10_0000

/** Neighbours far apart, none lost: the lower half by an odd factor, the upper one mixed with it. */
function scattered(value: number): number {
  const low = value % twentyBits
  const high = Math.floor(value / twentyBits)
  return ((low * 0x9_e377) % twentyBits) * twentyBits + (high ^ low)
}
