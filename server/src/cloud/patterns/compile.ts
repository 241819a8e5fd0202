import { addressOf } from './address-block.ts'
import { type Condition, readExpression, type Scalar } from './expression.ts'
import { PatternFault } from './fault.ts'
import { type Dialect, JsonTokens, type Token } from './json-tokens.ts'
import { isSameNumber } from './numeric.ts'

export interface Field {
  /** How many objects it stands in, itself counted. */
  depth: number
  conditions: Condition[]
}

/** Fields by their path (`detail.state`), all of which have to match. */
export type Alternative = Map<string, Field>

/** Matches when one of its alternatives does: `$or` makes more than one. */
export interface Pattern {
  alternatives: Alternative[]
}

/** What may not be a field's name inside `$or`. */
const reserved = new Set([
  'exactly',
  'equals-ignore-case',
  'prefix',
  'suffix',
  'anything-but',
  'exists',
  'wildcard',
  'numeric',
  'cidr',
  'html',
  '=',
  '<',
  '<=',
  '>',
  '>=',
  'regex',
  'not-wildcard',
  'not-equals-ignore-case',
  'date-after',
  'date-on-or-after',
  'date-before',
  'date-on-or-before',
  'in-date-range',
  'ip-address-in-range',
  'ip-address-not-in-range',
])
const MOST_COMPLEX = 10
const TOO_COMPLEX =
  'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character'

/** Reads a pattern as AWS's rule compiler does. Throws PatternFault in its words. */
export function compilePattern(text: string, dialect?: Dialect): Pattern {
  const tokens = new JsonTokens(text, 'told', dialect)
  const first = tokens.next()
  if (first.kind !== '{') throw tokens.fault('Filter is not an object', first.at)
  const alternatives = readObject(tokens, { path: [], isInOr: false }, [])
  for (const alternative of alternatives) {
    for (const { conditions } of alternative.values()) {
      const complexities = conditions.map((one) => (one.kind === 'value' && one.complexity) || 0)
      if (Math.max(...complexities) > MOST_COMPLEX) throw new PatternFault(TOO_COMPLEX)
    }
  }
  return { alternatives }
}

interface Place {
  path: string[]
  isInOr: boolean
}

function readObject(tokens: JsonTokens, place: Place, before: Alternative[]): Alternative[] {
  let alternatives = before
  let isEmpty = true
  for (;;) {
    const name = tokens.next()
    if (name.kind === '}') {
      if (isEmpty) throw tokens.fault('Empty objects are not allowed', name.at)
      return alternatives
    }
    isEmpty = false
    if (name.text === '$or') alternatives = readOr(tokens, place, alternatives)
    else alternatives = readField(tokens, place, name, alternatives)
  }
}

function readField(
  tokens: JsonTokens,
  place: Place,
  name: Token,
  alternatives: Alternative[],
): Alternative[] {
  if (place.isInOr && reserved.has(name.text)) {
    const what = `${name.text} is Ruler reserved fieldName which cannot be used inside $or.`
    throw tokens.fault(what, name.at)
  }
  const path = [...place.path, name.text]
  const token = tokens.next()
  if (token.kind === '{') return readObject(tokens, { ...place, path }, alternatives)
  if (token.kind !== '[') {
    throw tokens.fault(`"${name.text}" must be an object or an array`, token.at)
  }
  const field = { depth: path.length, conditions: readConditions(tokens) }
  const kept = alternatives.length > 0 ? alternatives : [new Map<string, Field>()]
  for (const one of kept) one.set(path.join('.'), field)
  return kept
}

function readOr(tokens: JsonTokens, place: Place, before: Alternative[]): Alternative[] {
  const open = tokens.next()
  if (open.kind !== '[') throw tokens.fault('It must be an Array followed with $or.', open.at)
  const found: Alternative[] = []
  let count = 0
  for (;;) {
    const token = tokens.next()
    if (token.kind === ']') {
      if (count >= 2) return found
      throw tokens.fault('There must have at least 2 Objects in $or relationship.', token.at)
    }
    if (token.kind !== '{') {
      const what = 'Only JSON object is allowed in array of $or relationship.'
      throw tokens.fault(what, token.at)
    }
    count++
    const copies = before.map((one) => new Map(one))
    found.push(...readObject(tokens, { ...place, isInOr: true }, copies))
  }
}

function readConditions(tokens: JsonTokens): Condition[] {
  const conditions: Condition[] = []
  for (;;) {
    const token = tokens.next()
    if (token.kind === ']') {
      if (conditions.length > 0) return conditions
      throw tokens.fault('Empty arrays are not allowed', token.at)
    }
    if (token.kind === '{') conditions.push(readExpression(tokens))
    else conditions.push({ kind: 'value', test: exactly(tokens, token) })
  }
}

function exactly(tokens: JsonTokens, { kind, text, at }: Token): (value: Scalar) => boolean {
  switch (kind) {
    case 'string':
      return sameText(text)
    case 'number':
      return (value) => typeof value === 'number' && isSameNumber(value, Number(text))
    case 'null':
      return (value) => value === null
    case 'true':
    case 'false':
      return (value) => value === (kind === 'true')
    default:
      throw tokens.fault('Match value must be String, number, true, false, or null', at)
  }
}

/** An address is the same in every way to write it. */
function sameText(text: string): (value: Scalar) => boolean {
  const address = addressOf(text)
  if (!address) return (value) => value === text
  return (value) => {
    const other = typeof value === 'string' ? addressOf(value) : undefined
    return other?.bits === address.bits && other.value === address.value
  }
}
