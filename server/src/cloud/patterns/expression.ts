import { blockOf } from './address-block.ts'
import { PatternFault } from './fault.ts'
import { readNumeric } from './numeric.ts'
import type { JsonTokens, Token } from './json-tokens.ts'
import { complexityOf, type WildcardParts, wildcardParts, wildcardTest } from './wildcard.ts'

/** A value in an event: JSON's own scalars. */
export type Scalar = string | number | boolean | null

/** One of a field's alternatives. */
export type Condition =
  | { kind: 'value'; test: (value: Scalar) => boolean; complexity?: number }
  | { kind: 'exists' | 'absent' }

const ofText =
  (test: (value: string) => boolean) =>
  (value: Scalar): boolean =>
    typeof value === 'string' && test(value)

const sameLetters = (text: string) => {
  const lower = text.toLowerCase()
  return (value: string) => value.toLowerCase() === lower
}

const ONE_KEY = 'Only one key allowed in match expression'
const TOO_MANY = 'Too many elements in numeric expression'

/** Reads a match expression behind its opening brace, to its closing one. */
export function readExpression(tokens: JsonTokens): Condition {
  const name = tokens.next()
  if (name.kind !== 'field') throw tokens.fault('Match expression name not found', name.at)
  const read = Object.hasOwn(readers, name.text) ? readers[name.text] : undefined
  if (!read) throw tokens.fault(`Unrecognized match type ${name.text}`, name.at)
  return read(tokens)
}

function close(tokens: JsonTokens, message = ONE_KEY): void {
  const token = tokens.next()
  if (token.kind !== '}') throw tokens.fault(message, token.at)
}

function textOf(tokens: JsonTokens, token: Token, what: string): string {
  if (token.kind === 'string') return token.text
  throw tokens.fault(`${what} match pattern must be a string`, token.at)
}

const textReader =
  (what: string, testOf: (text: string) => (value: string) => boolean) =>
  (tokens: JsonTokens): Condition => {
    const test = ofText(testOf(textOf(tokens, tokens.next(), what)))
    close(tokens)
    return { kind: 'value', test }
  }

/** `prefix` and `suffix`: of a text, or of one whose case doesn't matter. */
const edgeReader =
  (what: 'prefix' | 'suffix', fits: (value: string, text: string) => boolean) =>
  (tokens: JsonTokens): Condition => {
    const token = tokens.next()
    if (token.kind !== '{') {
      const text = textOf(tokens, token, what)
      close(tokens)
      return { kind: 'value', test: ofText((value) => fits(value, text)) }
    }
    const name = tokens.next()
    const title = what === 'prefix' ? 'Prefix' : 'Suffix'
    if (name.kind !== 'field') throw tokens.fault(`${title} expression name not found`, name.at)
    if (name.text !== 'equals-ignore-case') {
      throw tokens.fault(`Unsupported ${what} pattern: ${name.text}`, name.at)
    }
    const text = textOf(tokens, tokens.next(), 'equals-ignore-case').toLowerCase()
    close(tokens)
    close(tokens)
    return { kind: 'value', test: ofText((value) => fits(value.toLowerCase(), text)) }
  }

function partsOf(tokens: JsonTokens, token: Token): WildcardParts {
  const parts = wildcardParts(textOf(tokens, token, 'wildcard'))
  if (typeof parts === 'string') throw tokens.fault(parts, token.readAt)
  return parts
}

const readers: Record<string, (tokens: JsonTokens) => Condition> = {
  exactly: textReader('exact', (text) => (value) => value === text),
  'equals-ignore-case': textReader('equals-ignore-case', sameLetters),
  prefix: edgeReader('prefix', (value, text) => value.startsWith(text)),
  suffix: edgeReader('suffix', (value, text) => value.endsWith(text)),
  wildcard(tokens) {
    const parts = partsOf(tokens, tokens.next())
    close(tokens)
    return { kind: 'value', test: ofText(wildcardTest(parts)), complexity: complexityOf(parts) }
  },
  cidr(tokens) {
    const token = tokens.next()
    // "prefix" is what the compiler says here, too.
    const block = blockOf(textOf(tokens, token, 'prefix'))
    // Told without its place.
    if (typeof block === 'string') throw new PatternFault(block)
    close(tokens)
    return { kind: 'value', test: ofText(block) }
  },
  exists(tokens) {
    const token = tokens.next()
    if (token.kind !== 'true' && token.kind !== 'false') {
      throw tokens.fault('exists match pattern must be either true or false.', token.at)
    }
    close(tokens)
    return { kind: token.kind === 'true' ? 'exists' : 'absent' }
  },
  numeric(tokens) {
    const token = tokens.next()
    if (token.kind !== '[') throw tokens.fault('Value of numeric must be an array.', token.at)
    const range = readNumeric(tokens)
    close(tokens, TOO_MANY)
    return { kind: 'value', test: (value) => typeof value === 'number' && range(value) }
  },
  'anything-but': readAnythingBut,
}

