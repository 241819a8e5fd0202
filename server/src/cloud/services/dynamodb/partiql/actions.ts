import { AwsError } from '../../../gateway/index.ts'
import type { RequestContext } from '../../../gateway/index.ts'
import { holds } from '../expressions/index.ts'
import { checkIndexKeys, checkItemKeys, checkKey, type Stored } from '../item-key.ts'
import { checkedItem, newStored } from '../item-parts.ts'
import { type DynamoParts, tableOf } from '../parts.ts'
import { conditionFailed } from '../refusals.ts'
import type { TransactAction } from '../transact-actions.ts'
import { checkUpdate, returned, updatedItem, updateOf } from '../updates.ts'
import type { Item } from '../value.ts'
import { itemKey } from './keys.ts'
import type { Statement } from './parser.ts'

type Changing = Exclude<Statement, { kind: 'select' }>

/** A statement that writes, as a transaction's action, and what it answers with. */
export interface WriteAction extends TransactAction {
  returned(before: Stored | undefined, after: Stored | undefined): Item | undefined
}

export function writeAction(
  parts: DynamoParts,
  statement: Changing,
  ctx: RequestContext,
  onFailure: string | undefined,
): WriteAction {
  const table = tableOf(parts, ctx, statement.table)
  if (statement.kind === 'insert') {
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
  const key = itemKey(table, statement.where)
  const { where } = statement
  const demandWhere = (current: Stored | undefined) => {
    if (current && holds(where, current.item)) return
    throw conditionFailed(onFailure === 'ALL_OLD' ? current?.item : undefined)
  }
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
    returned: (before, after) => returned(statement.returning, update, before, after),
  }
}
