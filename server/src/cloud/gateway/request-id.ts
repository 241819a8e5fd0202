import { randomBytes } from 'node:crypto'
import type { ServiceSchema } from './schema.ts'

// S3's request ids are sixteen letters and digits, most others' UUIDs; ours come as UUIDs whose last
// twelve digits count. Each half becomes eight digits of base 36 (40 bits need no more).
const digits = 36

/** The id as answers of this service show it. */
export function requestIdFor(schema: ServiceSchema, id: string): string {
  if (schema.table.signingName === 's3') return s3RequestId(id)
  return schema.table.signingName === 'dynamodb' ? dynamoRequestId(id) : id
}

// DynamoDB's are 52 letters and digits: these twenty, then two times sixteen that differ.
const ofProcess = randomBytes(15).toString('hex').toUpperCase().slice(0, 20)

function dynamoRequestId(id: string): string {
  const own = s3RequestId(id)
  return ofProcess + own.slice(8) + own + own.slice(0, 8)
}

/** Sixteen of `[0-9A-Z]`, another for every UUID of this process. */
export function s3RequestId(id: string): string {
  return half(scattered(parseInt(id.slice(-10), 16))) + lastHalf(id)
}

// The same for every request of this process.
const last = { start: '', shown: '' }

function lastHalf(id: string): string {
  const start = id.slice(0, 11)
  if (start !== last.start) {
    last.start = start
    last.shown = half(parseInt(start.replace('-', ''), 16))
  }
  return last.shown
}

const half = (value: number) => value.toString(digits).toUpperCase().padStart(8, '0')

const twentyBits = 0x10_0000

/** Neighbours far apart, none lost: the lower half by an odd factor, the upper one mixed with it. */
function scattered(value: number): number {
  const low = value % twentyBits
  const high = Math.floor(value / twentyBits)
  return ((low * 0x9_e377) % twentyBits) * twentyBits + (high ^ low)
}
