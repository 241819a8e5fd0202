import type { Token, TokenType } from './tokens.ts'
import {
  endsExpression,
  isIdentifierPart,
  isIdentifierStart,
  KEYWORDS,
  operatorAt,
  SyntaxFailure,
} from './tokens.ts'

const NUMBER =
  /0[xX][0-9a-fA-F_]+[lLgGiI]?|0[bB][01_]+[lLgGiI]?|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[lLgGiIfFdD]?/y
const WORD = /[A-Za-z_$][\w$]*(?![\w$\u0080-\uffff])|[\p{L}_$][\p{L}\p{N}_$]*/uy
const BLANKS = /[ \t\f\u00a0\ufeff]+/y
const LINE_END = /[\r\n]/g
const MAX_STRING_NESTING = 64
/** Shared by the tokens that have none: arrays of their own were half of the garbage of parsing. */
const NO_STRINGS: string[] = []
const NO_VALUES: Token[][] = []

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '\\': '\\',
  "'": "'",
  '"': '"',
  $: '$',
}

/** Turns source text into tokens. Newlines directly inside `( )` and `[ ]` are dropped. */
export class Lexer {
  private readonly source: string
  private offset = 0
  private line = 1
  private lineStart = 0
  private nesting = 0
  /** What stands before the text that is read, and in how many brackets. */
  private before: readonly Token[] = []
  private inside = 0

  constructor(source: string) {
    this.source = source
  }

  run(): Token[] {
    if (this.source.startsWith('#!')) this.offset = this.lineEnd(0)
    return this.tokens(false)
  }

  private tokens(untilBrace: boolean): Token[] {
    const out: Token[] = []
    const brackets: string[] = []
    for (;;) {
      this.skipBlanks(out, brackets)
      const char = this.source[this.offset]
      if (char === undefined) {
        if (untilBrace) this.fail("expecting '}', found ''")
        out.push(this.token('eof', '', this.offset))
        return out
      }
      if (char === '}' && untilBrace && brackets.length === 0) {
        out.push(this.token('eof', '', this.offset))
        this.offset += 1
        return out
      }
      this.before = out
      this.inside = brackets.length
      const token = this.next(char, out)
      out.push(token)
      if (token.type !== 'op') continue
      if (token.text === '(' || token.text === '[' || token.text === '{') brackets.push(token.text)
      else if (token.text === ')' || token.text === ']' || token.text === '}') brackets.pop()
    }
  }

  private next(char: string, before: Token[]): Token {
    const start = this.offset
    if (char >= '0' && char <= '9') return this.sticky('number', NUMBER)
    if (char === '"' || char === "'") return this.quoted(char)
    if (char === '/' && !endsExpression(before.at(-1))) return this.slashy(start, '/')
    if (this.source.startsWith('$/', start) && !endsExpression(before.at(-1))) {
      return this.slashy(start, '$/')
    }
    if (isIdentifierStart(char)) {
      const word = this.sticky('id', WORD)
      if (KEYWORDS.has(word.text)) word.type = 'keyword'
      return word
    }
    const operator = operatorAt(this.source, start)
    if (operator === '') this.failChar(char)
    this.offset += operator.length
    return this.token('op', operator, start)
  }

  private failChar(char: string): never {
    if (char !== '#') this.fail(`unexpected char: '${char}'`)
    this.offset += 1
    return this.fail(`expecting '!', found '${this.source[this.offset] ?? ''}'`)
  }

  private skipBlanks(out: Token[], brackets: string[]): void {
    for (;;) {
      const char = this.source[this.offset]
      if (char === '\n' || char === '\r') this.newline(out, brackets)
      else if (
        char === '\\' &&
        /\r?\n/y.test(this.source.slice(this.offset + 1, this.offset + 3))
      ) {
        this.offset = this.lineEnd(this.offset)
        this.advanceLine()
      } else if (char === '/' && this.source[this.offset + 1] === '/') {
        this.offset = this.lineEnd(this.offset)
      } else if (char === '/' && this.source[this.offset + 1] === '*') this.blockComment()
      else if (
        char !== ' ' &&
        char !== '\t' &&
        (char === undefined || char > ' ') &&
        char !== '\u00a0' &&
        char !== '\ufeff'
      )
        return
      else {
        BLANKS.lastIndex = this.offset
        const blanks = BLANKS.exec(this.source)
        if (!blanks) return
        this.offset = BLANKS.lastIndex
      }
    }
  }

