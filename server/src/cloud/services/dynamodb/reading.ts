import {
  addUsage,
  type ConsumedCapacity,
  consumed,
  newUsage,
  readUnits,
  shownIn,
} from './capacity.ts'
import type { Condition } from './expressions/index.ts'
import { holds, operandsIn } from './expressions/index.ts'
import { keyOf } from './item-key.ts'
import { show, type Shown } from './item-parts.ts'
import type { Test } from './legacy/index.ts'
import type { DynamoParts } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import type { Found, Range } from './store-items.ts'
import { type Index, projectedNames, type Table } from './table-model.ts'
import type { Item } from './item-types.ts'
import { itemSize } from './value.ts'

const PAGE_BYTES = 1024 * 1024
const PIECE = 200

/** What Query and Scan have in common once their own members are understood. */
export interface Reading {
  table: Table
  index: Index | undefined
  range: Range
  /** Read after it, in this order. */
  also?: Range[]
  test: Test | undefined
  shown: Shown | undefined
  /** How a row is made of an item; the projection's own way unless given. */
  present?: ((item: Item) => Item) | undefined
  select: string | undefined
  limit: number | undefined
  consistent: boolean | undefined
  capacity: string | undefined
}

export interface Page {
  Items?: Item[]
  Count: number
  ScannedCount: number
  LastEvaluatedKey?: Item
  ConsumedCapacity?: ConsumedCapacity | undefined
}

/** One page: at most the limit, at most the megabyte in which the last item read may end. */
export async function readPage({ items }: DynamoParts, reading: Reading): Promise<Page> {
  const { table, index, test, limit = Infinity } = reading
  const ranges = [reading.range, ...(reading.also ?? [])].values()
  const present = reading.present ?? ((item: Item) => show(item, reading.shown))
  const page: Item[] = []
  let [scanned, bytes, fetchedBytes] = [0, 0, 0]
  let last: Found | undefined
  let isFull = false
  let range = ranges.next().value
  let after = range?.after
  while (!isFull && range) {
    const wanted = Math.min(PIECE, limit - scanned)
    const found = await items.page({ ...range, ...(after && { after }) }, wanted)
    for (const one of found) {
      last = one
      scanned++
      const inIndex = index ? shownIn(table, index, one.stored.item) : one.stored.item
      bytes += inIndex === one.stored.item ? one.stored.sizeBytes : itemSize(inIndex)
      const whole = seesWhole(reading) ? one.stored.item : inIndex
      if (whole !== inIndex) fetchedBytes += one.stored.sizeBytes
      if (!test || test(whole)) page.push(present(whole))
      isFull = bytes > PAGE_BYTES || scanned >= limit
      if (isFull) break
    }
    if (found.length < wanted) {
      range = ranges.next().value
      after = range?.after
    } else after = last && afterFound(last)
  }
  return answer(reading, page, { scanned, bytes, fetchedBytes }, isFull ? last : undefined)
}

/** A local index fetches from its table what it doesn't hold itself. */
function seesWhole({ index, select, shown, table }: Reading): boolean {
  if (!index || index.isGlobal) return !index
  if (select === 'ALL_ATTRIBUTES') return true
  const names = projectedNames(table, index)
  return names !== undefined && (shown?.paths.some(([name]) => !names.has(String(name))) ?? false)
}

const afterFound = ({ pk, sk, entry }: Found): NonNullable<Range['after']> =>
  entry ? { ...entry, base: { pk, sk } } : { pk, sk }

function answer(
  { table, index, select, consistent, capacity }: Reading,
  page: Item[],
  read: { scanned: number; bytes: number; fetchedBytes: number },
  last: Found | undefined,
): Page {
  const units = readUnits(read.bytes, consistent)
  const usage = newUsage(index ? 0 : units)
  if (index) addUsage(usage, { table: 0, indexes: new Map([[index, units]]) })
  if (read.fetchedBytes > 0) usage.table += readUnits(read.fetchedBytes, consistent)
  const item = last?.stored.item
  return {
    ...(select !== 'COUNT' && { Items: page }),
    Count: page.length,
    ScannedCount: read.scanned,
    ...(item && {
      LastEvaluatedKey: { ...keyOf(table.key, item), ...(index && keyOf(index.key, item)) },
    }),
    ConsumedCapacity: consumed(capacity, table, usage),
  }
}

