import { language } from './messages.ts'

let asJson = false
/** `--json`: every answer as the server gave it, for scripts. */
export function printJson(): void {
  asJson = true
}

/** Prints rows under headings, columns aligned by how wide they look; or the value as JSON. */
export function printTable<T>(items: T[], columns: Record<string, (item: T) => unknown>): void {
  if (asJson) return print(items)
  const headings = Object.keys(columns)
  const rows = items.map((item) => headings.map((name) => cell(columns[name]!(item))))
  const widths = headings.map((name, index) =>
    Math.max(widthOf(name), ...rows.map((row) => widthOf(row[index]!))),
  )
  for (const row of [headings, ...rows]) {
    console.log(
      row
        .map((text, index) => pad(text, widths[index]!))
        .join('  ')
        .trimEnd(),
    )
  }
}

/** Prints one thing: `name  value` lines, or JSON. */
export function printThing(value: object, lines: Record<string, unknown>): void {
  if (asJson) return print(value)
  const width = Math.max(...Object.keys(lines).map(widthOf))
  for (const [name, text] of Object.entries(lines)) {
    if (text !== undefined && text !== '') console.log(`${pad(name, width)}  ${cell(text)}`)
  }
}

/** Prints a sentence for people; with `--json` the value instead. */
export function printDone(value: unknown, sentence: string): void {
  if (asJson) print(value)
  else console.log(sentence)
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2))
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.join(', ')
  return String(value)
}

/** A moment in the reader's way and time zone. */
export function moment(iso: string | undefined): string {
  if (iso === undefined) return ''
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' })
  return format.format(new Date(iso))
}

/** Hangul and other wide signs take two columns of a terminal. */
function widthOf(text: string): number {
  return [...text].reduce(
    (sum, sign) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(sign) ? 2 : 1),
    0,
  )
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(width - widthOf(text), 0))
}
