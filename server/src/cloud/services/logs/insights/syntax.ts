import { userRegex } from '../../../../kernel/index.ts'
import { aggregates, functions } from './functions.ts'
import { Lexer, malformed, type Token } from './lexer.ts'

export type Expression =
  | { kind: 'field'; name: string }
  | { kind: 'value'; value: string | number }
  | { kind: 'call'; name: string; of: Expression[] }
  | { kind: 'sign'; sign: string; left: Expression; right: Expression }
  | { kind: 'like'; left: Expression; test(text: string): boolean }
  | { kind: 'in'; left: Expression; list: Expression[] }
  | { kind: 'not'; of: Expression }

/** An expression with the name its value is told by: its own text where nothing else is said. */
export interface Named {
  name: string
  of: Expression
}

export type Command =
  | { kind: 'fields' | 'display'; fields: Named[] }
  | { kind: 'filter'; where: Expression }
  | { kind: 'stats'; values: Named[]; by: Named[] }
  | { kind: 'sort'; by: { of: Expression; isDescending: boolean }[] }
  | { kind: 'limit'; count: number }
  | { kind: 'dedup'; by: Expression[] }
  | { kind: 'parse'; from: Expression; read(text: string): Record<string, string> | undefined }

const units = Object.fromEntries(
  Object.entries({
    'ms msec millisecond milliseconds': 1,
    's sec secs second seconds': 1000,
    'm min mins minute minutes': 60_000,
    'h hr hrs hour hours': 3_600_000,
    'd day days': 86_400_000,
    'w week weeks': 604_800_000,
  }).flatMap(([names, ms]) => names.split(' ').map((name) => [name, ms] as const)),
) as Record<string, number | undefined>

/** Reads a query (user guide, "CloudWatch Logs Insights language query syntax"). Throws MalformedQueryException. */
export function parseQuery(source: string): Command[] {
  const tokens = new Lexer(source)
  const commands: Command[] = []
  do {
    const word = tokens.peek()
    const next = command(tokens)
    // What was told once is only cut short.
    const isLate = commands.some(({ kind }) => kind === 'dedup') && next.kind !== 'limit'
    if (isLate) throw tokens.unexpected(word)
    commands.push(next)
  } while (tokens.take('|'))
  if (tokens.peek().kind !== 'end') throw tokens.unexpected()
  return commands
}

function command(tokens: Lexer): Command {
  const word = tokens.of('name')
  const kind = word.text.toLowerCase()
  switch (kind) {
    case 'fields':
    case 'display':
      return { kind, fields: listOf(tokens, named) }
    case 'filter':
      return { kind, where: condition(tokens) }
    case 'stats': {
      const values = listOf(tokens, named)
      return { kind, values, by: tokens.take('by') ? listOf(tokens, named) : [] }
    }
    case 'sort':
    case 'order':
      tokens.take('by')
      return { kind: 'sort', by: listOf(tokens, order) }
    case 'head':
    case 'limit':
      tokens.take('any')
      return { kind: 'limit', count: Number(tokens.of('number').text) }
    case 'dedup':
      return { kind, by: listOf(tokens, sum) }
    case 'parse':
      return parsing(tokens)
  }
  if (notHere.has(kind)) {
    throw malformed(`the command ${kind} is not implemented by Madang, found`, tokens.source, word)
  }
  throw tokens.unexpected(word)
}

const notHere = new Set(
  'pattern diff anomaly unmask unnest filterindex lookup join source addtotals'.split(' '),
)

function listOf<Item>(tokens: Lexer, read: (tokens: Lexer) => Item): Item[] {
  const items = [read(tokens)]
  while (tokens.take(',')) items.push(read(tokens))
  return items
}

function named(tokens: Lexer): Named {
  const { at } = tokens.peek()
  const of = condition(tokens)
  const text = tokens.source.slice(at, tokens.peek().at).trim()
  const own = of.kind === 'field' ? of.name : text
  return { name: tokens.take('as') ? tokens.of('name').text : own, of }
}

function order(tokens: Lexer) {
  const of = sum(tokens)
  const isDescending = tokens.take('desc')
  if (!isDescending) tokens.take('asc')
  return { of, isDescending }
}

