import { AwsError } from '../../../gateway/index.ts'

export type TokenKind = 'name' | 'number' | 'text' | 'regex' | 'sign' | 'end'

export interface Token {
  kind: TokenKind
  /** A text's or expression's own letters, without its quotes. */
  text: string
  at: number
  end: number
}

const patterns: [TokenKind | 'blank', RegExp][] = [
  ['blank', /(?:\s|#[^\n]*)+/y],
  ['text', /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y],
  ['name', /`[^`]+`|[@A-Za-z_][\w@]*(?:\.\w+)*/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['sign', /!=|<=|>=|=~|[=<>()[\],|*+\-%^/]/y],
]
/** Where a value is asked for, a slash begins an expression. */
const regexPattern = /\/((?:[^/\\\n]|\\.)+)\//y

/** The tokens of a query of Logs Insights, one after the other. */
export class Lexer {
  readonly source: string
  #at = 0
  #ahead: Token | undefined

  constructor(source: string) {
    this.source = source
  }

  peek(): Token {
    this.#ahead ??= this.#read()
    return this.#ahead
  }

  next(): Token {
    const token = this.peek()
    this.#ahead = undefined
    return token
  }

  /** The next token, where it is this sign or word. */
  take(text: string): boolean {
    const { kind, text: told } = this.peek()
    const isIt = (kind === 'sign' || kind === 'name') && told.toLowerCase() === text
    if (isIt) this.next()
    return isIt
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected()
  }

  of(kind: TokenKind): Token {
    if (this.peek().kind !== kind) throw this.unexpected()
    return this.next()
  }

  /** The expression that begins at the next token, which is a slash. */
  regex(): Token | undefined {
    const { at } = this.peek()
    regexPattern.lastIndex = at
    const found = regexPattern.exec(this.source)
    if (!found) return undefined
    this.#ahead = undefined
    this.#at = regexPattern.lastIndex
    return { kind: 'regex', text: found[1]!, at, end: this.#at }
  }

  unexpected(token = this.peek()): AwsError {
    const text = token.kind === 'end' ? '<EOF>' : this.source.slice(token.at, token.end)
    return malformed(`unexpected symbol found ${text}`, this.source, token)
  }

  #read(): Token {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = this.#at
      const found = pattern.exec(this.source)?.[0]
      if (found === undefined) continue
      const at = this.#at
      this.#at += found.length
      if (kind === 'blank') return this.#read()
      return { kind, text: textOf(kind, found), at, end: this.#at }
    }
    const at = this.#at
    if (at >= this.source.length) return { kind: 'end', text: '', at, end: at }
    throw this.unexpected({ kind: 'sign', text: this.source[at]!, at, end: at + 1 })
  }
}

function textOf(kind: TokenKind, found: string): string {
  if (kind === 'text') return found.slice(1, -1).replaceAll(/\\(.)/g, '$1')
  return found.startsWith('`') ? found.slice(1, -1) : found
}

/** Tells the place as line and position, and in the members of the refusal as offsets. */
export function malformed(
  what: string,
  source: string,
  { at, end }: Pick<Token, 'at' | 'end'>,
): AwsError {
  const before = source.slice(0, at)
  const line = before.split('\n').length
  const message = `${what} at line ${line} and position ${at - before.lastIndexOf('\n')}`
  const location = { startCharOffset: at, endCharOffset: Math.max(at, end - 1) }
  return new AwsError('MalformedQueryException', message, {
    members: { queryCompileError: { location, message } },
  })
}
