import { groovyEquals, javaEquals, setOf } from './equality.ts'
import { type GroovyError, hostError, indexOutOfBounds } from './errors.ts'
import { itemsOf } from './items.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toInt } from './numbers.ts'
import { rangeItems } from './range.ts'
import { toGroovyString } from './print.ts'
import { GroovyArray, GroovyClosure, GroovyRange } from './value.ts'
import { unmodifiable } from './unmodifiable.ts'
import type { Value } from './value.ts'

// What only lists (arrays) do: by index, in place, or in a given order.

type ListNative = (
  self: Value[],
  args: Value[],
  ...rest: Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
) => ReturnType<Native>

function intArg(args: Value[], at: number, fallback = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toInt(value) : fallback
}

function others(args: Value[]): Value[] {
  const value = arg(args, 0)
  return Array.isArray(value) ? value : value === null ? [null] : (itemsOf(value) ?? [value])
}

/** Of lists and texts: an index that counts from the end beyond the beginning. */
export function tooNegative(index: number, length: number): GroovyError {
  const text = `Negative array index [${index}] too large for array size ${length}`
  return hostError('java.lang.ArrayIndexOutOfBoundsException', text)
}

/** `list[i]`: a negative index counts from the end, one past the end is null. */
export function listGet(list: Value[], index: number): Value {
  const at = index < 0 ? list.length + index : index
  if (at < 0) throw tooNegative(index, list.length)
  if (at >= list.length && list instanceof GroovyArray) throw outOfArray(at, list.length)
  return list[at] ?? null
}

function outOfArray(at: number, length: number): GroovyError {
  const text = `Index ${at} out of bounds for length ${length}`
  return hostError('java.lang.ArrayIndexOutOfBoundsException', text)
}

export function listSlice(list: Value[], range: GroovyRange): Value[] {
  const from = place(range.from, list.length)
  const to = place(range.to, list.length)
  const indexes = rangeItems(new GroovyRange(from, to, range.exclusive)) as number[]
  if (indexes.some((at) => at >= list.length)) {
    throw indexOutOfBounds(`toIndex = ${Math.max(from, to) + 1}`)
  }
  return indexes.map((at) => list[at] ?? null)
}

export function place(bound: Value, length: number): number {
  const at = isNumber(bound) ? toInt(bound) : 0
  return at < 0 ? length + at : at
}

/** `list[i] = v` grows the list with nulls. */
export function listPut(list: Value[], index: number, value: Value): void {
  const at = index < 0 ? list.length + index : index
  if (at < 0) throw tooNegative(index, list.length)
  if (at >= list.length && list instanceof GroovyArray) throw outOfArray(at, list.length)
  while (list.length < at) list.push(null)
  list[at] = value
}

function filled(list: Value[], name: string, kind: string): Value[] {
  if (list.length > 0) return list
  const text = `Cannot access ${name}() for an empty ${kind}`
  throw hostError('java.util.NoSuchElementException', text)
}

/** Java's get(): strict at both ends. */
function strictGet(list: Value[], index: number): Value {
  if (index >= 0 && index < list.length) return list[index]!
  throw indexOutOfBounds(`Index ${index} out of bounds for length ${list.length}`)
}

function add(self: Value[], args: Value[]): Value {
  if (args.length === 1) self.push(args[0]!)
  else if (intArg(args, 0) > self.length || intArg(args, 0) < 0) {
    throw indexOutOfBounds(`Index: ${intArg(args, 0)}, Size: ${self.length}`)
  } else self.splice(intArg(args, 0), 0, arg(args, 1))
  return true
}

function remove(self: Value[], args: Value[]): Value {
  const what = arg(args, 0)
  if (typeof what === 'number') {
    const value = strictGet(self, what)
    self.splice(what, 1)
    return value
  }
  const at = self.findIndex((item) => javaEquals(item, what))
  if (at >= 0) self.splice(at, 1)
  return at >= 0
}

export function listMinus(self: Value[], removed: Value): Value[] {
  const list = removed === null ? null : itemsOf(removed)
  const drop = list && typeof removed !== 'string' ? list : [removed]
  return self.filter((item) => !drop.some((each) => groovyEquals(each, item)))
}

export function flatten(items: Value[]): Value[] {
  return items.flatMap((item) => {
    if (item instanceof GroovyRange) return rangeItems(item)
    return Array.isArray(item) ? flatten(item) : [item]
  })
}

/** `collate(size, step, keepRemainder)`. */
function collate(self: Value[], args: Value[]): Value[] {
  const size = intArg(args, 0, 1)
  if (size <= 0) return [self]
  const by = Math.max(1, isNumber(args[1]) ? toInt(args[1]) : size)
  const out: Value[] = []
  for (let at = 0; at < self.length; at += by) {
    if (args.at(-1) === false && at + size > self.length) break
    out.push(self.slice(at, at + size))
  }
  return out
}

const flattenWith: ListNative = function* (self, args, machine, frame) {
  const closure = arg(args, 0)
  if (!(closure instanceof GroovyClosure)) return flatten(self)
  const out: Value[] = []
  for (const item of flatten(self)) {
    const made = yield* machine.call(closure, [item], frame)
    if (Array.isArray(made)) out.push(...flatten(made))
    else out.push(made)
  }
  return out
}

function transpose(self: Value[]): Value[] {
  const lists = self.map((each) => (Array.isArray(each) ? each : []))
  const shortest = Math.min(...lists.map((list) => list.length))
  return Array.from({ length: lists.length === 0 ? 0 : shortest }, (_, at) =>
    lists.map((list) => list[at]!),
  )
}

function last(self: Value[], which: string): Value {
  if (self.length > 0) return self.at(-1)!
  throw hostError(
    'java.util.NoSuchElementException',
    `Cannot access ${which}() element from an empty List`,
  )
}

