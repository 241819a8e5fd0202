import { invalid, within } from '../refusals.ts'
import type { Value } from '../item-types.ts'
import { checkedValue, typeOf } from '../value.ts'
import { isKeyword, isOperatorWord } from './keywords.ts'
import { malformed, type StatementTokens, type Token } from './tokens.ts'

const isComparison = (text: string) => /^(?:[=<>]|<>|!=|<=|>=|\+|\/|%|\|\|)$/.test(text)

/** Why no operand begins with this token. */
export function noOperand(tokens: StatementTokens, isRightSide: boolean): Error {
  const { kind, text } = tokens.next
  if (isRightSide && tokens.isEnd) {
    return malformed('Missing right-hand side expression of infix operator')
  }
  const isOperator =
    kind === 'symbol' ? isComparison(text) : kind === 'word' && isOperatorWord(text)
  if (isOperator) return malformed('Unexpected operator')
  return malformed(kind === 'word' && isKeyword(text) ? 'Unexpected keyword' : 'Unexpected term')
}

/** Literals and parameters of one statement; `?` take the parameters in turn. */
export class ValueReader {
  readonly #tokens: StatementTokens
  readonly #parameters: Value[]
  #used = 0

  constructor(tokens: StatementTokens, parameters: Value[]) {
    this.#tokens = tokens
    this.#parameters = parameters
  }

  /** `path` is where in an attribute's value this one is; messages call the attribute `root`. */
  value(path = 'root', isRightSide = false): Value {
    const tokens = this.#tokens
    const { kind, text } = tokens.next
    if (kind === 'text') return { S: tokens.take().text }
    const isSigned = tokens.is('-') || (tokens.is('+') && tokens.peek(1).kind === 'number')
    if (kind === 'number' || isSigned) return this.#number(path)
    if (kind === 'word' && /^(?:null|true|false)$/i.test(text)) return literal(tokens.take().text)
    if (tokens.takeIf('?')) return this.#parameter()
    if (tokens.takeIf('(')) return this.#enclosed(path)
    if (tokens.takeIf('[')) return { L: this.#list(']', (i) => this.value(`${path}[${i}]`)) }
    if (tokens.takeIf('{')) return { M: this.struct(path) }
    if (tokens.takeIf('<<')) return this.#set(path)
    if (tokens.isName && tokens.peek(1).text === '(') {
      const where = tokens.placeOf(tokens.next)
      throw invalid(`Unsupported data type: ${text.toLowerCase()} under key ${path} at ${where}`)
    }
    throw noOperand(tokens, isRightSide)
  }

  #number(path: string): Value {
    const isNegative = this.#tokens.takeIf('-')
    this.#tokens.takeIf('+')
    if (this.#tokens.next.kind !== 'number') throw noOperand(this.#tokens, true)
    const { text } = this.#tokens.take()
    return within(
      (message) => `${message} under ${path}`,
      () => checkedValue({ N: isNegative ? `-${text}` : text }),
    )
  }

  /** Several values in parentheses are a list, as in brackets; one is itself. */
  #enclosed(path: string): Value {
    const values = this.#list(')', (i) => this.value(`${path}[${i}]`))
    return values.length === 1 ? values[0]! : { L: values }
  }

  #parameter(): Value {
    const value = this.#parameters[this.#used++]
    if (value) return value
    throw invalid("Number of parameters in request and statement don't match.")
  }

  /** After its `{`; `path` undefined is the item itself, whose attributes are roots. */
  struct(path?: string): Record<string, Value> {
    const members: Record<string, Value> = {}
    this.#list('}', () => {
      const key = this.#tokens.take()
      const under = `under ${path ?? 'root'} at ${this.#tokens.placeOf(key)}`
      if (key.kind !== 'text') {
        const type = key.kind === 'number' ? 'Literal' : 'VariableReference'
        throw invalid(`Tuple keys must be of type String. Actual type: ${type} ${under}`)
      }
      if (Object.hasOwn(members, key.text)) {
        throw invalid(`Duplicate keys in tuple. Key: ${key.text} ${under}`)
      }
      this.#tokens.expect(':')
      const value = this.value(path === undefined ? 'root' : `${path}.${key.text}`)
      Object.defineProperty(members, key.text, { value, enumerable: true })
    })
    return { ...members }
  }

  #set(path: string): Value {
    const starts: Token[] = []
    const values = this.#list('>>', () => {
      starts.push(this.#tokens.next)
      return this.value(path)
    })
    if (values.length === 0) throw invalid('Empty bags are not supported')
    const type = typeOf(values[0]!)
    const wrong = values.findIndex((value) => typeOf(value) !== type || !/^[SNB]$/.test(type))
    if (wrong >= 0) {
      const place = this.#tokens.placeOf(starts[wrong]!)
      const what = 'DynamoDB only supports either numbers or strings in bags'
      throw invalid(`Unsupported data type in Bag. ${what} at ${place}`)
    }
    return checkedValue({ [`${type}S`]: values.map((value) => value[type as 'S']) } as never)
  }

  #list<R>(end: string, one: (index: number) => R): R[] {
    const all: R[] = []
    if (this.#tokens.takeIf(end)) return all
    do all.push(one(all.length))
    while (this.#tokens.takeIf(','))
    this.#tokens.expect(end)
    return all
  }
}

function literal(text: string): Value {
  const word = text.toLowerCase()
  return word === 'null' ? { NULL: true } : { BOOL: word === 'true' }
}
