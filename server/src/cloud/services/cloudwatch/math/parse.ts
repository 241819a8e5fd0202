import { validationError } from '../model.ts'

/** A metric math expression as a tree. */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; name: string }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'minus'; operand: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'call'; name: string; args: Expression[] }

const MOST_CHARACTERS = 2048

// Lowest binding first, as the user guide's "Metric math syntax" gives it.
const levels = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
  ['^'],
]

/** Throws ValidationError where the text is no expression. */
export function parseExpression(source: string): Expression {
  if (source.length > MOST_CHARACTERS) {
    throw validationError(`The expression is longer than ${MOST_CHARACTERS} characters.`)
  }
  const parser = new Parser(source)
  const expression = parser.level(0)
  parser.end()
  return expression
}

const token =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z]\w*)|(==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],]))/y

interface Token {
  kind: 'number' | 'text' | 'name' | 'symbol'
  text: string
}

class Parser {
  readonly #source: string
  readonly #tokens: Token[]
  #at = 0

  constructor(source: string) {
    this.#source = source
    this.#tokens = tokenise(source)
  }

  level(depth: number): Expression {
    const operators = levels[depth]
    if (!operators) return this.#unary()
    let left = this.level(depth + 1)
    for (let operator = this.#takeAny(operators); operator; operator = this.#takeAny(operators)) {
      left = { kind: 'binary', operator, left, right: this.level(depth + 1) }
    }
    return left
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#wrong()
  }

  #unary(): Expression {
    if (this.#takeAny(['-'])) return { kind: 'minus', operand: this.#unary() }
    const next = this.#tokens[this.#at++]
    if (!next) throw this.#wrong()
    if (next.kind === 'number') return { kind: 'number', value: Number(next.text) }
    if (next.kind === 'text') return { kind: 'text', value: next.text.slice(1, -1) }
    if (next.kind === 'name') {
      if (!this.#takeAny(['('])) return { kind: 'name', name: next.text }
      return { kind: 'call', name: next.text.toUpperCase(), args: this.#list(')') }
    }
    if (next.text === '[') return { kind: 'list', items: this.#list(']') }
    if (next.text !== '(') throw this.#wrong()
    const inner = this.level(0)
    if (!this.#takeAny([')'])) throw this.#wrong()
    return inner
  }

  #list(close: string): Expression[] {
    const items: Expression[] = []
    if (this.#takeAny([close])) return items
    do items.push(this.level(0))
    while (this.#takeAny([',']))
    if (!this.#takeAny([close])) throw this.#wrong()
    return items
  }

  #takeAny(texts: string[]): string | undefined {
    const next = this.#tokens[this.#at]
    if (!next || next.kind === 'text' || !texts.includes(next.text)) return undefined
    this.#at++
    return next.text
  }

  #wrong() {
    return validationError(`Error in expression '${this.#source}': it is not a valid expression.`)
  }
}

function tokenise(source: string): Token[] {
  const tokens: Token[] = []
  const end = source.trimEnd().length
  for (let at = 0; at < end;) {
    token.lastIndex = at
    const found = token.exec(source)
    if (!found) {
      throw validationError(`Error in expression '${source}': unexpected character at ${at + 1}.`)
    }
    const kinds = ['number', 'text', 'name', 'symbol'] as const
    const index = [1, 2, 3, 4].findIndex((group) => found[group] !== undefined)
    tokens.push({ kind: kinds[index]!, text: found[index + 1]! })
    at = token.lastIndex
  }
  return tokens
}
