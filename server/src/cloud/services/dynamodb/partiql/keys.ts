import type { Condition, KeyTest } from '../expressions/index.ts'
import { invalid } from '../refusals.ts'
import { type Key, keyNames, type Table } from '../table-model.ts'
import { type Item, typeOf } from '../value.ts'

/** Tests that all must hold, where the condition is such a list. */
export function conjuncts(node: Condition | undefined): Condition[] {
  if (!node) return []
  return node.kind === 'and' ? [...conjuncts(node.left), ...conjuncts(node.right)] : [node]
}

const operators = { '=': 'EQ', '<': 'LT', '<=': 'LE', '>': 'GT', '>=': 'GE' } as const

/** What the condition says of one key attribute, where it can narrow a query. */
function keyTest(node: Condition, name: string): KeyTest | undefined {
  const isKey = (operand: { kind: string; parts?: unknown[] }) =>
    operand.kind === 'path' && operand.parts?.length === 1 && operand.parts[0] === name
  if (node.kind === 'compare' && isKey(node.left) && node.right.kind === 'value') {
    const operator = node.operator === '<>' ? undefined : operators[node.operator]
    return operator && { name, operator, values: [node.right.value!] }
  }
  if (node.kind === 'between' && isKey(node.operand)) {
    if (node.low.kind !== 'value' || node.high.kind !== 'value') return undefined
    return { name, operator: 'BETWEEN', values: [node.low.value!, node.high.value!] }
  }
  if (node.kind !== 'call' || node.name !== 'begins_with' || !isKey(node.args[0]!)) return undefined
  const prefix = node.args[1]!
  return prefix.kind === 'value'
    ? { name, operator: 'BEGINS_WITH', values: [prefix.value!] }
    : undefined
}

/** Tests by which a SELECT becomes a query; undefined makes it a scan. */
export function queryTests(table: Table, key: Key, where: Condition | undefined) {
  const fits = (test: KeyTest | undefined) =>
    test && test.values.every((value) => typeOf(value) === table.attributes[test.name])
  const find = (name: string) =>
    conjuncts(where)
      .map((node) => keyTest(node, name))
      .find(fits)
  const hash = find(key.hash)
  if (hash?.operator !== 'EQ') return undefined
  return { hash, range: key.range === undefined ? undefined : find(key.range) }
}

/** The one item a statement is about: equalities on its whole key. */
export function itemKey(table: Table, where: Condition): Item {
  const key: Item = {}
  for (const name of keyNames(table.key)) {
    const test = conjuncts(where)
      .map((node) => keyTest(node, name))
      .find((found) => found?.operator === 'EQ')
    if (!test) {
      throw invalid('Where clause does not contain a mandatory equality on all key attributes')
    }
    key[name] = test.values[0]!
  }
  return key
}
