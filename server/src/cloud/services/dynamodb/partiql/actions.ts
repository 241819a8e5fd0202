import { AwsError } from '../../../gateway/index.ts'
import type { RequestContext } from '../../../gateway/index.ts'
import { checkActions, checkCondition, type Condition, holds } from '../expressions/index.ts'
import { checkIndexKeys, checkItemKeys, checkKey, type Stored } from '../item-key.ts'
import { checkedItem, newStored } from '../item-parts.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { conditionFailed, invalid } from '../refusals.ts'
import type { Table } from '../table-model.ts'
import type { TransactAction } from '../transact-actions.ts'
import { checkUpdate, returned, updatedItem, updateOf } from '../updates.ts'
import type { Item } from '../item-types.ts'
import { checkInsertedKey, itemKey, namesOneItem } from './keys.ts'
import type { Statement } from './parser.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>
export type Changing = Exclude<Statement, Of<'select'>>

/** A statement that writes, as a transaction's action, and what it answers with. */
export interface WriteAction extends TransactAction {
  returned(before: Stored | undefined, after: Stored | undefined): Item | undefined
}

/** What is wrong with the operands, whatever the table is. */
export function checkStatement(statement: Statement): void {
  if (statement.kind === 'exists') return checkStatement(statement.select)
  if (statement.kind === 'insert') return
  // Paths that overlap are told from the last to the first.
  if (statement.kind === 'update') checkActions(statement.actions.toReversed())
  if (statement.where) checkCondition(statement.where)
}

export function writeAction(
  parts: DynamoParts,
  statement: Changing,
  ctx: RequestContext,
  onFailure: string | undefined,
): WriteAction {
  const table = tableOf(parts, ctx, statement.table)
  if (statement.kind === 'insert') return insertAction(table, statement)
  if (statement.kind === 'exists') return existsAction(table, statement, onFailure)
  const key = itemKey(table, statement.where)
  const demandWhere = demanding(statement.where!, onFailure)
  const base = { table, key, isCheck: false }
  if (statement.kind === 'delete') {
    return {
      ...base,
      check: () => checkKey(table, key),
      decide(current) {
        if (current) demandWhere(current)
        return { writes: true, after: undefined }
      },
      returned: (before) => (statement.returning === 'ALL_OLD' ? before?.item : undefined),
    }
  }
  const update = updateOf(statement.actions)
  // A list's element is answered with its whole list, unlike UpdateItem's.
  const shown = { ...update, paths: update.paths.map(([name]) => [name!]) }
  return {
    ...base,
    check() {
      checkKey(table, key)
      checkUpdate(table, update)
    },
    decide(current) {
      demandWhere(current)
      return { writes: true, after: updatedItem(table, update, key, current) }
    },
    returned: (before, after) => returned(statement.returning, shown, before, after),
  }
}

const demanding =
  (where: Condition, onFailure: string | undefined) =>
  (current: Stored | undefined): void => {
    if (current && holds(where, current.item)) return
    throw conditionFailed(onFailure === 'ALL_OLD' ? current?.item : undefined)
  }

function insertAction(table: Table, statement: Of<'insert'>): WriteAction {
  checkInsertedKey(table, statement.item)
  const { item } = checkedItem(statement.item)
  return {
    table,
    key: item,
    isCheck: false,
    check() {
      checkItemKeys(table, item)
      checkIndexKeys(table, item)
    },
    decide(current) {
      if (current) {
        throw new AwsError('DuplicateItemException', 'Duplicate primary key exists in table')
      }
      return { writes: true, after: newStored(item) }
    },
    returned: () => undefined,
  }
}

function existsAction(
  table: Table,
  { select: { where } }: Of<'exists'>,
  onFailure: string | undefined,
): WriteAction {
  if (!where || namesOneItem(table, where)) {
    throw invalid('EXISTS() must contain a single item read with additional condition')
  }
  const key = itemKey(table, where)
  const demandWhere = demanding(where, onFailure)
  return {
    table,
    key,
    isCheck: true,
    check: () => checkKey(table, key),
    decide(current) {
      demandWhere(current)
      return { writes: false, after: undefined }
    },
    returned: () => undefined,
  }
}
