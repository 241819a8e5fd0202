import type { Scalar, TimestampFormat } from '../schema.ts'
import { base64Of } from './structure-writer.ts'
import { isoText, parseTimestamp, timestampText } from './timestamps.ts'

/** Reads text as a scalar; undefined when it isn't one (each protocol has its own refusal). */
export function readText(shape: Scalar, text: string): unknown {
  switch (shape.kind) {
    case 'string':
    case 'document':
    case 'bigDecimal':
      return text
    case 'number':
      return shape.isWhole ? readWhole(text) : readNumber(text)
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : readLooseBoolean(text)
    case 'blob':
      return Buffer.from(text, 'base64')
    case 'timestamp':
      return parseTimestamp(text)
    case 'bigInteger':
      return /^-?\d+$/.test(text.trim()) ? BigInt(text.trim()) : undefined
  }
}

const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/

function readNumber(text: string): number | undefined {
  if (decimal.test(text)) return Number(text)
  const special = text === 'NaN' || text === 'Infinity' || text === '-Infinity'
  return special ? Number(text) : undefined
}

const whole = /^\s*[+-]?\d{1,19}\s*$/

const readWhole = (text: string): number | undefined =>
  whole.test(text) ? Number(text) : undefined

function readLooseBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : undefined
}

/** A scalar as text for XML, headers and the query string. */
export function writeText(shape: Scalar, value: unknown, format: TimestampFormat): string {
  if (shape.kind === 'timestamp') {
    const as = shape.format ?? format
    if (shape.milliseconds && as === 'date-time') return isoText(value as Date)
    return timestampText(value as Date, as)
  }
  if (shape.kind === 'blob') return base64Of(value)
  return String(value)
}
