import { beginsWith, compareValues } from './compare.ts'
import type { KeyOperator, KeyTest } from './expressions/index.ts'
import { checkEmptyKeys, keyBytes, partitionBytes, placeOf } from './item-key.ts'
import { badValue, invalid, within } from './refusals.ts'
import type { Range } from './store-items.ts'
import { type Index, type Key, keyNames, type Table } from './table-model.ts'
import { checkItem, type Item, typeOf, type Value } from './value.ts'

/** Tests of the hash key and, where there is one, of the range key. */
export interface KeyTests {
  hash: KeyTest
  range: KeyTest | undefined
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
export function matchTests(table: Table, key: Key, tests: AskedTest[]): KeyTests {
  const hash = tests.find(({ name }) => name === key.hash)
  if (!hash) throw missed(key.hash)
  const parts = keyNames(key).length
  if (tests.length > Math.max(parts, 2)) {
    throw invalid(
      `The number of query conditions (${tests.length}) exceeds the number of key attributes ` +
        `defined in the schema (${parts})`,
    )
  }
  const range = tests.find((test) => test !== hash)
  if (range && key.range === undefined) throw invalid('Query key condition not supported')
  const onHash = keyTest(table, hash)
  if (onHash.operator !== 'EQ') throw invalid('Query key condition not supported')
  refuseEmpty(table, onHash)
  if (!range) return { hash: onHash, range }
  if (range.name !== key.range) throw missed(key.range!)
  const onRange = keyTest(table, range)
  refuseEmpty(table, onRange)
  return { hash: onHash, range: onRange }
}

const missed = (name: string) => invalid(`Query condition missed key schema element: ${name}`)

function keyTest(table: Table, { name, operator, values }: AskedTest): KeyTest {
  if (!keyOperators.has(operator)) {
    throw invalid('Attempted conditional constraint is not an indexable operation')
  }
  if (values.some((value) => typeOf(value) !== table.attributes[name])) {
    throw badValue('Condition parameter type does not match schema type')
  }
  return { name, operator: operator as KeyOperator, values }
}

function refuseEmpty(table: Table, { name, values }: KeyTest): void {
  for (const value of values) checkEmptyKeys(table, { [name]: value })
}

/** The stretch of a table or index that the tests describe. */
export function rangeOf(
  of: { id: number; isIndex: boolean },
  { hash, range }: KeyTests,
  backward: boolean,
): Range {
  const stretch: Range = {
    of: of.id,
    isIndex: of.isIndex,
    partition: partitionBytes(hash.values[0]!),
    backward,
  }
  if (!range) return stretch
  const [first, second] = range.values.map(keyBytes) as [Buffer, Buffer | undefined]
  const bound = (bytes: Buffer, inclusive: boolean) => ({ bytes, inclusive })
  switch (range.operator) {
    case 'EQ':
      return { ...stretch, sortFrom: bound(first, true), sortTo: bound(first, true) }
    case 'LT':
    case 'LE':
      return { ...stretch, sortTo: bound(first, range.operator === 'LE') }
    case 'GT':
    case 'GE':
      return { ...stretch, sortFrom: bound(first, range.operator === 'GE') }
    case 'BETWEEN':
      return { ...stretch, sortFrom: bound(first, true), sortTo: bound(second!, true) }
    case 'BEGINS_WITH': {
      const end = nextPrefix(first)
      return { ...stretch, sortFrom: bound(first, true), ...(end && { sortTo: bound(end, false) }) }
    }
  }
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

export function checkStartValues(start: Item | undefined): void {
  if (!start) return
  within(
    (message) =>
      isPlain.test(message) ? message : `The provided starting key is invalid: ${message}`,
    () => checkItem(start),
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
  if (compareValues(start[hash.name]!, hash.values[0]!) !== 0) {
    throw invalid(
      'The provided starting key is outside query boundaries based on provided conditions',
    )
  }
  if (!range || meets(range, start[range.name]!)) return
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
