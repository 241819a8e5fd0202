import { hashMap } from './arranged.ts'
import { hostError } from './errors.ts'
import { narrowest, parseDecimal } from './numbers.ts'
import { GroovyMap } from './value.ts'
import type { Value } from './value.ts'

const MAX_DEPTH = 500
const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
const CONSTANTS: Record<string, [string, Value]> = {
  t: ['true', true],
  f: ['false', false],
  n: ['null', null],
}

function objectOf(javaClass: string, entries: Iterable<[Value, Value]>): GroovyMap {
  const map = new GroovyMap(entries)
  map.javaClass = javaClass
  return map
}

/** What both slurpers of Groovy 2.4 have in common: one pass, and no look at what comes after. */
abstract class Slurper {
  protected readonly text: string
  protected at = 0
  #depth = 0

  constructor(text: string) {
    this.text = text
  }

  protected abstract readonly emptyText: string
  protected abstract object(): Value
  protected abstract array(): Value
  protected abstract badConstant(constant: string, from: number): Error
  protected abstract badNumber(from: number): Error

  /** What stands after the value is not looked at. */
  parse(): Value {
    if (this.text === '') throw hostError('java.lang.IllegalArgumentException', this.emptyText)
    this.skipBlanks()
    this.checkStart()
    return this.value()
  }

  protected checkStart(): void {}

  protected sign(): string {
    return this.text[this.at] ?? ''
  }

  protected skipBlanks(): void {
    while (/\s/.test(this.sign())) this.at++
  }

  protected value(): Value {
    const sign = this.sign()
    if (sign === '"') return this.string()
    if (sign === '-' || /\d/.test(sign)) return this.number()
    if (Object.hasOwn(CONSTANTS, sign)) return this.constant()
    if (++this.#depth > MAX_DEPTH) throw hostError('java.lang.StackOverflowError', null)
    const value = sign === '[' ? this.array() : this.object()
    this.#depth--
    return value
  }

  /** From the quote at the start; an open one takes the rest of the text. */
  protected string(): string {
    let text = ''
    for (this.at++; this.at < this.text.length && this.sign() !== '"'; this.at++) {
      if (this.sign() !== '\\') text += this.sign()
      else text += this.escaped()
    }
    this.at++
    return text
  }

  private escaped(): string {
    this.at++
    if (this.sign() !== 'u') return ESCAPES[this.sign()] ?? this.sign()
    const code = parseInt(this.text.slice(this.at + 1, this.at + 5), 16)
    this.at += 4
    return String.fromCharCode(code)
  }

  private number(): Value {
    const from = this.at
    while (/[-+.\deE]/.test(this.sign())) this.at++
    const source = this.text.slice(from, this.at)
    if (/^-?\d+$/.test(source)) return narrowest(BigInt(source))
    if (/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(source)) return parseDecimal(source)
    throw this.badNumber(from)
  }

  private constant(): Value {
    const from = this.at
    const [name, value] = CONSTANTS[this.sign()]!
    this.at += name.length
    if (this.text.slice(from, this.at) === name) return value
    throw this.badConstant(name, from)
  }

  /** Line and column from 1, and the line itself. */
  protected place(at: number): { line: number; column: number; shown: string } {
    const before = this.text.slice(0, at).split('\n')
    const shown = this.text.split('\n')[before.length - 1]!
    return { line: before.length, column: before.at(-1)!.length + 1, shown }
  }
}

/** JsonSlurperClassic: a lexer's tokens, and objects in the order of a HashMap. */
class ClassicSlurper extends Slurper {
  protected readonly emptyText = 'The JSON input text should neither be null nor empty.'

  protected override checkStart(): void {
    if (this.sign() === '{' || this.sign() === '[') return
    const { line, column } = this.place(this.at)
    throw jsonError(
      "A JSON payload should start with an openning curly brace '{' " +
        "or an openning square bracket '['.\n" +
        `Instead, '${this.token()}' was found on line: ${line}, column: ${column}`,
    )
  }

  protected object(): Value {
    if (this.sign() !== '{') throw this.refuse('a value, an array, or an object', 'object')
    const entries: [string, Value][] = []
    for (this.at++; ; this.at++) {
      this.skipBlanks()
      if (this.sign() === '}') break
      this.needKey()
      const key = this.string()
      this.skipBlanks()
      if (this.sign() !== ':') throw this.refuse("a colon ':'", 'object', "a a colon ':'")
      this.at++
      this.needValue('object')
      entries.push([key, this.value()])
      this.skipBlanks()
      if (this.sign() === '}') break
      if (this.sign() !== ',') {
        throw this.refuse("a value or a closing curly brace '}'", 'object', 'a value')
      }
    }
    this.at++
    const map = hashMap(null)
    for (const [name, value] of entries) map.set(name, value)
    return map
  }

  protected array(): Value {
    const items: Value[] = []
    for (this.at++; ; this.at++) {
      this.needValue('array')
      if (this.sign() === ']') break
      items.push(this.value())
      this.skipBlanks()
      if (this.sign() === ']') break
      if (this.sign() !== ',') {
        throw this.refuse("a value or a closing square bracket ']'", 'array', 'a value')
      }
    }
    this.at++
    return items
  }

  private needKey(): void {
    if (this.sign() !== '"') throw this.refuse('a string key', 'object', 'a String key')
    this.needClosed('object')
  }

