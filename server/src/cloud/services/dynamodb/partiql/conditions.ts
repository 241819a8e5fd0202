import type { Comparator, Condition, Operand, PathNode } from '../expressions/index.ts'
import { invalid } from '../refusals.ts'
import type { TypeName, Value } from '../item-types.ts'
import { leftOver, malformed, type StatementTokens } from './tokens.ts'
import { noOperand, type ValueReader } from './values.ts'

const comparators = ['=', '<>', '!=', '<=', '>=', '<', '>']
const unsupported = ['LIKE', '+', '-', '*', '/', '%', '||']
const tests = ['begins_with', 'contains', 'attribute_type', 'attribute_exists']
const functions = new Set([...tests, 'attribute_not_exists', 'size'])

/** What `IS` knows as a type, and the types of attributes that are it. */
const typeWords: Record<string, TypeName[]> = {
  null: ['NULL'],
  bool: ['BOOL'],
  boolean: ['BOOL'],
  string: ['S'],
  char: ['S'],
  varchar: ['S'],
  symbol: ['S'],
  list: ['L'],
  struct: ['M'],
  tuple: ['M'],
  bag: ['SS', 'NS', 'BS'],
  blob: ['B'],
  clob: ['B'],
}
const numberWords = ['int', 'int4', 'int8', 'integer', 'smallint', 'float', 'real', 'decimal']
for (const word of [...numberWords, 'dec', 'numeric', 'double']) typeWords[word] = ['N']

const valueNode = (value: Value): Operand => ({ kind: 'value', name: '', value })
const not = (condition: Condition): Condition => ({ kind: 'not', condition })

/** The conditions of a WHERE, as the nodes that expressions have. */
export class ConditionReader {
  readonly #tokens: StatementTokens
  readonly #values: ValueReader

  constructor(tokens: StatementTokens, values: ValueReader) {
    this.#tokens = tokens
    this.#values = values
  }

  condition(isRightSide = false): Condition {
    let left = this.#and(isRightSide)
    while (this.#tokens.takeIf('OR')) left = { kind: 'or', left, right: this.#and(true) }
    return left
  }

  #and(isRightSide: boolean): Condition {
    let left = this.#not(isRightSide)
    while (this.#tokens.takeIf('AND')) left = { kind: 'and', left, right: this.#not(true) }
    return left
  }

  #not(isRightSide: boolean): Condition {
    if (this.#tokens.takeIf('NOT')) return not(this.#not(false))
    if (!this.#tokens.is('(') || this.#opensOperand) return this.#test(isRightSide)
    this.#tokens.take()
    const inner = this.condition()
    this.#tokens.expect(')')
    return inner
  }

  /** `(a) = 1`, unlike `(a = 1)`. */
  get #opensOperand(): boolean {
    const { kind, text } = this.#tokens.afterEnclosed
    if (kind === 'word') return /^(?:in|is|not|between|like)$/i.test(text)
    return kind === 'symbol' && [...comparators, ...unsupported].includes(text)
  }

  #test(isRightSide: boolean): Condition {
    const left = this.operand(isRightSide)
    const tokens = this.#tokens
    if (tokens.takeIf('IS')) return this.#is(left)
    const isNot = tokens.takeIf('NOT')
    const between = this.#listed(left)
    if (between) return isNot ? not(between) : between
    if (isNot) throw leftOver()
    const operator = comparators.find((text) => tokens.is(text))
    if (operator) {
      tokens.take()
      const right = this.operand(true)
      const written = (operator === '!=' ? '<>' : operator) as Comparator
      return ofTruth(left, written, right) ?? { kind: 'compare', operator: written, left, right }
    }
    const other = unsupported.find((text) => tokens.is(text))
    if (other) {
      const what = 'Unsupported operator in Condition Expression. Operator'
      throw invalid(`${what}: ${other.toLowerCase()}`)
    }
    if (left.kind === 'call' && left.name !== 'size') return left
    if (isRightSide || tokens.is('AND') || tokens.is('OR')) {
      throw invalid('The arguments to AND/OR must be Expressions')
    }
    throw invalid('WHERE clause must contain an expression that resolves to a boolean')
  }