  private newline(out: Token[], brackets: string[]): void {
    const inner = brackets.at(-1)
    if (inner !== '(' && inner !== '[' && out.at(-1)?.type !== 'newline' && out.length > 0) {
      out.push(this.token('newline', '\n', this.offset))
    }
    this.advanceLine()
  }

  private advanceLine(): void {
    this.offset += this.source.startsWith('\r\n', this.offset) ? 2 : 1
    this.line += 1
    this.lineStart = this.offset
  }

  private blockComment(): void {
    const close = this.source.indexOf('*/', this.offset + 2)
    if (close < 0) {
      this.toEnd()
      this.fail("expecting '*', found '<EOF>'")
    }
    while (this.offset < close) this.step()
    this.offset = close + 2
  }

  /** Moves over one character of a comment or string, counting lines. */
  private step(): void {
    const char = this.source[this.offset]
    if (char === '\n' || (char === '\r' && this.source[this.offset + 1] !== '\n')) {
      this.advanceLine()
    } else this.offset += 1
  }

  private lineEnd(from: number): number {
    LINE_END.lastIndex = from
    return LINE_END.exec(this.source)?.index ?? this.source.length
  }

  private sticky(type: TokenType, pattern: RegExp): Token {
    const start = this.offset
    pattern.lastIndex = start
    const text = pattern.exec(this.source)?.[0]
    if (text === undefined) this.fail(`unexpected char: '${this.source[start]}'`)
    this.offset += text.length
    if (type === 'number' && text.endsWith('_')) {
      this.fail(`expecting token in range: '0'..'9', found '${this.source[this.offset] ?? ''}'`)
    }
    return this.token(type, text, start)
  }

  private quoted(char: string): Token {
    const triple = char.repeat(3)
    const quote = this.source.startsWith(triple, this.offset) ? triple : char
    const start = this.mark()
    this.offset += quote.length
    return this.body(start, quote, quote, char === '"')
  }

  private slashy(from: number, quote: '/' | '$/'): Token {
    const start = this.mark()
    this.offset = from + quote.length
    return this.body(start, quote, quote === '/' ? '/' : '/$', true)
  }

  private mark(): Token {
    return this.token('string', '', this.offset)
  }

  /** Reads up to the closing quote. Slashy strings know other escapes and let a `$` stand. */
  private body(token: Token, quote: string, close: string, interpolates: boolean): Token {
    const strings: string[] = []
    const values: Token[][] = []
    let text = ''
    while (!this.source.startsWith(close, this.offset)) {
      const char = this.source[this.offset]
      if (char === undefined) this.failUnterminated(quote, token)
      if (char === '\n' && quote.length === 1 && quote !== '/') this.failUnterminated(quote, token)
      if (char === '\\' && quote !== '$/') text += this.escape(quote)
      else if (char === '$' && quote === '$/' && /[$/]/.test(this.source[this.offset + 1] ?? '')) {
        text += this.source[this.offset + 1]
        this.offset += 2
      } else if (char === '$' && interpolates) {
        const value = this.interpolation(quote)
        if (value) {
          strings.push(text)
          values.push(value)
          text = ''
        } else {
          text += '$'
          this.offset += 1
        }
      } else {
        text += char === '\r' && this.source[this.offset + 1] === '\n' ? '' : char
        this.step()
      }
    }
    this.offset += close.length
    token.end = this.offset
    token.quote = quote
    if (values.length === 0) {
      token.text = text
      return token
    }
    token.type = 'gstring'
    token.strings = [...strings, text]
    token.values = values
    return token
  }

  private failUnterminated(quote: string, opened: Token): never {
    if (this.source[this.offset] === undefined) {
      // Groovy reads texts with values to their end before it looks for the quote.
      const reads = quote === "'" || quote === "'''" ? "expecting ''', found '<EOF>'" : undefined
      const single = quote === '"' ? `expecting '"', found '<EOF>'` : undefined
      this.fail(reads ?? single ?? 'unexpected char: 0xFFFF')
    }
    if (quote === "'" && this.offset === opened.offset + 1) {
      throw new SyntaxFailure("unexpected char: '''", opened)
    }
    if (quote === "'") this.fail(`expecting ''', found '\\n'`)
    return this.fail(`expecting anything but ''\\n''; got it anyway`)
  }

