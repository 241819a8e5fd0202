import { compareNumbers } from './number.ts'
import type { Value } from './item-types.ts'
import { contentOf, typeOf } from './value.ts'

/** Equality as conditions see it: same type, same content; sets without regard to order. */
export function sameValue(a: Value, b: Value): boolean {
  const type = typeOf(a)
  if (type !== typeOf(b)) return false
  if (type === 'B') return Buffer.compare(a.B!, b.B!) === 0
  if (type === 'SS' || type === 'NS') return sameSet(a[type]!, b[type]!)
  if (type === 'BS') return sameSet(a.BS!.map(latin1), b.BS!.map(latin1))
  if (type === 'L') {
    return a.L!.length === b.L!.length && a.L!.every((inner, i) => sameValue(inner, b.L![i]!))
  }
  if (type === 'M') return sameMap(a.M!, b.M!)
  return contentOf(a) === contentOf(b)
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

const sameSet = (a: string[], b: string[]) =>
  a.length === b.length && new Set([...a, ...b]).size === a.length

function sameMap(a: Record<string, Value>, b: Record<string, Value>): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => b[name] !== undefined && sameValue(a[name]!, b[name]))
}

/** Order of two scalars of one type; undefined where there is none. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a.S !== undefined && b.S !== undefined) {
    // Order is that of UTF-8 bytes, which differs from UTF-16's beyond the basic plane.
    return a.S === b.S ? 0 : Buffer.compare(Buffer.from(a.S), Buffer.from(b.S))
  }
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N)
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B)
  return undefined
}

export function beginsWith(value: Value, prefix: Value): boolean {
  if (value.S !== undefined && prefix.S !== undefined) return value.S.startsWith(prefix.S)
  if (value.B === undefined || prefix.B === undefined) return false
  return Buffer.compare(value.B.subarray(0, prefix.B.byteLength), prefix.B) === 0
}

/** A substring, a set's member or a list's element. */
export function containsValue(value: Value, part: Value): boolean {
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S)
  if (value.B !== undefined) {
    return part.B !== undefined && Buffer.from(value.B).includes(Buffer.from(part.B))
  }
  if (value.SS) return part.S !== undefined && value.SS.includes(part.S)
  if (value.NS) return part.N !== undefined && value.NS.includes(part.N)
  if (value.BS) return part.B !== undefined && value.BS.some((b) => !Buffer.compare(b, part.B!))
  return value.L !== undefined && value.L.some((inner) => sameValue(inner, part))
}
