import { isUtf8 } from 'node:buffer'
import type { NamedColumn } from './named-columns.ts'
import { invalidColumnIndex, missingHeaders, notUtf8, recordTooLarge, refuse } from './refusals.ts'
import type { Row } from './row.ts'
import type { Value } from './values.ts'

export interface CsvFormat {
  header: 'NONE' | 'IGNORE' | 'USE'
  fieldDelimiter: string
  recordDelimiter: string
  quote: string
  quoteEscape: string
  comment: string
  allowQuotedRecordDelimiter: boolean
}

export interface ScanRange {
  start: number
  /** Included. */
  end: number
}

/**
 * A file's records; those that begin outside the range are passed over. `columns` are those that the
 * query names: they have to be in the header.
 */
export async function* csvRows(
  bytes: AsyncIterable<Uint8Array>,
  format: CsvFormat,
  range: ScanRange | undefined,
  columns: NamedColumn[],
): AsyncGenerator<Row> {
  if (format.header !== 'USE') checkColumns(columns, undefined)
  let names: string[] | undefined
  let isFirst = true
  for await (const { fields, offset } of csvRecords(bytes, format)) {
    if (isFirst && format.header !== 'NONE') {
      isFirst = false
      if (format.header === 'USE') {
        names = fields
        checkColumns(columns, names)
      }
      continue
    }
    isFirst = false
    if (range && offset < range.start) continue
    if (range && offset > range.end) return
    yield csvRow(fields, names)
  }
}

function csvRow(fields: string[], names: string[] | undefined): Row {
  const nameOf = (index: number) => names?.[index] ?? `_${index + 1}`
  const entries = (): [string, Value][] => fields.map((field, index) => [nameOf(index), field])
  return {
    entries,
    whole: () => Object.fromEntries(entries()),
    member(name, exact) {
      const position = positionOf(names, name, exact)
      if (position !== undefined) return fields[position]
      const numbered = byPlace.exec(name)
      return numbered ? fields[Number(numbered[1]) - 1] : undefined
    },
  }
}

const byPlace = /^_([1-9]\d*)$/

function checkColumns(columns: NamedColumn[], names: string[] | undefined): void {
  for (const { name, exact, spot } of columns) {
    if (byPlace.test(name) || positionOf(names, name, exact) !== undefined) continue
    throw names ? missingHeaders() : invalidColumnIndex(spot)
  }
}

const positions = new WeakMap<string[], Map<string, number>>()

function positionOf(names: string[] | undefined, name: string, exact: boolean) {
  if (!names) return undefined
  let known = positions.get(names)
  if (!known) {
    known = new Map()
    // The first of those that share a name.
    for (const [index, each] of [...names.entries()].toReversed()) {
      known.set(`~${each.toLowerCase()}`, index)
      known.set(`=${each}`, index)
    }
    positions.set(names, known)
  }
  return known.get(`=${name}`) ?? (exact ? undefined : known.get(`~${name.toLowerCase()}`))
}

interface CsvRecord {
  fields: string[]
  /** Where it begins in the unpacked file. */
  offset: number
}

function recordOf(line: string, offset: number, format: CsvFormat): CsvRecord {
  const isPlain = !/[^\x00-\x7f]/.test(line)
  if (!isPlain && !isUtf8(Buffer.from(line, 'latin1'))) throw notUtf8(offset)
  return { fields: fieldsOf(line, format), offset }
}

/** Bytes are read as Latin-1, so that a character is a byte, and made UTF-8 field by field. */
async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  format: CsvFormat,
): AsyncGenerator<CsvRecord> {
  const mark = Buffer.from('﻿').toString('latin1')
  let text = ''
  let offset = 0
  for await (const piece of bytes) {
    text += Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')
    if (offset === 0 && text.startsWith(mark)) {
      text = text.slice(mark.length)
      offset = mark.length
    }
    let from = 0
    for (;;) {
      const end = endOfRecord(text, from, format)
      // A delimiter of two characters may be cut in half, and so may a doubled quotation mark.
      if (end < 0 || end + format.recordDelimiter.length >= text.length) break
      const line = text.slice(from, end)
      if (isRecord(line, format)) yield recordOf(line, offset + from, format)
      from = end + format.recordDelimiter.length
    }
    text = text.slice(from)
    offset += from
    if (text.length > LARGEST_RECORD) throw recordTooLarge()
  }
  yield* lastRecords(text, offset, format)
}

function* lastRecords(text: string, offset: number, format: CsvFormat): Generator<CsvRecord> {
  let from = 0
  while (from < text.length) {
    const found = endOfRecord(text, from, format)
    const end = found < 0 ? text.length : found
    const line = text.slice(from, end)
    if (isRecord(line, format)) yield recordOf(line, offset + from, format)
    from = end + format.recordDelimiter.length
  }
}

// "The maximum length of a record in the input or result is 1 MB."
const LARGEST_RECORD = 1024 * 1024

const isRecord = (line: string, { comment }: CsvFormat) =>
  line !== '' && line !== '\r' && !(comment !== '' && line.startsWith(comment))

function endOfRecord(text: string, from: number, format: CsvFormat): number {
  const { recordDelimiter, allowQuotedRecordDelimiter, quote } = format
  if (!allowQuotedRecordDelimiter || quote === '') return text.indexOf(recordDelimiter, from)
  let at = from
  for (;;) {
    const end = text.indexOf(recordDelimiter, at)
    if (end < 0) return -1
    // Outside quotation marks their number so far is even, doubled ones included.
    if (count(text, quote, from, end) % 2 === 0) return end
    at = end + recordDelimiter.length
  }
}

function count(text: string, mark: string, from: number, to: number): number {
  let found = 0
  for (let at = text.indexOf(mark, from); at >= 0 && at < to; at = text.indexOf(mark, at + 1))
    found++
  return found
}

function fieldsOf(whole: string, format: CsvFormat): string[] {
  const isWindows = format.recordDelimiter === '\n' && whole.endsWith('\r')
  const line = isWindows ? whole.slice(0, -1) : whole
  const { fieldDelimiter, quote } = format
  if (quote === '' || !line.includes(quote)) return line.split(fieldDelimiter).map(decoded)
  const fields: string[] = []
  let at = 0
  for (;;) {
    const { value, next } = line.startsWith(quote, at)
      ? quotedField(line, at, format)
      : plainField(line, at, fieldDelimiter)
    fields.push(decoded(value))
    if (next < 0) return fields
    at = next
  }
}

function plainField(line: string, from: number, delimiter: string) {
  const end = line.indexOf(delimiter, from)
  if (end < 0) return { value: line.slice(from), next: -1 }
  return { value: line.slice(from, end), next: end + delimiter.length }
}

function quotedField(line: string, from: number, format: CsvFormat) {
  const { quote, quoteEscape, fieldDelimiter } = format
  let value = ''
  for (let at = from + 1; at < line.length; at++) {
    const character = line[at]!
    if (character === quoteEscape && line[at + 1] === quote) {
      value += quote
      at++
    } else if (character === quote) {
      const rest = plainField(line, at + 1, fieldDelimiter)
      return { value: value + rest.value, next: rest.next }
    } else value += character
  }
  throw refuse(
    'CSVUnescapedQuote',
    'An unescaped quote was found while parsing the CSV file. To allow quoted record delimiters, set AllowQuotedRecordDelimiter to "TRUE".',
  )
}

const decoded = (field: string): string =>
  /[^\x00-\x7f]/.test(field) ? Buffer.from(field, 'latin1').toString('utf8') : field