/** Keeps the items that are (or are not) among those given, or that a closure accepts. */
function keeping(wanted: boolean): ListNative {
  return function* (self, args, machine, frame) {
    const test = arg(args, 0)
    const kept: Value[] = []
    for (const item of self) {
      const hit =
        test instanceof GroovyClosure
          ? yield* machine.truth(yield* machine.call(test, [item], frame), frame)
          : others(args).some((each) => groovyEquals(each, item))
      if (hit === wanted) kept.push(item)
    }
    const changed = kept.length !== self.length
    self.splice(0, self.length, ...kept)
    return changed
  }
}

const methods: Record<string, ListNative> = {
  add,
  push: add,
  leftShift: (self, args) => {
    self.push(arg(args, 0))
    return self
  },
  addAll: (self, args) => {
    const index = args.length > 1 ? intArg(args, 0) : self.length
    self.splice(index, 0, ...(itemsOf(args.at(-1) ?? null) ?? []))
    return true
  },
  remove,
  removeAt: (self, args) => remove(self, [intArg(args, 0)]),
  removeElement: (self, args) => {
    const at = self.findIndex((item) => groovyEquals(item, arg(args, 0)))
    if (at >= 0) self.splice(at, 1)
    return at >= 0
  },
  removeAll: keeping(false),
  removeIf: keeping(false),
  removeLast: (self) => self.pop() ?? null,
  retainAll: keeping(true),
  clear: (self) => {
    self.length = 0
    return null
  },
  pop: (self) => {
    if (self.length === 0)
      throw hostError('java.util.NoSuchElementException', 'Cannot pop() an empty List')
    return self.pop()!
  },
  get: (self, args) => strictGet(self, intArg(args, 0)),
  set: (self, args) => {
    const before = strictGet(self, intArg(args, 0))
    self[intArg(args, 0)] = arg(args, 1)
    return before
  },
  putAt: (self, args) => {
    listPut(self, intArg(args, 0), arg(args, 1))
    return null
  },
  plus: (self, args) => [...self, ...others(args)],
  minus: (self, args) => listMinus(self, arg(args, 0)),
  multiply: (self, args, machine) => {
    if (intArg(args, 0) < 0) {
      throw hostError(
        'java.lang.IllegalArgumentException',
        `Illegal Capacity: ${self.length * intArg(args, 0)}`,
      )
    }
    machine.checkEntries(self.length * intArg(args, 0))
    return Array.from({ length: intArg(args, 0) }, () => self).flat()
  },
  intersect: (self, args) => {
    const keep = others(args)
    return self.filter((item) => keep.some((each) => groovyEquals(each, item)))
  },
  indexOf: (self, args) => self.findIndex((item) => javaEquals(item, arg(args, 0))),
  lastIndexOf: (self, args) => self.findLastIndex((item) => javaEquals(item, arg(args, 0))),
  subList: (self, args) => {
    const [from, to] = [intArg(args, 0), intArg(args, 1)]
    if (from < 0 || to > self.length) {
      throw indexOutOfBounds(from < 0 ? `fromIndex = ${from}` : `toIndex = ${to}`)
    }
    if (from > to) {
      throw hostError('java.lang.IllegalArgumentException', `fromIndex(${from}) > toIndex(${to})`)
    }
    return self.slice(from, to)
  },
  last: (self) => last(self, 'last'),
  tail: (self) => filled(self, 'tail', 'iterable').slice(1),
  init: (self) => filled(self, 'init', 'Iterable').slice(0, -1),
  toListString: (self) => toGroovyString(self),
  takeRight: (self, args) => self.slice(Math.max(0, self.length - intArg(args, 0))),
  dropRight: (self, args) => self.slice(0, Math.max(0, self.length - intArg(args, 0))),
  reverse: (self, args) => {
    if (args[0] === true) return self.reverse()
    return [...self].reverse()
  },
  flatten: flattenWith,
  asImmutable: (self) => unmodifiable(self),
  asSynchronized: (self) => self,
  asUnmodifiable: (self) => unmodifiable(self),
  toArray: (self) => GroovyArray.holding('java.lang.Object', self),
  clone: (self) => [...self],
  distinct: (self) => [...setOf(self)],
  /** Of bytes. */
  encodeBase64: (self) => Buffer.from(self.map(Number)).toString('base64'),
  encodeHex: (self) => Buffer.from(self.map(Number)).toString('hex'),
  collate,
  transpose: (self) => transpose(self),
  step: function* (self, args, machine, frame) {
    const by = Math.max(1, intArg(args, 0, 1))
    const out = self.filter((_, at) => at % by === 0)
    if (args.length < 2) return out
    for (const item of out) yield* machine.call(arg(args, 1), [item], frame)
    return null
  },
  withIndex: (self, args) => self.map((item, at) => [item, at + intArg(args, 0)]),
  swap: (self, args) => {
    const [a, b] = [intArg(args, 0), intArg(args, 1)]
    const held = strictGet(self, a)
    self[a] = strictGet(self, b)
    self[b] = held
    return self
  },
}

/** What arrays, which share the rest, have not. */
export const LISTS_ALONE: ReadonlySet<string> = new Set(
  (
    'add addAll remove removeAt removeElement removeAll removeIf removeLast retainAll clear push pop ' +
    'get set leftShift subList asImmutable asUnmodifiable asSynchronized indexOf lastIndexOf isEmpty ' +
    'collate transpose withIndex indexed unique permutations combinations subsequences disjoint ' +
    'containsAll intersect forEach stream encodeBase64'
  ).split(' '),
)

export const listMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(methods) as [string, Native][],
)
