import { EndlessMatch, userRegex } from '../../../../kernel/index.ts'
import { invalidPattern, type Token, tokenise } from './lexer.ts'

/** A value that a condition reads: JSON's own, or text of a space-delimited field. */
export type Read = (selector: string) => unknown
export type Condition = (read: Read) => boolean

/** `$.a = "x" && ($.b > 5 || $.c NOT EXISTS)`; `&&` binds tighter than `||`. */
export function parseCondition(source: string): Condition {
  const cursor = new Cursor(tokenise(source))
  const condition = either(cursor)
  if (!cursor.isAtEnd) throw invalidPattern()
  return condition
}

class Cursor {
  readonly #tokens: Token[]
  #at = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  get isAtEnd() {
    return this.#at >= this.#tokens.length
  }

  next(): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw invalidPattern()
    return token
  }

  take(text: string): boolean {
    const token = this.#tokens[this.#at]
    const found = token?.text.toUpperCase() === text && token.kind !== 'text'
    if (found) this.#at++
    return found
  }
}

function either(cursor: Cursor): Condition {
  const parts = [both(cursor)]
  while (cursor.take('||')) parts.push(both(cursor))
  return parts.length === 1 ? parts[0]! : (read) => parts.some((part) => part(read))
}

function both(cursor: Cursor): Condition {
  const parts = [single(cursor)]
  while (cursor.take('&&')) parts.push(single(cursor))
  return parts.length === 1 ? parts[0]! : (read) => parts.every((part) => part(read))
}

function single(cursor: Cursor): Condition {
  if (cursor.take('(')) {
    const inner = either(cursor)
    if (!cursor.take(')')) throw invalidPattern()
    return inner
  }
  const selector = cursor.next()
  if (selector.kind !== 'word') throw invalidPattern()
  const test = predicate(cursor)
  return (read) => test(read(selector.text))
}

function predicate(cursor: Cursor): (value: unknown) => boolean {
  if (cursor.take('IS')) {
    if (cursor.take('NULL')) return (value) => value === null
    if (cursor.take('TRUE')) return (value) => value === true
    if (cursor.take('FALSE')) return (value) => value === false
    throw invalidPattern()
  }
  if (cursor.take('NOT')) {
    if (cursor.take('EXISTS')) return (value) => value === undefined
    throw invalidPattern()
  }
  if (cursor.take('EXISTS')) return (value) => value !== undefined
  const operator = cursor.next()
  const operand = cursor.next()
  if (operator.kind !== 'operator' || operand.kind === 'operator') throw invalidPattern()
  return comparison(operator.text, operand)
}

function comparison(operator: string, operand: Token): (value: unknown) => boolean {
  if (operator === '=') return equals(operand)
  if (operator === '!=') {
    const same = equals(operand)
    return (value) => value !== undefined && !same(value)
  }
  const bound = Number(operand.text)
  if (operand.kind !== 'word' || Number.isNaN(bound)) throw invalidPattern()
  const order = orders[operator]
  if (!order) throw invalidPattern()
  return (value) => {
    const number = asNumber(value)
    return number !== undefined && order(number, bound)
  }
}

const orders: Record<string, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function equals(operand: Token): (value: unknown) => boolean {
  if (operand.kind === 'regex') {
    const regex = compileRegex(operand.text)
    return (value) => isScalar(value) && regex(String(value))
  }
  const number = operand.kind === 'word' ? asNumber(operand.text) : undefined
  const glob = wildcard(operand.text)
  return (value) => {
    if (!isScalar(value)) return false
    if (number !== undefined && asNumber(value) === number) return true
    return typeof value === 'string' ? glob(value) : glob(String(value))
  }
}

const isScalar = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isNaN(number) ? undefined : number
}

/** `*` stands for any text. */
function wildcard(pattern: string): (value: string) => boolean {
  if (!pattern.includes('*')) return (value) => value === pattern
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  const regex = new RegExp(`^${source}$`, 's')
  return (value) => regex.test(value)
}

/** CloudWatch Logs takes a small subset; JavaScript's engine reads all of it. */
export function compileRegex(source: string): (text: string) => boolean {
  const regex = compiled(source)
  return (text) => {
    try {
      return regex.test(text)
    } catch (error) {
      if (error instanceof EndlessMatch) return false // what it was not found in is kept all the same
      throw error
    }
  }
}

function compiled(source: string): RegExp {
  try {
    return userRegex(source)
  } catch {
    throw invalidPattern() // the syntax error is the caller's
  }
}
