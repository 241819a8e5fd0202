import { hostError } from './errors.ts'
import { narrowest } from './numbers.ts'
import { GroovyDouble, GroovyMap, JsonArray, jsonNull, JsonObject } from './value.ts'
import type { Value } from './value.ts'

const failure = (text: string) => hostError('net.sf.json.JSONException', text)

/** `JSONSerializer.toJSON(text)`: lenient about quotes, bare words and a last comma. */
export function parseJsonLib(text: string): Value {
  if (text === 'null') return jsonNull
  if (!/^[[{]/.test(text)) throw failure('Invalid JSON String')
  return new JsonReader(text).value()
}

const MAX_DEPTH = 500

class JsonReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): Value {
    const char = this.#next()
    if (char === '"' || char === "'") return this.#string(char)
    if (char !== '{' && char !== '[') return this.#bare()
    this.#depth += 1
    if (this.#depth > MAX_DEPTH) throw hostError('java.lang.StackOverflowError', null)
    const value = char === '{' ? this.#object() : this.#array()
    this.#depth -= 1
    return value
  }

  /** The next character that isn't blank or in a comment; '' at the end. */
  #next(): string {
    const blank = /(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*|#[^\n]*)*/y
    blank.lastIndex = this.#at
    this.#at += blank.exec(this.#text)![0].length
    return this.#text[this.#at++] ?? ''
  }

  #fail(text: string): never {
    throw failure(`${text} at character ${Math.min(this.#at, this.#text.length)} of ${this.#text}`)
  }

  #object(): JsonObject {
    const out = new JsonObject()
    for (;;) {
      const char = this.#next()
      if (char === '') this.#fail("A JSONObject text must end with '}'")
      if (char === '}') return out
      this.#at -= 1
      const key = String(this.value())
      const colon = this.#next()
      if (colon === '=') this.#at += this.#text[this.#at] === '>' ? 1 : 0
      else if (colon !== ':') this.#fail("Expected a ':' after a key")
      out.set(key, this.value())
      const after = this.#next()
      if (after === '}') return out
      if (after !== ',' && after !== ';') this.#fail("Expected a ',' or '}'")
    }
  }

  #array(): JsonArray {
    const out = new JsonArray()
    for (;;) {
      const char = this.#next()
      if (char === ']') return out
      this.#at -= 1
      out.push(char === ',' ? jsonNull : this.value())
      const after = this.#next()
      if (after === ']') return out
      if (after === '')
        throw failure("Found starting '[' but missing ']' at the end. at character 0 of null")
      if (after !== ',' && after !== ';') this.#fail("Expected a ',' or ']'")
    }
  }

  #string(quote: string): string {
    let out = ''
    for (;;) {
      const char = this.#text[this.#at++]
      if (char === undefined || char === '\n' || char === '\r') this.#fail('Unterminated string')
      if (char === quote) return out
      out += char === '\\' ? this.#escape() : char
    }
  }

  #escape(): string {
    const char = this.#text[this.#at++] ?? ''
    const digits = { u: 4, x: 2 }[char] ?? 0
    if (digits === 0) return { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' }[char] ?? char
    const code = Number.parseInt(this.#text.slice(this.#at, (this.#at += digits)), 16)
    return String.fromCharCode(code)
  }

  #bare(): Value {
    this.#at -= 1
    const word = /[^,:\]}/\\"[{;=#\u0000-\u001f]*/y
    word.lastIndex = this.#at
    const text = word.exec(this.#text)![0].trim()
    if (text === '') this.#fail('Missing value.')
    this.#at = word.lastIndex
    return bareValue(text)
  }
}

function bareValue(text: string): Value {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return lower === 'true'
  if (lower === 'null') return jsonNull
  if (/^0x[\da-f]+$/i.test(text)) return narrowest(BigInt(text))
  if (/^0[0-7]+$/.test(text)) return narrowest(BigInt(`0o${text.slice(1)}`))
  if (/^-?\d+$/.test(text)) return narrowest(BigInt(text))
  const isDecimal = /^[-+.\d]/.test(text) && !Number.isNaN(Number(text))
  return isDecimal ? new GroovyDouble(Number(text)) : text
}

/** With `returnPojo`: plain maps and lists, and null for null. */
export function plainJson(value: Value): Value {
  if (value === jsonNull) return null
  if (value instanceof GroovyMap) {
    return new GroovyMap([...value].map(([key, item]) => [key, plainJson(item)]))
  }
  return Array.isArray(value) ? Array.from(value, plainJson) : value
}