const inner = ['equals-ignore-case', 'prefix', 'suffix', 'wildcard'] as const
type Inner = (typeof inner)[number]

function readAnythingBut(tokens: JsonTokens): Condition {
  let token = tokens.next()
  let of: Inner | undefined
  if (token.kind === '{') {
    const name = tokens.next()
    if (name.kind !== 'field') {
      throw tokens.fault('Anything-But expression name not found', name.at)
    }
    of = inner.find((one) => one === name.text)
    if (!of || (of === 'suffix' && tokens.dialect === 'sns'))
      throw tokens.fault(`Unsupported anything-but pattern: ${name.text}`, name.at)
    token = tokens.next()
    if (of === 'prefix' && tokens.dialect === 'sns' && token.kind !== '[') textOf(tokens, token, of)
  }
  if (token.kind !== '[' && token.kind !== 'string' && token.kind !== 'number') {
    const what = 'Value of anything-but must be an array or single string/number value.'
    throw tokens.fault(what, token.at)
  }
  const test = of ? noneOf(tokens, token, of) : noneOfValues(tokens, token)
  close(tokens, TOO_MANY)
  if (of) close(tokens, TOO_MANY)
  return { kind: 'value', test }
}

function listed(tokens: JsonTokens, first: Token): { list: Token[]; end: Token } {
  if (first.kind !== '[') return { list: [first], end: first }
  const list: Token[] = []
  for (;;) {
    const token = tokens.next()
    if (token.kind === ']') return { list, end: token }
    list.push(token)
    // Refused by every caller: what follows is not read.
    if (token.kind === '{' || token.kind === '[') return { list, end: token }
  }
}

function noneOfValues(tokens: JsonTokens, first: Token): (value: Scalar) => boolean {
  const { list, end } = listed(tokens, first)
  const wrong = list.find(({ kind }) => kind !== 'string' && kind !== 'number')
  if (wrong) {
    const what = 'Inside anything but list, start|null|boolean is not supported.'
    throw tokens.fault(what, wrong.at)
  }
  if (new Set(list.map(({ kind }) => kind)).size !== 1) {
    throw tokens.fault(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      end.at,
    )
  }
  const values = new Set<Scalar>(
    list.map(({ kind, text }) => (kind === 'number' ? Number(text) : text)),
  )
  return (value) => !values.has(value)
}

const refusedInside: Record<Inner, string> = {
  'equals-ignore-case':
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
  prefix: 'prefix/suffix match pattern must be a string',
  suffix: 'prefix/suffix match pattern must be a string',
  wildcard: 'wildcard match pattern must be a string',
}

function noneOf(tokens: JsonTokens, first: Token, of: Inner): (value: Scalar) => boolean {
  const tests = listed(tokens, first).list.map((token) => {
    if (token.kind !== 'string') {
      const fault = tokens.fault(refusedInside[of], token.at)
      // Of a list the place is told twice.
      const isTwice = first.kind === '[' && tokens.dialect === 'events'
      throw isTwice ? tokens.fault(fault.message, token.at) : fault
    }
    const { text } = token
    if (of === 'equals-ignore-case') return sameLetters(text)
    if (of === 'wildcard') return wildcardTest(partsOf(tokens, token))
    if (text === '') throw tokens.fault('Null prefix/suffix not allowed', token.readAt)
    return (value: string) => (of === 'prefix' ? value.startsWith(text) : value.endsWith(text))
  })
  return (value) => typeof value !== 'string' || !tests.some((test) => test(value))
}
