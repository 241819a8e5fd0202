import { compareValues } from '../compare.ts'
import type { Condition, KeyTest } from '../expressions/index.ts'
import { rangeOf } from '../key-range.ts'
import { namesIn } from '../reading.ts'
import { invalid } from '../refusals.ts'
import type { Range } from '../store-items.ts'
import { type IndexKey, type Key, keyParts, type Table } from '../table-model.ts'
import type { Value } from '../item-types.ts'
import { checkKeyValue, testsOf } from './keys.ts'
import type { OrderTerm } from './parser.ts'

/** Tests that all must hold: one of the ways in which a whole condition does. */
type Way = Condition[]
export type Stretch = Pick<Range, 'sortFrom' | 'sortTo'>

/** A stretch of one partition. */
export interface Read {
  partition: Value
  stretch: Stretch
}

/** Beyond so many the ways aren't told apart. */
const MOST_WAYS = 1000

/**
 * What a SELECT reads where each way that its condition may hold names its partition; undefined makes
 * it a scan. Refuses ways that would read an item twice: the service looks at places, not at what a
 * way selects there.
 */
export function readsOf(
  table: Table,
  key: Key | IndexKey,
  where: Condition | undefined,
): Read[] | undefined {
  const [partition, sort] = [keyParts(key).hash[0]!, keyParts(key).range[0]]
  const names = sort === undefined ? [partition] : [partition, sort]
  const ways = where && waysOf(where, names)
  const keyed = ways?.map((way) => ({
    way,
    own: inWay(way, partition).find(({ operator }) => operator === 'EQ'),
    sorts: sort === undefined ? [] : inWay(way, sort),
  }))
  if (!keyed?.length || !keyed.every(({ own }) => own)) return undefined
  for (const { name, values } of keyed.flatMap(({ own, sorts }) => [own!, ...sorts])) {
    for (const value of values) checkKeyValue(table, name, value)
  }
  // Seen: a way that says which sort keys it does not want stands beside any other.
  const [open, plain] = [true, false].map((which) =>
    keyed.filter(({ way }) => way.some((node) => isNegated(node, sort)) === which),
  ) as [typeof keyed, typeof keyed]
  const reads = plain.map(({ own, sorts }) => readOf(own!, sorts)).sort(byPlace)
  refuseOverlaps(reads)
  if (open.length === 0) return reads
  return keyed.length === 1 ? open.map(({ own, sorts }) => readOf(own!, sorts)) : undefined
}

/** Partitions go up unless told otherwise; with any order at all, what is in them goes down. */
export function rangesOf(
  reads: Read[],
  of: { id: number; isIndex: boolean },
  key: Key | IndexKey,
  order: OrderTerm[] = [],
): Range[] {
  const [hash, sort] = [keyParts(key).hash[0], keyParts(key).range[0]]
  const term = (name: string | undefined) => order.find((one) => one.name === name)
  const backward = term(sort)?.backward ?? order.length > 0
  const sign = term(hash)?.backward ? -1 : 1
  const inOrder = reads.toSorted((one, other) => {
    const partitions = compareValues(one.partition, other.partition)! * sign
    return partitions === 0 ? byPlace(one, other) * (backward ? -1 : 1) : partitions
  })
  return inOrder.map(({ partition, stretch }) => {
    const tests = { hash: [{ name: hash!, operator: 'EQ' as const, values: [partition] }] }
    return { ...rangeOf(of, { ...tests, range: [], sortedBy: [] }, backward), ...stretch }
  })
}

function readOf(own: KeyTest, sorts: KeyTest[]): Read {
  const bounds = (test: KeyTest): Stretch => {
    const tests = { hash: [own], range: [test], sortedBy: [test.name] }
    const { sortFrom, sortTo } = rangeOf({ id: 0, isIndex: false }, tests, false)
    return { ...(sortFrom && { sortFrom }), ...(sortTo && { sortTo }) }
  }
  return { partition: own.values[0]!, stretch: sorts.map(bounds).reduce(within, {}) }
}

function byPlace(one: Read, other: Read): number {
  const partitions = compareValues(one.partition, other.partition)!
  const [from, otherFrom] = [one.stretch.sortFrom, other.stretch.sortFrom]
  if (partitions !== 0 || !from || !otherFrom) {
    return partitions || Number(from !== undefined) - Number(otherFrom !== undefined)
  }
  return Buffer.compare(from.bytes, otherFrom.bytes)
}

/** Of reads in the order of their places. */
function refuseOverlaps(reads: Read[]): void {
  let before: Read | undefined
  for (const read of reads) {
    if (isEmpty(read.stretch)) continue
    const isNext = before && compareValues(before.partition, read.partition) === 0
    if (isNext && !isEmpty(within(before!.stretch, read.stretch))) {
      throw invalid('Overlapping conditions with range keys are not supported in where clause')
    }
    before = read
  }
}

const inWay = (way: Way, name: string) => way.flatMap((node) => testsOf(node, name))

const isNegated = (node: Condition, name: string | undefined): boolean =>
  (node.kind === 'not' || (node.kind === 'compare' && node.operator === '<>')) &&
  name !== undefined &&
  namesIn(node).includes(name)

/** Alternatives that say nothing of the key are one test. Undefined where there are too many. */
function waysOf(node: Condition, key: string[]): Way[] | undefined {
  if (node.kind === 'and') {
    const [left, right] = [waysOf(node.left, key), waysOf(node.right, key)]
    if (!left || !right || left.length * right.length > MOST_WAYS) return undefined
    return left.flatMap((one) => right.map((other) => [...one, ...other]))
  }
  if (!namesIn(node).some((name) => key.includes(name))) return [[node]]
  if (node.kind === 'or') {
    const [left, right] = [waysOf(node.left, key), waysOf(node.right, key)]
    return left && right && [...left, ...right]
  }
  if (node.kind !== 'in') return [[node]]
  const { operand: left, list } = node
  return list.map((right) => [{ kind: 'compare', operator: '=', left, right }])
}

/** What two stretches share. */
function within(one: Stretch, other: Stretch): Stretch {
  const sortFrom = further(one.sortFrom, other.sortFrom, 1)
  const sortTo = further(one.sortTo, other.sortTo, -1)
  return { ...(sortFrom && { sortFrom }), ...(sortTo && { sortTo }) }
}

function further(one: Stretch['sortTo'], other: Stretch['sortTo'], sign: 1 | -1) {
  if (!one || !other) return one ?? other
  const order = Buffer.compare(one.bytes, other.bytes) * sign
  if (order === 0) return one.inclusive ? other : one
  return order > 0 ? one : other
}

function isEmpty({ sortFrom: from, sortTo: to }: Stretch): boolean {
  if (!from || !to) return false
  const order = Buffer.compare(from.bytes, to.bytes)
  return order > 0 || (order === 0 && !(from.inclusive && to.inclusive))
}

/** Whether a range holds the place. */
export const holdsPlace = (range: Range, { pk, sk }: { pk: Buffer; sk: Buffer }): boolean =>
  range.partition?.equals(pk) === true &&
  !isEmpty(
    within(range, {
      sortFrom: { bytes: sk, inclusive: true },
      sortTo: { bytes: sk, inclusive: true },
    }),
  )
