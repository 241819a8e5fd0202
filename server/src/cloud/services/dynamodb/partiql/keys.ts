import type { Condition, KeyTest, Operand } from '../expressions/index.ts'
import { checkEmptyKey } from '../item-key.ts'
import { invalid } from '../refusals.ts'
import { type IndexKey, keyNames, type Table } from '../table-model.ts'
import type { Item, Value } from '../item-types.ts'
import { typeOf } from '../value.ts'

/** Tests that all must hold, where the condition is such a list. */
export function conjuncts(node: Condition | undefined): Condition[] {
  if (!node) return []
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
}

const operators = { '=': 'EQ', '<': 'LT', '<=': 'LE', '>': 'GT', '>=': 'GE' } as const
const turned = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

const isNamed = (operand: Operand, name: string): boolean =>
  operand.kind === 'path' && operand.parts.length === 1 && operand.parts[0] === name

/** What the condition says of one key attribute, where it can narrow a query. */
function keyTest(node: Condition, name: string): KeyTest | undefined {
  if (node.kind === 'compare') {
    const isTurned = node.left.kind === 'value'
    const [key, value] = isTurned ? [node.right, node.left] : [node.left, node.right]
    const written = isTurned ? turned[node.operator] : node.operator
    const operator = written === '<>' ? undefined : operators[written]
    if (!operator || !isNamed(key, name) || value.kind !== 'value') return undefined
    return { name, operator, values: [value.value!] }
  }
  if (node.kind === 'between' && isNamed(node.operand, name)) {
    if (node.low.kind !== 'value' || node.high.kind !== 'value') return undefined
    return { name, operator: 'BETWEEN', values: [node.low.value!, node.high.value!] }
  }
  if (node.kind !== 'call' || node.name !== 'begins_with') return undefined
  const [of, prefix] = node.args
  if (!of || !isNamed(of, name) || prefix?.kind !== 'value') return undefined
  return { name, operator: 'BEGINS_WITH', values: [prefix.value!] }
}

export const testsOf = (where: Condition | undefined, name: string): KeyTest[] =>
  conjuncts(where).flatMap((node) => keyTest(node, name) ?? [])

/** A condition on the partition key that reads by it, though several keys be named. */
export const isKeyed = (where: Condition | undefined, { hash }: IndexKey): boolean =>
  conjuncts(where).some(
    (node) =>
      keyTest(node, hash[0]!)?.operator === 'EQ' ||
      (node.kind === 'in' && isNamed(node.operand, hash[0]!)),
  )

/** Whether the condition is equalities on the whole key, and nothing else. */
export function namesOneItem(table: Table, where: Condition | undefined): boolean {
  const names = keyNames(table.key)
  const all = names.every((name) => testsOf(where, name)[0]?.operator === 'EQ')
  return all && conjuncts(where).length === names.length
}

/** The one item a statement is about: equalities on its whole key. */
export function itemKey(table: Table, where: Condition | undefined): Item {
  const key: Item = {}
  for (const name of keyNames(table.key)) {
    const tests = testsOf(where, name)
    if (tests.length > 1) {
      const only = 'Only single item Update/Insert/Delete are supported'
      throw invalid(`Multiple conditions on same key ${name}. ${only}`)
    }
    if (tests[0]?.operator !== 'EQ') {
      throw invalid('Where clause does not contain a mandatory equality on all key attributes')
    }
    key[name] = tests[0].values[0]!
    checkKeyValue(table, name, key[name])
  }
  return key
}

export function checkInsertedKey(table: Table, item: Item): void {
  for (const name of keyNames(table.key)) {
    const value = item[name]
    if (!value) throw invalid(`Key attribute should be present in the item: Key ${name}`)
    checkKeyValue(table, name, value)
  }
}

export function checkKeyValue(table: Table, name: string, value: Value): void {
  if (typeOf(value) !== table.attributes[name]) {
    const what = "Key attribute's data type should match its data type in table's schema"
    throw invalid(`${what}: Key ${name}`)
  }
  checkEmptyKey(name, value)
}
