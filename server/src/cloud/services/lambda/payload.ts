import { isUtf8 } from 'node:buffer'
import { AwsError } from '../../gateway/index.ts'

const SOURCE = 'Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'
const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

/** Refuses what is no JSON, in the words of the real one's parser, which is Jackson. */
export function checkJson(payload: Uint8Array): void {
  const isText = isUtf8(payload)
  if (isText && isJson(Buffer.from(payload).toString('utf8'))) return
  // Where it is no text the parser tells bytes: each is a letter here.
  const reason = reasonOf(Buffer.from(payload).toString(isText ? 'utf8' : 'latin1'), !isText)
  throw new AwsError(
    'InvalidRequestContentException',
    `Could not parse request body into json: Could not parse payload into json: ${reason}`,
  )
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where a text stops being JSON; `at` is an index into it. */
class Refusal extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

function reasonOf(text: string, isBytes: boolean): string {
  try {
    new Reader(text, isBytes).whole()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return `${error.message}\n at [${SOURCE}; ${placeOf(text, error.at)}]`
  }
  return `Unexpected content after the value\n at [${SOURCE}; ${placeOf(text, text.length)}]`
}

function placeOf(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n')
  return `line: ${lines.length}, column: ${lines.at(-1)!.length + 1}`
}

class Reader {
  readonly #text: string
  readonly #isBytes: boolean
  #at = 0

  constructor(text: string, isBytes: boolean) {
    this.#text = text
    this.#isBytes = isBytes
  }

  whole(): void {
    this.#value()
    this.#space()
    if (this.#at < this.#text.length) this.#value()
  }

  #value(): void {
    this.#space()
    const char = this.#text[this.#at]
    if (char === '{') return this.#members('}', 'Object')
    if (char === '[') return this.#members(']', 'Array')
    if (char === '"') return this.#string()
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(this.#at))
    if (number) return void (this.#at += number[0].length)
    this.#word()
  }

  #members(close: string, kind: 'Object' | 'Array'): void {
    const start = this.#at++
    const open = `expected close marker for ${kind} (start marker at [${SOURCE}; ${placeOf(this.#text, start)}])`
    this.#space()
    for (let isFirst = true; !this.#take(close); isFirst = false) {
      this.#stillOpen(open)
      if (!isFirst && !this.#take(',')) {
        this.#unexpected(`was expecting comma to separate ${kind} entries`)
      }
      if (kind === 'Object') this.#name(open)
      this.#value()
      this.#space()
    }
  }

  #name(open: string): void {
    this.#space()
    this.#stillOpen(open)
    if (this.#text[this.#at] !== '"') {
      this.#unexpected('was expecting double-quote to start field name')
    }
    this.#string()
    this.#space()
    this.#stillOpen(open)
    if (!this.#take(':')) {
      this.#unexpected('was expecting a colon to separate field name and value')
    }
  }

  #string(): void {
    const found = /^"(?:[^"\\]|\\[^])*"/.exec(this.#text.slice(this.#at))
    if (found) {
      const wrong = this.#isBytes ? found[0].search(/[\u0080-\u00ff]/) : -1
      if (wrong >= 0) this.#noText(this.#at + wrong)
      return void (this.#at += found[0].length)
    }
    this.#ends('was expecting closing quote for a string value')
  }

  #word(): void {
    const letters = this.#isBytes ? /^[\w$]*/ : /^[\p{L}\p{N}_$]*/u
    const [word] = letters.exec(this.#text.slice(this.#at))!
    if (['true', 'false', 'null'].includes(word)) return void (this.#at += word.length)
    if (this.#at >= this.#text.length) this.#ends('No content to map due to end-of-input')
    if (word === '') this.#unexpected(`expected a valid value ${VALUES}`)
    const end = this.#at + word.length
    if (this.#isBytes && this.#text.charCodeAt(end) > 0x7f) this.#noText(end)
    const after = end < this.#text.length ? end + 1 : end
    throw new Refusal(`Unrecognized token '${word}': was expecting ${VALUES}`, after)
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'end')) this.#at++
  }

  #stillOpen(expected: string): void {
    if (this.#at >= this.#text.length) this.#ends(expected)
  }

  #ends(expected: string): never {
    throw new Refusal(`Unexpected end-of-input: ${expected}`, this.#text.length)
  }

  #noText(at: number): never {
    const byte = this.#text.charCodeAt(at).toString(16)
    throw new Refusal(`Invalid UTF-8 start byte 0x${byte}`, at + 1)
  }

  #unexpected(expected: string): never {
    const code = this.#text.codePointAt(this.#at)!
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0)
    const char = isControl ? '(CTRL-CHAR, code' : `'${this.#text[this.#at]}' (code`
    const message = `Unexpected character (${char} ${code})): ${expected}`
    throw new Refusal(message, this.#at)
  }
}
