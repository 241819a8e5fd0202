import { beginsWith, compareValues, containsValue, sameValue } from '../compare.ts'
import type { Item, Value } from '../item-types.ts'
import { typeOf } from '../value.ts'
import type { Comparator, Condition, Operand } from './ast.ts'

export function valueAt(item: Item, parts: (string | number)[]): Value | undefined {
  let value: Value | undefined = Object.hasOwn(item, parts[0]!) ? item[parts[0]!] : undefined
  for (let i = 1; i < parts.length && value !== undefined; i++) {
    const part = parts[i]!
    if (typeof part === 'number') value = value.L?.[part]
    else value = value.M && Object.hasOwn(value.M, part) ? value.M[part] : undefined
  }
  return value
}

/** Whether the item, `{}` where there is none, meets the condition. */
export function holds(node: Condition, item: Item): boolean {
  switch (node.kind) {
    case 'and':
      return holds(node.left, item) && holds(node.right, item)
    case 'or':
      return holds(node.left, item) || holds(node.right, item)
    case 'not':
      return !holds(node.condition, item)
    case 'compare':
      return compare(node.operator, operandValue(node.left, item), operandValue(node.right, item))
    case 'between': {
      const value = operandValue(node.operand, item)
      return (
        compare('>=', value, operandValue(node.low, item)) &&
        compare('<=', value, operandValue(node.high, item))
      )
    }
    case 'in': {
      const value = operandValue(node.operand, item)
      return node.list.some((other) => compare('=', value, operandValue(other, item)))
    }
    case 'call':
      return callHolds(node.name, node.args, item)
  }
}

function callHolds(name: string, args: Operand[], item: Item): boolean {
  const value = operandValue(args[0]!, item)
  if (name === 'attribute_exists') return value !== undefined
  if (name === 'attribute_not_exists') return value === undefined
  const other = operandValue(args[1]!, item)
  if (value === undefined || other === undefined) return false
  if (name === 'attribute_type') return typeOf(value) === other.S
  return name === 'begins_with' ? beginsWith(value, other) : containsValue(value, other)
}

export function compare(
  operator: Comparator,
  left: Value | undefined,
  right: Value | undefined,
): boolean {
  if (operator === '=') return left !== undefined && right !== undefined && sameValue(left, right)
  if (operator === '<>') {
    if (left === undefined || right === undefined) return left !== right
    return !sameValue(left, right)
  }
  if (left === undefined || right === undefined) return false
  const order = compareValues(left, right)
  if (order === undefined) return false
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function operandValue(operand: Operand, item: Item): Value | undefined {
  if (operand.kind === 'value') return operand.value
  if (operand.kind === 'path') return valueAt(item, operand.parts)
  if (operand.kind !== 'call') return undefined
  const of = operandValue(operand.args[0]!, item)
  const size = of === undefined ? undefined : sizeOf(of)
  return size === undefined ? undefined : ({ N: String(size) } as Value)
}

/** Characters, bytes or members; other types have no size. */
function sizeOf(value: Value): number | undefined {
  if (value.S !== undefined) return value.S.length
  if (value.B !== undefined) return value.B.byteLength
  if (value.M) return Object.keys(value.M).length
  return (value.SS ?? value.NS ?? value.BS ?? value.L)?.length
}
