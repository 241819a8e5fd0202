import { type Token, tokensOf } from './lexer.ts'
import { unexpected } from './refusals.ts'
import type { Step } from './syntax.ts'

// Words that end an expression or a list, and so can't be a name without quotation marks.
const keywords = new Set(
  (
    'ALL AND AS BETWEEN BY CASE CAST ELSE END ESCAPE FALSE FOR FROM GROUP HAVING IN INNER IS JOIN ' +
    'LIKE LIMIT MISSING NOT NULL OFFSET ON OR ORDER OUTER SELECT THEN TRUE UNION WHEN WHERE'
  ).split(' '),
)

/** A statement's tokens one after the other, and what of them is common to its parts. */
export class TokenReader {
  readonly #tokens: Token[]
  #position = 0
  /** Aggregates met so far. */
  slots = 0

  constructor(sql: string) {
    this.#tokens = tokensOf(sql)
  }

  get token(): Token {
    return this.#tokens[this.#position]!
  }

  get following(): Token {
    return this.#tokens[this.#position + 1] ?? this.token
  }

  next(): Token {
    const { token } = this
    if (token.type !== 'end') this.#position++
    return token
  }

  /** Whether the token is this keyword or sign. */
  is(text: string): boolean {
    const { type, text: own } = this.token
    return (type === 'word' || type === 'sign') && own.toUpperCase() === text
  }

  take(text: string): boolean {
    if (!this.is(text)) return false
    this.next()
    return true
  }

  need(text: string): void {
    if (!this.take(text)) throw this.unexpected()
  }

  isName(): boolean {
    const { type, text } = this.token
    return type === 'quoted' || (type === 'word' && !keywords.has(text.toUpperCase()))
  }

  name(): string {
    if (!this.isName()) throw this.unexpected()
    return this.next().text
  }

  /** `.name`, `."Name"`, `.*`, `[0]` or `[*]`. */
  step(): Step | undefined {
    if (this.take('.')) {
      if (this.take('*')) return { every: true }
      const exact = this.token.type === 'quoted'
      // After a dot any word is a name.
      if (this.token.type !== 'word' && !exact) throw this.unexpected()
      return { name: this.next().text, exact }
    }
    if (!this.take('[')) return undefined
    if (this.take('*')) {
      this.need(']')
      return { every: true }
    }
    const { type, text } = this.next()
    this.need(']')
    if (type === 'string') return { name: text, exact: true }
    if (type === 'number' && /^\d+$/.test(text)) return { index: Number(text) }
    throw this.unexpected()
  }

  unexpected() {
    const { type, text, spot } = this.token
    const isKeyword = type === 'word' && keywords.has(text.toUpperCase())
    const named = isKeyword ? 'KEYWORD' : (shownTypes[type] ?? shownSigns[text] ?? 'OPERATOR')
    return unexpected(named, isKeyword ? text.toLowerCase() : text, spot)
  }
}

const shownTypes: Record<string, string> = {
  word: 'IDENTIFIER',
  quoted: 'QUOTED_IDENTIFIER',
  string: 'LITERAL',
  number: 'LITERAL',
  moment: 'LITERAL',
  end: 'EOF',
}

const shownSigns: Record<string, string> = {
  ',': 'COMMA',
  '.': 'DOT',
  ':': 'COLON',
  ';': 'SEMICOLON',
  '*': 'STAR',
  '(': 'LEFT_PAREN',
  ')': 'RIGHT_PAREN',
  '[': 'LEFT_BRACKET',
  ']': 'RIGHT_BRACKET',
}
