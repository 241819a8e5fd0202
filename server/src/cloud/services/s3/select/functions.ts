import { dateFunctions } from './date-functions.ts'
import type { Call, Functions } from './function-table.ts'
import { invalidArguments, unsupportedFunction, wrongArgument } from './refusals.ts'
import { compareValues, numberOf, type Value } from './values.ts'

const functions: Functions = {
  ...dateFunctions,
  COALESCE: [1, 100, (args) => args.find((each) => (each ?? null) !== null) ?? null],
  NULLIF: [2, 2, ([a, b]) => (compareValues(a, b) === 0 ? null : a)],
  CHAR_LENGTH: [1, 1, ([text]) => ofText('CHAR_LENGTH', text, (s) => [...s].length)],
  CHARACTER_LENGTH: [1, 1, ([text]) => ofText('CHARACTER_LENGTH', text, (s) => [...s].length)],
  LOWER: [1, 1, ([text]) => ofText('LOWER', text, (s) => s.toLowerCase())],
  UPPER: [1, 1, ([text]) => ofText('UPPER', text, (s) => s.toUpperCase())],
  SUBSTRING: [
    2,
    3,
    ([text, from, length]) => ofText('SUBSTRING', text, (s) => cut(s, from, length)),
  ],
  TRIM: [
    3,
    3,
    ([side, characters, text]) => ofText('TRIM', text, (s) => trim(s, side, characters)),
  ],
  SIZE: [1, 1, ([list]) => sizeOf(list)],
}

/** Throws UnsupportedFunction, or EvaluatorInvalidArguments for a wrong count. */
export function callFunction(name: string, count: number): Call {
  const known = functions[name]
  if (!known) throw unsupportedFunction(name)
  const [least, most, call] = known
  if (count < least || count > most) throw invalidArguments(name)
  return call
}

function ofText(name: string, value: Value, make: (text: string) => Value): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return make(value)
  throw wrongArgument(name)
}

/** SQL counts from 1; what lies before the text counts, too. */
function cut(text: string, from: Value, length: Value): string {
  const characters = [...text]
  const start = (numberOf(from) ?? 1) - 1
  const count = length === undefined ? characters.length - start : numberOf(length)
  if (count === undefined || count < 0) throw wrongArgument('SUBSTRING')
  return characters.slice(Math.max(start, 0), Math.max(start + count, 0)).join('')
}

function trim(text: string, side: Value, characters: Value): string {
  if (typeof characters !== 'string') throw wrongArgument('TRIM')
  const set = new Set(characters)
  let [start, end] = [0, text.length]
  if (side !== 'TRAILING') while (start < end && set.has(text[start]!)) start++
  if (side !== 'LEADING') while (end > start && set.has(text[end - 1]!)) end--
  return text.slice(start, end)
}

function sizeOf(value: Value): Value {
  if (Array.isArray(value)) return value.length
  throw wrongArgument('SIZE')
}
