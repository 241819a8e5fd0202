import { literalPattern } from './literal-pattern.ts'
import { wrongArgument } from './refusals.ts'
import { type Timestamp, twoDigits, wallClock, zoneText } from './values.ts'

// The time format patterns of TO_STRING and TO_TIMESTAMP (S3 Select's SQL reference).

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

const pieces = /'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g

export function formatTimestamp(moment: Timestamp, format: string): string {
  const date = wallClock(moment)
  return format.replace(pieces, (piece: string, quoted: string | undefined, letter?: string) => {
    if (quoted !== undefined) return quoted.replaceAll("''", "'")
    return letter === undefined ? piece : field(date, moment.offsetMinutes, letter, piece.length)
  })
}

function field(date: Date, offset: number, letter: string, length: number): string {
  const padded = (value: number) => (length > 1 ? twoDigits(value) : String(value))
  const hour = date.getUTCHours()
  const year = date.getUTCFullYear()
  switch (letter) {
    case 'y':
      return length === 2 ? twoDigits(year % 100) : String(year).padStart(length === 4 ? 4 : 1, '0')
    case 'M':
      return monthText(date.getUTCMonth(), length)
    case 'd':
      return padded(date.getUTCDate())
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'h':
      return padded(hour % 12 || 12)
    case 'H':
      return padded(hour)
    case 'm':
      return padded(date.getUTCMinutes())
    case 's':
      return padded(date.getUTCSeconds())
    case 'S':
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(length, '0').slice(0, length)
    case 'n':
      return String(date.getUTCMilliseconds() * 1_000_000)
    case 'X':
    case 'x':
      return zone(offset, letter, length)
    default:
      throw wrongArgument('TO_STRING')
  }
}

function monthText(month: number, length: number): string {
  if (length === 5) return months[month]![0]!
  if (length === 4) return months[month]!
  if (length === 3) return months[month]!.slice(0, 3)
  return length === 2 ? twoDigits(month + 1) : String(month + 1)
}

function zone(offset: number, letter: string, length: number): string {
  if (offset === 0 && letter === 'X') return 'Z'
  const colon = length === 3 || length === 5 ? ':' : ''
  const text = offset === 0 ? `+00${colon}00` : zoneText(offset, colon)
  return length === 1 ? text.slice(0, 3) : text
}

const readers: Record<string, string> = {
  y: String.raw`(\d{2,4})`,
  d: String.raw`(\d{1,2})`,
  H: String.raw`(\d{1,2})`,
  h: String.raw`(\d{1,2})`,
  m: String.raw`(\d{1,2})`,
  s: String.raw`(\d{1,2})`,
  S: String.raw`(\d{1,9})`,
  a: '(AM|PM)',
  X: String.raw`(Z|[+-]\d\d:?(?:\d\d)?)`,
  x: String.raw`([+-]\d\d:?(?:\d\d)?)`,
}

/** A moment written by the pattern, or undefined. */
export function parseTimestamp(text: string, format: string): Timestamp | undefined {
  const letters: string[] = []
  const source = format.replace(pieces, (piece: string, quoted?: string, letter?: string) => {
    if (quoted !== undefined) return literalPattern(quoted.replaceAll("''", "'"))
    if (letter === undefined) return literalPattern(piece)
    letters.push(letter)
    if (letter === 'M') return piece.length > 2 ? '([A-Za-z]+)' : String.raw`(\d{1,2})`
    const reader = readers[letter]
    if (!reader) throw wrongArgument('TO_TIMESTAMP')
    return reader
  })
  const match = new RegExp(`^${source}$`, 'i').exec(text)
  if (!match) return undefined
  return momentOf(new Map(letters.map((letter, index) => [letter, match[index + 1]!])))
}

function momentOf(found: Map<string, string>): Timestamp {
  const number = (letter: string, missing: number) => Number(found.get(letter) ?? missing)
  const given = number('y', 1970)
  const year = found.get('y')?.length === 2 ? 2000 + given : given
  const afternoon = found.get('a')?.toUpperCase() === 'PM' ? 12 : 0
  const hour = found.has('h') ? (number('h', 0) % 12) + afternoon : number('H', 0)
  const fraction = Number(`0.${found.get('S') ?? 0}`) * 1000
  const offsetMinutes = zoneMinutes(found.get('X') ?? found.get('x') ?? 'Z')
  const whole = Date.UTC(
    year,
    monthOf(found.get('M') ?? '1'),
    number('d', 1),
    hour,
    number('m', 0),
    number('s', 0),
  )
  const precision = found.has('S')
    ? 'fraction'
    : found.has('s')
      ? 'second'
      : found.has('m') || found.has('H') || found.has('h')
        ? 'minute'
        : found.has('d')
          ? 'day'
          : found.has('M')
            ? 'month'
            : 'year'
  const ms = whole + Math.round(fraction) - offsetMinutes * 60_000
  return { isTimestamp: true, ms, offsetMinutes, precision }
}

function monthOf(text: string): number {
  if (/^\d/.test(text)) return Number(text) - 1
  const lower = text.toLowerCase()
  return months.findIndex((name) => name.toLowerCase().startsWith(lower))
}

function zoneMinutes(text: string): number {
  if (text === 'Z') return 0
  const digits = text.slice(1).replace(':', '')
  const size = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0)
  return text.startsWith('-') ? -size : size
}
