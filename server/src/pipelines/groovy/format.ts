import { classOf } from './classes.ts'
import { hostError } from './errors.ts'
import { javaHash } from './hashes.ts'
import { formatTime } from './time-format.ts'
import { isNumber, parseDecimal, plainDecimal, toBigInt, toDecimal, toDouble } from './numbers.ts'
import type { GroovyNumber } from './numbers.ts'
import { toGroovyString, toJavaString } from './print.ts'
import { rescale } from './rounding.ts'
import { GroovyBigInteger, GroovyDate, GroovyDecimal, GroovyDouble, GroovyTime } from './value.ts'
import type { Value } from './value.ts'

const SPEC = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([tT])?([a-zA-Z%])|%(.?)/gs

interface Spec {
  /** As it was written. */
  text: string
  flags: string
  width: number | undefined
  precision: number | undefined
  /** One letter; two of a date's part. */
  kind: string
}

const fail = (name: string, text: string) => hostError(`java.util.${name}`, text)

/** Java's Formatter. */
export function javaFormat(template: string, args: Value[]): string {
  let next = 0
  let last = -1
  return template.replace(
    SPEC,
    (whole, index, flags: string, width, precision, time = '', letter: string, odd: string) => {
      if (letter === undefined) {
        throw fail('UnknownFormatConversionException', `Conversion = '${odd === '' ? '%' : odd}'`)
      }
      const spec: Spec = {
        text: whole,
        flags,
        width: width === undefined ? undefined : Number(width),
        precision: precision === undefined ? undefined : Number(precision),
        kind: time + letter,
      }
      if (spec.width === undefined && /[-0]/.test(flags)) {
        throw fail('MissingFormatWidthException', whole)
      }
      if (letter === '%' || letter === 'n') return pad(letter === '%' ? '%' : '\n', spec)
      if (flags.includes('<')) {
        if (last < 0) throw fail('MissingFormatArgumentException', `Format specifier '${whole}'`)
      } else if (index === undefined) last = next++
      else last = Number(index) - 1
      if (last >= args.length) {
        throw fail('MissingFormatArgumentException', `Format specifier '${whole}'`)
      }
      return pad(formatOne(spec, args[last]!), spec, args[last]!)
    },
  )
}

function formatOne(spec: Spec, value: Value): string {
  const { kind, precision } = spec
  if (/^[tT]/.test(kind)) {
    const part = value === null ? 'null' : datePart(kind[1]!, value)
    return kind[0] === 'T' ? part.toUpperCase() : part
  }
  const lower = kind.toLowerCase()
  if (!'bhscdoxefga'.includes(lower) || 'DOF'.includes(kind)) {
    throw fail('UnknownFormatConversionException', `Conversion = '${kind}'`)
  }
  const text = formatted(spec, lower, value)
  const cut = 'bhs'.includes(lower) || value === null ? text.slice(0, precision) : text
  return kind === lower ? cut : cut.toUpperCase()
}

function formatted(spec: Spec, lower: string, value: Value): string {
  switch (lower) {
    case 's':
      return toJavaString(value)
    case 'b':
      return String(typeof value === 'boolean' ? value : value !== null)
    case 'h':
      return value === null ? 'null' : (javaHash(value) >>> 0).toString(16)
    case 'c':
      if (value === null) return 'null'
      if (isNumber(value)) return String.fromCodePoint(toDouble(value))
      if (toGroovyString(value).length !== 1) throw conversionError('c', value)
      return toGroovyString(value)
    default:
      return value === null ? 'null' : formatNumber(spec, lower, value)
  }
}

function formatNumber(spec: Spec, lower: string, value: Value): string {
  if (!isNumber(value)) throw conversionError(spec.kind, value)
  const isFraction = value instanceof GroovyDecimal || value instanceof GroovyDouble
  const takesFraction = 'fega'.includes(lower)
  if (isFraction !== takesFraction) throw conversionError(spec.kind, value)
  if (lower === 'x' || lower === 'o') return inRadix(spec, value, lower === 'x' ? 16 : 8)
  const size = takesFraction && !Number.isFinite(toDouble(value)) && String(toDouble(value))
  if (size) return signed(size, spec.flags)
  const { flags, precision = 6 } = spec
  switch (lower) {
    case 'd':
      return signed(grouped(String(toBigInt(value)), flags), flags)
    case 'f':
      return signed(grouped(fixed(value, precision), flags), flags)
    case 'e':
      return signed(scientific(value, precision), flags)
    default:
      return signed(general(value, precision === 0 ? 1 : precision, flags), flags)
  }
}

