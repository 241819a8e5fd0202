export type TokenType =
  | 'id'
  | 'keyword'
  | 'number'
  | 'string'
  | 'gstring'
  | 'op'
  | 'newline'
  | 'eof'

export interface Token {
  type: TokenType
  /** Operators and names as written; strings cooked; numbers as written. */
  text: string
  line: number
  column: number
  offset: number
  end: number
  quote: string
  /** Of a gstring: the texts around the values, one more than `values`. */
  strings: string[]
  /** Of a gstring: the tokens of each value, ended by an eof token. */
  values: Token[][]
}

/** Thrown inside the parser only; `parseGroovy` turns it into a finding. */
export class SyntaxFailure extends Error {
  readonly line: number
  readonly column: number
  constructor(message: string, at: { line: number; column: number }) {
    super(message)
    this.line = at.line
    this.column = at.column
  }
}

/** As Groovy words what its tree builder finds: the place stands in the message, too. */
export function treeError(message: string, { line, column }: { line: number; column: number }) {
  return `${message} at line: ${line} column: ${column}. File: WorkflowScript`
}

export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'as assert break case catch class const continue def default do else enum extends false ' +
    'finally for goto if implements import in instanceof interface new null package return super ' +
    'switch this throw throws trait true try while'
  ).split(' '),
)

export const MODIFIERS: ReadonlySet<string> = new Set(
  'static final private public protected abstract transient volatile synchronized native'.split(
    ' ',
  ),
)

export const PRIMITIVES: ReadonlySet<string> = new Set(
  'boolean byte char double float int long short void'.split(' '),
)

/** Longest first, so that the first match is the right one. */
const OPERATORS =
  '>>>= <=> ==~ === !== **= ... ..< >>> >>= <<= ?. ?: *. *: .& .@ -> ++ -- == != <= >= && || =~ ** += -= *= /= %= &= |= ^= << >> .. ?='.split(
    ' ',
  )

const byFirstCharacter = new Map<string, string[]>()
for (const operator of OPERATORS) {
  const first = operator[0]!
  byFirstCharacter.set(first, [...(byFirstCharacter.get(first) ?? []), operator])
}
const SINGLE = new Set('+-*/%=<>!&|^~?:;,.()[]{}@')

/** The operator that starts at `offset`, or an empty string. */
export function operatorAt(source: string, offset: number): string {
  const first = source[offset]!
  const longer = byFirstCharacter.get(first)
  const found = longer?.find((operator) => source.startsWith(operator, offset))
  return found ?? (SINGLE.has(first) ? first : '')
}

/** After such a token a `/` divides; otherwise it opens a slashy string (as Groovy's own lexer). */
export function endsExpression(token: Token | undefined): boolean {
  if (!token) return false
  switch (token.type) {
    case 'id':
    case 'number':
    case 'string':
    case 'gstring':
      return true
    case 'keyword':
      return ['this', 'super', 'true', 'false', 'null', 'class'].includes(token.text)
    case 'op':
      return [')', ']', '}', '++', '--'].includes(token.text)
    default:
      return false
  }
}

/** By character code: 1 may start a name, 2 may only continue it. */
const ASCII_NAME = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (/[A-Za-z_$]/.test(char)) return 1
  return /\d/.test(char) ? 2 : 0
})

export function isIdentifierStart(char: string | undefined): boolean {
  if (char === undefined) return false
  const code = char.charCodeAt(0)
  if (code < 128) return ASCII_NAME[code] === 1
  return /\p{L}/u.test(char)
}

export function isIdentifierPart(char: string | undefined): boolean {
  if (char === undefined) return false
  const code = char.charCodeAt(0)
  if (code < 128) return ASCII_NAME[code] !== 0
  return /[\p{L}\p{N}]/u.test(char)
}
