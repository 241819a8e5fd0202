import { plain, textOf, type Value } from './values.ts'

export type OutputFormat =
  | { kind: 'json'; recordDelimiter: string }
  | {
      kind: 'csv'
      fieldDelimiter: string
      recordDelimiter: string
      quote: string
      quoteEscape: string
      isAlwaysQuoted: boolean
    }

/** One result record as the answer carries it. */
export function written(cells: [string, Value][], format: OutputFormat): string {
  if (format.kind === 'json') return jsonText(cells) + format.recordDelimiter
  const { fieldDelimiter, recordDelimiter, quote, quoteEscape, isAlwaysQuoted } = format
  const special = [fieldDelimiter, recordDelimiter, quote].filter((each) => each !== '')
  const fields = cells.map(([, value]) => {
    const text = textOf(value)
    if (!isAlwaysQuoted && !special.some((each) => text.includes(each))) return text
    return quote + text.replaceAll(quote, quoteEscape + quote) + quote
  })
  return fields.join(fieldDelimiter) + recordDelimiter
}

/** Names may repeat, so it is written by hand; MISSING ones are left out. */
function jsonText(cells: [string, Value][]): string {
  const members = cells
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(plain(value))}`)
  return `{${members.join(',')}}`
}
