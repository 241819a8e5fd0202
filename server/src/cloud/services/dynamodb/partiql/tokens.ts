import { invalid } from '../refusals.ts'
import { isKeyword } from './keywords.ts'

export interface Token {
  kind: 'word' | 'name' | 'text' | 'number' | 'symbol' | 'end'
  text: string
  /** Where it begins in the statement, and how long it is as written. */
  from: number
  length: number
}

const opening = new Set(['(', '[', '{', '<<'])
const closing = new Set([')', ']', '}', '>>'])
/** Far beyond the 32 levels of a value; a reader's own depth has an end. */
const MOST_OPEN = 300

const blank = /(?:\s+|--[^\n]*|\/\*[^]*?\*\/)+/y
const form =
  /([A-Za-z_$][A-Za-z0-9_$]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(<<|>>|<>|!=|<=|>=|\|\||[=<>()[\]{},.:?*+\-/%;])/y

export const malformed = (what: string) =>
  invalid(`Statement wasn't well formed, can't be processed: ${what}`)

/** A reader over a PartiQL statement's tokens; comments are blanks. */
export class StatementTokens {
  readonly #source: string
  readonly #tokens: Token[] = []
  position = 0

  constructor(source: string) {
    this.#source = source
    for (let at = skip(source, 0); at < source.length;) {
      form.lastIndex = at
      const match = form.exec(source)
      // What can't be read at all is told without a reason.
      if (!match) throw malformed('')
      this.#push(match, at)
      at = skip(source, form.lastIndex)
    }
    this.#tokens.push({ kind: 'end', text: '', from: source.length, length: 0 })
    this.#checkDepth()
  }

  #checkDepth(): void {
    let depth = 0
    for (const { kind, text } of this.#tokens) {
      if (kind !== 'symbol') continue
      if (opening.has(text)) depth++
      if (closing.has(text)) depth--
      if (depth > MOST_OPEN) throw malformed('')
    }
  }

  #push([whole, word, name, text, number, symbol]: RegExpExecArray, from: number): void {
    const token = (kind: Token['kind'], content: string) =>
      this.#tokens.push({ kind, text: content, from, length: whole.length })
    if (word !== undefined) token('word', word)
    else if (name !== undefined) token('name', name.replaceAll('""', '"'))
    else if (text !== undefined) token('text', text.replaceAll("''", "'"))
    else if (number !== undefined) {
      checkScale(number)
      token('number', number)
    } else token('symbol', symbol!)
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

  /** A semicolon ends a statement as its end does. */
  get isEnd(): boolean {
    return this.next.kind === 'end' || (this.is(';') && this.peek(1).kind === 'end')
  }

  is(text: string): boolean {
    const { kind, text: own } = this.next
    return (kind === 'symbol' && own === text) || (kind === 'word' && own.toUpperCase() === text)
  }

  has(text: string): boolean {
    return this.#tokens.some(({ kind, text: own }) => kind === 'word' && own.toUpperCase() === text)
  }

  get isName(): boolean {
    const { kind, text } = this.next
    return kind === 'name' || (kind === 'word' && !isKeyword(text))
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

  /** What stands behind the parenthesis that opens here. */
  get afterEnclosed(): Token {
    let depth = 0
    for (let at = 0; ; at++) {
      const { kind, text } = this.peek(at)
      if (kind === 'end') return this.peek(at)
      if (kind === 'symbol' && text === '(') depth++
      if (kind === 'symbol' && text === ')' && --depth === 0) return this.peek(at + 1)
    }
  }

  expect(text: string): void {
    if (this.takeIf(text)) return
    throw this.next.kind === 'end' ? malformed('Unexpected term') : leftOver()
  }

  /** `line:column:length`, from 1, as messages tell where a token is. */
  placeOf({ from, length }: Token): string {
    const lines = this.#source.slice(0, from).split('\n')
    return `${lines.length}:${lines.at(-1)!.length + 1}:${length}`
  }
}

export const leftOver = () => malformed('Unexpected token after expression')

function skip(source: string, at: number): number {
  blank.lastIndex = at
  return blank.test(source) ? blank.lastIndex : at
}

/** A decimal's scale is an integer of 32 bits, as its exponent is. */
function checkScale(number: string): void {
  const [, fraction = '', exponent = '0'] = /^\d*\.?(\d*)(?:[eE](.+))?$/.exec(number)!
  const power = Number(exponent)
  const fits = (scale: number) => scale >= -(2 ** 31) && scale < 2 ** 31
  if (!fits(power) || !fits(fraction.length - power)) throw malformed('')
}
