import { hostError } from './errors.ts'
import { isNumber, toDouble, toInt } from './numbers.ts'
import { GroovyRange } from './value.ts'
import type { Value } from './value.ts'

const MAX_RANGE = 5_000_000

/** The values of a range, counting down when its bounds do. */
export function rangeItems(range: GroovyRange): Value[] {
  const texts = typeof range.from === 'string' && typeof range.to === 'string'
  const from = texts ? (range.from as string).charCodeAt(0) : bound(range.from)
  const to = texts ? (range.to as string).charCodeAt(0) : bound(range.to)
  const step = from <= to ? 1 : -1
  const count = Math.abs(to - from) + (range.exclusive ? 0 : 1)
  if (count > MAX_RANGE) throw hostError('java.lang.OutOfMemoryError', 'Java heap space')
  const items = Array.from({ length: count }, (_, at) => from + at * step)
  return texts ? items.map((code) => String.fromCharCode(code)) : items
}

function bound(value: Value): number {
  if (!isNumber(value)) {
    throw hostError(
      'java.lang.IllegalArgumentException',
      'range bounds must be numbers or characters',
    )
  }
  return toInt(value)
}

export function rangeContains(range: GroovyRange, value: Value): boolean {
  if (typeof range.from === 'string') return rangeItems(range).includes(value)
  if (!isNumber(value) || !isNumber(range.from) || !isNumber(range.to)) return false
  const at = toDouble(value)
  const from = toDouble(range.from)
  const to = toDouble(range.to)
  if (range.exclusive && at === to) return false
  return Number.isInteger(at) && at >= Math.min(from, to) && at <= Math.max(from, to)
}