function parsing(tokens: Lexer): Command {
  const first = tokens.peek()
  const from: Expression =
    first.kind === 'name' ? operand(tokens) : { kind: 'field', name: '@message' }
  const regex = tokens.regex()
  if (regex) {
    const match = expression(tokens, regex)
    return { kind: 'parse', from, read: (text) => match.exec(text)?.groups }
  }
  const glob = tokens.of('text')
  tokens.expect('as')
  const names = listOf(tokens, (it) => it.of('name').text)
  const pieces = glob.text.split('*').map((it) => it.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (pieces.length - 1 !== names.length) {
    throw malformed('parse needs a name for each * of its pattern', tokens.source, glob)
  }
  // What is before the last of them ends at the next piece; the last goes on to the end of the line.
  const match = userRegex(pieces.join('(.*?)') + (glob.text.endsWith('*') ? '$' : ''))
  const read = (text: string) => {
    const found = match.exec(text)
    return found ? Object.fromEntries(names.map((name, at) => [name, found[at + 1]!])) : undefined
  }
  return { kind: 'parse', from, read }
}

function expression(tokens: Lexer, token: Token): RegExp {
  try {
    return userRegex(token.text)
  } catch {
    throw malformed('Invalid regular expression', tokens.source, token)
  }
}

function condition(tokens: Lexer): Expression {
  let left = both(tokens)
  while (tokens.take('or')) left = { kind: 'sign', sign: 'or', left, right: both(tokens) }
  return left
}

function both(tokens: Lexer): Expression {
  let left = negated(tokens)
  while (tokens.take('and')) left = { kind: 'sign', sign: 'and', left, right: negated(tokens) }
  return left
}

const negated = (tokens: Lexer): Expression =>
  tokens.take('not') ? { kind: 'not', of: negated(tokens) } : comparison(tokens)

function comparison(tokens: Lexer): Expression {
  const left = sum(tokens)
  const isNot = tokens.take('not')
  const compared = likeOrIn(tokens, left)
  if (compared) return isNot ? { kind: 'not', of: compared } : compared
  if (isNot) throw tokens.unexpected()
  for (const sign of ['!=', '<=', '>=', '=', '<', '>']) {
    if (tokens.take(sign)) return { kind: 'sign', sign, left, right: sum(tokens) }
  }
  return left
}

function likeOrIn(tokens: Lexer, left: Expression): Expression | undefined {
  if (tokens.take('in')) {
    tokens.expect('[')
    const list = listOf(tokens, sum)
    tokens.expect(']')
    return { kind: 'in', left, list }
  }
  if (!tokens.take('like') && !tokens.take('=~')) return undefined
  const regex = tokens.regex()
  if (regex) {
    const match = expression(tokens, regex)
    return { kind: 'like', left, test: (text) => match.test(text) }
  }
  const { text: piece } = tokens.of('text')
  return { kind: 'like', left, test: (text) => text.includes(piece) }
}

/** Signs that bind equally, from the left. */
const level = (signs: string[], inner: (tokens: Lexer) => Expression) => {
  return (tokens: Lexer): Expression => {
    let left = inner(tokens)
    for (;;) {
      const sign = signs.find((one) => tokens.take(one))
      if (sign === undefined) return left
      left = { kind: 'sign', sign, left, right: inner(tokens) }
    }
  }
}

const power = level(['^'], operand)
const product = level(['*', '/', '%'], power)
const sum: (tokens: Lexer) => Expression = level(['+', '-'], product)

function operand(tokens: Lexer): Expression {
  if (tokens.take('(')) {
    const inner = condition(tokens)
    tokens.expect(')')
    return inner
  }
  if (tokens.take('-')) {
    return { kind: 'sign', sign: '-', left: { kind: 'value', value: 0 }, right: operand(tokens) }
  }
  const token = tokens.next()
  if (token.kind === 'text') return { kind: 'value', value: token.text }
  if (token.kind === 'number') return { kind: 'value', value: numberOf(tokens, token) }
  if (token.kind !== 'name') throw tokens.unexpected(token)
  return tokens.take('(') ? call(tokens, token) : { kind: 'field', name: token.text }
}

/** A length of time is its milliseconds: `5m`, `1 hour`. */
function numberOf(tokens: Lexer, token: Token): number {
  const unit = tokens.peek()
  const length =
    unit.kind === 'name' && Object.hasOwn(units, unit.text) ? units[unit.text] : undefined
  if (length !== undefined) tokens.next()
  return Number(token.text) * (length ?? 1)
}

function call(tokens: Lexer, token: Token): Expression {
  const name = token.text.toLowerCase()
  if (!Object.hasOwn(functions, name) && !Object.hasOwn(aggregates, name)) {
    throw malformed(`unknown function ${token.text} found`, tokens.source, token)
  }
  if (tokens.take(')')) return { kind: 'call', name, of: [] }
  const of = tokens.take('*') ? [] : listOf(tokens, condition)
  tokens.expect(')')
  return { kind: 'call', name, of }
}
