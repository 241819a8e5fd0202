import { dateMethods } from './date-methods.ts'
import { collectionMethods } from './collection-methods.ts'
import { bigMethods, decimalMethods } from './decimal-methods.ts'
import { dequeMethods } from './deque-methods.ts'
import { groovyCompare } from './equality.ts'
import { hostError, isThrowable } from './errors.ts'
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
  throwableMethods,
} from './object-methods.ts'
import { randomMethods } from './random-methods.ts'
import { rangeItems } from './range.ts'
import { timeMethods } from './time-methods.ts'
import { stringMethods } from './string-methods.ts'
import {
  FixedList,
  GroovyArray,
  GroovyBigInteger,
  GroovyBuilder,
  GroovyClosure,
  GroovyDate,
  GroovyDecimal,
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
  OtherList,
} from './value.ts'
import type { Value } from './value.ts'
import { toGroovyString } from './print.ts'
import { treeMapMethods, treeSetMethods } from './tree-methods.ts'

type Tables = readonly ReadonlyMap<string, Native>[]

/** What every object has that may be gone over. */
const ON_OBJECTS =
  'each eachWithIndex collect find findAll findResult any every inject findIndexOf findLastIndexOf ' +
  'findIndexValues grep split iterator'
const ofTexts = new Map(ON_OBJECTS.split(' ').map((name) => [name, collectionMethods.get(name)!]))

/** What would make a list longer or shorter, of one that keeps its length. */
const FIXED = new Set(
  (
    'add addAll remove removeAt removeElement removeAll removeIf removeLast retainAll clear push ' +
    'pop leftShift'
  ).split(' '),
)
const fixedMethods: ReadonlyMap<string, Native> = new Map(
  [...FIXED].map((name) => [
    name,
    () => {
      throw hostError('java.lang.UnsupportedOperationException', null)
    },
  ]),
)

const bound =
  (which: 'from' | 'to'): Native =>
  (self) => {
    const items = rangeItems(self as GroovyRange)
    const [least, most] =
      groovyCompare(items[0] ?? null, items.at(-1) ?? null) > 0 ? [-1, 0] : [0, -1]
    return items.at(which === 'from' ? least : most) ?? null
  }

const rangeMethods: ReadonlyMap<string, Native> = new Map<string, Native>([
  ['isReverse', (self) => self instanceof GroovyRange && groovyCompare(self.from, self.to) > 0],
  ['getFrom', bound('from')],
  ['getTo', bound('to')],
])

/** The tables to look a method up in, and the value its methods work on. */
function tablesOf(value: Value, name: string): { self: Value; tables: Tables } {
  if (typeof value === 'string') return { self: value, tables: [stringMethods, ofTexts] }
  if (isNumber(value)) return { self: value, tables: numberTables(value) }
  if (value instanceof OtherList)
    return {
      self: value,
      tables: [dequeMethods, listMethods, collectionMethods, groupingMethods],
    }
  if (value instanceof FixedList && FIXED.has(name)) return { self: value, tables: [fixedMethods] }
  if (Array.isArray(value))
    return { self: value, tables: [listMethods, collectionMethods, groupingMethods] }
  if (value instanceof JsonObject)
    return {
      self: value,
      tables: [jsonObjectMethods, mapMethods, collectionMethods, groupingMethods],
    }
  if (value instanceof GroovyMap) {
    const own = value.javaClass === 'java.util.TreeMap' ? [treeMapMethods] : []
    return { self: value, tables: [...own, mapMethods, collectionMethods, groupingMethods] }
  }
  if (value instanceof GroovySet) {
    const own = value.javaClass === 'java.util.TreeSet' ? [treeSetMethods] : []
    return { self: value, tables: [...own, setMethods, collectionMethods, groupingMethods] }
  }
  if (value instanceof GString) {
    return { self: toGroovyString(value), tables: [stringMethods, ofTexts] }
  }
  if (value instanceof GroovyRange) {
    if (FIXED.has(name)) return { self: value, tables: [fixedMethods] }
    if (rangeMethods.has(name)) return { self: value, tables: [rangeMethods] }
    return { self: rangeItems(value), tables: [listMethods, collectionMethods, groupingMethods] }
  }
  if (value instanceof GroovyClosure) return { self: value, tables: [closureMethods] }
  return { self: value, tables: objectTables(value) }
}

function numberTables(value: Value): Tables {
  if (value instanceof GroovyDecimal) return [decimalMethods, numberMethods]
  return value instanceof GroovyBigInteger ? [bigMethods, numberMethods] : [numberMethods]
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
  const { self, tables } = tablesOf(value, name)
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
