import { dateMethods } from './date-methods.ts'
import { collectionMethods } from './collection-methods.ts'
import { isThrowable } from './errors.ts'
import { groupingMethods } from './grouping-methods.ts'
import { jsonObjectMethods } from './json-lib-methods.ts'
import { LISTS_ALONE, listMethods } from './list-methods.ts'
import { mapMethods, setMethods } from './map-methods.ts'
import type { Native } from './machine.ts'
import { numberMethods } from './number-methods.ts'
import { isNumber } from './numbers.ts'
import {
  builderMethods,
  closureMethods,
  entryMethods,
  matcherMethods,
  patternMethods,
  randomMethods,
  throwableMethods,
} from './object-methods.ts'
import { rangeItems } from './range.ts'
import { timeMethods } from './time-methods.ts'
import { stringMethods } from './string-methods.ts'
import {
  GroovyArray,
  GroovyBuilder,
  GroovyClosure,
  GroovyDate,
  GroovyMap,
  GroovyMatcher,
  GroovyPattern,
  GroovyRandom,
  GroovyRange,
  GroovySet,
  GroovyTime,
  GString,
  JsonObject,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'
import { toGroovyString } from './print.ts'

type Tables = readonly ReadonlyMap<string, Native>[]

/** The tables to look a method up in, and the value its methods work on. */
function tablesOf(value: Value): { self: Value; tables: Tables } {
  if (typeof value === 'string') return { self: value, tables: [stringMethods, collectionMethods] }
  if (isNumber(value)) return { self: value, tables: [numberMethods] }
  if (Array.isArray(value))
    return { self: value, tables: [listMethods, collectionMethods, groupingMethods] }
  if (value instanceof JsonObject)
    return {
      self: value,
      tables: [jsonObjectMethods, mapMethods, collectionMethods, groupingMethods],
    }
  if (value instanceof GroovyMap)
    return { self: value, tables: [mapMethods, collectionMethods, groupingMethods] }
  if (value instanceof GroovySet)
    return { self: value, tables: [setMethods, collectionMethods, groupingMethods] }
  if (value instanceof GString) {
    return { self: toGroovyString(value), tables: [stringMethods, collectionMethods] }
  }
  if (value instanceof GroovyRange) {
    return { self: rangeItems(value), tables: [listMethods, collectionMethods, groupingMethods] }
  }
  if (value instanceof GroovyClosure) return { self: value, tables: [closureMethods] }
  return { self: value, tables: objectTables(value) }
}

function objectTables(value: Value): Tables {
  if (value === null) return [nullMethods]
  if (value instanceof MapEntryValue) return [entryMethods]
  if (value instanceof GroovyMatcher) return [matcherMethods, collectionMethods]
  if (value instanceof GroovyPattern) return [patternMethods]
  if (value instanceof GroovyDate) return [dateMethods]
  if (value instanceof GroovyTime) return [timeMethods]
  if (value instanceof GroovyBuilder) return [builderMethods]
  if (value instanceof GroovyRandom) return [randomMethods]
  return isThrowable(value) ? [throwableMethods] : []
}

const isOfBytes = ({ component }: GroovyArray, name: string) =>
  component === 'byte' && name === 'encodeBase64'

/** Iterating over null does nothing; anything else on null is a NullPointerException. */
const ON_NULL = ['each', 'eachWithIndex', 'collect', 'find', 'findAll', 'any', 'every', 'iterator']
const nullMethods = new Map(ON_NULL.map((name) => [name, collectionMethods.get(name)!]))

export function findNative(
  value: Value,
  name: string,
): { self: Value; native: Native } | undefined {
  if (value instanceof GroovyArray && LISTS_ALONE.has(name) && !isOfBytes(value, name)) {
    return undefined
  }
  const { self, tables } = tablesOf(value)
  for (const table of tables) {
    const native = table.get(name)
    if (native) return { self, native }
  }
  if (value instanceof GroovyBuilder) {
    const native = stringMethods.get(name)
    if (native) return { self: value.text, native }
  }
  return undefined
}
