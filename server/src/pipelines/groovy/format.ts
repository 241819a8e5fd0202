import { classOf } from './classes.ts'
import { hostError } from './errors.ts'
import { formatTime } from './time-format.ts'
import { isNumber, toBigInt, toDouble } from './numbers.ts'
import { toGroovyString, toJavaString } from './print.ts'
import { isTruthy } from './truth.ts'
import { GroovyDate, GroovyDecimal, GroovyDouble } from './value.ts'
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
      const text = toJavaString(value).slice(0, precision)
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
  const isFraction = value instanceof GroovyDecimal || value instanceof GroovyDouble
  if (isFraction ? 'dxXo'.includes(kind) : 'feg'.includes(kind)) throw conversionError(kind, value)
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
  return hostError(
    'java.util.IllegalFormatConversionException',
    `${kind} != ${classOf(value).name}`,
  )
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

/** SimpleDateFormat, in UTC or another zone. */
export function formatDate(ms: number, pattern: string, zone = 'UTC'): string {
  return formatTime(ms, pattern, zone)
}
