import { hostError } from './errors.ts'
import { isNumber, numberText, toBigInt, toDouble } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { isTruthy } from './truth.ts'
import { GroovyDate } from './value.ts'
import type { Value } from './value.ts'

const SPEC = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?(t?[a-zA-Z%])/g

/** Java's Formatter for what scripts use: %s %d %f %x %X %o %b %c %e %n %% and dates by %tY …. */
export function javaFormat(template: string, args: Value[]): string {
  let next = 0
  return template.replace(SPEC, (_, index, flags: string, width, precision, kind: string) => {
    if (kind === '%') return '%'
    if (kind === 'n') return '\n'
    const at = index === undefined ? next++ : Number(index) - 1
    if (at >= args.length) {
      throw hostError('java.util.MissingFormatArgumentException', `Format specifier '%${kind}'`)
    }
    const digits = precision === undefined ? undefined : Number(precision)
    return pad(formatOne(kind, args[at]!, flags, digits), flags, Number(width ?? 0), args[at]!)
  })
}

function formatOne(kind: string, value: Value, flags: string, precision?: number): string {
  if (kind[0] === 't' && kind.length === 2) return datePart(kind[1]!, value)
  switch (kind) {
    case 's':
    case 'S': {
      const text = toGroovyString(value).slice(0, precision)
      return kind === 'S' ? text.toUpperCase() : text
    }
    case 'b':
      return String(isTruthy(value))
    case 'c':
      return isNumber(value) ? String.fromCodePoint(toDouble(value)) : toGroovyString(value)
    default:
      return formatNumber(kind, value, flags, precision)
  }
}

function formatNumber(kind: string, value: Value, flags: string, precision = 6): string {
  if (value === null) return 'null'
  if (!isNumber(value)) throw conversionError(kind, value)
  switch (kind) {
    case 'd':
      return signed(grouped(String(toBigInt(value)), flags), flags)
    case 'x':
      return toBigInt(value).toString(16)
    case 'X':
      return toBigInt(value).toString(16).toUpperCase()
    case 'o':
      return toBigInt(value).toString(8)
    case 'f':
      return signed(grouped(toDouble(value).toFixed(precision), flags), flags)
    case 'e':
      return toDouble(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2')
    case 'g':
      return toDouble(value).toPrecision(precision)
    default:
      throw hostError('java.util.UnknownFormatConversionException', `Conversion = '${kind}'`)
  }
}

function conversionError(kind: string, value: Value): Error {
  const shown = isNumber(value) ? numberText(value) : 'java.lang.String'
  return hostError('java.util.IllegalFormatConversionException', `${kind} != ${shown}`)
}

function grouped(text: string, flags: string): string {
  if (!flags.includes(',')) return text
  const [whole, fraction] = text.split('.')
  const parts = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? parts : `${parts}.${fraction}`
}

function signed(text: string, flags: string): string {
  return flags.includes('+') && !text.startsWith('-') ? `+${text}` : text
}

function pad(text: string, flags: string, width: number, value: Value): string {
  const bounded = Math.min(width, 10_000)
  if (flags.includes('-')) return text.padEnd(bounded)
  if (!flags.includes('0') || !isNumber(value)) return text.padStart(bounded)
  const sign = /^[+-]/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(bounded - sign.length, '0')
}

function datePart(part: string, value: Value): string {
  const ms = value instanceof GroovyDate ? value.ms : isNumber(value) ? toDouble(value) : 0
  const pattern: Record<string, string> = {
    Y: 'yyyy',
    m: 'MM',
    d: 'dd',
    H: 'HH',
    M: 'mm',
    S: 'ss',
    F: 'yyyy-MM-dd',
    T: 'HH:mm:ss',
    L: 'SSS',
    s: 'X',
  }
  return formatDate(ms, Object.hasOwn(pattern, part) ? pattern[part]! : part)
}

const DAY_NAMES = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
const MONTH_NAMES =
  'January February March April May June July August September October November December'.split(' ')

/** SimpleDateFormat, in UTC or another zone. */
export function formatDate(ms: number, pattern: string, zone = 'UTC'): string {
  const date = new Date(ms + offsetMs(ms, zone))
  return pattern.replace(/'([^']*)'|([a-zA-Z])\2*/g, (run: string, quoted?: string) => {
    if (quoted !== undefined) return quoted === '' ? "'" : quoted
    return dateField(date, run)
  })
}

/** How far a zone is from UTC at a moment; a name that nobody knows is UTC, as in Java. */
function offsetMs(ms: number, zone: string): number {
  const fixed = /^(?:GMT|UTC)?([+-])(\d{1,2}):?(\d{2})?$/.exec(zone)
  if (fixed) {
    const [, sign, hours, minutes = '0'] = fixed
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  }
  if (!isZone(zone)) return 0
  const shown = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = shown.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return name === 'GMT' || name === zone ? 0 : offsetMs(ms, name)
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone }).format()
    return true
  } catch (problem) {
    if (problem instanceof RangeError) return false
    throw problem
  }
}

function dateField(date: Date, run: string): string {
  const padded = (value: number) => String(value).padStart(run.length, '0')
  switch (run[0]) {
    case 'y':
    case 'Y':
      return run.length === 2
        ? String(date.getUTCFullYear()).slice(-2)
        : padded(date.getUTCFullYear())
    case 'M': {
      const name = MONTH_NAMES[date.getUTCMonth()]!
      if (run.length < 3) return padded(date.getUTCMonth() + 1)
      return run.length === 3 ? name.slice(0, 3) : name
    }
    case 'd':
      return padded(date.getUTCDate())
    case 'H':
      return padded(date.getUTCHours())
    case 'h':
      return padded(date.getUTCHours() % 12 || 12)
    case 'm':
      return padded(date.getUTCMinutes())
    case 's':
      return padded(date.getUTCSeconds())
    case 'S':
      return padded(date.getUTCMilliseconds())
    case 'E': {
      const name = DAY_NAMES[date.getUTCDay()]!
      return run.length < 4 ? name.slice(0, 3) : name
    }
    case 'a':
      return date.getUTCHours() < 12 ? 'AM' : 'PM'
    case 'z':
      return 'UTC'
    case 'Z':
      return '+0000'
    case 'X':
      return 'Z'
    case 'u':
      return padded(date.getUTCDay() || 7)
    default:
      throw hostError('java.lang.IllegalArgumentException', `Illegal pattern character '${run[0]}'`)
  }
}
