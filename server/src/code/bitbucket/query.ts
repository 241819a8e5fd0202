import { BitbucketError } from './errors.ts'

export type Json = Record<string, unknown>
type Test = (value: Json) => boolean

export interface Query {
  test: Test
  /** Every field that it names. */
  fields: readonly string[]
}

const MOST_SIGNS = 5000

/**
 * Bitbucket's query language: `state = "OPEN" AND (title ~ "fix" OR author.nickname != "ada")`.
 * Operators `=`, `!=`, `~`, `!~` (holds, ignoring case), `>`, `>=`, `<`, `<=`, `IN`, `NOT IN`; values
 * are quoted texts, numbers, moments, `true`, `false` and `null`. Throws 400 for anything else.
 */
export function readQuery(text: string): Query {
  if (text.trim() === '') return { test: () => true, fields: [] }
  if (text.length > MOST_SIGNS) throw wrong('it is too long')
  const reader = new QueryReader(tokensOf(text))
  const test = reader.either()
  if (reader.next() !== undefined) throw wrong('there is more after its end')
  return { test, fields: reader.fields }
}

/** What only some of a list's members have; by what is shown nobody can tell that it is no field. */
const OCCASIONAL = new Set([
  'commit',
  'completed_on',
  'inline',
  'parent',
  'pipeline',
  'project',
  'user',
])

/** Throws 400 for a field that nothing of a list has, by its first name. */
export function checkFields(fields: readonly string[], shown: Json[], verb: string): void {
  if (shown.length === 0) return
  for (const field of fields) {
    const [first = ''] = field.split('.')
    if (OCCASIONAL.has(first) || shown.some((value) => first in value)) continue
    throw new BitbucketError(400, `Field "${field}" does not support ${verb}`)
  }
}

interface Token {
  kind: 'text' | 'word' | 'sign'
  value: string
}

const wrong = (why: string) =>
  new BitbucketError(400, `Invalid query: ${why}`, { detail: 'See the filtering documentation.' })

function tokensOf(text: string): Token[] {
  const pattern = /\s*(?:"((?:\\.|[^"\\])*)"|(!~|!=|>=|<=|[=~<>(),])|([^\s"=~<>!(),]+)|(\S))/gy
  const tokens: Token[] = []
  for (const [, quoted, sign, word, stray] of text.trimEnd().matchAll(pattern)) {
    if (stray !== undefined) throw wrong(`${stray} is not expected`)
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replace(/\\(.)/g, '$1') })
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign })
    else tokens.push({ kind: 'word', value: word! })
  }
  return tokens
}

type Value = string | number | boolean | null

