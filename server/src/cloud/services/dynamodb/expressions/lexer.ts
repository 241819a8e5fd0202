import { invalid } from '../refusals.ts'

export type TokenKind = 'word' | 'name' | 'value' | 'number' | 'symbol' | 'end' | 'unknown'

export interface Token {
  kind: TokenKind
  text: string
  from: number
  to: number
}

export type ExpressionKind =
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'ProjectionExpression'
  | 'UpdateExpression'

const token =
  /([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(0|[1-9]\d*)|(<>|<=|>=|[=<>()[\],.+-])|(\S)/g
const kinds: TokenKind[] = ['word', 'name', 'value', 'number', 'symbol', 'unknown']

// Words of the languages themselves; in any expression, and never an attribute's name.
const keywords = new Set(
  ['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'SET', 'REMOVE', 'ADD', 'DELETE'], //
)

const LONGEST_BYTES = 4096

/** A reader over an expression's tokens; what doesn't fit is refused with its neighbours. */
export class Tokens {
  readonly expression: ExpressionKind
  readonly #source: string
  readonly #tokens: Token[]
  position = 0

  constructor(expression: ExpressionKind, source: string) {
    this.expression = expression
    this.#source = source
    if (source === '') throw this.refusal('The expression can not be empty;')
    const size = Buffer.byteLength(source)
    if (size > LONGEST_BYTES) {
      const what = 'Expression size has exceeded the maximum allowed size'
      const shown = expression === 'UpdateExpression' ? '' : ` expression size: ${size}`
      throw this.refusal(`${what};${shown}`)
    }
    this.#tokens = [...source.matchAll(token)].map((match) => {
      const kind = kinds[match.slice(1).findIndex((group) => group !== undefined)]!
      return { kind, text: match[0], from: match.index, to: match.index + match[0].length }
    })
    const end = source.length
    this.#tokens.push({ kind: 'end', text: '<EOF>', from: end, to: end })
    if (this.#isUnclosable) {
      this.position = this.#tokens.length - 1
      throw this.syntaxError()
    }
  }

  /** More open at once than the longest expression could close: not worth the depth of a reader. */
  get #isUnclosable(): boolean {
    let open = 0
    return this.#tokens.some(({ text }) => {
      if (text === '(') open++
      if (text === ')') open--
      return open > LONGEST_BYTES / 2
    })
  }

  get next(): Token {
    return this.#tokens[this.position]!
  }

  peek(distance: number): Token {
    return this.#tokens[Math.min(this.position + distance, this.#tokens.length - 1)]!
  }

  take(): Token {
    const token = this.next
    if (token.kind !== 'end') this.position++
    return token
  }

  isSymbol(text: string): boolean {
    return this.next.kind === 'symbol' && this.next.text === text
  }

  get isReservedSyntax(): boolean {
    return this.next.kind === 'word' && keywords.has(this.next.text.toUpperCase())
  }

  /** Keywords are words in any case. */
  isKeyword(text: string): boolean {
    return this.next.kind === 'word' && this.next.text.toUpperCase() === text
  }

  takeIf(text: string): boolean {
    const found = this.isSymbol(text) || this.isKeyword(text)
    if (found) this.position++
    return found
  }

  expect(text: string): void {
    if (!this.takeIf(text)) throw this.syntaxError()
  }

  /**
   * The token before and the one after are shown with the one that doesn't fit; at the end, the
   * last token with the blanks behind it.
   */
  syntaxError() {
    const at = this.position
    const { text, kind } = this.#tokens[at]!
    const first = at === 0 && kind === 'end' ? { from: 0 } : this.#tokens[Math.max(at - 1, 0)]!
    const last = this.#tokens[Math.min(at + 1, this.#tokens.length - 1)]!
    const shown = this.#source.slice(first.from, last.to)
    const near = kind === 'end' ? shown : shown.trimEnd()
    return this.refusal(`Syntax error; token: "${text}", near: "${near}"`)
  }

  refusal(message: string) {
    return invalid(`Invalid ${this.expression}: ${message}`)
  }
}
