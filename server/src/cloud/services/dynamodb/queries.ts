import type { DynamoDb, Input, Operations, RequestContext } from '../../gateway/index.ts'
import { Expressions, keyTestsOf, refuseMixture } from './expressions/index.ts'
import { checkAttributesToGet, shownOf } from './item-parts.ts'
import { checkNested } from './item-key.ts'
import { afterOf, checkStartValues, checkStartWithin, matchTests, rangeOf } from './key-range.ts'
import { allOrAny, filterTests, legacyKeyTests } from './legacy/index.ts'
import { type DynamoParts, tableOf } from './parts.ts'
import {
  checkFiltered,
  checkFilterNames,
  checkSelect,
  checkSelectMembers,
  indexOf,
  namesIn,
  type Page,
  readPage,
  testOf,
} from './reading.ts'
import { invalid } from './refusals.ts'
import type { Range } from './store-items.ts'
import { keyNames, type Table } from './table-model.ts'

type QueryInput = Input<DynamoDb, 'Query'>
type ScanInput = Input<DynamoDb, 'Scan'>

/** Of an index. */
const MOST_KEY_ATTRIBUTES = 8

export const queryOperations = (parts: DynamoParts) =>
  ({
    Query: (input, ctx) => query(parts, input, ctx),
    Scan: (input, ctx) => scan(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

/** A query's members that can be judged without a table. */
function readQuery(input: QueryInput) {
  const legacy = ['AttributesToGet', 'QueryFilter', 'ConditionalOperator']
  // KeyConditions go with other expressions than KeyConditionExpression.
  if (input.KeyConditionExpression !== undefined) legacy.push('KeyConditions')
  refuseMixture(input, legacy, [
    'ProjectionExpression',
    'FilterExpression',
    'KeyConditionExpression',
  ])
  checkAttributesToGet(input.AttributesToGet)
  const filterList = filterTests(input.QueryFilter, 'current')
  const legacyTest = allOrAny(filterList, input.ConditionalOperator)
  checkStartValues(input.ExclusiveStartKey, 'current')
  checkSelectMembers(input)
  if (!input.KeyConditions && input.KeyConditionExpression === undefined) {
    throw invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the ' +
        'request.',
    )
  }
  const expressions = new Expressions(input, 'current')
  const keyCondition = expressions.condition('KeyConditionExpression')
  const filter = expressions.condition('FilterExpression')
  const shown = shownOf(input, expressions)
  expressions.finish()
  const tests = keyCondition
    ? keyTestsOf(keyCondition)
    : legacyKeyTests(input.KeyConditions, input.IndexName === undefined ? 2 : MOST_KEY_ATTRIBUTES)
  const test = testOf(filter) ?? legacyTest
  return { filter, filterList, test, tests, shown, nested: expressions.nested }
}

export async function query(
  parts: DynamoParts,
  input: QueryInput,
  ctx: RequestContext,
): Promise<Page> {
  const { filter, filterList, test, tests, shown, nested } = readQuery(input)
  const table = tableOf(parts, ctx, input.TableName)
  const index = indexOf(table, input.IndexName)
  const key = index?.key ?? table.key
  checkSelect(input, table, index, shown)
  checkFiltered(table, index, filter ? namesIn(filter) : filterList.map(({ name }) => name))
  checkNested(table, nested)
  const start = input.ExclusiveStartKey
  const after = start && afterOf(table, index, start, false)
  const matched = matchTests(table, index, tests)
  const filtered = filter ? namesIn(filter) : filterList.map(({ name }) => name)
  checkFilterNames(filter ? 'Filter Expression' : 'QueryFilter', filtered, keyNames(key))
  if (start) checkStartWithin(matched, start)
  const of = { id: index?.id ?? table.id, isIndex: index !== undefined }
  const range = rangeOf(of, matched, input.ScanIndexForward === false)
  return readPage(parts, {
    table,
    index,
    range: { ...range, ...(after && { after }) },
    test,
    shown,
    select: input.Select,
    limit: input.Limit,
    consistent: input.ConsistentRead,
    capacity: input.ReturnConsumedCapacity,
  })
}

function readScan(input: ScanInput) {
  refuseMixture(
    input,
    ['AttributesToGet', 'ScanFilter', 'ConditionalOperator'],
    ['ProjectionExpression', 'FilterExpression'],
  )
  checkAttributesToGet(input.AttributesToGet)
  const filterList = filterTests(input.ScanFilter)
  checkStartValues(input.ExclusiveStartKey)
  checkSegments(input)
  checkSelectMembers(input)
  const expressions = new Expressions(input)
  const filter = expressions.condition('FilterExpression')
  const shown = shownOf(input, expressions)
  expressions.finish()
  const test = testOf(filter) ?? allOrAny(filterList, input.ConditionalOperator)
  return { test, shown, nested: expressions.nested }
}

function checkSegments({ Segment: segment, TotalSegments: total }: ScanInput): void {
  if (segment === undefined && total === undefined) return
  if (segment === undefined) {
    throw invalid(
      'The Segment parameter is required but was not present in the request when parameter ' +
        'TotalSegments is present',
    )
  }
  if (total === undefined) {
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment ' +
        'parameter is present',
    )
  }
  if (segment >= total) {
    throw invalid(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments',
    )
  }
}

export async function scan(
  parts: DynamoParts,
  input: ScanInput,
  ctx: RequestContext,
): Promise<Page> {
  const { test, shown, nested } = readScan(input)
  const table = tableOf(parts, ctx, input.TableName)
  const index = indexOf(table, input.IndexName)
  checkSelect(input, table, index, shown)
  checkNested(table, nested)
  const start = input.ExclusiveStartKey
  const after = start && afterOf(table, index, start, true)
  const range = scanRange(table, index?.id, input)
  if (after) checkSegment(range, after.pk, input)
  return readPage(parts, {
    table,
    index,
    range: { ...range, ...(after && { after }) },
    test,
    shown,
    select: input.Select,
    limit: input.Limit,
    consistent: input.ConsistentRead,
    capacity: input.ReturnConsumedCapacity,
  })
}

const HASHES = 2 ** 32

/** A segment is an equal part of the hashes that partition keys begin with. */
function scanRange(
  table: Table,
  indexId: number | undefined,
  { Segment: segment, TotalSegments: total = 1 }: ScanInput,
): Range {
  const range = { of: indexId ?? table.id, isIndex: indexId !== undefined, backward: false }
  if (segment === undefined || total === 1) return range
  const from = hashBytes(Math.ceil((HASHES * segment) / total))
  if (segment === total - 1) return { ...range, partitionFrom: from }
  const before = hashBytes(Math.ceil((HASHES * (segment + 1)) / total))
  return { ...range, partitionFrom: from, partitionBefore: before }
}

/** A scan goes on in the segment that it began in. */
function checkSegment(range: Range, place: Uint8Array, input: ScanInput): void {
  const { partitionFrom: from, partitionBefore: before } = range
  const isBefore = from && Buffer.compare(place, from) < 0
  if (!isBefore && !(before && Buffer.compare(place, before) >= 0)) return
  throw invalid(
    'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ' +
      'ExclusiveStartKey with correct Segment. ' +
      `TotalSegments: ${input.TotalSegments} Segment: ${input.Segment}`,
  )
}

function hashBytes(hash: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(hash)
  return bytes
}
