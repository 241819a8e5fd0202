import { invalid } from '../refusals.ts'
import type { Value } from '../item-types.ts'
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

const wrongOperator = (operator: string) =>
  invalid(`Invalid operator used in KeyConditionExpression: ${operator}`)
const wrongCondition = (what: string) =>
  invalid(`Invalid condition in KeyConditionExpression: ${what}`)

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
  if (node.kind === 'between') {
    return test('BETWEEN', keyFirst('BETWEEN', node.operand), [node.low, node.high])
  }
  if (node.kind === 'call') {
    const { name, args } = node
    if (name === 'size') throw nested()
    if (name !== 'begins_with') throw wrongOperator(name)
    return test('BEGINS_WITH', keyFirst(name, args[0]!), [args[1]!])
  }
  if (node.kind !== 'compare') throw wrongOperator(node.kind)
  const operator = operators[node.operator]
  if (!operator) throw wrongOperator(node.operator)
  if (node.left.kind !== 'path' && node.right.kind === 'path') {
    return test(mirrored[operator] ?? operator, node.right, [node.left])
  }
  return test(operator, node.left, [node.right])
}

const nested = () => invalid('KeyConditionExpressions cannot contain nested operations')

function keyFirst(operator: string, operand: Operand): Operand {
  if (operand.kind === 'path') return operand
  throw wrongCondition(`${operator} operator must have the key attribute as its first operand`)
}

function test(operator: KeyOperator, key: Operand, others: Operand[]): KeyTest {
  const all = [key, ...others]
  if (all.some(({ kind }) => kind === 'call' || kind === 'arithmetic')) throw nested()
  const paths = all.filter((operand) => operand.kind === 'path')
  if (paths.length > 1) throw wrongCondition('Multiple attribute names used in one condition')
  if (paths.some(({ parts }) => parts.length > 1)) {
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes')
  }
  if (key.kind !== 'path') throw wrongCondition('No key attribute specified')
  const values = others.flatMap((operand) => (operand.kind === 'value' ? [operand.value!] : []))
  return { name: String(key.parts[0]), operator, values }
}
