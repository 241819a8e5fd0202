import { beginsWith, compareValues } from './compare.ts'
import type { KeyOperator, KeyTest } from './expressions/index.ts'
import {
  checkEmptyIndexKey,
  checkEmptyKey,
  checkEmptyKeys,
  partitionBytes,
  placeOf,
} from './item-key.ts'
import { endedBytes, keyBytes, markedBytes } from './key-bytes.ts'
import { badValue, invalid, within } from './refusals.ts'
import type { ValueLayer } from './number.ts'
import type { Range } from './store-items.ts'
import { type Index, keyNames, keyParts, type Table } from './table-model.ts'
import type { Item, Value } from './item-types.ts'
import { checkItem, typeOf } from './value.ts'

/** Tests of a key's attributes in its order: of all that partition, and of the first that sort. */
export interface KeyTests {
  hash: KeyTest[]
  range: KeyTest[]
  /** What the index or table sorts by altogether. */
  sortedBy: string[]
}

/** A test whose operator may be none that a key has. */
interface AskedTest {
  name: string
  operator: string
  values: Value[]
}

const keyOperators: ReadonlySet<string> = new Set<KeyOperator>([
  'EQ',
  'LT',
  'LE',
  'GT',
  'GE',
  'BETWEEN',
  'BEGINS_WITH',
])

/** The tests in the key's order, or what they lack. */
export function matchTests(table: Table, index: Index | undefined, tests: AskedTest[]): KeyTests {
  const key = index?.key ?? table.key
  const names = keyParts(key)
  const found = (name: string) => tests.find((test) => test.name === name)
  const onHash = names.hash.map((name) => found(name) ?? refuseMissed(name))
  const parts = keyNames(key).length
  if (tests.length > Math.max(parts, 2)) {
    throw invalid(
      `The number of query conditions (${tests.length}) exceeds the number of key attributes ` +
        `defined in the schema (${parts})`,
    )
  }
  const others = tests.length - onHash.length
  if (others > 0 && names.range.length === 0) throw unsupported()
  const hash = onHash.map((test) => keyTest(table, test))
  if (hash.some(({ operator }) => operator !== 'EQ')) throw unsupported()
  for (const test of hash) refuseEmpty(table, index, test)
  const onRange = names.range.flatMap((name) => found(name) ?? [])
  if (onRange.length < others) refuseMissed(names.range.find((name) => !found(name))!)
  const range = onRange.map((test) => keyTest(table, test))
  refuseGap(names.range, range)
  for (const test of range) refuseEmpty(table, index, test)
  return { hash, range, sortedBy: names.range }
}

const unsupported = () => invalid('Query key condition not supported')

function refuseMissed(name: string): never {
  throw invalid(`Query condition missed key schema element: ${name}`)
}

/** Before the last attribute that is tested, all are tested for equality. */
function refuseGap(names: string[], tests: KeyTest[]): void {
  const gap = names.findIndex((_, i) => tests[i]?.operator !== 'EQ' || tests[i].name !== names[i])
  const next = tests.find(({ name }) => names.indexOf(name) > gap)
  if (gap < 0 || !next) return
  const lacking = names.slice(gap, names.indexOf(next.name)).join(', ')
  throw invalid(
    `RANGE key attributes ${lacking} must have equality conditions specified in the query ` +
      `because a condition is present on key attribute ${next.name}`,
  )
}

function keyTest(table: Table, { name, operator, values }: AskedTest): KeyTest {
  if (!keyOperators.has(operator)) {
    throw invalid('Attempted conditional constraint is not an indexable operation')
  }
  if (values.some((value) => typeOf(value) !== table.attributes[name])) {
    throw badValue('Condition parameter type does not match schema type')
  }
  return { name, operator: operator as KeyOperator, values }
}

function refuseEmpty(table: Table, index: Index | undefined, { name, values }: KeyTest): void {
  for (const value of values) {
    if (index) checkEmptyIndexKey(table, name, value, 'item', index.name)
    if (keyNames(table.key).includes(name)) checkEmptyKey(name, value)
  }
}

/** The stretch of a table or index that the tests describe. */
export function rangeOf(
  of: { id: number; isIndex: boolean },
  tests: KeyTests,
  backward: boolean,
): Range {
  const partition = partitionBytes(tests.hash.map(({ values }) => values[0]!))
  const stretch: Range = { of: of.id, isIndex: of.isIndex, partition, backward }
  if (tests.range.length === 0) return stretch
  return { ...stretch, ...(tests.sortedBy.length === 1 ? aloneIn : joinedIn)(tests.range) }
}

type Bounds = Pick<Range, 'sortFrom' | 'sortTo'>

const including = (bytes: Buffer) => ({ bytes, inclusive: true })
const excluding = (bytes: Buffer) => ({ bytes, inclusive: false })

