import { setAdd, groovyEquals, setOf } from './equality.ts'
import { hostError } from './errors.ts'
import { javaHash } from './hashes.ts'
import { itemsOf } from './items.ts'
import type { Machine, Run, Frame } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, toInt } from './numbers.ts'
import type { Static } from './number-statics.ts'
import { randomInt } from './random-methods.ts'
import { sorted } from './ordering.ts'
import { toGroovyString } from './print.ts'
import { unmodifiable } from './unmodifiable.ts'
import {
  FixedList,
  GroovyArray,
  GroovyClosure,
  GroovyMap,
  GroovyRandom,
  GroovySet,
} from './value.ts'
import type { Value } from './value.ts'

// java.util's Collections, Arrays and Objects.

const items = (args: Value[], at = 0): Value[] => itemsOf(arg(args, at)) ?? []
const list = (args: Value[], at = 0): Value[] => {
  const value = arg(args, at)
  return Array.isArray(value) ? value : items(args, at)
}
const int = (args: Value[], at: number): number => {
  const value = arg(args, at)
  return isNumber(value) ? toInt(value) : 0
}
const text = (args: Value[], at = 0) => toGroovyString(arg(args, at))
const same: Static = (args) => arg(args, 0)
const frozen: Static = (args) => unmodifiable(arg(args, 0))

/** Where a part begins in a list; -1 when it is not in it. */
function partAt(whole: Value[], part: Value[], starts: number[]): number {
  return (
    starts.find((from) => part.every((each, at) => groovyEquals(each, whole[from + at]!))) ?? -1
  )
}

function starts(args: Value[]): number[] {
  return Array.from(
    { length: Math.max(0, list(args).length - list(args, 1).length + 1) },
    (_, at) => at,
  )
}

/** Java's own, of two things; what it does is set on it. */
export function comparator(): GroovyClosure {
  const closure = new GroovyClosure([PARAM, PARAM], null, null)
  closure.isPlain = true
  return closure
}

/** A comparator that turns another round, or the natural order. */
function reversed(of: Value): GroovyClosure {
  const closure = comparator()
  closure.native = function* (given, machine, frame) {
    const [left = null, right = null] = given
    if (of instanceof GroovyClosure) return yield* machine.call(of, [right, left], frame)
    return yield* machine.compare(right, left, frame)
  }
  return closure
}

const PARAM = {
  name: '',
  type: null,
  default: null,
  varargs: false,
  pos: { line: 0, column: 0, offset: 0 },
} as unknown as NonNullable<GroovyClosure['params']>[number]

function* shuffled(args: Value[], machine: Machine): Run {
  const all = list(args)
  const random = args[1] instanceof GroovyRandom ? args[1] : new GroovyRandom()
  for (let left = all.length; left > 1; left -= 1) {
    const other = yield* randomInt(random, left, machine)
    const held = all[left - 1]!
    all[left - 1] = all[other]!
    all[other] = held
  }
  return null
}

function* found(args: Value[], machine: Machine, frame: Frame): Run {
  const all = list(args)
  let [low, high] = [0, all.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const sign = yield* machine.compare(all[middle]!, arg(args, 1), frame)
    if (sign === 0) return middle
    if (sign < 0) low = middle + 1
    else high = middle - 1
  }
  return -low - 1
}

/** In place; a comparator is a closure of two. */
function* sortedInPlace(args: Value[], machine: Machine, frame: Frame): Run {
  const all = list(args)
  const by = args.find((each) => each instanceof GroovyClosure) ?? null
  const inOrder = yield* sorted([...all], by, machine, frame)
  for (const [at, each] of inOrder.entries()) all[at] = each
  return null
}

function filled(args: Value[]): Value {
  const all = list(args)
  for (let at = 0; at < all.length; at += 1) all[at] = arg(args, 1)
  return null
}