  private toEnd(): void {
    while (this.offset < this.source.length) this.step()
  }

  private escape(quote: string): string {
    const next = this.source[this.offset + 1]
    if (quote === '/') {
      this.offset += 1
      if (next !== '/') return '\\'
      this.offset += 1
      return '/'
    }
    if (next === '\n' || next === '\r') {
      this.offset += 1
      this.advanceLine()
      return ''
    }
    if (next === 'u') {
      const code = /^u+([0-9a-fA-F]{4})/.exec(this.source.slice(this.offset + 1, this.offset + 16))
      if (!code) this.fail("unexpected char: '\\'")
      this.offset += 1 + code[0].length
      return String.fromCharCode(Number.parseInt(code[1]!, 16))
    }
    const octal = /^[0-3]?[0-7]{1,2}/.exec(this.source.slice(this.offset + 1, this.offset + 4))
    if (octal) {
      this.offset += 1 + octal[0].length
      return String.fromCharCode(Number.parseInt(octal[0], 8))
    }
    const cooked = next === undefined ? undefined : ESCAPES[next]
    if (cooked === undefined) this.fail("unexpected char: '\\'")
    this.offset += 2
    return cooked
  }

  /** The tokens after a `$`, or null where the dollar stands for itself. */
  private interpolation(quote: string): Token[] | null {
    const next = this.source[this.offset + 1]
    if (next === '{') {
      this.offset += 2
      this.nesting += 1
      if (this.nesting > MAX_STRING_NESTING) this.fail('string is nested too deeply')
      const tokens = this.tokens(true)
      this.nesting -= 1
      return tokens
    }
    if (next !== '$' && isIdentifierStart(next)) return this.dottedName()
    if (quote === '/' || quote === '$/') return null
    this.offset += 1
    throw new SyntaxFailure(
      'illegal string body character after dollar sign;\n   solution: either escape a literal ' +
        `dollar sign "\\$5" or bracket the value expression "\${5}"`,
      this.dollarPlace(),
    )
  }

  /**
   * Groovy's parser looks a token ahead: it tells of the token before the text, unless that can't be
   * understood without what follows.
   */
  private dollarPlace(): { line: number; column: number } {
    const { before, inside } = this
    const previous = before.at(-1)
    const { line, column } = this.here()
    const beyond = { line, column: column + 1 }
    if (!previous || previous.text === ':') return beyond
    const isDeclared = ['id', 'keyword'].includes(before.at(-3)?.type ?? '')
    if (previous.text === '=' && (inside > 0 || isDeclared)) return beyond
    return previous.text === 'return' && inside > 0 ? beyond : previous
  }

  private dottedName(): Token[] {
    const out: Token[] = []
    this.offset += 1
    for (;;) {
      const start = this.offset
      while (this.source[this.offset] !== '$' && isIdentifierPart(this.source[this.offset])) {
        this.offset += 1
      }
      const text = this.source.slice(start, this.offset)
      out.push(this.token(text === 'this' ? 'keyword' : 'id', text, start))
      const after = this.source[this.offset + 1]
      if (this.source[this.offset] !== '.' || after === '$' || !isIdentifierStart(after)) break
      out.push(this.token('op', '.', this.offset))
      this.offset += 1
    }
    out.push(this.token('eof', '', this.offset))
    return out
  }

  private here(): { line: number; column: number } {
    return { line: this.line, column: this.offset - this.lineStart + 1 }
  }

  private fail(message: string): never {
    throw new SyntaxFailure(message, this.here())
  }

  private token(type: TokenType, text: string, offset: number): Token {
    const column = offset - this.lineStart + 1
    return {
      type,
      text,
      line: this.line,
      column,
      offset,
      end: Math.max(this.offset, offset + text.length),
      quote: '',
      strings: NO_STRINGS,
      values: NO_VALUES,
    }
  }
}
