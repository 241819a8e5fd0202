import type { ChecksumName } from './model.ts'

// The CRC of two byte strings one after the other, from their CRCs and the second's length: shifting a
// CRC over n zero bytes is a multiplication by x^(8n) modulo the polynomial (as zlib's crc32_combine).

interface Field {
  width: number
  /** Reflected, without the leading term. */
  polynomial: bigint
}

const fields: Partial<Record<ChecksumName, Field>> = {
  CRC32: { width: 32, polynomial: 0xedb88320n },
  CRC32C: { width: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64, polynomial: 0x9a6c9329ac4bc9b5n },
}

/** Throws for a checksum that can't be combined (SHA). */
export function combineCrc(name: ChecksumName, a: bigint, b: bigint, sizeB: number): bigint {
  const field = fields[name]
  if (!field) throw new Error(`${name} of a whole can't be made from its parts`)
  return multiply(field, powerOfX(field, BigInt(sizeB) * 8n), a) ^ b
}

/** Reflected: the highest bit is the coefficient of x^0. */
function multiply({ width, polynomial }: Field, a: bigint, b: bigint): bigint {
  let product = 0n
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= b
    b = b & 1n ? (b >> 1n) ^ polynomial : b >> 1n
  }
  return product
}

function powerOfX(field: Field, exponent: bigint): bigint {
  const one = 1n << BigInt(field.width - 1)
  let result = one
  let square = one >> 1n
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(field, square, result)
    square = multiply(field, square, square)
  }
  return result
}