class QueryReader {
  readonly fields: string[] = []
  readonly #tokens: Token[]
  #at = 0
  #depth = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++]
  }

  either(): Test {
    const tests = [this.#both()]
    while (this.#takes('OR')) tests.push(this.#both())
    return (value) => tests.some((test) => test(value))
  }

  #both(): Test {
    const tests = [this.#one()]
    while (this.#takes('AND')) tests.push(this.#one())
    return (value) => tests.every((test) => test(value))
  }

  #one(): Test {
    if (!this.#takesSign('(')) return this.#comparison()
    if (++this.#depth > 50) throw wrong('it is nested too deeply')
    const inner = this.either()
    if (!this.#takesSign(')')) throw wrong('a parenthesis is not closed')
    this.#depth--
    return inner
  }

  #comparison(): Test {
    const field = this.next()
    if (field?.kind !== 'word') throw wrong('a field is expected')
    this.fields.push(field.value)
    const path = field.value.split('.')
    const isNot = this.#takes('NOT')
    if (this.#takes('IN')) {
      const values = this.#values()
      return (json) =>
        valuesAt(json, path).some((found) => values.some((v) => same(found, v))) !== isNot
    }
    const sign = this.next()
    if (isNot || sign?.kind !== 'sign') throw wrong(`an operator is expected after ${field.value}`)
    const compare = comparisons[sign.value]
    if (!compare) throw wrong(`${sign.value} is no operator`)
    const value = this.#value()
    return (json) => compare(valuesAt(json, path), value)
  }

  #values(): Value[] {
    if (!this.#takesSign('(')) throw wrong('a list is expected after IN')
    const values = [this.#value()]
    while (this.#takesSign(',')) values.push(this.#value())
    if (!this.#takesSign(')')) throw wrong('a list is not closed')
    return values
  }

  #value(): Value {
    const token = this.next()
    if (token?.kind === 'text') return token.value
    if (token?.kind !== 'word') throw wrong('a value is expected')
    const { value } = token
    if (value === 'null') return null
    if (value === 'true' || value === 'false') return value === 'true'
    if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value)
    if (/^\d{4}-\d\d-\d\d/.test(value)) return value
    throw wrong(`${value} has to stand in quotes`)
  }

  #takes(word: string): boolean {
    const token = this.#tokens[this.#at]
    const isIt = token?.kind === 'word' && token.value.toUpperCase() === word
    if (isIt) this.#at++
    return isIt
  }

  #takesSign(sign: string): boolean {
    const token = this.#tokens[this.#at]
    const isIt = token?.kind === 'sign' && token.value === sign
    if (isIt) this.#at++
    return isIt
  }
}

/** All values at a path; a list on the way stands for each of its members. */
function valuesAt(value: unknown, path: string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((entry) => valuesAt(entry, path))
  const [name, ...rest] = path
  if (name === undefined) return [value ?? null]
  if (typeof value !== 'object' || value === null) return [null]
  return valuesAt((value as Json)[name], rest)
}

function same(found: unknown, value: Value): boolean {
  if (typeof found === 'string' && typeof value === 'string') {
    return found === value || (isMoment(found) && isMoment(value) && order(found, value) === 0)
  }
  return found === value || String(found) === String(value)
}

const holds = (found: unknown, value: Value) =>
  typeof found === 'string' && found.toLowerCase().includes(String(value).toLowerCase())

const isMoment = (text: string) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))

function order(found: unknown, value: unknown): number {
  if (
    typeof found === 'string' &&
    typeof value === 'string' &&
    isMoment(found) &&
    isMoment(value)
  ) {
    return Date.parse(found) - Date.parse(value)
  }
  if (typeof found === 'number' && typeof value === 'number') return found - value
  if (found === null || found === undefined) return value === null || value === undefined ? 0 : 1
  if (value === null || value === undefined) return -1
  const [a, b] = [String(found), String(value)]
  return a < b ? -1 : a > b ? 1 : 0
}

const isThere = (found: unknown) => found !== null && found !== undefined

type Comparison = (found: unknown[], value: Value) => boolean

const comparisons: Record<string, Comparison> = {
  '=': (found, value) => found.some((one) => same(one, value)),
  '!=': (found, value) => !found.some((one) => same(one, value)),
  '~': (found, value) => found.some((one) => holds(one, value)),
  '!~': (found, value) => !found.some((one) => holds(one, value)),
  '>': (found, value) => found.some((one) => isThere(one) && order(one, value) > 0),
  '>=': (found, value) => found.some((one) => isThere(one) && order(one, value) >= 0),
  '<': (found, value) => found.some((one) => isThere(one) && order(one, value) < 0),
  '<=': (found, value) => found.some((one) => isThere(one) && order(one, value) <= 0),
}

/** `created_on`, or `-created_on` for the other way round; several with commas. */
export function sortBy(values: Json[], sort: string): void {
  const named = sort.split(',').map((key) => key.replace(/^-/, ''))
  checkFields(named, values, 'sorting')
  const keys = sort.split(',').map((key) => ({
    path: key.replace(/^-/, '').split('.'),
    sign: key.startsWith('-') ? -1 : 1,
  }))
  values.sort((a, b) => {
    for (const { path, sign } of keys) {
      const difference = order(valuesAt(a, path)[0], valuesAt(b, path)[0]) * sign
      if (difference !== 0) return difference
    }
    return 0
  })
}
