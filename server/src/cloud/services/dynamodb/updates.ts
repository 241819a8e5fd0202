import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { consumed, writeUsage } from './capacity.ts'
import {
  applyUpdate,
  Expressions,
  type Path,
  project,
  projectionOf,
  refuseMixture,
  type UpdateAction,
} from './expressions/index.ts'
import { checkIndexKeys, checkKey, checkNested, placeOf, type Stored } from './item-key.ts'
import { conditionOf, demand, newStored } from './item-parts.ts'
import {
  applyAttributeUpdates,
  type AttributeUpdates,
  checkAttributeUpdates,
} from './legacy/index.ts'
import { collectionMetrics, type DynamoParts, tableOf } from './parts.ts'
import { badValue, invalid } from './refusals.ts'
import type { Table } from './table-model.ts'
import { checkItem, type Item, ITEM_LIMIT_BYTES } from './value.ts'

export const updateOperations = (parts: DynamoParts) =>
  ({
    UpdateItem: (input, ctx) => updateItem(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

/** An update in either language, as what it does to an item. */
export interface Update {
  paths: Path[]
  apply(before: Item): Item
}

export const updateOf = (actions: UpdateAction[]): Update => ({
  paths: actions.map(({ path }) => path.parts),
  apply: (before) => applyUpdate(actions, before),
})

function legacyUpdate(updates: AttributeUpdates): Update {
  const paths = Object.keys(updates).map((name) => [name])
  return { paths, apply: (before) => applyAttributeUpdates(updates, before) }
}

/** What the table's keys allow to be written, whatever the item is. */
export function checkUpdate(table: Table, { paths }: Update): void {
  const { hash, range } = table.key
  const key = paths.find(([name]) => name === hash || name === range)
  if (key) throw badValue(`Cannot update attribute ${key[0]}. This attribute is part of the key`)
}

/** The item an update makes of the one there is, or of the key alone. */
export function updatedItem(
  table: Table,
  update: Update,
  key: Item,
  current: Stored | undefined,
): Stored {
  const item = update.apply(current?.item ?? key)
  checkIndexKeys(table, item)
  const stored = newStored(item)
  if (stored.sizeBytes > ITEM_LIMIT_BYTES) {
    throw invalid('Item size to update has exceeded the maximum allowed size')
  }
  return stored
}

async function updateItem(
  parts: DynamoParts,
  input: Input<DynamoDb, 'UpdateItem'>,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'UpdateItem'>> {
  refuseMixture(
    input,
    ['AttributeUpdates', 'Expected', 'ConditionalOperator'],
    ['UpdateExpression', 'ConditionExpression'],
  )
  const key = checkItem(input.Key!)
  checkAttributeUpdates(input.AttributeUpdates)
  const expressions = new Expressions(input)
  const actions = expressions.update()
  const test = conditionOf(input, expressions)
  expressions.finish()
  const update = actions ? updateOf(actions) : legacyUpdate(input.AttributeUpdates ?? {})
  const table = tableOf(parts, ctx, input.TableName)
  checkKey(table, key)
  checkUpdate(table, update)
  checkNested(table, expressions.nested)
  const target = { table, place: placeOf(table.id, table.key, key) }
  const { before, after } = await parts.writer.change([target], ([current]) => {
    demand(test, current, input.ReturnValuesOnConditionCheckFailure)
    const after = updatedItem(table, update, key, current)
    return {
      changes: [{ ...target, before: current, after }],
      result: { before: current, after },
    }
  })
  const attributes = returned(input.ReturnValues, update, before, after)
  return {
    ...(attributes && { Attributes: attributes }),
    ConsumedCapacity: consumed(
      input.ReturnConsumedCapacity,
      table,
      writeUsage(table, before, after),
    ),
    ItemCollectionMetrics: collectionMetrics(input.ReturnItemCollectionMetrics, table, key),
  }
}

export function returned(
  wanted: string | undefined,
  { paths }: Update,
  before: Stored | undefined,
  after: Stored | undefined,
): Item | undefined {
  if (wanted === undefined || wanted === 'NONE') return undefined
  const from = wanted.endsWith('_OLD') ? before : after
  if (!from || wanted.startsWith('ALL')) return from?.item
  const part = project(from.item, projectionOf(paths))
  return Object.keys(part).length > 0 ? part : undefined
}