export const collections: Record<string, Static> = {
  emptyList: () => unmodifiable([]),
  emptyMap: () => unmodifiable(new GroovyMap()),
  emptySet: () => unmodifiable(setOf([])),
  singletonList: (args) => unmodifiable([arg(args, 0)]),
  singleton: (args) => unmodifiable(setOf([arg(args, 0)])),
  singletonMap: (args) => unmodifiable(new GroovyMap([[arg(args, 0), arg(args, 1)]])),
  unmodifiableCollection: frozen,
  unmodifiableList: frozen,
  unmodifiableMap: frozen,
  unmodifiableSet: frozen,
  unmodifiableSortedMap: frozen,
  unmodifiableSortedSet: frozen,
  synchronizedCollection: same,
  synchronizedList: same,
  synchronizedMap: same,
  synchronizedSet: same,
  synchronizedSortedMap: same,
  synchronizedSortedSet: same,
  frequency: (args) => items(args).filter((each) => groovyEquals(each, arg(args, 1))).length,
  nCopies: (args, machine) => {
    machine.checkEntries(int(args, 0))
    return unmodifiable(Array.from({ length: int(args, 0) }, () => arg(args, 1)))
  },
  max: (args, machine, frame) => machine.method(arg(args, 0), 'max', args.slice(1), frame),
  min: (args, machine, frame) => machine.method(arg(args, 0), 'min', args.slice(1), frame),
  sort: sortedInPlace,
  reverse: (args) => {
    list(args).reverse()
    return null
  },
  reverseOrder: (args) => reversed(arg(args, 0)),
  shuffle: shuffled,
  rotate: (args) => {
    const all = list(args)
    const by = all.length === 0 ? 0 : ((int(args, 1) % all.length) + all.length) % all.length
    all.unshift(...all.splice(all.length - by))
    return null
  },
  swap: (args, machine, frame) =>
    machine.method(arg(args, 0), 'swap', [int(args, 1), int(args, 2)], frame),
  binarySearch: found,
  disjoint: (args) =>
    !items(args).some((each) => items(args, 1).some((other) => groovyEquals(each, other))),
  addAll: (args) => {
    const into = arg(args, 0)
    const added = args.length === 2 && args[1] instanceof GroovyArray ? args[1] : args.slice(1)
    if (into instanceof GroovySet) return added.filter((each) => setAdd(into, each)).length > 0
    list(args).push(...added)
    return added.length > 0
  },
  fill: filled,
  replaceAll: (args) => {
    const all = list(args)
    const places = [...all.keys()].filter((at) => groovyEquals(all[at]!, arg(args, 1)))
    for (const at of places) all[at] = arg(args, 2)
    return places.length > 0
  },
  copy: (args) => {
    for (const [at, each] of items(args, 1).entries()) list(args)[at] = each
    return null
  },
  indexOfSubList: (args) => partAt(list(args), list(args, 1), starts(args)),
  lastIndexOfSubList: (args) => partAt(list(args), list(args, 1), starts(args).reverse()),
  list: (args) => [...items(args)],
  enumeration: (args, machine, frame) => machine.method(arg(args, 0), 'iterator', [], frame),
}

function copied(args: Value[], from: number, to: number): Value {
  const array = list(args)
  const component = array instanceof GroovyArray ? array.component : 'java.lang.Object'
  const empty = /^(?:int|short|byte|long|double|float)$/.test(component)
    ? 0
    : component === 'boolean'
      ? false
      : null
  return GroovyArray.holding(
    component,
    Array.from({ length: Math.max(0, to - from) }, (_, at) => array[from + at] ?? empty),
  )
}

export const arrays: Record<string, Static> = {
  asList: (args) =>
    FixedList.holding(args.length === 1 && args[0] instanceof GroovyArray ? args[0] : args),
  toString: (args: Value[]) => (args[0] === null ? 'null' : toGroovyString([...list(args)])),
  deepToString: (args) => toGroovyString(arg(args, 0)),
  equals: (args) => groovyEquals([...list(args)], [...list(args, 1)]),
  deepEquals: (args) => groovyEquals([...list(args)], [...list(args, 1)]),
  hashCode: (args) => javaHash([...list(args)]),
  sort: sortedInPlace,
  fill: filled,
  copyOf: (args) => copied(args, 0, int(args, 1)),
  copyOfRange: (args) => copied(args, int(args, 1), int(args, 2)),
  binarySearch: found,
}

export const objects: Record<string, Static> = {
  equals: (args, machine, frame) => machine.equal(arg(args, 0), arg(args, 1), frame),
  isNull: (args) => arg(args, 0) === null,
  nonNull: (args) => arg(args, 0) !== null,
  hash: (args) =>
    javaHash(args.length === 1 && args[0] instanceof GroovyArray ? [...args[0]] : args),
  hashCode: (args) => javaHash(arg(args, 0)),
  toString: (args: Value[]) => (args[0] === null && args.length > 1 ? text(args, 1) : text(args)),
  requireNonNull: (args) => {
    if (arg(args, 0) !== null) return arg(args, 0)
    throw hostError('java.lang.NullPointerException', args.length > 1 ? text(args, 1) : null)
  },
}
