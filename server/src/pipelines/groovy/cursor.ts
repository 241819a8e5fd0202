import type { Expr, Position, SourceFinding, TypeRef } from './ast.ts'
import type { Token } from './tokens.ts'
import { PRIMITIVES, SyntaxFailure } from './tokens.ts'

const MAX_NESTING = 250

/** Walks the tokens; every parser layer builds on it. */
export class Cursor {
  protected tokens: Token[]
  protected readonly source: string
  protected index = 0
  private depth = 0
  /** Blocks and closures around the cursor. */
  protected braces = 0
  /** What is no error of the syntax, found on the way. */
  readonly findings: SourceFinding[] = []
  private splits: { index: number; token: Token }[] = []

  constructor(tokens: Token[], source: string) {
    this.tokens = tokens
    this.source = source
  }

  protected get token(): Token {
    return this.tokens[this.index]!
  }

  protected ahead(count: number): Token {
    return this.tokens[Math.min(this.index + count, this.tokens.length - 1)]!
  }

  /** Where the last consumed token ended. */
  protected get lastEnd(): number {
    return this.index === 0 ? 0 : this.tokens[this.index - 1]!.end
  }

  protected get pos(): Position {
    return positionOf(this.token)
  }

  protected atEnd(): boolean {
    return this.token.type === 'eof'
  }

  protected is(text: string): boolean {
    return isSymbol(this.token, text)
  }

  protected advance(): Token {
    const token = this.token
    if (token.type !== 'eof') this.index += 1
    return token
  }

  protected accept(text: string): boolean {
    if (!this.is(text)) return false
    this.index += 1
    return true
  }

  protected expect(text: string): Token {
    if (this.is(text)) return this.advance()
    throw this.expecting(text)
  }

  /** The end of a list of items. Groovy names the token where another item seems to begin. */
  protected expectEnd(close: string, last: Expr | undefined): Token {
    if (this.is(close)) return this.advance()
    const { token } = this
    if (token.type === 'eof') throw this.unended(close, last)
    if (token.type !== 'op' || token.text === '{' || token.text === '}') throw this.unexpected()
    throw this.expecting(close)
  }

  /** Of a list that never ends Groovy misses the bracket. */
  protected expectListEnd(last: Expr | undefined): Token {
    if (this.is(']')) return this.advance()
    const { token, index } = this
    const isEnded = this.tokens.some((each, at) => at >= index && isSymbol(each, ']'))
    if (token.type !== 'eof' && !isEnded) throw this.expecting(']')
    return this.expectEnd(']', last)
  }

  /** A file that ends inside a list: the place depends on what Groovy had taken for whole. */
  private unended(close: string, last: Expr | undefined): SyntaxFailure {
    if (this.braces > 0 || last?.kind === 'call') return this.unexpected()
    return last?.kind === 'literal'
      ? new SyntaxFailure(`unexpected token: ${last.raw}`, last.pos)
      : this.expecting(close)
  }

  protected expectName(): Token {
    if (this.token.type === 'id') return this.advance()
    throw this.unexpected()
  }

  protected skipNewlines(): void {
    while (this.token.type === 'newline') this.index += 1
  }

  /** The first token after any newlines, without moving. */
  protected afterNewlines(): Token {
    let index = this.index
    while (this.tokens[index]!.type === 'newline') index += 1
    return this.tokens[index]!
  }

  protected skipSeparators(): void {
    while (this.token.type === 'newline' || this.is(';')) this.index += 1
  }

  protected unexpected(token: Token = this.token): SyntaxFailure {
    return new SyntaxFailure(`unexpected token: ${shown(token)}`, token)
  }

  protected expecting(text: string): SyntaxFailure {
    const wanted = text === 'EOF' ? 'EOF' : `'${text}'`
    return new SyntaxFailure(`expecting ${wanted}, found '${shown(this.token)}'`, this.token)
  }

  /** Counts nesting, so that hostile input ends in a finding and not in a full stack. */
  protected nested<T>(parse: () => T): T {
    this.depth += 1
    if (this.depth > MAX_NESTING) {
      throw new SyntaxFailure(`nesting is deeper than ${MAX_NESTING} levels`, this.token)
    }
    const result = parse()
    this.depth -= 1
    return result
  }

  /** Parses a type at the cursor, or goes back and answers null. */
  protected tryType(): TypeRef | null {
    const start = this.index
    const type = this.type()
    if (!type) this.rewind(start)
    return type
  }

  /** Goes back after a guess that failed, undoing what the guess did to the tokens. */
  protected rewind(index: number): void {
    while (this.splits.length > 0 && this.splits.at(-1)!.index >= index) {
      const split = this.splits.pop()!
      this.tokens[split.index] = split.token
    }
    this.index = index
  }

  protected expectType(): TypeRef {
    const type = this.tryType()
    if (!type) throw this.unexpected()
    return type
  }

  private type(): TypeRef | null {
    if (this.token.type !== 'id' && !this.is('def')) return null
    const pos = this.pos
    let name = this.advance().text
    while (this.is('.') && this.ahead(1).type === 'id') {
      this.advance()
      name += `.${this.advance().text}`
    }
    const args = this.is('<') ? this.typeArguments() : []
    if (!args) return null
    let dimensions = 0
    while (this.is('[') && isSymbol(this.ahead(1), ']')) {
      this.index += 2
      dimensions += 1
    }
    return { name, dimensions, args, pos }
  }

  private typeArguments(): TypeRef[] | null {
    this.advance()
    const args: TypeRef[] = []
    while (!this.closesAngle()) {
      if (this.accept('?')) {
        if (this.is('super') || this.is('extends')) this.advance()
        else {
          args.push({ name: 'Object', dimensions: 0, args: [], pos: this.pos })
          if (!this.accept(',') && !this.startsAngleClose()) return null
          continue
        }
      }
      const arg = this.type()
      if (!arg) return null
      args.push(arg)
      if (this.accept('extends') && !this.type()) return null
      if (!this.accept(',') && !this.startsAngleClose()) return null
    }
    return args
  }

  private startsAngleClose(): boolean {
    return this.token.type === 'op' && /^>+$/.test(this.token.text)
  }

  /** Takes one `>`, splitting `>>` where generics nest. */
  private closesAngle(): boolean {
    if (!this.startsAngleClose()) return false
    const { token } = this
    if (token.text.length === 1) this.index += 1
    else {
      this.splits.push({ index: this.index, token })
      const rest = { ...token, text: token.text.slice(1), offset: token.offset + 1 }
      this.tokens[this.index] = { ...rest, column: token.column + 1 }
    }
    return true
  }
}

export function isSymbol(token: Token, text: string): boolean {
  return (token.type === 'op' || token.type === 'keyword') && token.text === text
}

export function isTypeName(name: string): boolean {
  return PRIMITIVES.has(name) || /^\p{Lu}/u.test(name)
}

export function positionOf(token: Token): Position {
  return { line: token.line, column: token.column, offset: token.offset }
}

function shown(token: Token): string {
  return token.type === 'newline' ? '<newline>' : token.text
}
