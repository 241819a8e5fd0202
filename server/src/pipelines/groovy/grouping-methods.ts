import { hashSet } from './arranged.ts'
import { callItem } from './collection-methods.ts'
import { entryValue, mapGet, mapPut } from './equality.ts'
import { itemsOf } from './items.ts'
import type { Frame, Machine, Native, Run } from './machine.ts'
import { arg } from './machine.ts'
import { GroovyMap, MapEntryValue } from './value.ts'
import type { Value } from './value.ts'

// Collections taken apart by what a closure says of their items.

function walk(self: Value): Value[] {
  return [...(itemsOf(self) ?? [self])]
}

function mapOfEntries(items: Value[]): GroovyMap {
  const map = new GroovyMap()
  for (const item of items) {
    if (item instanceof MapEntryValue) mapPut(map, item.key, entryValue(item))
  }
  return map
}

/** Groups within groups, one level for each closure. */
function* grouped(items: Value[], by: Value[], machine: Machine, frame: Frame): Run<GroovyMap> {
  const [first = null, ...rest] = by
  const groups = new GroovyMap()
  for (const item of items) {
    const key = yield* callItem(first, item, machine, frame)
    const group = mapGet(groups, key)
    if (Array.isArray(group)) group.push(item)
    else mapPut(groups, key, [item])
  }
  if (rest.length === 0) return groups
  for (const [key, group] of groups) {
    groups.set(key, yield* grouped(group as Value[], rest, machine, frame))
  }
  return groups
}

/** Groups of a map's entries are maps again. */
function asMaps(groups: GroovyMap): GroovyMap {
  for (const [key, group] of groups) {
    groups.set(key, group instanceof GroovyMap ? asMaps(group) : mapOfEntries(group as Value[]))
  }
  return groups
}

const groupBy: Native = function* (self, args, machine, frame) {
  const by = args.length === 1 && Array.isArray(args[0]) ? args[0] : args
  const groups = yield* grouped(walk(self), by, machine, frame)
  return self instanceof GroovyMap ? asMaps(groups) : groups
}

const countBy: Native = function* (self, args, machine, frame) {
  const counts = new GroovyMap()
  for (const item of walk(self)) {
    const key = yield* callItem(arg(args, 0), item, machine, frame)
    const before = mapGet(counts, key)
    mapPut(counts, key, (typeof before === 'number' ? before : 0) + 1)
  }
  return counts
}

const collectNested: Native = function* (self, args, machine, frame) {
  const out: Value[] = args.length > 1 && Array.isArray(args[0]) ? args[0] : []
  const by = args.at(-1) ?? null
  for (const item of walk(self)) {
    out.push(
      Array.isArray(item)
        ? yield* machine.method(item, 'collectNested', [by], frame)
        : yield* machine.call(by, [item], frame),
    )
  }
  return out
}

/** In the order of Java's PermutationGenerator: each next one in dictionary order of positions. */
function permutationsOf(items: Value[], machine: Machine): Value[][] {
  if (items.length === 0) return [[]]
  const all = items.flatMap((item, at) =>
    permutationsOf(items.toSpliced(at, 1), machine).map((tail) => [item, ...tail]),
  )
  machine.checkEntries(all.length)
  return all
}

const permutations: Native = function* (self, args, machine, frame) {
  const all = permutationsOf(walk(self), machine)
  const closure = arg(args, 0)
  if (closure === null) return all
  const out: Value[] = []
  for (const each of all) out.push(yield* machine.call(closure, [each], frame))
  return out
}

const eachPermutation: Native = function* (self, args, machine, frame) {
  for (const each of permutationsOf(walk(self), machine)) {
    yield* machine.call(arg(args, 0), [each], frame)
  }
  return null
}

/** The first list moves fastest. */
function combinationsOf(lists: Value[], machine: Machine): Value[][] {
  let out: Value[][] = [[]]
  for (const list of lists) {
    const items = itemsOf(list) ?? [list]
    const choices = typeof list === 'string' ? [list] : items
    out = choices.flatMap((item) => out.map((head) => [...head, item]))
    machine.checkEntries(out.length)
  }
  return out
}

const combinations: Native = function* (self, args, machine, frame) {
  const all = combinationsOf(walk(self), machine)
  const closure = arg(args, 0)
  if (closure === null) return all
  const out: Value[] = []
  for (const each of all) out.push(yield* machine.call(closure, [each], frame))
  return out
}

const eachCombination: Native = function* (self, args, machine, frame) {
  for (const each of combinationsOf(walk(self), machine)) {
    yield* machine.call(arg(args, 0), [each], frame)
  }
  return null
}

const subsequences: Native = (self, _args, machine) => {
  let out: Value[][] = []
  for (const item of walk(self)) {
    out = [...out, [item], ...out.map((head) => [...head, item])]
    machine.checkEntries(out.length)
  }
  return hashSet(out, 16)
}

export const groupingMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries({
    groupBy,
    groupEntriesBy: (self, args, machine, frame) => grouped(walk(self), args, machine, frame),
    countBy,
    collectNested,
    permutations,
    eachPermutation,
    combinations,
    eachCombination,
    subsequences,
  } satisfies Record<string, Native>),
)
