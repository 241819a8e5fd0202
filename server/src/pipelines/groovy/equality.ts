import { classOf } from './classes.ts'
import { hostError } from './errors.ts'
import { compareNumbers, isNumber, numberText } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { rangeItems } from './range.ts'
import {
  GroovyDate,
  GroovyTime,
  GroovyMap,
  GroovyPattern,
  GroovyRange,
  GroovySet,
  GString,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'

/** Groovy's `==` for values without a script-defined equals(). */
export function groovyEquals(left: Value, right: Value): boolean {
  if (left === right) return true
  if (left === null || right === null) return false
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right) === 0
  if (isText(left) && isText(right)) return toGroovyString(left) === toGroovyString(right)
  if (left instanceof GroovyRange) return groovyEquals(rangeItems(left), right)
  if (right instanceof GroovyRange) return groovyEquals(left, rangeItems(right))
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => groovyEquals(item, right[at]!))
  }
  if (left instanceof GroovyMap && right instanceof GroovyMap) return mapsEqual(left, right)
  if (left instanceof GroovySet && right instanceof GroovySet) {
    return left.size === right.size && [...left].every((item) => setHas(right, item))
  }
  if (left instanceof GroovyDate && right instanceof GroovyDate) return left.ms === right.ms
  if (left instanceof GroovyTime && right instanceof GroovyTime) return sameTime(left, right)
  if (left instanceof MapEntryValue && right instanceof MapEntryValue) {
    return groovyEquals(left.key, right.key) && groovyEquals(entryValue(left), entryValue(right))
  }
  return (
    left instanceof GroovyPattern && right instanceof GroovyPattern && left.source === right.source
  )
}

/** Java's own `equals`, by which lists look things up: a text with values in it is no plain text. */
export function javaEquals(left: Value, right: Value): boolean {
  return left instanceof GString === right instanceof GString && groovyEquals(left, right)
}

function mapsEqual(left: GroovyMap, right: GroovyMap): boolean {
  if (left.size !== right.size) return false
  return [...left].every(([key, value]) => {
    const other = mapGet(right, key)
    return other !== undefined && groovyEquals(value, other)
  })
}

export function entryValue(entry: MapEntryValue): Value {
  return mapGet(entry.map, entry.key) ?? null
}

function isText(value: Value): value is string | GString {
  return typeof value === 'string' || value instanceof GString
}

/** The key that a JS Map compares as Groovy would, or the equal key already there. */
function storedKey(keys: { has(key: Value): boolean; keys(): Iterable<Value> }, key: Value): Value {
  if (key === null || typeof key !== 'object' || keys.has(key)) return key
  for (const known of keys.keys()) {
    const comparable = known !== null && typeof known === 'object'
    if (comparable && classOf(known) === classOf(key) && groovyEquals(known, key)) return known
  }
  return key
}

/** Undefined when the key is absent (a key may be there with the value null). */
export function mapGet(map: GroovyMap, key: Value): Value | undefined {
  return map.get(storedKey(map, key))
}

export function mapPut(map: GroovyMap, key: Value, value: Value): void {
  map.set(storedKey(map, key), value)
}

export function mapHas(map: GroovyMap, key: Value): boolean {
  return map.has(storedKey(map, key))
}

export function mapRemove(map: GroovyMap, key: Value): Value {
  const stored = storedKey(map, key)
  const value = map.get(stored) ?? null
  map.delete(stored)
  return value
}

export function setHas(set: GroovySet, item: Value): boolean {
  return set.has(storedKey(set, item))
}

export function setAdd(set: GroovySet, item: Value): boolean {
  const before = set.size
  set.add(storedKey(set, item))
  return set.size > before
}

export function setOf(items: Iterable<Value>): GroovySet {
  const set = new GroovySet()
  for (const item of items) setAdd(set, item)
  return set
}

/** Groovy's `<=>`: null first; unlike things are an error. */
export function groovyCompare(left: Value, right: Value): number {
  if (left === right) return 0
  if (left === null) return -1
  if (right === null) return 1
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right)
  if (isText(left) && isText(right)) return compareText(toGroovyString(left), toGroovyString(right))
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  if (left instanceof GroovyDate && right instanceof GroovyDate)
    return Math.sign(left.ms - right.ms)
  if (left instanceof GroovyTime && right instanceof GroovyTime)
    return Math.sign(left.ms - right.ms)
  if (groovyEquals(left, right)) return 0
  const [a, b] = [oneCharacter(left), oneCharacter(right)]
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b)
  const shown = isNumber(right) ? numberText(right) : toGroovyString(right)
  const kind = (isNumber(left) || isText(left)) && (isNumber(right) || isText(right))
  throw hostError(
    kind ? 'java.lang.IllegalArgumentException' : 'groovy.lang.GroovyRuntimeException',
    `Cannot compare ${classOf(left).name} with value '${toGroovyString(left)}' and ` +
      `${classOf(right).name} with value '${shown}'`,
  )
}

function sameTime(left: GroovyTime, right: GroovyTime): boolean {
  return left.kind === right.kind && left.ms === right.ms && left.zone === right.zone
}

/** A text of one character is compared with a number by its code. */
function oneCharacter(value: Value): Value {
  return typeof value === 'string' && value.length === 1 ? value.charCodeAt(0) : value
}

/** Java's compareTo answers a difference; scripts see it through `<=>`, so its size matters little. */
function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
