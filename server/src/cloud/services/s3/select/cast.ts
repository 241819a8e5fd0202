import { castFailed } from './refusals.ts'
import { isTimestamp, numberOf, readTimestamp, textOf, type Value } from './values.ts'

const integers = new Set(['INT', 'INTEGER', 'BIGINT', 'SMALLINT'])
const fractions = new Set(['FLOAT', 'DOUBLE', 'REAL', 'DECIMAL', 'NUMERIC'])
const texts = new Set(['STRING', 'VARCHAR', 'CHAR', 'CHARACTER'])

export const castTypes = new Set([
  ...integers,
  ...fractions,
  ...texts,
  'BOOL',
  'BOOLEAN',
  'TIMESTAMP',
])

/** `CAST(value AS type)`; NULL and MISSING stay what they are. Throws CastFailed. */
export function castValue(value: Value, type: string): Value {
  if (value === null || value === undefined) return value
  const result = integers.has(type)
    ? integerOf(value)
    : fractions.has(type)
      ? (truthNumber(value) ?? numberOf(value))
      : texts.has(type)
        ? textOf(value)
        : type === 'TIMESTAMP'
          ? momentOf(value)
          : truthOf(value)
  if (result === undefined) throw castFailed(textOf(value), type)
  return result
}

const truthNumber = (value: Value) => (typeof value === 'boolean' ? Number(value) : undefined)

function integerOf(value: Value): number | undefined {
  const number = truthNumber(value) ?? numberOf(value)
  return number === undefined ? undefined : Math.trunc(number)
}

function momentOf(value: Value): Value {
  if (isTimestamp(value)) return value
  return typeof value === 'string' ? readTimestamp(value) : undefined
}

function truthOf(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  const text = textOf(value).toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : undefined
}
