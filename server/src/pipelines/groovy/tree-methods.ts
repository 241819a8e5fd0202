import { treeMap, treeSet } from './arranged.ts'
import { groovyCompare, mapGet, mapPut, mapRemove } from './equality.ts'
import { hostError } from './errors.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { GroovyMap, GroovySet, MapEntryValue } from './value.ts'
import type { Value } from './value.ts'

// What TreeMap and TreeSet know of the order of their keys.

type Bound = { from?: Value; to?: Value; withFrom?: boolean; withTo?: boolean }

/** The keys that lie between. */
function between(keys: Value[], { from, to, withFrom = true, withTo = false }: Bound): Value[] {
  return keys.filter((key) => {
    const after = from === undefined ? 1 : groovyCompare(key, from)
    const before = to === undefined ? -1 : groovyCompare(key, to)
    return (after > 0 || (withFrom && after === 0)) && (before < 0 || (withTo && before === 0))
  })
}

function end(keys: Value[], at: 0 | -1): Value {
  const key = keys.at(at)
  if (key !== undefined) return key
  throw hostError('java.util.NoSuchElementException', null)
}

/** The nearest key to one: `floor`, `ceiling`, `lower`, `higher`. */
function near(keys: Value[], name: string, to: Value): Value {
  const isUp = name === 'ceiling' || name === 'higher'
  const isWith = name === 'ceiling' || name === 'floor'
  const bound = isUp ? { from: to, withFrom: isWith } : { to, withTo: isWith }
  return between(keys, bound).at(isUp ? 0 : -1) ?? null
}

const NEAR = ['floor', 'ceiling', 'lower', 'higher']

const bounds: Record<string, (args: Value[]) => Bound> = {
  head: (args) => ({ to: arg(args, 0), withTo: args[1] === true }),
  tail: (args) => ({ from: arg(args, 0), withFrom: args[1] !== false }),
  sub: (args) =>
    args.length > 2
      ? {
          from: arg(args, 0),
          withFrom: args[1] === true,
          to: arg(args, 2),
          withTo: args[3] === true,
        }
      : { from: arg(args, 0), to: arg(args, 1) },
}

const entry = (self: GroovyMap, key: Value) => (key === null ? null : new MapEntryValue(self, key))

function ofMap(): [string, Native][] {
  const keysOf = (self: Value) => [...(self as GroovyMap).keys()]
  const part = (self: GroovyMap, keys: Value[]) =>
    treeMap(new GroovyMap(keys.map((key): [Value, Value] => [key, mapGet(self, key)!])))
  const polled = (self: GroovyMap, at: 0 | -1) => {
    const key = keysOf(self).at(at)
    if (key === undefined) return null
    const held = new GroovyMap()
    mapPut(held, key, mapRemove(self, key))
    return new MapEntryValue(held, key)
  }
  return [
    ['firstKey', (self) => end(keysOf(self), 0)],
    ['lastKey', (self) => end(keysOf(self), -1)],
    ['firstEntry', (self) => entry(self as GroovyMap, keysOf(self).at(0) ?? null)],
    ['lastEntry', (self) => entry(self as GroovyMap, keysOf(self).at(-1) ?? null)],
    ['pollFirstEntry', (self) => polled(self as GroovyMap, 0)],
    ['pollLastEntry', (self) => polled(self as GroovyMap, -1)],
    [
      'descendingMap',
      (self) => {
        const map = new GroovyMap()
        for (const key of keysOf(self).reverse()) mapPut(map, key, mapGet(self as GroovyMap, key)!)
        return map
      },
    ],
    ['descendingKeySet', (self) => new GroovySet(keysOf(self).reverse())],
    ['navigableKeySet', (self) => treeSet(keysOf(self))],
    ...NEAR.flatMap((name): [string, Native][] => [
      [`${name}Key`, (self, args) => near(keysOf(self), name, arg(args, 0))],
      [
        `${name}Entry`,
        (self, args) => entry(self as GroovyMap, near(keysOf(self), name, arg(args, 0))),
      ],
    ]),
    ...Object.entries(bounds)
      .filter(([name]) => name !== 'sub')
      .map(([name, bound]): [string, Native] => [
        `${name}Map`,
        (self, args) => part(self as GroovyMap, between(keysOf(self), bound(args))),
      ]),
  ]
}

function ofSet(): [string, Native][] {
  const itemsOf = (self: Value) => [...(self as GroovySet)]
  const polled = (self: GroovySet, at: 0 | -1) => {
    const item = itemsOf(self).at(at)
    if (item === undefined) return null
    self.delete(item)
    return item
  }
  return [
    ['first', (self) => end(itemsOf(self), 0)],
    ['last', (self) => end(itemsOf(self), -1)],
    ['pollFirst', (self) => polled(self as GroovySet, 0)],
    ['pollLast', (self) => polled(self as GroovySet, -1)],
    ['descendingSet', (self) => new GroovySet(itemsOf(self).reverse())],
    ...NEAR.map((name): [string, Native] => [
      name,
      (self, args) => near(itemsOf(self), name, arg(args, 0)),
    ]),
    ...Object.entries(bounds).map(([name, bound]): [string, Native] => [
      `${name}Set`,
      (self, args) => treeSet(between(itemsOf(self), bound(args))),
    ]),
  ]
}

export const treeMapMethods: ReadonlyMap<string, Native> = new Map(ofMap())
export const treeSetMethods: ReadonlyMap<string, Native> = new Map(ofSet())
