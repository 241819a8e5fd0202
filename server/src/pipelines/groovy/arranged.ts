import { groovyCompare, mapPut, setAdd } from './equality.ts'
import { javaHash } from './hashes.ts'
import { GroovyMap, GroovySet } from './value.ts'
import type { Value } from './value.ts'

// Maps and sets whose order is not that in which they were filled: Java's hash tables go by their
// buckets, trees by their keys.

/** `most` is the largest size there was: a hash table grows and never shrinks. */
type Arrange = (keys: Value[], most: number) => Value[]

const sorted: Arrange = (keys) => keys.toSorted(groovyCompare)

/** In the buckets of a table that begins with `begin` of them; those in one bucket as they came. */
const inBuckets =
  (begin: number): Arrange =>
  (keys, most) => {
    let buckets = begin
    while (most > buckets * 0.75) buckets *= 2
    const bucketOf = (key: Value) => {
      const hash = javaHash(key)
      return (hash ^ (hash >>> 16)) & (buckets - 1)
    }
    return keys.toSorted((a, b) => bucketOf(a) - bucketOf(b))
  }

/** The power of two that Java makes of an asked capacity. */
function tableFor(capacity: number): number {
  let size = 1
  while (size < Math.trunc(capacity)) size *= 2
  return size
}

class ArrangedMap extends GroovyMap {
  #arrange: Arrange | undefined
  #order: Value[] | undefined
  #most = 0

  constructor(javaClass: string, arrange: Arrange) {
    super()
    this.#arrange = arrange
    this.javaClass = javaClass
  }

  override set(key: Value, value: Value): this {
    if (!this.has(key)) this.#order = undefined
    super.set(key, value)
    this.#most = Math.max(this.#most, this.size)
    return this
  }

  override delete(key: Value): boolean {
    this.#order = undefined
    return super.delete(key)
  }

  override clear(): void {
    this.#order = undefined
    super.clear()
  }

  override keys() {
    this.#order ??= this.#arrange!([...super.keys()], this.#most)
    return this.#order.values()
  }

  override values() {
    return [...this.keys()].map((key) => this.get(key)!).values()
  }

  override entries() {
    return [...this.keys()].map((key): [Value, Value] => [key, this.get(key)!]).values()
  }

  override [Symbol.iterator]() {
    return this.entries()
  }
}

class ArrangedSet extends GroovySet {
  #arrange: Arrange | undefined
  #order: Value[] | undefined
  #most = 0

  constructor(javaClass: string, arrange: Arrange) {
    super()
    this.#arrange = arrange
    this.javaClass = javaClass
  }

  override add(value: Value): this {
    if (!this.has(value)) this.#order = undefined
    super.add(value)
    this.#most = Math.max(this.#most, this.size)
    return this
  }

  override delete(value: Value): boolean {
    this.#order = undefined
    return super.delete(value)
  }

  override clear(): void {
    this.#order = undefined
    super.clear()
  }

  override values() {
    this.#order ??= this.#arrange!([...super.values()], this.#most)
    return this.#order.values()
  }

  override keys() {
    return this.values()
  }

  override [Symbol.iterator]() {
    return this.values()
  }
}

function filled(map: GroovyMap, from: GroovyMap | null): GroovyMap {
  for (const [key, value] of from ?? []) mapPut(map, key, value)
  return map
}

export function hashMap(from: GroovyMap | null, javaClass = 'java.util.HashMap'): GroovyMap {
  const isConcurrent = javaClass !== 'java.util.HashMap'
  const count = from?.size ?? 0
  const copied = isConcurrent ? Math.max(16, count + (count >>> 1) + 1) : count / 0.75 + 1
  return filled(new ArrangedMap(javaClass, inBuckets(from ? tableFor(copied) : 16)), from)
}

export const treeMap = (from: GroovyMap | null) =>
  filled(new ArrangedMap('java.util.TreeMap', sorted), from)

function filledSet(set: GroovySet, items: Iterable<Value>): GroovySet {
  for (const item of items) setAdd(set, item)
  return set
}

export const treeSet = (items: Iterable<Value>, isReversed = false) => {
  const arrange: Arrange = isReversed
    ? (keys) => keys.toSorted((a, b) => groovyCompare(b, a))
    : sorted
  return filledSet(new ArrangedSet('java.util.TreeSet', arrange), items)
}

/** As `new HashSet(items)` sizes it; `toSet()` asks for no more places than there are items. */
export function hashSet(items: Value[], capacity = Math.max(items.length / 0.75 + 1, 16)) {
  const arrange = inBuckets(tableFor(capacity))
  return filledSet(new ArrangedSet('java.util.HashSet', arrange), items)
}
