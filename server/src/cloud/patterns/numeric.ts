import type { JsonTokens, Token } from './json-tokens.ts'

type Range = (value: number) => boolean

const signs: Record<string, (value: number, bound: number) => boolean> = {
  '=': isSameNumber,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
}
/** Up to the sixth digit after the point, as the rule compiler's numbers are. */
export function isSameNumber(value: number, wanted: number): boolean {
  return Math.trunc(value * 1e6) === Math.trunc(wanted * 1e6)
}

// What the rule compiler's numbers hold.
const FARTHEST = 5e9

/** Reads what follows `"numeric": [`, to its end. */
export function readNumeric(tokens: JsonTokens): Range {
  const sign = tokens.next()
  if (sign.kind !== 'string') {
    throw tokens.fault(`Invalid member in numeric match: ${sign.text}`, sign.readAt)
  }
  const compare = Object.hasOwn(signs, sign.text) ? signs[sign.text] : undefined
  const first = tokens.next()
  if (!compare) {
    throw tokens.fault(`Unrecognized numeric range operator: ${sign.text}`, first.at)
  }
  const bound = numberOf(tokens, first, sign.text === '=' ? 'equals' : sign.text)
  const after = tokens.next()
  const range: Range = (value) => compare(value, bound)
  if (after.kind === ']') return range
  if (!sign.text.startsWith('>')) {
    throw tokens.fault('Too many elements in numeric expression', after.at)
  }
  return between(tokens, after, { bound, range })
}

function numberOf(tokens: JsonTokens, token: Token, what: string): number {
  if (token.kind !== 'number') throw tokens.fault(`Value of ${what} must be numeric`, token.at)
  const value = Number(token.text)
  if (Math.abs(value) <= FARTHEST) return value
  const most = 'Value must be between -5.0E9 and 5.0E9, inclusive'
  throw tokens.fault(most, token.at)
}

function between(tokens: JsonTokens, sign: Token, bottom: { bound: number; range: Range }): Range {
  if (sign.kind !== 'string') {
    throw tokens.fault(`Bad value in numeric range: ${sign.text}`, sign.readAt)
  }
  if (sign.text !== '<' && sign.text !== '<=') {
    throw tokens.fault(`Bad numeric range operator: ${sign.text}`, sign.readAt)
  }
  const compare = signs[sign.text]!
  const top = numberOf(tokens, tokens.next(), sign.text)
  const end = tokens.next()
  if (end.kind !== ']') {
    throw tokens.fault('Too many terms in numeric range expression', end.at)
  }
  if (bottom.bound >= top) throw tokens.fault('Bottom must be less than top', end.at)
  return (value) => bottom.range(value) && compare(value, top)
}