/** A negative int or long is shown as the bits that it has. */
function inRadix({ flags }: Spec, value: GroovyNumber, radix: 8 | 16): string {
  const whole = toBigInt(value)
  const bits = typeof value === 'bigint' ? 64 : 32
  const shown = value instanceof GroovyBigInteger ? whole : BigInt.asUintN(bits, whole)
  const prefix = radix === 16 ? '0x' : '0'
  return (flags.includes('#') ? prefix : '') + shown.toString(radix)
}

/** Rounded from the digits that are printed of a number, not from its bits. */
function fixed(value: GroovyNumber, digits: number): string {
  return plainDecimal(rescale(toDecimal(value), digits))
}

/** The power of ten of a number's first digit. */
function exponentOf({ unscaled, scale }: GroovyDecimal): number {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).length
  return unscaled === 0n ? 0 : digits - 1 - scale
}

function scientific(value: GroovyNumber, digits: number): string {
  const decimal = toDecimal(value)
  const exponent = exponentOf(decimal)
  const mantissa = rescale(new GroovyDecimal(decimal.unscaled, decimal.scale + exponent), digits)
  if (exponentOf(mantissa) > 0) {
    const text = plainDecimal(mantissa)
    return scientific(parseDecimal(`${text}e${exponent}`), digits)
  }
  const sign = exponent < 0 ? '-' : '+'
  return `${plainDecimal(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function general(value: GroovyNumber, digits: number, flags: string): string {
  const exponent = Number(/e(.*)$/.exec(scientific(value, digits - 1))![1])
  if (toDouble(value) !== 0 && (exponent < -4 || exponent >= digits)) {
    return scientific(value, digits - 1)
  }
  const places = toDouble(value) === 0 ? digits - 1 : digits - 1 - exponent
  return grouped(fixed(value, places), flags)
}

function conversionError(kind: string, value: Value): Error {
  return fail('IllegalFormatConversionException', `${kind} != ${classOf(value).name}`)
}

function grouped(text: string, flags: string): string {
  if (!flags.includes(',')) return text
  const [whole, fraction] = text.split('.')
  const parts = whole!.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? parts : `${parts}.${fraction}`
}

function signed(text: string, flags: string): string {
  if (text.startsWith('-')) return flags.includes('(') ? `(${text.slice(1)})` : text
  if (flags.includes('+')) return `+${text}`
  return flags.includes(' ') ? ` ${text}` : text
}

function pad(text: string, { flags, width = 0 }: Spec, value: Value = null): string {
  const bounded = Math.min(width, 10_000)
  if (flags.includes('-')) return text.padEnd(bounded)
  if (!flags.includes('0') || !isNumber(value)) return text.padStart(bounded)
  const sign = /^(?:[+(\s-]|0x)?/i.exec(text)![0]
  return sign + text.slice(sign.length).padStart(bounded - sign.length, '0')
}

const DATE_PARTS: Record<string, string> = {
  Y: 'yyyy',
  y: 'yy',
  m: 'MM',
  d: 'dd',
  e: 'd',
  B: 'MMMM',
  b: 'MMM',
  h: 'MMM',
  A: 'EEEE',
  a: 'EEE',
  j: 'DDD',
  H: 'HH',
  k: 'H',
  I: 'hh',
  l: 'h',
  M: 'mm',
  S: 'ss',
  L: 'SSS',
  N: "SSS'000000'",
  p: 'a',
  Z: 'z',
  z: 'Z',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
  D: 'MM/dd/yy',
  R: 'HH:mm',
  r: 'hh:mm:ss a',
  c: 'EEE MMM dd HH:mm:ss z yyyy',
}

function datePart(part: string, value: Value): string {
  const isTime = value instanceof GroovyDate || value instanceof GroovyTime
  if (!isTime && typeof value !== 'bigint') throw conversionError(part, value)
  const ms = isTime ? value.ms : Number(value)
  if (part === 's') return String(Math.floor(ms / 1000))
  if (part === 'Q') return String(ms)
  if (!Object.hasOwn(DATE_PARTS, part)) {
    throw fail('UnknownFormatConversionException', `Conversion = 't${part}'`)
  }
  const text = formatDate(ms, DATE_PARTS[part]!)
  return part === 'p' ? text.toLowerCase() : text
}

/** SimpleDateFormat, in UTC or another zone. */
export function formatDate(ms: number, pattern: string, zone = 'UTC'): string {
  return formatTime(ms, pattern, zone)
}
