import type { Condition } from '../expressions/index.ts'
import { rangeOf } from '../key-range.ts'
import { namesIn } from '../reading.ts'
import { invalid } from '../refusals.ts'
import type { Range } from '../store-items.ts'
import { type IndexKey, type Key, keyParts, type Table } from '../table-model.ts'
import { checkKeyValue, testsOf } from './keys.ts'

/** Tests that all must hold: one of the ways in which a whole condition does. */
type Way = Condition[]
type Stretch = Pick<Range, 'sortFrom' | 'sortTo'>

/** Beyond so many the ways aren't told apart. */
const MOST_WAYS = 1000

/**
 * Where every way names its partition, the service reads each of them, and refuses those that would
 * read an item twice. It looks at places, not at what a way selects there.
 */
export function refuseOverlaps(table: Table, key: Key | IndexKey, where: Condition): void {
  const { hash, range } = keyParts(key)
  const [partition, sort] = [hash[0]!, range[0]]
  if (sort === undefined) return
  const ways = waysOf(where, [partition, sort])
  if (ways.length < 2) return
  const reads = ways.map((way) => ({
    partition: inWay(way, partition).find(({ operator }) => operator === 'EQ'),
    sorts: inWay(way, sort),
    isOpen: way.some((node) => isNegated(node) && namesIn(node).includes(sort)),
  }))
  if (!reads.every((read) => read.partition)) return
  const tests = reads.flatMap((read) => [read.partition!, ...read.sorts])
  for (const { name, values } of tests) {
    for (const value of values) checkKeyValue(table, name, value)
  }
  const stretches = new Map<string, Stretch[]>()
  for (const { partition: own, sorts, isOpen } of reads) {
    // Seen: a way that says which sort keys it does not want stands beside any other.
    if (isOpen) continue
    const read = (range: typeof sorts) =>
      rangeOf({ id: 0, isIndex: false }, { hash: [own!], range, sortedBy: [sort] }, false)
    const stretch = sorts.map((test) => read([test])).reduce<Stretch>(within, {})
    const place = read([]).partition!.toString('hex')
    const others = stretches.get(place) ?? []
    if (others.some((other) => !isEmpty(within(other, stretch)))) throw overlapping()
    stretches.set(place, [...others, stretch])
  }
}

const overlapping = () =>
  invalid('Overlapping conditions with range keys are not supported in where clause')

const inWay = (way: Way, name: string) => way.flatMap((node) => testsOf(node, name))

const isNegated = (node: Condition): boolean =>
  node.kind === 'not' || (node.kind === 'compare' && node.operator === '<>')

/** Alternatives that say nothing of the key are one test. */
function waysOf(node: Condition, key: string[]): Way[] {
  if (node.kind === 'and') {
    const [left, right] = [waysOf(node.left, key), waysOf(node.right, key)]
    if (left.length * right.length > MOST_WAYS) return []
    return left.flatMap((one) => right.map((other) => [...one, ...other]))
  }
  if (!namesIn(node).some((name) => key.includes(name))) return [[node]]
  if (node.kind === 'or') return [...waysOf(node.left, key), ...waysOf(node.right, key)]
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
