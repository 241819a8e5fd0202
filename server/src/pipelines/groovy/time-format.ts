import { hostError } from './errors.ts'

// Patterns of SimpleDateFormat and DateTimeFormatter: written and read over a local clock, which is
// held as the UTC milliseconds that show the same digits.

const DAY_NAMES = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
export const MONTH_NAMES =
  'January February March April May June July August September October November December'.split(' ')
const MS_PER_DAY = 86_400_000

/** How far a zone is from UTC at a moment, in ms; a name that nobody knows is UTC, as in Java. */
export function offsetMs(ms: number, zone: string): number {
  const fixed = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?(?::?\d{2})?$/.exec(zone)
  if (fixed) {
    const [, sign, hours, minutes = '0'] = fixed
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  }
  if (!isZone(zone)) return 0
  const shown = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = shown.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return name === 'GMT' || name === zone ? 0 : offsetMs(ms, name)
}

/** The moment at which a zone's clock shows this local time. */
export function instantOf(localMs: number, zone: string): number {
  const guess = localMs - offsetMs(localMs, zone)
  return localMs - offsetMs(guess, zone)
}

export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone }).format()
    return true
  } catch (problem) {
    if (problem instanceof RangeError) return false
    throw problem
  }
}

/** `+09:00`, or `Z` for none. */
export function offsetText(offset: number, colon = true, zero = 'Z'): string {
  if (offset === 0) return zero
  const minutes = Math.abs(offset) / 60_000
  const two = (part: number) => String(part).padStart(2, '0')
  const text = `${two(Math.floor(minutes / 60))}${colon ? ':' : ''}${two(minutes % 60)}`
  return `${offset < 0 ? '-' : '+'}${text}`
}

/** A moment, or a local clock with `zone` UTC, by a pattern. */
export function formatTime(ms: number, pattern: string, zone: string): string {
  const offset = offsetMs(ms, zone)
  const date = new Date(ms + offset)
  return pattern.replace(/'((?:[^']|'')*)'|([a-zA-Z])\2*/g, (run: string, quoted?: string) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'")
    return dateField(date, run) ?? clockField(date, run) ?? zoneField(offset, zone, ms, run)
  })
}

function dateField(date: Date, run: string): string | undefined {
  const padded = (value: number) => String(value).padStart(run.length, '0')
  switch (run[0]) {
    case 'y':
    case 'Y':
    case 'u': {
      if (run === 'u') return String(date.getUTCDay() || 7)
      const year = date.getUTCFullYear()
      return run.length === 2 ? String(year).slice(-2) : padded(year)
    }
    case 'M':
    case 'L': {
      const name = MONTH_NAMES[date.getUTCMonth()]!
      if (run.length < 3) return padded(date.getUTCMonth() + 1)
      return run.length === 3 ? name.slice(0, 3) : name
    }
    case 'd':
      return padded(date.getUTCDate())
    case 'D':
      return padded(dayOfYear(date))
    case 'w':
      return padded(weekOfYear(date))
    case 'W':
      return padded(Math.ceil((date.getUTCDate() + firstWeekday(date)) / 7))
    case 'F':
      return padded(Math.ceil(date.getUTCDate() / 7))
    case 'E':
    case 'e': {
      const name = DAY_NAMES[date.getUTCDay()]!
      return run.length < 4 ? name.slice(0, 3) : name
    }
    case 'G':
      return 'AD'
    default:
      return undefined
  }
}

function clockField(date: Date, run: string): string | undefined {
  const padded = (value: number) => String(value).padStart(run.length, '0')
  const hours = date.getUTCHours()
  switch (run[0]) {
    case 'H':
      return padded(hours)
    case 'k':
      return padded(hours || 24)
    case 'h':
      return padded(hours % 12 || 12)
    case 'K':
      return padded(hours % 12)
    case 'm':
      return padded(date.getUTCMinutes())
    case 's':
      return padded(date.getUTCSeconds())
    case 'S':
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(run.length, '0')
    case 'n':
      return padded(date.getUTCMilliseconds() * 1_000_000)
    case 'a':
      return hours < 12 ? 'AM' : 'PM'
    default:
      return undefined
  }
}

