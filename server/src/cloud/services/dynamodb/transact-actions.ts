import type { DynamoDb, Input } from '../../gateway/index.ts'
import { Expressions, refuseMixture } from './expressions/index.ts'
import {
  checkEmptyKeys,
  checkIndexKeys,
  checkItemKeys,
  checkKey,
  checkNested,
  type Stored,
} from './item-key.ts'
import { checkedItem, conditionOf, demand, newStored } from './item-parts.ts'
import { invalid } from './refusals.ts'
import type { Table } from './table-model.ts'
import { checkUpdate, updatedItem, updateOf } from './updates.ts'
import type { Item } from './item-types.ts'
import { checkItem } from './value.ts'

type TransactItem = NonNullable<Input<DynamoDb, 'TransactWriteItems'>['TransactItems']>[number]

/** One item's part of a transaction. */
export interface TransactAction {
  table: Table
  /** The item's key, or the whole item of a put. */
  key: Item
  isCheck: boolean
  /** What refuses the whole request, and isn't one item's reason. */
  refuse?(): void
  /** What can be refused without knowing the item. */
  check(): void
  /** What becomes of the item; throws where its condition fails. */
  decide(current: Stored | undefined): { writes: boolean; after: Stored | undefined }
}

/** One action as it was read; what it does is known once its table is. */
export interface ReadAction {
  tableName: string
  on(table: Table): TransactAction
}

export function readAction(given: TransactItem): ReadAction {
  const members = [given.ConditionCheck, given.Put, given.Delete, given.Update]
  if (members.filter((member) => member !== undefined).length !== 1) {
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  }
  if (given.Put) return readPut(given.Put)
  if (given.Update) return readUpdate(given.Update)
  const keyed = given.Delete ?? given.ConditionCheck!
  refuseMixture(keyed, [], ['ConditionExpression'])
  const expressions = new Expressions(keyed)
  const test = conditionOf(keyed, expressions)
  expressions.finish()
  const key = checkItem(keyed.Key!)
  const isCheck = given.Delete === undefined
  const on = (table: Table): TransactAction => ({
    table,
    key,
    isCheck,
    refuse: () => checkEmptyKeys(table, key),
    check() {
      checkKey(table, key)
      checkNested(table, expressions.nested)
    },
    decide(current) {
      demand(test, current, keyed.ReturnValuesOnConditionCheckFailure)
      return { writes: !isCheck, after: undefined }
    },
  })
  return { tableName: keyed.TableName!, on }
}

function readPut(put: NonNullable<TransactItem['Put']>): ReadAction {
  refuseMixture(put, [], ['ConditionExpression'])
  const { item } = checkedItem(put.Item!)
  const expressions = new Expressions(put)
  const test = conditionOf(put, expressions)
  expressions.finish()
  const on = (table: Table): TransactAction => ({
    table,
    key: item,
    isCheck: false,
    refuse: () => checkEmptyKeys(table, item),
    check() {
      checkItemKeys(table, item)
      checkIndexKeys(table, item)
      checkNested(table, expressions.nested)
    },
    decide(current) {
      demand(test, current, put.ReturnValuesOnConditionCheckFailure)
      return { writes: true, after: newStored(item) }
    },
  })
  return { tableName: put.TableName!, on }
}

function readUpdate(given: NonNullable<TransactItem['Update']>): ReadAction {
  refuseMixture(given, [], ['UpdateExpression', 'ConditionExpression'])
  const expressions = new Expressions(given)
  const update = updateOf(expressions.update() ?? [])
  const test = conditionOf(given, expressions)
  expressions.finish()
  const key = checkItem(given.Key!)
  const on = (table: Table): TransactAction => ({
    table,
    key,
    isCheck: false,
    refuse() {
      checkEmptyKeys(table, key)
      checkEmptyKeys(table, update.literals, 'update')
    },
    check() {
      checkKey(table, key)
      checkUpdate(table, update)
      checkNested(table, expressions.nested)
    },
    decide(current) {
      demand(test, current, given.ReturnValuesOnConditionCheckFailure)
      return { writes: true, after: updatedItem(table, update, key, current) }
    },
  })
  return { tableName: given.TableName!, on }
}
