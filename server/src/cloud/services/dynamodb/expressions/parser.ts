import { AwsError } from '../../../gateway/index.ts'
import type { Comparator, Condition, Operand, PathNode } from './ast.ts'
import { type ExpressionKind, Tokens } from './lexer.ts'
import { isReserved } from './reserved-words.ts'

const conditionFunctions = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
])
const updateFunctions = new Set(['if_not_exists', 'list_append'])
const comparators = ['=', '<>', '<=', '>=', '<', '>']

// DynamoDB tells these only when the whole expression could be read, and in this order.
const complaintOrder = [
  'index',
  'reserved',
  'function',
  'misuse',
  'parentheses',
  'section',
  'depth',
] as const
type Complaint = (typeof complaintOrder)[number]

const DEEPEST_PATH = 32
const GREATEST_INDEX = 2 ** 31 - 1

/** What all expression languages share: paths, operands, function calls. */
export class Parser {
  readonly tokens: Tokens
  readonly #complaints = new Map<Complaint, string>()

  constructor(kind: ExpressionKind, source: string) {
    this.tokens = new Tokens(kind, source)
  }

  complain(of: Complaint, message: string): void {
    if (!this.#complaints.has(of)) this.#complaints.set(of, message)
  }

  /** Nothing may be left, and nothing may have been wrong with what was read. */
  finish(): void {
    if (this.tokens.next.kind !== 'end') throw this.tokens.syntaxError()
    for (const kind of complaintOrder) {
      const message = this.#complaints.get(kind)
      if (message !== undefined) throw this.tokens.refusal(message)
    }
  }

  path(): PathNode {
    const parts: (string | number)[] = [this.#pathName()]
    for (;;) {
      if (this.tokens.takeIf('.')) parts.push(this.#pathName())
      else if (this.tokens.takeIf('[')) {
        if (this.tokens.next.kind !== 'number') throw this.tokens.syntaxError()
        parts.push(this.#listIndex())
        this.tokens.expect(']')
      } else {
        if (parts.length > DEEPEST_PATH) {
          const what = 'The document path has too many nesting levels'
          this.complain('depth', `${what}; nesting levels: ${parts.length}`)
        }
        return { kind: 'path', parts }
      }
    }
  }

  #listIndex(): number {
    const { text } = this.tokens.take()
    if (Number(text) > GREATEST_INDEX) {
      const what = 'List index is not within the allowable range'
      this.complain('index', `${what}; index: [${text}]`)
    }
    return Number(text)
  }

  #pathName(): string {
    const { kind, text } = this.tokens.next
    if ((kind !== 'word' && kind !== 'name') || this.tokens.isReservedSyntax) {
      throw this.tokens.syntaxError()
    }
    this.tokens.take()
    if (kind === 'word' && isReserved(text)) {
      this.complain('reserved', `Attribute name is a reserved keyword; reserved keyword: ${text}`)
    }
    return text
  }

  operand(): Operand {
    const { kind, text } = this.tokens.next
    if (kind === 'value') {
      this.tokens.take()
      return { kind: 'value', name: text }
    }
    if (this.tokens.takeIf('(')) {
      if (this.tokens.isSymbol('(')) {
        this.complain('parentheses', 'The expression has redundant parentheses;')
      }
      const inner = this.operand()
      this.tokens.expect(')')
      return inner
    }
    if (this.isCall()) return this.call('operand')
    return this.path()
  }

  isCall(): boolean {
    const after = this.tokens.peek(1)
    if (this.tokens.isReservedSyntax) return false
    return this.tokens.next.kind === 'word' && after.kind === 'symbol' && after.text === '('
  }

  call(used: 'condition' | 'operand') {
    const name = this.tokens.take().text
    this.tokens.expect('(')
    const args = [this.operand()]
    while (this.tokens.takeIf(',')) args.push(this.operand())
    this.tokens.expect(')')
    this.#checkFunction(name, used)
    return { kind: 'call' as const, name, args }
  }

  #checkFunction(name: string, used: 'condition' | 'operand'): void {
    const isUpdate = this.tokens.expression === 'UpdateExpression'
    if (!conditionFunctions.has(name) && !updateFunctions.has(name) && name !== 'size') {
      this.complain('function', `Invalid function name; function: ${name}`)
    } else if (isUpdate !== updateFunctions.has(name)) {
      const place = isUpdate ? 'an update' : 'a condition'
      this.complain(
        'misuse',
        `The function is not allowed in ${place} expression; function: ${name}`,
      )
    } else if (!isUpdate && (name === 'size') !== (used === 'operand')) {
      this.complain(
        'misuse',
        `The function is not allowed to be used this way in an expression; function: ${name}`,
      )
    }
  }

  condition(): Condition {
    let left = this.#and()
    while (this.tokens.takeIf('OR')) left = { kind: 'or', left, right: this.#and() }
    return left
  }

  #and(): Condition {
    let left = this.#not()
    while (this.tokens.takeIf('AND')) left = { kind: 'and', left, right: this.#not() }
    return left
  }

  #not(): Condition {
    if (this.tokens.takeIf('NOT')) return { kind: 'not', condition: this.#not() }
    return this.tokens.isSymbol('(') ? this.#parenthesised() : this.#simple()
  }

  /** A parenthesis may hold a condition or an operand; only what follows tells. */
  #parenthesised(): Condition {
    const start = this.tokens.position
    try {
      this.tokens.take()
      const isDouble = this.tokens.isSymbol('(')
      const inner = this.condition()
      const closed = this.tokens.position
      this.tokens.expect(')')
      if (isDouble && this.#wholeIsParenthesised(start + 1, closed)) {
        this.complain('parentheses', 'The expression has redundant parentheses;')
      }
      return inner
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const failedAt = this.tokens.position
      this.tokens.position = start
      try {
        return this.#simple()
      } catch {
        // Both readings failed; the first one got as far as what is wrong.
        this.tokens.position = failedAt
        throw error
      }
    }
  }

  #wholeIsParenthesised(start: number, end: number): boolean {
    let depth = 0
    for (let at = start; at < end; at++) {
      const { text } = this.tokens.peek(at - this.tokens.position)
      if (text === '(') depth++
      if (text === ')' && --depth === 0) return at === end - 1
    }
    return false
  }

