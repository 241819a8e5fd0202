import {
  asJsonText,
  type DynamoDb,
  type Input,
  type Operations,
  type Output,
  type RequestContext,
} from '../../gateway/index.ts'
import { addUsage, consumed, newUsage, readUnits, writeUsage } from './capacity.ts'
import { Expressions, refuseMixture } from './expressions/index.ts'
import {
  checkIndexKeys,
  checkItemKeys,
  checkKey,
  checkNested,
  placeOf,
  Stored,
} from './item-key.ts'
import {
  checkAttributesToGet,
  checkedSize,
  conditionOf,
  demand,
  type Shown,
  show,
  shownOf,
} from './item-parts.ts'
import { collectionMetrics, type DynamoParts, tableOf } from './parts.ts'
import { detected, invalid } from './refusals.ts'
import type { Item } from './item-types.ts'
import { checkItem, itemOf, itemText } from './value.ts'

export const itemOperations = (parts: DynamoParts) =>
  ({
    GetItem: (input, ctx) => getItem(parts, input, ctx),
    PutItem: (input, ctx) => putItem(parts, input, ctx),
    DeleteItem: (input, ctx) => deleteItem(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

async function getItem(
  parts: DynamoParts,
  input: Input<DynamoDb, 'GetItem'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'GetItem'>> {
  refuseMixture(input, ['AttributesToGet'], ['ProjectionExpression'])
  const key = checkItem(input.Key!, 'current')
  checkAttributesToGet(input.AttributesToGet)
  const expressions = new Expressions(input, 'current')
  const shown = shownOf(input, expressions)
  expressions.finish()
  const table = tableOf(parts, ctx, input.TableName)
  checkKey(table, key)
  checkNested(table, expressions.nested)
  const found = parts.items.get(table.id, placeOf(table.id, table.key, key))
  const stored = found instanceof Promise ? await found : found
  const usage = newUsage(readUnits(stored?.sizeBytes ?? 0, input.ConsistentRead))
  return {
    ...(stored && { Item: shownItem(stored, shown) }),
    ConsumedCapacity: consumed(input.ReturnConsumedCapacity, table, usage),
  }
}

/** Most ask for the whole item, whose text is the answer's. */
const shownItem = (stored: Stored, shown: Shown | undefined): Item =>
  shown ? show(stored.item, shown) : asJsonText(stored.text, () => stored.item)

function checkReturnValues(given: string | undefined): void {
  if (given === undefined || given === 'NONE' || given === 'ALL_OLD') return
  throw invalid('ReturnValues can only be ALL_OLD or NONE')
}

type Conditional = Input<DynamoDb, 'PutItem'> | Input<DynamoDb, 'DeleteItem'>

/** What a write of one item is made of, `given` the item or its key; refused as what it is. */
const readWrite = (input: Conditional, given: Item) =>
  detected(input, () => {
    refuseMixture(input, ['Expected', 'ConditionalOperator'], ['ConditionExpression'], 'told alone')
    checkItem(given, 'current')
    checkReturnValues(input.ReturnValues)
    const expressions = new Expressions(input, 'current')
    const test = conditionOf(input, expressions)
    expressions.finish()
    return { test, nested: expressions.nested }
  })

async function putItem(
  parts: DynamoParts,
  input: Input<DynamoDb, 'PutItem'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'PutItem'>> {
  const item: Item = input.Item!
  const { test, nested } = readWrite(input, item)
  const sizeBytes = checkedSize(item)
  const table = tableOf(parts, ctx, input.TableName)
  checkItemKeys(table, item)
  checkIndexKeys(table, item)
  checkNested(table, nested)
  const target = { table, place: placeOf(table.id, table.key, item) }
  const after = new Stored(itemText(item), sizeBytes, itemOf, item)
  const metrics = collectionMetrics(input.ReturnItemCollectionMetrics, table, item)
  const wantsCapacity = (input.ReturnConsumedCapacity ?? 'NONE') !== 'NONE'
  // Nothing in the answer depends on what was there.
  const blind = !test && !wantsCapacity && input.ReturnValues !== 'ALL_OLD'
  if (blind) {
    await parts.writer.put(target, after)
    return { ItemCollectionMetrics: metrics }
  }
  const before = await parts.writer.change([target], ([current]) => {
    demand(test, current, input.ReturnValuesOnConditionCheckFailure)
    return { changes: [{ ...target, before: current, after }], result: current }
  })
  return {
    ...(input.ReturnValues === 'ALL_OLD' && before && { Attributes: before.item }),
    ConsumedCapacity: wantsCapacity
      ? consumed(input.ReturnConsumedCapacity, table, writeUsage(table, before, after))
      : undefined,
    ItemCollectionMetrics: metrics,
  }
}

async function deleteItem(
  parts: DynamoParts,
  input: Input<DynamoDb, 'DeleteItem'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'DeleteItem'>> {
  const key: Item = input.Key!
  const { test, nested } = readWrite(input, key)
  const table = tableOf(parts, ctx, input.TableName)
  checkKey(table, key)
  checkNested(table, nested)
  const target = { table, place: placeOf(table.id, table.key, key) }
  const before = await parts.writer.change([target], ([current]) => {
    demand(test, current, input.ReturnValuesOnConditionCheckFailure)
    const changes = current ? [{ ...target, before: current, after: undefined }] : []
    return { changes, result: current }
  })
  const usage = newUsage()
  addUsage(usage, writeUsage(table, before, undefined))
  return {
    ...(input.ReturnValues === 'ALL_OLD' && before && { Attributes: before.item }),
    ConsumedCapacity: consumed(input.ReturnConsumedCapacity, table, usage),
    ItemCollectionMetrics: collectionMetrics(input.ReturnItemCollectionMetrics, table, key),
  }
}