export function indexOf(table: Table, name: string | undefined): Index | undefined {
  if (name === undefined) return undefined
  const index = table.indexes.find((one) => one.name === name)
  if (!index) throw invalid(`The table does not have the specified index: ${name}`)
  return index
}

interface Selecting {
  Select?: string | undefined
  ConsistentRead?: boolean | undefined
  AttributesToGet?: string[] | undefined
  ProjectionExpression?: string | undefined
  IndexName?: string | undefined
}

/** Which attributes may be asked for, of what, and how consistently. */
export function checkSelect(
  input: Selecting,
  table: Table,
  index: Index | undefined,
  shown: Shown | undefined,
): void {
  if (index?.isGlobal && input.ConsistentRead) {
    throw invalid('Consistent reads are not supported on global secondary indexes')
  }
  if (!index?.isGlobal) return
  const names = projectedNames(table, index)
  if (!names) return
  if (input.Select === 'ALL_ATTRIBUTES') {
    throw badValue(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} ` +
        'because its projection type is not ALL',
    )
  }
  const missing = shown?.paths.map(([name]) => String(name)).filter((name) => !names.has(name))
  if (!missing?.length) return
  throw badValue(`Global secondary index ${index.name} does not project [${missing.join(', ')}]`)
}

/** A query filters by what its index holds; a scan of one finds nothing by the rest. */
export function checkFiltered(table: Table, index: Index | undefined, names: string[]): void {
  const held = index && projectedNames(table, index)
  if (!held) return
  const lacking = [...new Set(names)].filter((name) => !held.has(name)).sort()
  if (lacking.length === 0) return
  const what = `Secondary index ${index.name} does not project one or more filter attributes`
  throw badValue(`${what}: [${lacking.join(', ')}]`)
}

/**
 * What Select demands of the other members; such a refusal is counted, unlike others of queries and
 * scans (us-east-1, October 2026).
 */
export function checkSelectMembers(input: Selecting): void {
  const { Select: select, AttributesToGet: attributes, ProjectionExpression: projection } = input
  const counted = '1 validation error detected: '
  const specific = attributes !== undefined || projection !== undefined
  const member = projection === undefined ? 'AttributesToGet' : 'ProjectionExpression'
  if (select === 'SPECIFIC_ATTRIBUTES' && !specific) {
    throw invalid(
      `${counted}Must specify the AttributesToGet or ProjectionExpression when choosing to ` +
        'get SPECIFIC_ATTRIBUTES',
    )
  }
  if (select !== undefined && select !== 'SPECIFIC_ATTRIBUTES' && specific) {
    const getting = select === 'COUNT' ? 'only the Count' : select
    throw invalid(`${counted}Cannot specify the ${member} when choosing to get ${getting}`)
  }
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && input.IndexName === undefined) {
    // A scan says so, too.
    throw invalid(
      `${counted}ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName`,
    )
  }
}

export const testOf = (filter: Condition | undefined): Test | undefined =>
  filter && ((item) => holds(filter, item))

/** A query's filter sees only what isn't in its key. */
export function checkFilterNames(member: string, names: string[], key: string[]): void {
  const inKey = names.find((name) => key.includes(name))
  if (inKey === undefined) return
  throw invalid(
    `${member} can only contain non-primary key attributes: Primary key attribute: ${inKey}`,
  )
}

export const namesIn = (condition: Condition): string[] =>
  operandsIn(condition).flatMap((node) => (node.kind === 'path' ? [String(node.parts[0])] : []))
