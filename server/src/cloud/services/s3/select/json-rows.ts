import { memberOf } from './evaluate.ts'
import type { ScanRange } from './csv-rows.ts'
import { recordTooLarge, refuse } from './refusals.ts'
import type { Row } from './row.ts'
import type { Step } from './syntax.ts'
import type { Value } from './values.ts'

/** The values of a JSON file, whether one a line or written one after the other. */
export async function* jsonValues(
  bytes: AsyncIterable<Uint8Array>,
  type: 'LINES' | 'DOCUMENT',
  range: ScanRange | undefined,
): AsyncGenerator<Value> {
  const splitter = new Splitter(type === 'LINES' ? LARGEST_LINE : LARGEST_DOCUMENT)
  for await (const piece of bytes) {
    splitter.add(Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1'))
    for (const { text, offset } of splitter.taken()) {
      if (range && offset > range.end) return
      if (!range || offset >= range.start) yield parsed(text)
    }
  }
  for (const { text, offset } of splitter.rest()) {
    if (!range || (offset >= range.start && offset <= range.end)) yield parsed(text)
  }
}

const LARGEST_LINE = 1024 * 1024
const LARGEST_DOCUMENT = 256 * 1024 * 1024

function parsed(text: string): Value {
  try {
    return JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as Value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refuse(
      'JSONParsingError',
      'Error parsing JSON file. Please check the file and try again.',
    )
  }
}

interface Found {
  text: string
  offset: number
}

/** Finds where one value ends and the next begins, by brackets and strings alone. */
class Splitter {
  readonly #limit: number
  #text = ''
  #offset = 0
  #at = 0
  #depth = 0
  #isString = false
  #isScalar = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(text: string): void {
    this.#text += text
    if (this.#text.length > this.#limit + text.length) {
      throw recordTooLarge()
    }
  }

  *taken(): Generator<Found> {
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]!
      if (this.#isString) this.#inString(character)
      else if (character === '"') this.#isString = this.#begin()
      else if (character === '{' || character === '[') this.#depth++
      else if (character === '}' || character === ']') this.#depth--
      else if (this.#depth === 0 && /\s/.test(character)) {
        if (this.#isScalar) yield this.#cut(this.#at)
        this.#isScalar = false
      } else if (this.#depth === 0) this.#isScalar = true
      this.#at++
      const isWhole = this.#depth === 0 && !this.#isString && '}]'.includes(character)
      if (isWhole) yield this.#cut(this.#at)
    }
  }

  *rest(): Generator<Found> {
    if (this.#text.trim() !== '') yield this.#cut(this.#text.length)
  }

  #begin(): boolean {
    if (this.#depth === 0) this.#isScalar = true
    return true
  }

  #inString(character: string): void {
    if (character === '\\') this.#at++
    else if (character === '"') this.#isString = false
  }

  #cut(end: number): Found {
    const whole = this.#text.slice(0, end)
    const lead = whole.length - whole.trimStart().length
    const found = { text: whole.trim(), offset: this.#offset + lead }
    this.#text = this.#text.slice(end)
    this.#offset += end
    this.#at -= end
    this.#isScalar = false
    return found
  }
}

/**
 * The records `FROM S3Object[*].items[*]` means in one value. The first `[*]` is over the values at
 * the root of the file, so a list there is one record.
 */
export function* rowsOf(value: Value, from: Step[]): Generator<Row> {
  for (const found of spread(value, from.slice(1))) yield jsonRow(found)
}

function* spread(value: Value, steps: Step[]): Generator<Value> {
  const [step, ...rest] = steps
  if (!step) yield value
  else if ('every' in step) {
    if (Array.isArray(value)) for (const each of value) yield* spread(each, rest)
    else yield* spread(value, rest)
  } else if ('index' in step) {
    yield* spread(Array.isArray(value) ? value[step.index] : undefined, rest)
  } else if (typeof value === 'object' && value !== null) {
    yield* spread(memberOf(value as { [name: string]: Value }, step), rest)
  } else yield* spread(undefined, rest)
}

export function jsonRow(value: Value): Row {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const object = value as { [name: string]: Value }
  return {
    entries: () => (isObject ? Object.entries(object) : value === undefined ? [] : [['_1', value]]),
    whole: () => value,
    member(name, exact) {
      if (isObject) return memberOf(object, { name, exact })
      return name === '_1' ? value : undefined
    },
  }
}
