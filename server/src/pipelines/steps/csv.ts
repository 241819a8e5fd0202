import type { Step } from '../engine/index.ts'
import type { Value } from '../groovy/index.ts'
import { eitherText, isGiven, notFound, reading, refused } from './file-or-text.ts'
import { filesOf, placeOf } from './machine.ts'
import { putText } from './text-files.ts'

/** Lists of lists of texts, by commas; a field in quotes may hold commas, quotes and lines. */
export const readCSV: Step = reading(eitherText, rowsOf)

export const writeCSV: Step = {
  kind: 'leaf',
  needsNode: true,
  async run(call) {
    const { args } = call
    const rows = args.value('records')
    if (rows === null) {
      throw refused('You have to provided a list of records to save for writeCSV.')
    }
    if (!isGiven(args, 'file')) throw refused('You have to provided a file for writeCSV.')
    const path = await placeOf(call, args.text('file'))
    const facts = await filesOf(call).stat(path)
    if (facts?.isFolder) throw notFound(`${path} is a directory.`)
    const lines = (Array.isArray(rows) ? rows : [rows]).map((row) =>
      (Array.isArray(row) ? row : [row]).map(cell).join(','),
    )
    return putText(call, args.text('file'), lines.map((line) => `${line}\r\n`).join(''))
  },
}

function cell(value: Value): string {
  const text = value === null ? '' : String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function rowsOf(text: string): Value[] {
  const rows: Value[][] = []
  let row: Value[] = []
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/g)) {
    const [whole, field = '', end = ''] = match
    if (whole === '' && row.length === 0) break
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (end === ',') continue
    // An empty line is no record.
    if (row.length > 1 || field !== '') rows.push(row)
    row = []
    if (end === '') break
  }
  return rows
}
