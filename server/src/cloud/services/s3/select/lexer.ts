import { invalidCharacter, type Spot } from './refusals.ts'

export interface Token {
  type: 'word' | 'quoted' | 'string' | 'number' | 'moment' | 'sign' | 'end'
  /** Words as written; strings without their quotation marks. */
  text: string
  spot: Spot
}

const rules: [Token['type'] | 'space', RegExp][] = [
  ['space', /(?:\s+|--[^\n]*)/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['string', /'(?:[^']|'')*'/y],
  ['quoted', /"(?:[^"]|"")*"/y],
  ['moment', /`[^`]*`/y],
  ['sign', /<>|!=|<=|>=|\|\||[-+*/%=<>().,[\];:]/y],
]

/** The tokens of an expression, the last of type `end`. Throws LexerInvalidChar. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < sql.length) {
    const [type, text] = match(sql, position) ?? []
    if (type === undefined || text === undefined) {
      throw invalidCharacter(sql[position]!, spotOf(sql, position))
    }
    if (type !== 'space') {
      tokens.push({ type, text: inner(type, text), spot: spotOf(sql, position) })
    }
    position += text.length
  }
  tokens.push({ type: 'end', text: '<end of expression>', spot: spotOf(sql, position) })
  return tokens
}

function match(sql: string, position: number) {
  for (const [type, rule] of rules) {
    rule.lastIndex = position
    const found = rule.exec(sql)?.[0]
    if (found) return [type, found] as const
  }
  return undefined
}

function inner(type: string, text: string): string {
  if (type === 'string') return text.slice(1, -1).replaceAll("''", "'")
  if (type === 'quoted') return text.slice(1, -1).replaceAll('""', '"')
  return type === 'moment' ? text.slice(1, -1) : text
}

function spotOf(sql: string, position: number): Spot {
  const lines = sql.slice(0, position).split('\n')
  return { line: lines.length, column: lines.at(-1)!.length + 1 }
}
