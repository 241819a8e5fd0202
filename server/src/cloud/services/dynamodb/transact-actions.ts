import type { DynamoDb, Input, RequestContext } from '../../gateway/index.ts'
import { Expressions, refuseMixture } from './expressions/index.ts'
import { checkIndexKeys, checkItemKeys, checkKey, checkNested, type Stored } from './item-key.ts'
import { checkedItem, conditionOf, demand, newStored } from './item-parts.ts'
import { type DynamoParts, tableOf } from './parts.ts'
import { invalid } from './refusals.ts'
import type { Table } from './table-model.ts'
import { checkUpdate, updatedItem, updateOf } from './updates.ts'
import { checkItem, type Item } from './value.ts'

type TransactItem = NonNullable<Input<DynamoDb, 'TransactWriteItems'>['TransactItems']>[number]

/** One item's part of a transaction. */
export interface TransactAction {
  table: Table
  /** The item's key, or the whole item of a put. */
  key: Item
  isCheck: boolean
  /** What can be refused without knowing the item. */
  check(): void
  /** What becomes of the item; throws where its condition fails. */
  decide(current: Stored | undefined): { writes: boolean; after: Stored | undefined }
}

export function actionOf(
  parts: DynamoParts,
  given: TransactItem,
  ctx: RequestContext,
): TransactAction {
  const members = [given.ConditionCheck, given.Put, given.Delete, given.Update]
  if (members.filter((member) => member !== undefined).length !== 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  }
  if (given.Put) return putAction(parts, given.Put, ctx)
  if (given.Update) return updateAction(parts, given.Update, ctx)
  const keyed = given.Delete ?? given.ConditionCheck!
  refuseMixture(keyed, [], ['ConditionExpression'])
  const key = checkItem(keyed.Key!)
  const expressions = new Expressions(keyed)
  const test = conditionOf(keyed, expressions)
  expressions.finish()
  const table = tableOf(parts, ctx, keyed.TableName)
  const isCheck = given.Delete === undefined
  return {
    table,
    key,
    isCheck,
    check() {
      checkKey(table, key)
      checkNested(table, expressions.nested)
    },
    decide(current) {
      demand(test, current, keyed.ReturnValuesOnConditionCheckFailure)
      return { writes: !isCheck, after: undefined }
    },
  }
}

function putAction(
  parts: DynamoParts,
  put: NonNullable<TransactItem['Put']>,
  ctx: RequestContext,
): TransactAction {
  refuseMixture(put, [], ['ConditionExpression'])
  const { item } = checkedItem(put.Item!)
  const expressions = new Expressions(put)
  const test = conditionOf(put, expressions)
  expressions.finish()
  const table = tableOf(parts, ctx, put.TableName)
  return {
    table,
    key: item,
    isCheck: false,
    check() {
      checkItemKeys(table, item)
      checkIndexKeys(table, item)
      checkNested(table, expressions.nested)
    },
    decide(current) {
      demand(test, current, put.ReturnValuesOnConditionCheckFailure)
      return { writes: true, after: newStored(item) }
    },
  }
}

function updateAction(
  parts: DynamoParts,
  given: NonNullable<TransactItem['Update']>,
  ctx: RequestContext,
): TransactAction {
  refuseMixture(given, [], ['UpdateExpression', 'ConditionExpression'])
  const key = checkItem(given.Key!)
  const expressions = new Expressions(given)
  const update = updateOf(expressions.update() ?? [])
  const test = conditionOf(given, expressions)
  expressions.finish()
  const table = tableOf(parts, ctx, given.TableName)
  return {
    table,
    key,
    isCheck: false,
    check() {
      checkKey(table, key)
      checkUpdate(table, update)
      checkNested(table, expressions.nested)
    },
    decide(current) {
      demand(test, current, given.ReturnValuesOnConditionCheckFailure)
      return { writes: true, after: updatedItem(table, update, key, current) }
    },
  }
}