function zoneField(offset: number, zone: string, ms: number, run: string): string {
  switch (run[0]) {
    case 'z':
      return zoneName(zone, ms, run.length > 3)
    case 'V':
      return zone
    case 'Z':
      return offsetText(offset, false, '+0000')
    case 'X':
      return run.length === 1 && offset !== 0
        ? offsetText(offset).slice(0, 3)
        : offsetText(offset, run.length === 3)
    case 'x':
      return offsetText(offset, run.length === 3, run.length === 3 ? '+00:00' : '+0000')
    default:
      throw hostError('java.lang.IllegalArgumentException', `Illegal pattern character '${run[0]}'`)
  }
}

/** `KST` of Asia/Seoul: as Java names it where the short name is no offset. */
function zoneName(zone: string, ms: number, isLong: boolean): string {
  if (!isZone(zone) || zone === 'UTC') return isLong ? 'Coordinated Universal Time' : 'UTC'
  const known: Record<string, string> = { 'Asia/Seoul': 'KST', 'Asia/Tokyo': 'JST' }
  if (!isLong && Object.hasOwn(known, zone)) return known[zone]!
  const timeZoneName = isLong ? 'long' : 'short'
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName }).formatToParts(ms)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
}

export function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / MS_PER_DAY) + 1
}

/** Weeks of the US calendar: the first holds 1 January, and a Sunday begins one. */
function weekOfYear(date: Date): number {
  const first = new Date(Date.UTC(date.getUTCFullYear(), 0, 1)).getUTCDay()
  return Math.ceil((dayOfYear(date) + first) / 7)
}

function firstWeekday(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)).getUTCDay()
}

interface Read {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  ms: number
  isPm: boolean | undefined
  /** As the text gave it. */
  offset: number | undefined
}

/** Reads a text by a pattern: a local clock, and the offset if the text has one. */
export function parseTime(
  text: string,
  pattern: string,
): { localMs: number; offset: number | undefined } | undefined {
  const read: Read = {
    year: 1970,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    ms: 0,
    isPm: undefined,
    offset: undefined,
  }
  let at = 0
  for (const [run, quoted] of pattern.matchAll(/'((?:[^']|'')*)'|([a-zA-Z])\2*|[^a-zA-Z']/g)) {
    const literal = quoted === undefined ? run : quoted === '' ? "'" : quoted
    if (quoted !== undefined || !/[a-zA-Z]/.test(run)) {
      if (!text.startsWith(literal, at)) return undefined
      at += literal.length
      continue
    }
    const taken = readField(text.slice(at), run, read)
    if (taken === undefined) return undefined
    at += taken
  }
  const hour = read.isPm === undefined ? read.hour : (read.hour % 12) + (read.isPm ? 12 : 0)
  const { year, month, day, minute, second, ms, offset } = read
  return { localMs: Date.UTC(year, month - 1, day, hour, minute, second, ms), offset }
}

const NUMBERS: Record<string, 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'ms'> = {
  y: 'year',
  u: 'year',
  M: 'month',
  d: 'day',
  H: 'hour',
  h: 'hour',
  k: 'hour',
  m: 'minute',
  s: 'second',
  S: 'ms',
}

/** How many characters the field took; undefined when it isn't there. */
function readField(text: string, run: string, into: Read): number | undefined {
  const letter = run[0]!
  if (letter === 'M' && run.length > 2) {
    const at = MONTH_NAMES.findIndex((name) =>
      text.startsWith(run.length > 3 ? name : name.slice(0, 3)),
    )
    if (at < 0) return undefined
    into.month = at + 1
    return run.length > 3 ? MONTH_NAMES[at]!.length : 3
  }
  if (Object.hasOwn(NUMBERS, letter)) {
    const digits = new RegExp(`^\\d{1,${Math.max(run.length, letter === 'y' ? 4 : 2)}}`).exec(text)
    if (!digits) return undefined
    const value = Number(digits[0])
    into[NUMBERS[letter]!] = letter === 'y' && run.length === 2 ? 2000 + value : value
    return digits[0].length
  }
  if (letter === 'a') {
    into.isPm = /^pm/i.test(text)
    return /^[ap]m/i.test(text) ? 2 : undefined
  }
  if (letter === 'E') return /^[A-Za-z]+/.exec(text)?.[0].length
  const zone = /^(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT)/.exec(text)?.[0]
  if (zone === undefined) return undefined
  into.offset = zone === 'Z' ? 0 : offsetMs(0, zone)
  return zone.length
}
