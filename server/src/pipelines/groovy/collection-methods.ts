import { groovyEquals, javaEquals, mapHas, mapPut, setAdd, setHas, setOf } from './equality.ts'
import { hashSet } from './arranged.ts'
import { hostError, illegalArgument, missingMethod, missingProperty } from './errors.ts'
import { itemsOf } from './items.ts'
import { iteratorOver } from './iterators.ts'
import type { Frame, Machine, Native, Run } from './machine.ts'
import { arg } from './machine.ts'
import { arithmetic, isNumber, toInt } from './numbers.ts'
import { order, sorted, closureArity } from './ordering.ts'
import {
  GroovyArray,
  GroovyClosure,
  GroovyMap,
  GroovyObject,
  GroovySet,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'
import { entryValue } from './equality.ts'

// What lists, sets, ranges, maps (as entries) and matchers share: everything that only walks.

/** Calls with (key, value) when the item is a map entry and the closure takes two. */
export function callItem(
  closure: Value,
  item: Value,
  machine: Machine,
  frame: Frame,
  extra: Value[] = [],
): Run {
  if (item instanceof MapEntryValue && closure instanceof GroovyClosure) {
    if (closureArity(closure) === 2 + extra.length) {
      return machine.call(closure, [item.key, entryValue(item), ...extra], frame)
    }
  }
  return machine.call(closure, [item, ...extra], frame)
}

function* passes(test: Value, item: Value, machine: Machine, frame: Frame): Run<boolean> {
  if (test === null) return yield* machine.truth(item, frame)
  return yield* machine.truth(yield* callItem(test, item, machine, frame), frame)
}

/** findAll of a map is a map, of a set a set. */
function likeSource(source: Value, items: Value[]): Value {
  if (source instanceof GroovySet) return setOf(items)
  if (!(source instanceof GroovyMap)) return items
  const map = new GroovyMap()
  for (const item of items)
    if (item instanceof MapEntryValue) mapPut(map, item.key, entryValue(item))
  return map
}

function walk(self: Value): Value[] {
  return [...(itemsOf(self) ?? [self])]
}

const each: Native = function* (self, args, machine, frame) {
  for (const item of walk(self)) yield* callItem(arg(args, 0), item, machine, frame)
  return self
}

const eachWithIndex: Native = function* (self, args, machine, frame) {
  for (const [at, item] of walk(self).entries()) {
    yield* callItem(arg(args, 0), item, machine, frame, [at])
  }
  return self
}

const collect: Native = function* (self, args, machine, frame) {
  const into = args.length > 1 ? arg(args, 0) : null
  const out: Value[] = Array.isArray(into) ? into : []
  const closure = args.at(-1) ?? null
  for (const item of walk(self)) {
    out.push(closure === null ? item : yield* callItem(closure, item, machine, frame))
  }
  return into instanceof GroovySet ? addedTo(into, out) : out
}

function addedTo(set: GroovySet, items: Value[]): GroovySet {
  for (const item of items) setAdd(set, item)
  return set
}

const collectMany: Native = function* (self, args, machine, frame) {
  const out: Value[] = args.length > 1 && Array.isArray(args[0]) ? args[0] : []
  for (const item of walk(self)) {
    out.push(...(itemsOf(yield* callItem(args.at(-1) ?? null, item, machine, frame)) ?? []))
  }
  return out
}

/** Groovy 2.4 takes an array for an entry; transformed code fails before it asks for the key. */
function noEntry(made: GroovyArray, closure: Value): Error {
  const isTransformed = closure instanceof GroovyClosure && !closure.isPlain
  return isTransformed
    ? missingProperty('Entry', 'java.util.Map')
    : missingMethod('getKey', made.javaName, [], [])
}

const collectEntries: Native = function* (self, args, machine, frame) {
  const map = args[0] instanceof GroovyMap ? args[0] : new GroovyMap()
  const closure = args.find((given) => given instanceof GroovyClosure) ?? null
  for (const item of walk(self)) {
    const made = closure === null ? item : yield* callItem(closure, item, machine, frame)
    if (made instanceof GroovyMap) for (const [key, value] of made) mapPut(map, key, value)
    else if (made instanceof MapEntryValue) mapPut(map, made.key, entryValue(made))
    else if (made instanceof GroovyArray) throw noEntry(made, closure)
    else if (Array.isArray(made)) mapPut(map, arg(made, 0), arg(made, 1))
    else throw illegalArgument('collectEntries needs a map or a list of two')
  }
  return map
}

const find: Native = function* (self, args, machine, frame) {
  for (const item of walk(self)) {
    if (yield* passes(arg(args, 0), item, machine, frame)) return item
  }
  return null
}

const findResult: Native = function* (self, args, machine, frame) {
  for (const item of walk(self)) {
    const result = yield* callItem(args.at(-1) ?? null, item, machine, frame)
    if (result !== null) return result
  }
  return args.length > 1 ? arg(args, 0) : null
}

const findResults: Native = function* (self, args, machine, frame) {
  const out: Value[] = []
  for (const item of walk(self)) {
    const result = yield* callItem(arg(args, 0), item, machine, frame)
    if (result !== null) out.push(result)
  }
  return out
}

function* select(self: Value, test: Value, keep: boolean, machine: Machine, frame: Frame): Run {
  const out: Value[] = []
  for (const item of walk(self)) {
    if ((yield* passes(test, item, machine, frame)) === keep) out.push(item)
  }
  return likeSource(self, out)
}

const split: Native = function* (self, args, machine, frame) {
  const yes: Value[] = []
  const no: Value[] = []
  for (const item of walk(self)) {
    const side = (yield* passes(arg(args, 0), item, machine, frame)) ? yes : no
    side.push(item)
  }
  return [yes, no]
}

const any: Native = function* (self, args, machine, frame) {
  for (const item of walk(self)) if (yield* passes(arg(args, 0), item, machine, frame)) return true
  return false
}

const every: Native = function* (self, args, machine, frame) {
  for (const item of walk(self)) {
    if (!(yield* passes(arg(args, 0), item, machine, frame))) return false
  }
  return true
}

const inject: Native = function* (self, args, machine, frame) {
  const items = walk(self)
  if (args.length === 1 && items.length === 0) {
    throw hostError(
      'java.util.NoSuchElementException',
      'Cannot call inject() on an empty collection without passing an initial value.',
    )
  }
  let result = args.length > 1 ? arg(args, 0) : items.shift()!
  const closure = args.at(-1) ?? null
  for (const item of items) {
    const pair = item instanceof MapEntryValue && closure instanceof GroovyClosure
    const call = pair && closureArity(closure) === 3
    result = call
      ? yield* machine.call(closure, [result, item.key, entryValue(item)], frame)
      : yield* machine.call(closure, [result, item], frame)
  }
  return result
}

const count: Native = function* (self, args, machine, frame) {
  let found = 0
  const wanted = arg(args, 0)
  for (const item of walk(self)) {
    const hit =
      wanted instanceof GroovyClosure
        ? yield* passes(wanted, item, machine, frame)
        : groovyEquals(item, wanted)
    if (hit) found += 1
  }
  return found
}

const sum: Native = function* (self, args, machine, frame) {
  const closure = args.find((each) => each instanceof GroovyClosure) ?? null
  let total: Value = args.find((each) => !(each instanceof GroovyClosure)) ?? null
  for (const item of walk(self)) {
    const value = closure ? yield* callItem(closure, item, machine, frame) : item
    if (total === null) total = value
    else if (isNumber(total) && isNumber(value)) total = arithmetic('+', total, value)
    else total = yield* machine.method(total, 'plus', [value], frame)
  }
  return total
}

function extreme(sign: 1 | -1): Native {
  return function* (self, args, machine, frame) {
    let best: Value = null
    for (const [at, item] of walk(self).entries()) {
      const better = at === 0 || (yield* order(item, best, arg(args, 0), machine, frame)) * sign > 0
      if (better) best = item
    }
    return best
  }
}

const join: Native = function* (self, args, machine, frame) {
  const separator = arg(args, 0) === null ? '' : yield* machine.text(arg(args, 0), frame)
  const texts: string[] = []
  for (const item of walk(self)) texts.push(yield* machine.text(item, frame))
  const text = texts.join(separator)
  machine.checkLength(text.length)
  return text
}

const unique: Native = function* (self, args, machine, frame) {
  const kept: Value[] = []
  const by = args.find((each) => each instanceof GroovyClosure) ?? null
  for (const item of walk(self)) {
    let seen = false
    for (const other of kept) {
      const same =
        by === null
          ? yield* machine.equal(item, other, frame)
          : (yield* order(item, other, by, machine, frame)) === 0
      if (same) {
        seen = true
        break
      }
    }
    if (!seen) kept.push(item)
  }
  if (Array.isArray(self) && args[0] !== false) self.splice(0, self.length, ...kept)
  return Array.isArray(self) && args[0] !== false ? self : kept
}

const sort: Native = function* (self, args, machine, frame) {
  const by = args.find((each) => each instanceof GroovyClosure) ?? null
  const out = yield* sorted(walk(self), by, machine, frame)
  if (!Array.isArray(self) || args[0] === false) return out
  self.splice(0, self.length, ...out)
  return self
}

const toSorted: Native = (self, args, machine, frame) =>
  sorted(walk(self), arg(args, 0), machine, frame)

function indexWhere(fromEnd: boolean): Native {
  return function* (self, args, machine, frame) {
    const items = walk(self)
    const from = args.length > 1 && isNumber(args[0]) ? toInt(args[0]) : 0
    const indexes = [...items.keys()].slice(from)
    for (const at of fromEnd ? indexes.reverse() : indexes) {
      if (yield* passes(args.at(-1) ?? null, items[at]!, machine, frame)) return at
    }
    return -1
  }
}

const findIndexValues: Native = function* (self, args, machine, frame) {
  const from = args.length > 1 && isNumber(args[0]) ? toInt(args[0]) : 0
  const out: Value[] = []
  for (const [at, item] of walk(self).entries()) {
    if (at < from) continue
    if (yield* passes(args.at(-1) ?? null, item, machine, frame)) out.push(BigInt(at))
  }
  return out
}

const reverseEach: Native = function* (self, args, machine, frame) {
  for (const item of walk(self).reverse()) yield* callItem(arg(args, 0), item, machine, frame)
  return self
}

/** What `test` accepts, as `switch` asks it: a pattern, a class, a list or a closure. */
const grep: Native = function* (self, args, machine, frame) {
  if (args.length === 0) return yield* select(self, null, true, machine, frame)
  const out: Value[] = []
  for (const item of walk(self)) {
    const test = arg(args, 0)
    const hit =
      test instanceof GroovyClosure
        ? yield* passes(test, item, machine, frame)
        : yield* machine.isCase(test, item, frame)
    if (hit) out.push(item)
  }
  return likeSource(self, out)
}

const takeWhile: Native = function* (self, args, machine, frame) {
  const out: Value[] = []
  for (const item of walk(self)) {
    if (!(yield* passes(arg(args, 0), item, machine, frame))) break
    out.push(item)
  }
  return likeSource(self, out)
}

const dropWhile: Native = function* (self, args, machine, frame) {
  const items = walk(self)
  let from = 0
  while (from < items.length && (yield* passes(arg(args, 0), items[from]!, machine, frame)))
    from += 1
  return likeSource(self, items.slice(from))
}

function first(self: Value, which: string): Value {
  const items = walk(self)
  if (items.length > 0) return items[0]!
  throw hostError(
    'java.util.NoSuchElementException',
    // Groovy's own head() is first().
    `Cannot access ${which === 'head' ? 'first' : which}() element from an empty List`,
  )
}

function amount(args: Value[]): number {
  const value = arg(args, 0)
  return isNumber(value) ? Math.max(0, toInt(value)) : 0
}

function contains(self: Value, value: Value): boolean {
  if (self instanceof GroovySet) return setHas(self, value)
  if (self instanceof GroovyMap) return mapHas(self, value)
  return walk(self).some((item) => javaEquals(item, value))
}

export const collectionMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries({
    each,
    forEach: each,
    eachWithIndex,
    collect,
    collectMany,
    collectEntries,
    find,
    findResult,
    findResults,
    findAll: (self, args, machine, frame) => select(self, arg(args, 0), true, machine, frame),
    grep,
    findIndexValues,
    reverseEach,
    split,
    any,
    every,
    inject,
    count,
    sum,
    max: extreme(1),
    min: extreme(-1),
    join,
    unique,
    sort,
    toSorted,
    toUnique: (self, _args, machine, frame) => unique(walk(self), [false], machine, frame, null),
    findIndexOf: indexWhere(false),
    findLastIndexOf: indexWhere(true),
    takeWhile,
    dropWhile,
    first: (self) => first(self, 'first'),
    head: (self) => first(self, 'head'),
    take: (self, args) => likeSource(self, walk(self).slice(0, amount(args))),
    drop: (self, args) => likeSource(self, walk(self).slice(amount(args))),
    size: (self) => walk(self).length,
    isEmpty: (self) => walk(self).length === 0,
    contains: function* (self, args, machine, frame) {
      const wanted = arg(args, 0)
      if (!(wanted instanceof GroovyObject) || !Array.isArray(self)) return contains(self, wanted)
      for (const item of self) if (yield* machine.equal(wanted, item, frame)) return true
      return false
    },
    containsAll: (self, args) => walk(arg(args, 0)).every((item) => contains(self, item)),
    disjoint: (self, args) => !walk(arg(args, 0)).some((item) => contains(self, item)),
    toList: (self) => walk(self),
    asList: (self) => walk(self),
    toSet: (self) => hashSet(walk(self), walk(self).length),
    iterator: (self) => iteratorOver(self, walk(self)),
    listIterator: (self) => iteratorOver(self, walk(self), 'java.util.ListIterator'),
    indexed: (self, args) => {
      const map = new GroovyMap()
      const from = isNumber(args[0]) ? toInt(args[0]) : 0
      for (const [at, item] of walk(self).entries()) map.set(from + at, item)
      return map
    },
  } satisfies Record<string, Native>),
)
