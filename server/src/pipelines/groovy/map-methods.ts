import { callItem } from './collection-methods.ts'
import {
  mapGet,
  mapHas,
  mapPut,
  mapRemove,
  setAdd,
  setHas,
  setOf,
  groovyEquals,
} from './equality.ts'
import { itemsOf } from './items.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import { sorted, closureArity } from './ordering.ts'
import { toGroovyString } from './print.ts'
import { unmodifiable } from './unmodifiable.ts'
import { hostError } from './errors.ts'
import { GroovyClosure, GroovyMap, GroovySet, MapEntryValue } from './value.ts'
import type { Value } from './value.ts'
import { entryValue } from './equality.ts'

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type MapNative = (self: GroovyMap, args: Value[], ...rest: Rest) => ReturnType<Native>
type SetNative = (self: GroovySet, args: Value[], ...rest: Rest) => ReturnType<Native>

export function copyMap(map: GroovyMap): GroovyMap {
  const copy = new GroovyMap(map)
  copy.fallback = map.fallback
  return copy
}

export function putAll(into: GroovyMap, from: Value): GroovyMap {
  if (from instanceof GroovyMap) for (const [key, value] of from) mapPut(into, key, value)
  return into
}

const sort: MapNative = function* (self, args, machine, frame) {
  const by = arg(args, 0)
  const entries = itemsOf(self)!
  const key = by instanceof GroovyClosure && closureArity(by) === 2 ? by : null
  if (by === null) {
    const keys = yield* sorted([...self.keys()], null, machine, frame)
    return picked(self, keys)
  }
  const inOrder = yield* sorted(entries, key ?? by, machine, frame)
  return picked(
    self,
    inOrder.map((entry) => (entry as MapEntryValue).key),
  )
}

function picked(map: GroovyMap, keys: Value[]): GroovyMap {
  const out = new GroovyMap()
  for (const key of keys) if (mapHas(map, key)) mapPut(out, key, mapGet(map, key)!)
  return out
}

/** What came out takes the key's place; null takes the key away. */
function stored(map: GroovyMap, args: Value[], value: Value): Value {
  if (value === null) mapRemove(map, arg(args, 0))
  else mapPut(map, arg(args, 0), value)
  return value
}

/** A map's keys: what is taken out of them is taken out of the map. */
class KeySet extends GroovySet {
  #map: GroovyMap | undefined

  static of(map: GroovyMap): KeySet {
    const keys = new KeySet()
    for (const key of map.keys()) setAdd(keys, key)
    keys.#map = map
    return keys
  }

