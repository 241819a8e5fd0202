import type { DynamoDb, Input, Operations, Output, RequestContext } from '../../gateway/index.ts'
import { consumed, writeUsage } from './capacity.ts'
import {
  applyUpdate,
  Expressions,
  type Path,
  project,
  projectionOf,
  refuseMixture,
  typeGiven,
  type UpdateAction,
} from './expressions/index.ts'
import {
  checkEmptyKeys,
  checkGivenTypes,
  checkIndexKeys,
  checkKey,
  checkNested,
  checkUpdatedKeys,
  placeOf,
  type Stored,
} from './item-key.ts'
import { conditionOf, demand, newStored } from './item-parts.ts'
import {
  applyAttributeUpdates,
  type AttributeUpdates,
  checkAttributeUpdates,
} from './legacy/index.ts'
import { collectionMetrics, type DynamoParts, tableOf } from './parts.ts'
import { badValue, detected, invalid } from './refusals.ts'
import type { Table } from './table-model.ts'
import type { Item, TypeName, Value } from './item-types.ts'
import { checkItem, ITEM_LIMIT_BYTES, itemSize, typeOf } from './value.ts'

export const updateOperations = (parts: DynamoParts) =>
  ({
    UpdateItem: (input, ctx) => updateItem(parts, input, ctx),
  }) satisfies Operations<DynamoDb>

/** An update in either language, as what it does to an item. */
export interface Update {
  paths: Path[]
  /** Attributes that are set to what the request itself says. */
  literals: Item
  /** Types of attributes that will be as they are given, whatever the item is. */
  types: Map<string, TypeName>
  /** What is charged besides the attributes written, by UpdateItem alone. */
  actionBytes: number
  /** Nothing but REMOVE and DELETE. Where there is no item that does nothing, whatever the path. */
  onlyTakes: boolean
  apply(before: Item): Item
}

export const updateOf = (actions: UpdateAction[]): Update => ({
  paths: actions.map(({ path }) => path.parts),
  literals: Object.fromEntries(actions.flatMap(literalOf)),
  types: new Map(actions.flatMap(typed)),
  actionBytes: actions.reduce(
    (sum, { section, path }) => sum + actionBytes(section, path.parts),
    3,
  ),
  onlyTakes: actions.length > 0 && actions.every(({ section }) => takes(section)),
  apply: (before) => applyUpdate(actions, before),
})

const literalOf = (action: UpdateAction): [string, Value][] =>
  action.section === 'SET' && action.operand.kind === 'value' && action.path.parts.length === 1
    ? [[String(action.path.parts[0]), action.operand.value!]]
    : []

const typed = (action: UpdateAction): [string, TypeName][] => {
  const type = action.path.parts.length === 1 ? typeGiven(action) : undefined
  return type ? [[String(action.path.parts[0]), type]] : []
}

const takes = (section: UpdateAction['section']): boolean =>
  section === 'REMOVE' || section === 'DELETE'

/** Measured on the real service: what a clause adds to the size that UpdateItem looks at. */
const actionBytes = (section: UpdateAction['section'], path: Path): number =>
  takes(section) ? 2 : 19 + path.filter((part) => typeof part === 'number').length

function legacyUpdate(updates: AttributeUpdates): Update {
  const given = Object.entries(updates)
  return {
    paths: given.map(([name]) => [name]),
    literals: Object.fromEntries(
      given.flatMap(([name, { Action: action = 'PUT', Value: value }]) =>
        action === 'PUT' && value ? [[name, value]] : [],
      ),
    ),
    types: new Map(
      given.flatMap(([name, { Value: value }]) => (value ? [[name, typeOf(value)]] : [])),
    ),
    actionBytes: given.reduce(
      (sum, [, { Action: action }]) => sum + (action === 'DELETE' ? 2 : 19),
      3,
    ),
    onlyTakes: given.length > 0 && given.every(([, { Action: action }]) => action === 'DELETE'),
    apply: (before) => applyAttributeUpdates(updates, before),
  }
}

/** What the table's keys allow to be written, whatever the item is. */
export function checkUpdate(table: Table, { paths, literals, types }: Update): void {
  const { hash, range } = table.key
  const key = paths.find(([name]) => name === hash || name === range)
  if (key) throw badValue(`Cannot update attribute ${key[0]}. This attribute is part of the key`)
  checkEmptyKeys(table, literals, 'update')
  checkGivenTypes(table, types)
  checkIndexKeys(table, literals, 'update')
}

/** The item an update makes of the one there is, or of the key alone; none of neither. */
export function updatedItem(
  table: Table,
  update: Update,
  key: Item,
  current: Stored | undefined,
): Stored | undefined {
  if (!current && update.onlyTakes) return undefined
  const item = update.apply(current?.item ?? key)
  checkUpdatedKeys(table, item, new Set(update.paths.map(([name]) => String(name))))
  const stored = newStored(item)
  if (stored.sizeBytes > ITEM_LIMIT_BYTES) throw tooLarge()
  return stored
}

const tooLarge = () => invalid('Item size to update has exceeded the maximum allowed size')

/**
 * UpdateItem, unlike other writes, also measures what its expression writes and a few bytes for
 * each of its clauses, so that items with a short key end a little below the limit.
 */
function checkWritten({ paths, actionBytes }: Update, { sizeBytes, item }: Stored): void {
  if (sizeBytes + actionBytes <= ITEM_LIMIT_BYTES) return
  const names = [...new Set(paths.map(([name]) => String(name)))]
  const written = names.flatMap((name) => (item[name] ? [[name, item[name]] as const] : []))
  if (itemSize(Object.fromEntries(written)) + actionBytes > ITEM_LIMIT_BYTES) throw tooLarge()
}

type UpdateInput = Input<DynamoDb, 'UpdateItem'>

function readUpdateItem(input: UpdateInput) {
  refuseMixture(
    input,
    ['AttributeUpdates', 'Expected', 'ConditionalOperator'],
    ['UpdateExpression', 'ConditionExpression'],
    'told alone',
  )
  const key = checkItem(input.Key!, 'current')
  checkAttributeUpdates(input.AttributeUpdates)
  const expressions = new Expressions(input, 'current')
  const actions = expressions.update()
  const test = conditionOf(input, expressions)
  expressions.finish()
  const update = actions ? updateOf(actions) : legacyUpdate(input.AttributeUpdates ?? {})
  return { key, test, update, nested: expressions.nested }
}

async function updateItem(
  parts: DynamoParts,
  input: UpdateInput,
  ctx: RequestContext,
): Promise<Output<DynamoDb, 'UpdateItem'>> {
  const { key, test, update, nested } = detected(input, () => readUpdateItem(input))
  const table = tableOf(parts, ctx, input.TableName)
  checkKey(table, key)
  checkUpdate(table, update)
  checkNested(table, nested)
  const target = { table, place: placeOf(table.id, table.key, key) }
  const { before, after } = await parts.writer.change([target], ([current]) => {
    demand(test, current, input.ReturnValuesOnConditionCheckFailure)
    const after = updatedItem(table, update, key, current)
    if (after) checkWritten(update, after)
    return {
      changes: after ? [{ ...target, before: current, after }] : [],
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
