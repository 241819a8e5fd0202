import type { DynamoDb, Output } from '../../gateway/index.ts'
import { sameValue } from './compare.ts'
import { isIndexed, type Stored } from './item-key.ts'
import type { Index, Table } from './table-model.ts'
import type { Item } from './item-types.ts'
import { itemSize } from './value.ts'
import { keyNames, projectedNames } from './table-model.ts'

export type ConsumedCapacity = NonNullable<Output<DynamoDb, 'PutItem'>['ConsumedCapacity']>

const READ_BYTES = 4096
const WRITE_BYTES = 1024

export const readUnits = (sizeBytes: number, consistent: boolean | undefined): number =>
  Math.max(1, Math.ceil(sizeBytes / READ_BYTES)) * (consistent ? 1 : 0.5)

export const writeUnits = (sizeBytes: number): number =>
  Math.max(1, Math.ceil(sizeBytes / WRITE_BYTES))

/** What one table's part of a request used; indexes by name. */
export interface Usage {
  table: number
  indexes: Map<Index, number>
}

export const newUsage = (table = 0): Usage => ({ table, indexes: new Map() })

/** A write counts the larger of old and new; an index counts what it takes away and what it puts. */
export function writeUsage(
  table: Table,
  before: Stored | undefined,
  after: Stored | undefined,
): Usage {
  const usage = newUsage(writeUnits(Math.max(before?.sizeBytes ?? 0, after?.sizeBytes ?? 0)))
  for (const index of table.indexes) {
    const units = indexUnits(table, index, before?.item, after?.item)
    if (units > 0) usage.indexes.set(index, units)
  }
  return usage
}

function indexUnits(
  table: Table,
  index: Index,
  before: Item | undefined,
  after: Item | undefined,
): number {
  const old = before && isIndexed(table, index, before) ? shownIn(table, index, before) : undefined
  const now = after && isIndexed(table, index, after) ? shownIn(table, index, after) : undefined
  const sameKey =
    old && now && keyNames(index.key).every((name) => sameValue(old[name]!, now[name]!))
  if (!old && !now) return 0
  if (sameKey) {
    if (sameValue({ M: old }, { M: now })) return 0
    return writeUnits(Math.max(itemSize(old), itemSize(now)))
  }
  return (old ? writeUnits(itemSize(old)) : 0) + (now ? writeUnits(itemSize(now)) : 0)
}

export function shownIn(table: Table, index: Index, item: Item): Item {
  const names = projectedNames(table, index)
  if (!names) return item
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)))
}

type Wanted = string | undefined

/** The answer's member, or nothing where it wasn't asked for. */
export function consumed(
  wanted: Wanted,
  table: Table,
  usage: Usage,
  kind?: 'ReadCapacityUnits' | 'WriteCapacityUnits',
): ConsumedCapacity | undefined {
  if (wanted !== 'TOTAL' && wanted !== 'INDEXES') return undefined
  let total = usage.table
  for (const units of usage.indexes.values()) total += units
  const units = (CapacityUnits: number) => ({
    CapacityUnits,
    ...(kind && { [kind]: CapacityUnits }),
  })
  const answer: ConsumedCapacity = { TableName: table.name, ...units(total) }
  if (wanted === 'TOTAL') return answer
  answer.Table = units(usage.table)
  for (const [index, used] of usage.indexes) {
    const member = index.isGlobal ? 'GlobalSecondaryIndexes' : 'LocalSecondaryIndexes'
    ;(answer[member] ??= {})[index.name] = units(used)
  }
  return answer
}

export function addUsage(to: Usage, more: Usage, factor = 1): void {
  to.table += more.table * factor
  for (const [index, units] of more.indexes) {
    to.indexes.set(index, (to.indexes.get(index) ?? 0) + units * factor)
  }
}