/** Where there is one attribute to sort by, its bytes are the bounds. */
function aloneIn([test]: KeyTest[]): Bounds {
  const { operator, values } = test!
  const [first, second] = values.map(keyBytes) as [Buffer, Buffer | undefined]
  switch (operator) {
    case 'EQ':
      return { sortFrom: including(first), sortTo: including(first) }
    case 'LT':
      return { sortTo: excluding(first) }
    case 'LE':
      return { sortTo: including(first) }
    case 'GT':
      return { sortFrom: excluding(first) }
    case 'GE':
      return { sortFrom: including(first) }
    case 'BETWEEN':
      return { sortFrom: including(first), sortTo: including(second!) }
    case 'BEGINS_WITH':
      return beginningWith(first)
  }
}

/** Where there are several, whatever begins with a value's joined bytes has that value there. */
function joinedIn(tests: KeyTest[]): Bounds {
  const { operator, values } = tests.at(-1)!
  const before = tests.slice(0, -1).map((test) => test.values[0]!)
  const upTo = (value: Value) => endedBytes([...before, value])
  const [first, second] = values as [Value, Value | undefined]
  const within = before.length === 0 ? {} : beginningWith(endedBytes(before))
  switch (operator) {
    case 'EQ':
      return beginningWith(upTo(first))
    case 'LT':
      return { ...within, sortTo: excluding(upTo(first)) }
    case 'LE':
      return { ...within, sortTo: beginningWith(upTo(first)).sortTo }
    case 'GT':
      return { ...within, sortFrom: including(nextPrefix(upTo(first))!) }
    case 'GE':
      return { ...within, sortFrom: including(upTo(first)) }
    case 'BETWEEN':
      return { sortFrom: including(upTo(first)), sortTo: beginningWith(upTo(second!)).sortTo }
    case 'BEGINS_WITH':
      return beginningWith(Buffer.concat([endedBytes(before), markedBytes(first)]))
  }
}

function beginningWith(prefix: Buffer): Bounds {
  const end = nextPrefix(prefix)
  return { sortFrom: including(prefix), ...(end && { sortTo: excluding(end) }) }
}

/** The least bytes beyond all that begin with the prefix; none after FF FF …. */
function nextPrefix(prefix: Buffer): Buffer | undefined {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 0xff) end--
  if (end === 0) return undefined
  const next = Buffer.from(prefix.subarray(0, end))
  next[end - 1]!++
  return next
}

const startInvalid = (why = '') => invalid(`The provided starting key is invalid${why}`)

/** Seen on the real service: these are told without saying that they stand in a start key. */
const isPlain =
  /contains duplicates|number set|numeric value|significant digits|number with magnitude/

export function checkStartValues(start: Item | undefined, layer?: ValueLayer): void {
  if (!start) return
  within(
    (message) =>
      isPlain.test(message) ? message : `The provided starting key is invalid: ${message}`,
    () => checkItem(start, layer),
  )
}

const notOfSchema = 'The provided key element does not match the schema'

/** Where to go on: the start key has the table's key and the index's, and nothing else. */
export function afterOf(
  table: Table,
  index: Index | undefined,
  start: Item,
  isScan: boolean,
): NonNullable<Range['after']> {
  const own = keyNames(index?.key ?? table.key)
  const names = new Set([...keyNames(table.key), ...own])
  const hasAll = [...names].every((name) => start[name] !== undefined)
  if (!hasAll || Object.keys(start).length !== names.size) {
    throw startInvalid(isScan && !index ? `: ${notOfSchema}` : '')
  }
  // What is read by is told without saying that it stands in a start key, but of a table's scan.
  if (!own.every((name) => hasType(start[name], table.attributes[name]!)) && (index || !isScan)) {
    throw invalid(notOfSchema)
  }
  within(
    (message) => `The provided starting key is invalid: ${message}`,
    () => {
      if (![...names].every((name) => hasType(start[name], table.attributes[name]!))) {
        throw invalid(notOfSchema)
      }
      checkEmptyKeys(table, start)
    },
  )
  const base = placeOf(table.id, table.key, start)
  if (!index) return base
  const { pk, sk } = placeOf(index.id, index.key, start)
  return { pk, sk, base }
}

const hasType = (value: Value | undefined, type: string) =>
  value !== undefined && typeOf(value) === type

/** A start key must lie where the query looks. */
export function checkStartWithin({ hash, range }: KeyTests, start: Item): void {
  if (hash.some(({ name, values }) => compareValues(start[name]!, values[0]!) !== 0)) {
    throw invalid(
      'The provided starting key is outside query boundaries based on provided conditions',
    )
  }
  if (range.every((test) => meets(test, start[test.name]!))) return
  throw invalid('The provided starting key does not match the range key predicate')
}

function meets({ operator, values }: KeyTest, value: Value): boolean {
  const [first, second] = values as [Value, Value | undefined]
  if (operator === 'BEGINS_WITH') return beginsWith(value, first)
  const order = compareValues(value, first)!
  if (operator === 'BETWEEN') return order >= 0 && compareValues(value, second!)! <= 0
  const signs = { EQ: order === 0, LT: order < 0, LE: order <= 0, GT: order > 0, GE: order >= 0 }
  return signs[operator]
}
