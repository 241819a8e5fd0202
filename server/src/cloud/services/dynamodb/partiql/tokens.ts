import { invalid } from '../refusals.ts'

interface Token {
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'end'
  text: string
}

const form =
  /\s+|([A-Za-z_][A-Za-z0-9_]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(<<|>>|<>|!=|<=|>=|[=<>()[\]{},.:?*+-])/gy

export const malformed = (what: string) =>
  invalid(`Statement wasn't well formed, can't be processed: ${what}`)

/** A reader over a PartiQL statement's tokens. */
export class StatementTokens {
  readonly #tokens: Token[] = []
  position = 0

  constructor(source: string) {
    form.lastIndex = 0
    let end = 0
    while (end < source.length) {
      const match = form.exec(source)
      if (!match) throw malformed(`Unexpected character at ${end + 1}`)
      end = form.lastIndex
      const [, word, name, text, number, symbol] = match
      if (word !== undefined) this.#tokens.push({ kind: 'word', text: word })
      else if (name !== undefined) this.#push('name', name.replaceAll('""', '"'))
      else if (text !== undefined) this.#push('text', text.replaceAll("''", "'"))
      else if (number !== undefined) this.#number(number)
      else if (symbol !== undefined) this.#push('symbol', symbol)
    }
    this.#push('end', '')
  }

  #push(kind: Token['kind'], text: string): void {
    this.#tokens.push({ kind, text })
  }

  /** `a-1` is a difference, `= -1` a negative number: only what stands before tells. */
  #number(text: string): void {
    const before = this.#tokens.at(-1)
    const isOperand = before && (before.kind !== 'symbol' || [')', ']'].includes(before.text))
    const isKeyword = before?.kind === 'word' && /^(and|or|between|in|value)$/i.test(before.text)
    if (text.startsWith('-') && isOperand && !isKeyword) {
      this.#push('symbol', '-')
      this.#push('number', text.slice(1))
    } else this.#push('number', text)
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

  is(text: string): boolean {
    const { kind, text: own } = this.next
    return (kind === 'symbol' && own === text) || (kind === 'word' && own.toUpperCase() === text)
  }

  takeIf(...texts: string[]): boolean {
    const start = this.position
    for (const text of texts) {
      if (!this.is(text)) {
        this.position = start
        return false
      }
      this.position++
    }
    return true
  }

  expect(...texts: string[]): void {
    if (!this.takeIf(...texts)) throw this.unexpected()
  }

  unexpected() {
    const { text, kind } = this.next
    return malformed(kind === 'end' ? 'Unexpected end of statement' : `Unexpected token ${text}`)
  }
}