  override add(value: Value): this {
    if (this.#map) throw hostError('java.lang.UnsupportedOperationException', null)
    return super.add(value)
  }

  override delete(value: Value): boolean {
    this.#map?.delete(value)
    return super.delete(value)
  }

  override clear(): void {
    this.#map?.clear()
    super.clear()
  }
}

const mapTable: Record<string, MapNative> = {
  get: function* (self, args, machine, frame) {
    const found = mapGet(self, arg(args, 0))
    if (found !== undefined) return found
    if (self.fallback) {
      const made = yield* machine.call(self.fallback, [arg(args, 0)], frame)
      if (self.fallback.isPlain || frame.isNonCps) mapPut(self, arg(args, 0), made)
      return made
    }
    if (args.length > 1) mapPut(self, arg(args, 0), args[1]!)
    return arg(args, 1)
  },
  getOrDefault: (self, args) => mapGet(self, arg(args, 0)) ?? arg(args, 1),
  put: (self, args, machine) => {
    machine.checkEntries(self.size + 1)
    const before = mapGet(self, arg(args, 0)) ?? null
    mapPut(self, arg(args, 0), arg(args, 1))
    return before
  },
  putAt: (self, args) => {
    mapPut(self, arg(args, 0), arg(args, 1))
    return null
  },
  putIfAbsent: (self, args) => {
    const before = mapGet(self, arg(args, 0)) ?? null
    if (before === null) mapPut(self, arg(args, 0), arg(args, 1))
    return before
  },
  computeIfAbsent: function* (self, args, machine, frame) {
    const before = mapGet(self, arg(args, 0)) ?? null
    if (before !== null) return before
    const made = yield* machine.call(arg(args, 1), [arg(args, 0)], frame)
    mapPut(self, arg(args, 0), made)
    return made
  },
  computeIfPresent: function* (self, args, machine, frame) {
    const before = mapGet(self, arg(args, 0)) ?? null
    if (before === null) return null
    return stored(self, args, yield* machine.call(arg(args, 1), [arg(args, 0), before], frame))
  },
  compute: function* (self, args, machine, frame) {
    const before = mapGet(self, arg(args, 0)) ?? null
    return stored(self, args, yield* machine.call(arg(args, 1), [arg(args, 0), before], frame))
  },
  merge: function* (self, args, machine, frame) {
    const before = mapGet(self, arg(args, 0)) ?? null
    const given = arg(args, 1)
    if (before === null) return stored(self, args, given)
    return stored(self, args, yield* machine.call(arg(args, 2), [before, given], frame))
  },
  replaceAll: function* (self, args, machine, frame) {
    for (const [key, value] of self) {
      mapPut(self, key, yield* machine.call(arg(args, 0), [key, value], frame))
    }
    return null
  },
  replace: (self, args) => {
    const before = mapGet(self, arg(args, 0))
    const isHit = before !== undefined && (args.length < 3 || groovyEquals(before, args[1]!))
    if (isHit) mapPut(self, arg(args, 0), args.at(-1)!)
    return args.length < 3 ? (before ?? null) : isHit
  },
  putAll: (self, args) => {
    putAll(self, arg(args, 0))
    return null
  },
  remove: (self, args) => {
    if (args.length < 2) return mapRemove(self, arg(args, 0))
    const held = mapGet(self, arg(args, 0))
    const isHit = held !== undefined && groovyEquals(held, args[1]!)
    if (isHit) mapRemove(self, arg(args, 0))
    return isHit
  },
  clear: (self) => {
    self.clear()
    return null
  },
  containsKey: (self, args) => mapHas(self, arg(args, 0)),
  containsValue: (self, args) =>
    [...self.values()].some((each) => groovyEquals(each, arg(args, 0))),
  keySet: (self) => KeySet.of(self),
  keys: (self) => setOf(self.keys()),
  values: (self) => [...self.values()],
  entrySet: (self) => itemsOf(self),
  plus: (self, args) => {
    if (arg(args, 0) === null) throw hostError('groovy.lang.GroovyRuntimeException', PLUS_NULL)
    return putAll(copyMap(self), arg(args, 0))
  },
  leftShift: (self, args) => {
    const added = arg(args, 0)
    if (added instanceof MapEntryValue) mapPut(self, added.key, entryValue(added))
    return putAll(self, added)
  },
  minus: (self, args) => {
    const out = copyMap(self)
    const removed = arg(args, 0)
    for (const [key, value] of removed instanceof GroovyMap ? removed : []) {
      if (mapHas(out, key) && groovyEquals(mapGet(out, key)!, value)) mapRemove(out, key)
    }
    return out
  },
  subMap: (self, args) => picked(self, itemsOf(arg(args, 0)) ?? []),
  withDefault: (self, args) => {
    const copy = copyMap(self)
    const fallback = arg(args, 0)
    copy.fallback = fallback instanceof GroovyClosure ? fallback : null
    return copy
  },
  sort,
  asImmutable: (self) => unmodifiable(self),
  toMapString: (self) => toGroovyString(self),
  asSynchronized: (self) => self,
  clone: (self) => copyMap(self),
  collectKeys: function* (self, args, machine, frame) {
    const out = new GroovyMap()
    for (const item of itemsOf(self)!) {
      const key = yield* callItem(arg(args, 0), item, machine, frame)
      mapPut(out, key, entryValue(item as MapEntryValue))
    }
    return out
  },
}

/** Two methods would take a null, and neither is the better one. */
const PLUS_NULL =
  'Ambiguous method overloading for method java.util.LinkedHashMap#plus.\n' +
  'Cannot resolve which method to invoke for [null] due to overlapping prototypes between:\n' +
  '\t[interface java.util.Collection]\n\t[interface java.util.Map]'

export const mapMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(mapTable) as [string, Native][],
)

function keepingOf(wanted: boolean): SetNative {
  return function* (self, args, machine, frame) {
    const test = arg(args, 0)
    const named = test instanceof GroovyClosure ? null : setOf(itemsOf(test) ?? [])
    const before = self.size
    for (const item of self) {
      const hit = named
        ? setHas(named, item)
        : yield* machine.truth(yield* machine.call(test, [item], frame), frame)
      if (hit !== wanted) self.delete(item)
    }
    return self.size !== before
  }
}

const setTable: Record<string, SetNative> = {
  removeAll: keepingOf(false),
  removeIf: keepingOf(false),
  retainAll: keepingOf(true),
  clone: (self) => setOf(self),
  asImmutable: (self) => unmodifiable(self),
  asUnmodifiable: (self) => unmodifiable(self),
  add: (self, args) => setAdd(self, arg(args, 0)),
  leftShift: (self, args) => {
    setAdd(self, arg(args, 0))
    return self
  },
  addAll: (self, args) => {
    const before = self.size
    for (const item of itemsOf(arg(args, 0)) ?? []) setAdd(self, item)
    return self.size > before
  },
  remove: (self, args) => {
    const held = [...self].find((item) => groovyEquals(item, arg(args, 0)))
    return held !== undefined && self.delete(held)
  },
  plus: (self, args) => {
    const more = arg(args, 0)
    return setOf([...self, ...(Array.isArray(more) ? more : (itemsOf(more) ?? [more]))])
  },
  minus: (self, args) => {
    const gone = itemsOf(arg(args, 0)) ?? [arg(args, 0)]
    return setOf([...self].filter((item) => !gone.some((each) => groovyEquals(each, item))))
  },
  intersect: (self, args) => {
    const keep = setOf(itemsOf(arg(args, 0)) ?? [])
    return setOf([...self].filter((item) => setHas(keep, item)))
  },
  clear: (self) => {
    self.clear()
    return null
  },
}

export const setMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(setTable) as [string, Native][],
)
