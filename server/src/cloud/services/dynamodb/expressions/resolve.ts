import { compareValues } from '../compare.ts'
import { invalid } from '../refusals.ts'
import type { TypeName, Value } from '../item-types.ts'
import { base64, typeOf } from '../value.ts'
import {
  type CallNode,
  type Condition,
  type Operand,
  type PathNode,
  pathText,
  type ValueNode,
} from './ast.ts'
import type { ExpressionKind } from './lexer.ts'

/** The request's placeholders, and which of them expressions have used. */
export interface Placeholders {
  names: Record<string, string> | undefined
  values: Record<string, Value> | undefined
  usedNames: Set<string>
  usedValues: Set<string>
  /** Attributes that some path goes into. */
  nested: Set<string>
}

const arity: Record<string, number> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  size: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  if_not_exists: 2,
  list_append: 2,
}
const distinct = new Set(['contains', 'begins_with', 'if_not_exists'])
const needsPath = new Set(['attribute_exists', 'attribute_not_exists', 'if_not_exists'])
const ordered: TypeName[] = ['S', 'N', 'B']
const sized: TypeName[] = ['S', 'B', 'SS', 'NS', 'BS', 'M', 'L']
// In this order, as the service prints its set of types.
const anyType = '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}'
const MOST_OPERATORS = 300
const MOST_LISTED = 100
const typeNames = 'B,NULL,SS,BOOL,L,BS,N,NS,S,M'

/** Puts real names and values in and checks what can be known without an item. */
export class Resolver {
  readonly #kind: ExpressionKind | undefined
  readonly #given: Placeholders

  /** `kind` begins its refusals; a PartiQL statement's have no such beginning. */
  constructor(kind: ExpressionKind | undefined, given: Placeholders) {
    this.#kind = kind
    this.#given = given
  }

  refusal(message: string) {
    return invalid(this.#kind === undefined ? message : `Invalid ${this.#kind}: ${message}`)
  }

  path(node: PathNode): void {
    node.parts = node.parts.map((part) => {
      if (typeof part === 'number' || !part.startsWith('#')) return part
      const name = this.#given.names?.[part]
      if (name === undefined) {
        const what = 'An expression attribute name used in the document path is not defined'
        throw this.refusal(`${what}; attribute name: ${part}`)
      }
      this.#given.usedNames.add(part)
      return name
    })
    if (node.parts.length > 1) this.#given.nested.add(String(node.parts[0]))
  }

  value(node: ValueNode): void {
    const value = this.#given.values?.[node.name]
    if (value === undefined) {
      const what = 'An expression attribute value used in expression is not defined'
      throw this.refusal(`${what}; attribute value: ${node.name}`)
    }
    this.#given.usedValues.add(node.name)
    node.value = value
  }

  condition(root: Condition): void {
    const operands = operandsIn(root)
    if (operatorsIn(root) > MOST_OPERATORS) {
      // Counting stops there, so the count told is always one too many.
      const what = 'The expression contains too many operators'
      throw this.refusal(`${what}; operator count: ${MOST_OPERATORS + 1}`)
    }
    operands.forEach((node) => node.kind === 'path' && this.path(node))
    operands.forEach((node) => node.kind === 'value' && this.value(node))
    this.check(root)
  }

  /** What is wrong whatever the item is; the names and values are there already. */
  check(node: Condition): void {
    if (node.kind === 'and' || node.kind === 'or') {
      this.check(node.left)
      this.check(node.right)
    } else if (node.kind === 'not') this.check(node.condition)
    else if (node.kind === 'call') this.call(node)
    else if (node.kind === 'compare') {
      this.#calls([node.left, node.right])
      if (node.operator !== '=' && node.operator !== '<>') {
        for (const side of [node.left, node.right]) this.types(node.operator, side, ordered)
      }
      this.#distinct(node.operator, node.left, [node.right])
    } else if (node.kind === 'in') {
      this.#calls([node.operand, ...node.list])
      this.#distinct('IN', node.operand, node.list)
      if (node.list.length > MOST_LISTED) {
        const what = 'The IN operator is provided with too many operands'
        throw this.refusal(`${what}; number of operands: ${node.list.length}`)
      }
    } else if (node.kind === 'between') this.#between(node)
  }

  #between(node: Extract<Condition, { kind: 'between' }>): void {
    const { operand, low, high } = node
    this.#calls([operand, low, high])
    for (const side of [operand, low, high]) this.types('BETWEEN', side, ordered)
    this.#distinct('BETWEEN', operand, [low, high])
    if (low.kind !== 'value' || high.kind !== 'value') return
    const shown =
      `lower bound operand: AttributeValue: ${literal(low.value!)}, ` +
      `upper bound operand: AttributeValue: ${literal(high.value!)}`
    const order = compareValues(low.value!, high.value!)
    if (order === undefined) {
      const what = 'The BETWEEN operator requires same data type for lower and upper bounds'
      throw this.refusal(`${what}; ${shown}`)
    }
    if (order > 0) {
      const what =
        'The BETWEEN operator requires upper bound to be greater than or equal to lower bound'
      throw this.refusal(`${what}; ${shown}`)
    }
  }

