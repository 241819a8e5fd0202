import { classOf } from './classes.ts'
import { isNumber } from './numbers.ts'
import { GroovyDecimal, GString } from './value.ts'
import type { Value } from './value.ts'

/** Java's `equals`, unlike `==`, is false between a text and a GString, and between kinds of numbers. */
export function isOtherKind(left: Value, right: Value): boolean {
  const isText = typeof left === 'string' || left instanceof GString
  if (!isText && !isNumber(left)) return false
  if (left instanceof GroovyDecimal && right instanceof GroovyDecimal) {
    return left.scale !== right.scale
  }
  return classOf(left).name !== classOf(right).name
}

/** String.compareTo: how far apart the first letters are that differ, else the lengths. */
export function distance(left: string, right: string): number {
  const most = Math.min(left.length, right.length)
  for (let at = 0; at < most; at += 1) {
    const apart = left.charCodeAt(at) - right.charCodeAt(at)
    if (apart !== 0) return apart
  }
  return left.length - right.length
}