  private needValue(inside: 'object' | 'array'): void {
    this.skipBlanks()
    if (this.sign() === '') throw this.refuse('a value', inside)
    if (this.sign() === '"') this.needClosed(inside)
  }

  /** A text whose quote is never closed is no token: the input ends before it. */
  private needClosed(inside: 'object' | 'array'): void {
    if (/^"(?:[^"\\]|\\["\\/bfnrt]|\\u[\da-fA-F]{4})*"/.test(this.text.slice(this.at))) return
    this.at = this.text.length
    throw this.refuse('a value', inside)
  }

  private refuse(wanted: string, inside: 'object' | 'array', atEnd = wanted): Error {
    const { line, column } = this.place(this.at)
    if (this.sign() === '') {
      return jsonError(
        `Expected ${atEnd} on line: ${line}, column: ${column}.\nBut got an unterminated ${inside}.`,
      )
    }
    const found = this.token()
    const comma = wanted.endsWith("']'") ? '' : ','
    return jsonError(
      `Expected ${wanted} on line: ${line}${comma} column: ${column}.\nBut got '${found}' instead.`,
    )
  }

  /** What the lexer takes for one piece here; anything else it refuses itself. */
  private token(): string {
    const from = this.at
    const sign = this.sign()
    if (/[{}[\]:,]/.test(sign)) return sign
    if (sign === '"' || sign === '-' || /\d/.test(sign) || Object.hasOwn(CONSTANTS, sign)) {
      this.value()
      return this.text.slice(from, this.at)
    }
    throw this.lexing(
      from,
      sign,
      'no possible valid JSON value or punctuation could be recognized.',
      0,
    )
  }

  protected badConstant(constant: string, from: number): Error {
    const read = this.text.slice(from, from + constant.length).padEnd(constant.length)
    return this.lexing(from, read, `was trying to match the constant '${constant}'`)
  }

  protected badNumber(from: number): Error {
    return this.lexing(from, this.text.slice(from, this.at), 'was trying to match a number')
  }

  private lexing(from: number, read: string, why: string, length = read.length): Error {
    const { line, column } = this.place(from)
    return jsonError(
      `Lexing failed on line: ${line}, column: ${column + length}, while reading '${read}', ${why}`,
    )
  }
}

/** JsonSlurper: forgives commas and an open brace, and keeps the members of an object sorted. */
class FastSlurper extends Slurper {
  protected readonly emptyText = 'Text must not be null or empty'

  protected object(): Value {
    if (this.sign() !== '{') {
      throw this.complain(
        'Unable to determine the current character, it is not a string, number, array, or object',
      )
    }
    const members = new Map<string, Value>()
    for (this.at++; this.at < this.text.length; this.at++) {
      this.skipBlanks()
      if (this.sign() === '"') this.member(members)
      if (this.sign() === '}') {
        this.at++
        break
      }
      if (this.sign() !== ',') {
        throw this.complain(`expecting '}' or ',' but got current char ${this.described()}`)
      }
    }
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
    return objectOf('groovy.json.internal.LazyMap', sorted)
  }

  private member(members: Map<string, Value>): void {
    const key = this.string()
    this.skipBlanks()
    if (this.sign() !== ':') {
      throw this.complain(`expecting current character to be ${this.described()}\n`)
    }
    this.at++
    this.skipBlanks()
    members.set(key, this.value())
    this.skipBlanks()
  }

  protected array(): Value {
    const items: Value[] = []
    this.at++
    this.skipBlanks()
    while (this.sign() !== ']') {
      if (this.sign() === '') throw this.complain('Did not find end of Json Array')
      items.push(this.value())
      this.skipBlanks()
      if (this.sign() === ',') {
        this.at++
        this.skipBlanks()
        if (this.sign() === ']') throw this.complain('Did not find end of Json Array')
      } else if (this.sign() !== ']' && this.sign() !== '') {
        throw this.complain(
          "expecting a ',' or a ']',  but got \n" +
            `the current character of  ${this.described()}  on array index of ${items.length} \n`,
        )
      }
    }
    this.at++
    return items
  }

  protected badConstant(constant: string, from: number): Error {
    this.at = from
    return this.complain(`${constant} not parse${constant === 'null' ? '' : 'd'} properly`)
  }

  protected badNumber(): Error {
    return hostError(
      'groovy.json.internal.Exceptions$JsonInternalException',
      'unexpected character .',
    )
  }

  /** At the end of the text the last character is still the current one. */
  private described(): string {
    const sign = this.text[Math.min(this.at, this.text.length - 1)]!
    return `'${sign}' with an int value of ${sign.charCodeAt(0)}`
  }

  private complain(message: string): Error {
    const { line, column, shown } = this.place(this.at)
    return jsonError(
      `${message}\n\nThe current character read is ${this.described()}\n${message}\n` +
        `line number ${line}\nindex number ${this.at}\n${shown}\n${'.'.repeat(column - 1)}^`,
    )
  }
}

const jsonError = (text: string) => hostError('groovy.json.JsonException', text)

/** `parseText` of JsonSlurper and JsonSlurperClassic. */
export function slurp(text: string, isClassic: boolean): Value {
  return (isClassic ? new ClassicSlurper(text) : new FastSlurper(text)).parse()
}
