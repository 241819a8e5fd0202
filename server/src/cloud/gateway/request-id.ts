import { randomBytes } from 'node:crypto'
import type { ServiceSchema } from './schema.ts'

// S3's request ids are sixteen letters and digits, most others' UUIDs; ours come as UUIDs whose last
// twelve digits count. Each half (40 bits) becomes eight digits of base 36.
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

const twentyBits = 0x10_0000

const half = (value: number) =>
  quarter(Math.floor(value / twentyBits)) + quarter(value % twentyBits)

const pairs = Array.from({ length: digits ** 2 }, (_, value) =>
  value.toString(digits).toUpperCase().padStart(2, '0'),
)

/** Twenty bits as four digits, by a table: a tenth of what toString and padStart take. */
const quarter = (value: number) =>
  pairs[Math.floor(value / digits ** 2)]! + pairs[value % digits ** 2]!

/** Neighbours far apart, none lost: the lower half by an odd factor, the upper one mixed with it. */
function scattered(value: number): number {
  const low = value % twentyBits
  const high = Math.floor(value / twentyBits)
  return ((low * 0x9_e377) % twentyBits) * twentyBits + (high ^ low)
}
