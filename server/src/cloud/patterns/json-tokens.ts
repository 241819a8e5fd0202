import { locationOf, PatternFault, type SourceStyle } from './fault.ts'

export type TokenKind =
  | '{'
  | '}'
  | '['
  | ']'
  | 'field'
  | 'string'
  | 'number'
  | 'true'
  | 'false'
  | 'null'
  | 'end'

export interface Token {
  kind: TokenKind
  /** A field's name, a string's or number's text, else the token itself. */
  text: string
  /** Where the reader stands after it, as Jackson tells places. */
  at: number
  /** Of a string: where it stands once its text was asked for. */
  readAt: number
}

interface Frame {
  kind: 'Object' | 'Array'
  start: number
  entries: number
}

const named: Record<string, TokenKind> = { true: 'true', false: 'false', null: 'null' }

/**
 * Reads JSON token by token with Jackson's notion of where it stands: behind a string's opening
 * quote until its text is asked for, and behind the first character of the value after a field's
 * name. The rule compiler's messages tell these places.
 */
/** Whose patterns these are: SNS's rule compiler is an older one. */
export type Dialect = 'events' | 'sns'

export class JsonTokens {
  readonly text: string
  readonly dialect: Dialect
  readonly #style: SourceStyle
  readonly #frames: Frame[] = []
  #offset = 0
  #ahead: Token | undefined
  #isDone = false

  constructor(text: string, style: SourceStyle = 'told', dialect: Dialect = 'events') {
    this.text = text
    this.#style = style
    this.dialect = dialect
  }

  next(): Token {
    const ahead = this.#ahead
    this.#ahead = undefined
    if (ahead) return ahead
    this.#skip()
    const frame = this.#frames.at(-1)
    if (!frame) return this.#top()
    const char = this.text[this.#offset]
    if (char === undefined) throw this.#unclosed(frame)
    if (char === (frame.kind === 'Object' ? '}' : ']')) return this.#close()
    if (frame.entries++ > 0) this.#comma(frame)
    return frame.kind === 'Object' ? this.#field() : this.#value()
  }

  /** Throws unless nothing but blanks follows. */
  fault(message: string, at: number): PatternFault {
    return new PatternFault(`${message}\n at ${locationOf(this.text, at, this.#style)}`)
  }

  #top(): Token {
    if (this.#isDone || this.text[this.#offset] === undefined) return this.#token('end', '')
    this.#isDone = true
    return this.#value()
  }

  #token(kind: TokenKind, text: string, readAt = this.#offset): Token {
    return { kind, text, at: this.#offset, readAt }
  }

  #skip(): void {
    while (/\s/.test(this.text[this.#offset] ?? '')) this.#offset++
  }

  #close(): Token {
    const frame = this.#frames.pop()!
    this.#offset++
    return this.#token(frame.kind === 'Object' ? '}' : ']', frame.kind === 'Object' ? '}' : ']')
  }

  #comma({ kind }: Frame): void {
    if (this.text[this.#offset] !== ',') {
      throw this.#unexpected(`was expecting comma to separate ${kind} entries`)
    }
    this.#offset++
    this.#skip()
  }

  #field(): Token {
    if (this.text[this.#offset] !== '"') {
      throw this.#unexpected('was expecting double-quote to start field name')
    }
    const name = this.#string()
    this.#offset = name.readAt
    this.#skip()
    if (this.text[this.#offset] !== ':') {
      throw this.#unexpected('was expecting a colon to separate field name and value')
    }
    this.#offset++
    this.#skip()
    const value = this.#value()
    this.#ahead = value
    return { kind: 'field', text: name.text, at: value.at, readAt: value.at }
  }

  #value(): Token {
    const char = this.text[this.#offset]
    if (char === '{' || char === '[') {
      const kind = char === '{' ? 'Object' : 'Array'
      this.#frames.push({ kind, start: this.#offset, entries: 0 })
      this.#offset++
      return this.#token(char, char)
    }
    if (char === '"') {
      const token = this.#string()
      this.#offset = token.readAt
      return token
    }
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(this.#rest())?.[0]
    if (number) return this.#word('number', number)
    const word = /^[\w$]+/.exec(this.#rest())?.[0]
    if (word === undefined) throw this.#unexpected(this.#expected())
    if (named[word]) return this.#word(named[word], word)
    this.#offset += word.length
    const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    throw this.fault(`Unrecognized token '${word}': was expecting ${values}`, this.#offset)
  }

  #expected(): string {
    const isFirst = this.#frames.length === 0
    return isFirst
      ? "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
      : 'expected a value'
  }

  #rest(): string {
    return this.text.slice(this.#offset, this.#offset + 400)
  }

  #word(kind: TokenKind, text: string): Token {
    this.#offset += text.length
    return this.#token(kind, text)
  }

  #string(): Token {
    const start = this.#offset
    let end = start + 1
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1
    if (end >= this.text.length) {
      throw this.fault('Unexpected end-of-input in VALUE_STRING', this.text.length)
    }
    const raw = this.text.slice(start, end + 1)
    return { kind: 'string', text: this.#unescaped(raw, start), at: start + 1, readAt: end + 1 }
  }

  #unescaped(raw: string, start: number): string {
    try {
      return JSON.parse(raw) as string
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw this.fault('Unrecognized character escape', start + 1)
    }
  }

  #unexpected(expectation: string): PatternFault {
    const char = this.text[this.#offset]
    if (char === undefined) return this.#unclosed(this.#frames.at(-1)!)
    const told = `Unexpected character ('${char}' (code ${char.charCodeAt(0)})): ${expectation}`
    // Older versions stand behind the character that they name, newer ones on it.
    const isOld = this.#style === 'told' && this.dialect === 'sns'
    return this.fault(told, this.#offset + (isOld ? 1 : 0))
  }

  #unclosed({ kind, start }: Frame): PatternFault {
    const from = locationOf(this.text, start, this.#style)
    return this.fault(
      `Unexpected end-of-input: expected close marker for ${kind} (start marker at ${from})`,
      this.text.length,
    )
  }
}
