import { isNumber } from './numbers.ts'
import { hashOf, toGroovyString } from './print.ts'
import {
  GroovyArray,
  GroovyBigInteger,
  GroovyDecimal,
  GroovyDouble,
  GroovyMap,
  GroovySet,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'

const ofLong = (value: bigint) => Number(BigInt.asIntN(32, value ^ (value >> 32n)))

function ofDouble(value: number): number {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  return bits.getInt32(0) ^ bits.getInt32(4)
}

/** BigInteger.hashCode(): over its words of 32 bits. */
function ofBig(value: bigint): number {
  let hash = 0
  const size = value < 0n ? -value : value
  const words = size.toString(16).length
  for (let at = BigInt(Math.ceil(words / 8) - 1); at >= 0n; at -= 1n) {
    hash = (Math.imul(31, hash) + Number(BigInt.asIntN(32, size >> (32n * at)))) | 0
  }
  return value < 0n ? -hash : hash
}

/** `hashCode()` of Java's own classes; of anything else the hash of its text. */
export function javaHash(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'boolean') return value ? 1231 : 1237
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return ofLong(value)
  if (value instanceof GroovyDouble) return ofDouble(value.value)
  if (value instanceof GroovyDecimal) return (31 * ofBig(value.unscaled) + value.scale) | 0
  if (value instanceof GroovyBigInteger) return ofBig(value.value)
  if (isNumber(value)) return 0
  if (value instanceof GroovyArray) return hashOf(toGroovyString(value))
  if (Array.isArray(value)) {
    return value.reduce<number>((hash, each) => (Math.imul(31, hash) + javaHash(each)) | 0, 1)
  }
  if (value instanceof GroovySet)
    return [...value].reduce<number>((sum, each) => sum + javaHash(each), 0) | 0
  if (value instanceof GroovyMap) {
    return [...value].reduce((sum, [key, each]) => sum + (javaHash(key) ^ javaHash(each)), 0) | 0
  }
  if (value instanceof MapEntryValue) {
    return javaHash(value.key) ^ javaHash(value.map.get(value.key) ?? null)
  }
  return hashOf(toGroovyString(value))
}
