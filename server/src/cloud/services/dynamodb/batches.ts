import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { addUsage, consumed, newUsage, readUnits, type Usage, writeUsage } from './capacity.ts'
import { Expressions, refuseMixture } from './expressions/index.ts'
import {
  checkIndexKeys,
  checkKey,
  checkNested,
  type Place,
  placeOf,
  type Stored,
} from './item-key.ts'
import {
  checkAttributesToGet,
  checkedItem,
  newStored,
  show,
  type Shown,
  shownOf,
} from './item-parts.ts'
import { collectionMetrics, type DynamoParts, tableOf } from './parts.ts'
import { invalid } from './refusals.ts'
import { keyNames, type Table } from './table-model.ts'
import type { Item } from './item-types.ts'
import { checkItem, itemText } from './value.ts'

const MOST_READ = 100
const MOST_WRITTEN = 25
const ANSWER_BYTES = 16 * 1024 * 1024

export const batchOperations = (parts: DynamoParts) =>
  ({
    BatchGetItem: (input, ctx) => batchGet(parts, input, ctx),
    BatchWriteItem: (input, ctx) => batchWrite(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

type GetRequest = NonNullable<Input<DynamoDb, 'BatchGetItem'>['RequestItems']>[string]
type Request = NonNullable<Input<DynamoDb, 'BatchWriteItem'>['RequestItems']>[string][number]

const duplicates = () => invalid('Provided list of item keys contains duplicates')

function checkDistinct(places: Place[]): void {
  if (new Set(places.map(({ id }) => id)).size < places.length) throw duplicates()
}

interface Getting {
  given: string
  request: GetRequest
  shown: Shown | undefined
  nested: ReadonlySet<string>
}

async function batchGet(
  parts: DynamoParts,
  input: Input<DynamoDb, 'BatchGetItem'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'BatchGetItem'>> {
  const wanted = Object.entries(input.RequestItems ?? {})
  // One table's way to say what is shown is every table's.
  refuseMixture(
    Object.assign({}, ...wanted.map(([, request]) => request)),
    ['AttributesToGet'],
    ['ProjectionExpression'],
  )
  const getting = wanted.map(([given, request]) => readGetting(given, request))
  if (wanted.reduce((sum, [, { Keys: keys }]) => sum + keys!.length, 0) > MOST_READ) {
    throw invalid('Too many items requested for the BatchGetItem call')
  }
  const asked = getting.map((one) => {
    const table = tableOf(parts, ctx, one.given)
    one.request.Keys!.forEach((key) => checkKey(table, key))
    checkNested(table, one.nested)
    const places = one.request.Keys!.map((key) => placeOf(table.id, table.key, key))
    checkDistinct(places)
    return { ...one, table, places }
  })
  const responses: Record<string, Item[]> = {}
  const unprocessed: Record<string, GetRequest> = {}
  const capacities = []
  let bytes = 0
  for (const { given, request, shown, table, places } of asked) {
    const items: Item[] = []
    const usage = newUsage()
    const stored = await Promise.all(places.map((place) => parts.items.get(table.id, place)))
    stored.forEach((one, i) => {
      if (bytes + (one?.sizeBytes ?? 0) > ANSWER_BYTES) {
        ;(unprocessed[given] ??= { ...request, Keys: [] }).Keys!.push(request.Keys![i]!)
        return
      }
      bytes += one?.sizeBytes ?? 0
      usage.table += readUnits(one?.sizeBytes ?? 0, request.ConsistentRead)
      if (one) items.push(show(one.item, shown))
    })
    responses[given] = items
    const units = consumed(input.ReturnConsumedCapacity, table, usage)
    if (units) capacities.push(units)
  }
  return {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}

function readGetting(given: string, request: GetRequest): Getting {
  refuseMixture(request, ['AttributesToGet'], ['ProjectionExpression'])
  checkAttributesToGet(request.AttributesToGet)
  const expressions = new Expressions(request, 'current')
  const shown = shownOf(request, expressions)
  expressions.finish()
  const keys = request.Keys!.map((key) => itemText(sortedByName(checkItem(key, 'current'))))
  if (new Set(keys).size < keys.length) throw duplicates()
  return { given, request, shown, nested: expressions.nested }
}

const sortedByName = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))

interface Writing {
  table: Table
  place: Place
  key: Item
  after: Stored | undefined
}

async function batchWrite(
  parts: DynamoParts,
  input: Input<DynamoDb, 'BatchWriteItem'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'BatchWriteItem'>> {
  const wanted = Object.entries(input.RequestItems ?? {})
  const all = wanted.flatMap(([given, requests]) =>
    requests.map((request) => ({ given, item: checkRequest(request), request })),
  )
  if (all.length > MOST_WRITTEN) {
    throw invalid('Too many items requested for the BatchWriteItem call')
  }
  const writings = all.map(({ given, item, request }) =>
    writingOf(tableOf(parts, ctx, given), item, request),
  )
  checkDistinct(writings.map(({ place }) => place))
  const usages = new Map<Table, Usage>()
  await Promise.all(
    writings.map(async ({ table, place, after }) => {
      const before = await parts.writer.change([{ table, place }], ([current]) => ({
        changes: [{ table, place, before: current, after }],
        result: current,
      }))
      if (!usages.has(table)) usages.set(table, newUsage())
      addUsage(usages.get(table)!, writeUsage(table, before, after))
    }),
  )
  const capacities = [...usages].flatMap(
    ([table, usage]) => consumed(input.ReturnConsumedCapacity, table, usage) ?? [],
  )
  const metrics = metricsOf(input.ReturnItemCollectionMetrics, writings)
  return {
    UnprocessedItems: {},
    ...(Object.keys(metrics).length > 0 && { ItemCollectionMetrics: metrics }),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}

function checkRequest({ PutRequest: put, DeleteRequest: remove }: Request): Item {
  if (put && !remove) return checkedItem(put.Item!).item
  if (remove && !put) return checkItem(remove.Key!)
  throw invalid(
    'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the ' +
      'supported datatypes',
  )
}

function writingOf(table: Table, item: Item, { PutRequest: put }: Request): Writing {
  if (put) {
    checkKey(table, keyPart(table, item))
    checkIndexKeys(table, item)
  } else checkKey(table, item)
  const place = placeOf(table.id, table.key, item)
  return { table, place, key: keyPart(table, item), after: put ? newStored(item) : undefined }
}

/** A put in a batch that lacks its key is told as a wrong key, unlike one alone. */
const keyPart = (table: Table, item: Item): Item =>
  Object.fromEntries(
    keyNames(table.key).flatMap((name) => (item[name] ? [[name, item[name]]] : [])),
  )

type Metrics = NonNullable<ReturnType<typeof collectionMetrics>>

export function metricsOf(
  wanted: string | undefined,
  writings: { table: Table; key: Item }[],
): Record<string, Metrics[]> {
  const metrics: Record<string, Metrics[]> = {}
  const seen = new Set<string>()
  for (const { table, key } of writings) {
    const one = collectionMetrics(wanted, table, key)
    const id = `${table.id}/${JSON.stringify(one?.ItemCollectionKey)}`
    if (!one || seen.has(id)) continue
    seen.add(id)
    ;(metrics[table.name] ??= []).push(one)
  }
  return metrics
}