  #simple(): Condition {
    if (this.isCall() && this.tokens.next.text !== 'size') {
      const start = this.tokens.position
      const call = this.call('condition')
      if (!this.#continues()) return call
      this.tokens.position = start
      const { name } = call
      if (conditionFunctions.has(name)) {
        this.complain(
          'misuse',
          `The function is not allowed to be used this way in an expression; function: ${name}`,
        )
      }
    }
    const isSize = this.isCall() && this.tokens.next.text === 'size'
    const left = this.operand()
    if (isSize && !this.#continues()) {
      this.complain(
        'misuse',
        'The function is not allowed to be used this way in an expression; function: size',
      )
      return left as Condition
    }
    return this.#comparison(left)
  }

  #continues(): boolean {
    const { next } = this.tokens
    if (next.kind === 'symbol') return comparators.includes(next.text)
    return this.tokens.isKeyword('BETWEEN') || this.tokens.isKeyword('IN')
  }

  #comparison(left: Operand): Condition {
    const { next } = this.tokens
    if (this.tokens.takeIf('BETWEEN')) {
      const low = this.operand()
      this.tokens.expect('AND')
      return { kind: 'between', operand: left, low, high: this.operand() }
    }
    if (this.tokens.takeIf('IN')) {
      this.tokens.expect('(')
      const list = [this.operand()]
      while (this.tokens.takeIf(',')) list.push(this.operand())
      this.tokens.expect(')')
      return { kind: 'in', operand: left, list }
    }
    if (next.kind !== 'symbol' || !comparators.includes(next.text)) throw this.tokens.syntaxError()
    this.tokens.take()
    return { kind: 'compare', operator: next.text as Comparator, left, right: this.operand() }
  }
}

export function parseCondition(kind: ExpressionKind, source: string): Condition {
  const parser = new Parser(kind, source)
  const condition = parser.condition()
  parser.finish()
  return condition
}

export function parsePaths(kind: ExpressionKind, source: string): PathNode[] {
  const parser = new Parser(kind, source)
  const paths = [parser.path()]
  while (parser.tokens.takeIf(',')) paths.push(parser.path())
  parser.finish()
  return paths
}