  #calls(operands: Operand[]): void {
    for (const operand of operands) if (operand.kind === 'call') this.call(operand)
  }

  call({ name, args }: CallNode): void {
    if (args.length !== arity[name]) throw this.#count(name, args.length)
    if (needsPath.has(name) && args[0]!.kind !== 'path') {
      const what = 'Operator or function requires a document path'
      throw this.refusal(`${what}; operator or function: ${name}`)
    }
    this.#calls(args)
    if (name === 'size') this.types(name, args[0]!, sized)
    if (name === 'begins_with') for (const arg of args) this.types(name, arg, ['S', 'B'])
    if (name === 'list_append') for (const arg of args) this.types(name, arg, ['L'])
    if (name === 'attribute_type') this.#attributeType(args[1]!)
    if (distinct.has(name)) this.#distinct(name, args[0]!, [args[1]!])
  }

  #attributeType(operand: Operand): void {
    if (operand.kind !== 'value') throw this.#operandType('attribute_type', anyType)
    this.types('attribute_type', operand, ['S'])
    const type = operand.value!.S!
    if (typeNames.split(',').includes(type)) return
    const what = 'Invalid attribute type name found'
    throw this.refusal(`${what}; type: ${type}, valid types: {${typeNames}}`)
  }

  /** A literal's type is known before any item is. */
  types(operator: string, operand: Operand, allowed: TypeName[]): void {
    const type = staticType(operand)
    if (type === undefined || allowed.includes(type)) return
    throw this.#operandType(operator, type)
  }

  #operandType(operator: string, type: string) {
    const what = 'Incorrect operand type for operator or function'
    return this.refusal(`${what}; operator or function: ${operator}, operand type: ${type}`)
  }

  #distinct(operator: string, first: Operand, others: Operand[]): void {
    if (first.kind !== 'path') return
    const shown = pathText(first.parts)
    const same = others.some((o) => o.kind === 'path' && pathText(o.parts) === shown)
    if (!same) return
    const what =
      'The first operand must be distinct from the remaining operands for this operator or function'
    throw this.refusal(`${what}; operator: ${operator}, first operand: ${shown}`)
  }

  #count(operator: string, count: number) {
    const what = 'Incorrect number of operands for operator or function'
    return this.refusal(`${what}; operator or function: ${operator}, number of operands: ${count}`)
  }
}

function staticType(operand: Operand): TypeName | undefined {
  if (operand.kind === 'value') return typeOf(operand.value!)
  if (operand.kind === 'arithmetic') return 'N'
  if (operand.kind !== 'call') return undefined
  if (operand.name === 'size') return 'N'
  return operand.name === 'list_append' ? 'L' : undefined
}

const literal = (value: Value): string => {
  const type = typeOf(value)
  return `{${type}:${value.B ? base64(value.B) : String(value[type])}}`
}

function operatorsIn(node: Condition): number {
  if (node.kind === 'and' || node.kind === 'or') {
    return 1 + operatorsIn(node.left) + operatorsIn(node.right)
  }
  return 1 + (node.kind === 'not' ? operatorsIn(node.condition) : 0)
}

/** Every operand below, in the order of the text. */
export function operandsIn(node: Condition | Operand): Operand[] {
  switch (node.kind) {
    case 'path':
    case 'value':
      return [node]
    case 'call':
      return node.args.flatMap(operandsIn)
    case 'not':
      return operandsIn(node.condition)
    case 'between':
      return [node.operand, node.low, node.high].flatMap(operandsIn)
    case 'in':
      return [node.operand, ...node.list].flatMap(operandsIn)
    default:
      return [...operandsIn(node.left), ...operandsIn(node.right)]
  }
}

/** For statements, whose operands are no placeholders. */
export const unnamedResolver = new Resolver(undefined, {
  names: undefined,
  values: undefined,
  usedNames: new Set(),
  usedValues: new Set(),
  nested: new Set(),
})

export const checkCondition = (node: Condition): void => unnamedResolver.check(node)