  /** BETWEEN and IN. */
  #listed(left: Operand): Condition | undefined {
    const tokens = this.#tokens
    if (tokens.takeIf('BETWEEN')) {
      const low = this.operand(true)
      tokens.expect('AND')
      return { kind: 'between', operand: left, low, high: this.operand(true) }
    }
    if (!tokens.takeIf('IN')) return undefined
    const end = tokens.is('[') ? ']' : ')'
    if (!tokens.takeIf(end === ']' ? '[' : '(')) throw noOperand(tokens, true)
    const list: Operand[] = []
    do list.push(this.operand())
    while (tokens.takeIf(','))
    tokens.expect(end)
    return { kind: 'in', operand: left, list }
  }

  #is(operand: Operand): Condition {
    const isNot = this.#tokens.takeIf('NOT')
    const { text } = this.#tokens.take()
    const word = text.toLowerCase()
    if (word === 'double') this.#tokens.takeIf('PRECISION')
    if (word === 'character') this.#tokens.takeIf('VARYING')
    const types = word === 'character' ? ['S'] : typeWords[word]
    if (word !== 'missing' && !types) throw malformed('Expected type name')
    const call = (name: string, ...args: Operand[]): Condition => ({ kind: 'call', name, args })
    const test =
      word === 'missing'
        ? call('attribute_not_exists', operand)
        : types!
            .map((type) => call('attribute_type', operand, valueNode({ S: type })))
            .reduce((left, right) => ({ kind: 'or', left, right }))
    return isNot ? not(test) : test
  }

  operand(isRightSide = false): Operand {
    const tokens = this.#tokens
    const { kind, text } = tokens.next
    if (kind === 'word' && tokens.peek(1).text === '(') {
      if (tokens.isName || /^(?:size|exists)$/i.test(text)) return this.call(functions)
    }
    if (tokens.is('(')) return this.enclosed(() => this.operand())
    if (tokens.is('MISSING')) throw invalid('MISSING must be compared using IS operator')
    const isLiteral = kind === 'word' && /^(?:true|false|null)$/i.test(text)
    if (tokens.isName && !isLiteral) return this.path()
    return valueNode(this.#values.value('root', isRightSide))
  }

  /** In parentheses one operand is itself, several values are a list. */
  enclosed(one: () => Operand): Operand {
    this.#tokens.expect('(')
    const all = [one()]
    while (this.#tokens.takeIf(',')) all.push(one())
    this.#tokens.expect(')')
    if (all.length === 1) return all[0]!
    const values = all.flatMap((operand) => (operand.kind === 'value' ? [operand.value!] : []))
    if (values.length < all.length) throw leftOver()
    return valueNode({ L: values })
  }

  call(known: ReadonlySet<string>): Operand {
    const token = this.#tokens.take()
    const name = token.text.toLowerCase()
    if (!known.has(name)) {
      throw invalid(`Unrecognized function: ${name} at ${this.#tokens.placeOf(token)}`)
    }
    this.#tokens.expect('(')
    const args: Operand[] = []
    if (!this.#tokens.takeIf(')')) {
      do args.push(this.operand())
      while (this.#tokens.takeIf(','))
      this.#tokens.expect(')')
    }
    return { kind: 'call', name, args }
  }

  path(): PathNode {
    const tokens = this.#tokens
    if (!tokens.isName) throw noOperand(tokens, false)
    const parts: (string | number)[] = [tokens.take().text]
    for (;;) {
      if (tokens.takeIf('.')) {
        if (tokens.is('*')) {
          throw invalid("Changing item's hierarchy while reading isn't supported")
        }
        if (!tokens.isName) throw malformed('Invalid path dot component')
        parts.push(tokens.take().text)
      } else if (tokens.takeIf('[')) {
        const { kind, text } = tokens.take()
        if (kind !== 'number' && kind !== 'text') throw malformed('Invalid path component')
        parts.push(kind === 'number' ? Number(text) : text)
        tokens.expect(']')
      } else return { kind: 'path', parts }
    }
  }
}

/** `attribute_exists(a) = true` is the test itself. */
function ofTruth(left: Operand, operator: Comparator, right: Operand): Condition | undefined {
  if (left.kind !== 'call' || left.name === 'size' || right.kind !== 'value') return undefined
  const truth = right.value?.BOOL
  if (truth === undefined || (operator !== '=' && operator !== '<>')) return undefined
  return truth === (operator === '=') ? left : not(left)
}
