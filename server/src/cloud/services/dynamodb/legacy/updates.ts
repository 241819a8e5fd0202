import type { DynamoDb, Input } from '../../../gateway/index.ts'
import { rest, sumOf } from '../expressions/index.ts'
import { badValue, invalid } from '../refusals.ts'
import type { Item, TypeName, Value } from '../item-types.ts'
import { checkedValue, checkName, typeOf } from '../value.ts'

export type AttributeUpdates = NonNullable<Input<DynamoDb, 'UpdateItem'>['AttributeUpdates']>

const addable: TypeName[] = ['N', 'SS', 'NS', 'BS', 'L']
const deletable: TypeName[] = ['SS', 'NS', 'BS']

export function checkAttributeUpdates(updates: AttributeUpdates | undefined): void {
  for (const [name, { Action: action = 'PUT', Value: value }] of Object.entries(updates ?? {})) {
    checkName(name)
    if (!value) {
      if (action === 'DELETE') continue
      throw badValue('Only DELETE action is allowed when no attribute value is specified')
    }
    checkedValue(value, 'current')
    const type = typeOf(value)
    if (action === 'DELETE' && !deletable.includes(type)) {
      throw badValue(`DELETE action with value is not supported for the type ${type}`)
    }
    if (action === 'ADD' && !addable.includes(type)) {
      throw badValue(`ADD action is not supported for the type ${type}`)
    }
  }
}

/** The item after the updates of the language before expressions. */
export function applyAttributeUpdates(updates: AttributeUpdates, before: Item): Item {
  const after = { ...before }
  for (const [name, { Action: action = 'PUT', Value: value }] of Object.entries(updates)) {
    const now = updated(before[name], action, value)
    if (now) after[name] = now
    else delete after[name]
  }
  return after
}

function updated(
  current: Value | undefined,
  action: string,
  value: Value | undefined,
): Value | undefined {
  if (action === 'PUT' || !value) return value
  if (current && typeOf(current) !== typeOf(value)) {
    throw invalid('Type mismatch for attribute to update')
  }
  if (action === 'DELETE') return rest(current, value)
  return value.L ? { L: [...(current?.L ?? []), ...value.L] } : sumOf(current, value)
}
