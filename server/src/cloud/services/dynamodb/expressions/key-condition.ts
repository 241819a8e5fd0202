import { invalid } from '../refusals.ts'
import type { Value } from '../value.ts'
import type { Comparator, Condition, Operand } from './ast.ts'

export type KeyOperator = 'EQ' | 'LT' | 'LE' | 'GT' | 'GE' | 'BETWEEN' | 'BEGINS_WITH'

/** What a query asks of one key attribute, whichever language it came in. */
export interface KeyTest {
  name: string
  operator: KeyOperator
  values: Value[]
}

const operators: Record<Comparator, KeyOperator | undefined> = {
  '=': 'EQ',
  '<': 'LT',
  '<=': 'LE',
  '>': 'GT',
  '>=': 'GE',
  '<>': undefined,
}
const mirrored: Partial<Record<KeyOperator, KeyOperator>> = {
  LT: 'GT',
  LE: 'GE',
  GT: 'LT',
  GE: 'LE',
}

const refusal = (message: string) => invalid(`Invalid KeyConditionExpression: ${message}`)
const wrongOperator = (operator: string) =>
  refusal(`Invalid operator used in KeyConditionExpression: ${operator}`)

/** A key condition is a conjunction of one simple test per attribute. */
export function keyTestsOf(root: Condition): KeyTest[] {
  const tests = conjuncts(root).map(testOf)
  const names = tests.map(({ name }) => name)
  if (new Set(names).size < names.length) {
    throw invalid('KeyConditionExpressions must only contain one condition per key')
  }
  return tests
}

function conjuncts(node: Condition): Condition[] {
  if (node.kind === 'and') return [...conjuncts(node.left), ...conjuncts(node.right)]
  if (node.kind === 'or' || node.kind === 'not') throw wrongOperator(node.kind.toUpperCase())
  return [node]
}

function testOf(node: Condition): KeyTest {
  if (node.kind === 'in') throw wrongOperator('IN')
  if (node.kind === 'between') return test('BETWEEN', node.operand, [node.low, node.high])
  if (node.kind === 'call') {
    if (node.name !== 'begins_with') throw wrongOperator(node.name)
    return test('BEGINS_WITH', node.args[0]!, [node.args[1]!])
  }
  if (node.kind !== 'compare') throw wrongOperator(node.kind)
  const operator = operators[node.operator]
  if (!operator) throw wrongOperator(node.operator)
  if (node.left.kind === 'value' && node.right.kind === 'path') {
    return test(mirrored[operator] ?? operator, node.right, [node.left])
  }
  return test(operator, node.left, [node.right])
}

function test(operator: KeyOperator, key: Operand, others: Operand[]): KeyTest {
  for (const operand of [key, ...others]) {
    if (operand.kind === 'call' || operand.kind === 'arithmetic') {
      throw refusal('KeyConditionExpressions cannot contain nested operations')
    }
    if (operand.kind === 'path' && operand.parts.length > 1) {
      throw refusal('KeyConditionExpressions cannot have conditions on nested attributes')
    }
  }
  if (others.some(({ kind }) => kind === 'path')) {
    const what = 'Invalid condition in KeyConditionExpression'
    throw refusal(
      key.kind === 'path'
        ? `${what}: Multiple attribute names used in one condition`
        : `${what}: No key attribute specified`,
    )
  }
  if (key.kind !== 'path') {
    throw refusal('Invalid condition in KeyConditionExpression: No key attribute specified')
  }
  const values = others.map((operand) => (operand.kind === 'value' ? operand.value! : never()))
  return { name: String(key.parts[0]), operator, values }
}

function never(): never {
  throw refusal('Invalid condition in KeyConditionExpression: No key attribute specified')
}
