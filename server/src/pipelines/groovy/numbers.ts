import { hostError } from './errors.ts'
import { GroovyBigInteger, GroovyDecimal, GroovyDouble, GroovyFloat } from './value.ts'
import type { Value } from './value.ts'

// Groovy's number tower: Integer < Long < BigInteger < BigDecimal, and Double beside them.
// Integer and Long overflow silently as in Java; `/` of whole numbers makes a BigDecimal.

export type GroovyNumber = number | bigint | GroovyBigInteger | GroovyDecimal | GroovyDouble

const DIVISION_SCALE = 10

export function isNumber(value: Value | undefined): value is GroovyNumber {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof GroovyDecimal ||
    value instanceof GroovyDouble ||
    value instanceof GroovyBigInteger
  )
}

export function toDouble(value: GroovyNumber): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof GroovyDouble) return value.value
  if (value instanceof GroovyBigInteger) return Number(value.value)
  return Number(decimalText(value))
}

/** Drops the fraction. */
export function toBigInt(value: GroovyNumber): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return BigInt(Math.trunc(value))
  if (value instanceof GroovyBigInteger) return value.value
  if (value instanceof GroovyDouble) {
    return Number.isFinite(value.value) ? BigInt(Math.trunc(value.value)) : 0n
  }
  const { unscaled, scale } = value
  return scale > 0 ? unscaled / 10n ** BigInt(scale) : unscaled * 10n ** BigInt(-scale)
}

export function toInt(value: GroovyNumber): number {
  return typeof value === 'number' ? value : Number(BigInt.asIntN(32, toBigInt(value)))
}

export function toLong(value: GroovyNumber): bigint {
  return BigInt.asIntN(64, toBigInt(value))
}

export function toDecimal(value: GroovyNumber): GroovyDecimal {
  // `1e3` prints as it was written; what is reckoned with it has no scale below zero.
  if (value instanceof GroovyDecimal) {
    return value.scale < 0 ? new GroovyDecimal(toBigInt(value), 0) : value
  }
  if (value instanceof GroovyDouble) return parseDecimal(String(value.value))
  return new GroovyDecimal(toBigInt(value), 0)
}

/** Why Java takes a text for no decimal. */
function noDecimal(text: string): string {
  const odd = [...text].find((char) => !/[\d.eE+-]/.test(char))
  if (odd === undefined)
    return text === '' ? 'Index 0 out of bounds for length 0' : 'No digits found.'
  return `Character ${odd} is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`
}

export function parseDecimal(text: string): GroovyDecimal {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim())
  if (!match || (match[2] === '' && !match[3])) {
    throw hostError('java.lang.NumberFormatException', noDecimal(text.trim()))
  }
  const fraction = match[3] ?? ''
  const digits = BigInt(`${match[2]}${fraction}` || '0')
  const scale = fraction.length - Number(match[4] ?? 0)
  const unscaled = match[1] === '-' ? -digits : digits
  return new GroovyDecimal(unscaled, scale)
}

/** As BigDecimal.toString: with an exponent below 10^-6, and where it was written with one. */
export function decimalText(value: GroovyDecimal): string {
  const negative = value.unscaled < 0n
  const digits = String(negative ? -value.unscaled : value.unscaled)
  const exponent = digits.length - 1 - value.scale
  if (exponent >= -6 && value.scale >= 0) return plainDecimal(value)
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${negative ? '-' : ''}${digits[0]}${fraction}E${exponent > 0 ? '+' : ''}${exponent}`
}

export function plainDecimal(value: GroovyDecimal): string {
  const negative = value.unscaled < 0n
  const digits = String(negative ? -value.unscaled : value.unscaled).padStart(value.scale + 1, '0')
  const whole = digits.slice(0, digits.length - value.scale)
  const fraction = value.scale > 0 ? `.${digits.slice(-value.scale)}` : ''
  return `${negative ? '-' : ''}${whole}${fraction}`
}

/** As Java's Double.toString: always a fraction, an exponent outside 10^-3 … 10^7. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size === Number.MIN_VALUE) return value < 0 ? '-4.9E-324' : '4.9E-324'
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [mantissa, exponent] = value.toExponential().split('e')
    return `${mantissa!.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
}

/** The shortest digits that make the same float. */
function floatText(value: number): string {
  for (let digits = 1; digits < 10; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return doubleText(short)
  }
  return doubleText(value)
}

/** Double.parseDouble: blanks around it, and a letter of its kind behind it, are let pass. */
export function parseDouble(text: string): number {
  const match = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?=[fFdD]?$))/.exec(
    text.trim(),
  )
  if (match) return Number(match[0])
  const reason = text.trim() === '' ? 'empty String' : `For input string: "${text}"`
  throw hostError('java.lang.NumberFormatException', reason)
}

export function numberText(value: GroovyNumber): string {
  if (value instanceof GroovyFloat) return floatText(value.value)
  if (value instanceof GroovyDouble) return doubleText(value.value)
  if (value instanceof GroovyDecimal) return decimalText(value)
  return String(value instanceof GroovyBigInteger ? value.value : value)
}

const NUMBER_CLASSES: Record<Rank, string> = {
  1: 'java.lang.Integer',
  2: 'java.lang.Long',
  3: 'java.math.BigInteger',
  4: 'java.math.BigDecimal',
  5: 'java.lang.Double',
}

type Rank = 1 | 2 | 3 | 4 | 5

function rank(value: GroovyNumber): Rank {
  if (typeof value === 'number') return 1
  if (typeof value === 'bigint') return 2
  if (value instanceof GroovyBigInteger) return 3
  return value instanceof GroovyDecimal ? 4 : 5
}

function whole(value: bigint, as: Rank): GroovyNumber {
  if (as === 1) return Number(BigInt.asIntN(32, value))
  return as === 2 ? BigInt.asIntN(64, value) : new GroovyBigInteger(value)
}

export function arithmetic(op: string, left: GroovyNumber, right: GroovyNumber): GroovyNumber {
  if (op === '/') return divide(left, right)
  if (op === '**') return power(left, right)
  const as = Math.max(rank(left), rank(right)) as Rank
  if (as === 5) return new GroovyDouble(onDoubles(op, toDouble(left), toDouble(right)))
  if (as === 4 && op === '%') {
    throw hostError(
      'java.lang.UnsupportedOperationException',
      `Cannot use mod() on this number type: ${NUMBER_CLASSES[rank(left)]} with value: ${numberText(left)}`,
    )
  }
  if (as === 4) return onDecimals(op, toDecimal(left), toDecimal(right))
  const divisor = toBigInt(right)
  if (op === '%' && divisor === 0n) throw hostError('java.lang.ArithmeticException', '/ by zero')
  return whole(onWholes(op, toBigInt(left), divisor), as)
}

function onDoubles(op: string, left: number, right: number): number {
  if (op === '+') return left + right
  if (op === '-') return left - right
  return op === '*' ? left * right : left % right
}

function onWholes(op: string, left: bigint, right: bigint): bigint {
  if (op === '+') return left + right
  if (op === '-') return left - right
  return op === '*' ? left * right : left % right
}

function onDecimals(op: string, left: GroovyDecimal, right: GroovyDecimal): GroovyDecimal {
  if (op === '*') return new GroovyDecimal(left.unscaled * right.unscaled, left.scale + right.scale)
  const scale = Math.max(left.scale, right.scale)
  const a = left.unscaled * 10n ** BigInt(scale - left.scale)
  const b = right.unscaled * 10n ** BigInt(scale - right.scale)
  if (op === '%' && b === 0n) throw divisionByZero()
  return new GroovyDecimal(onWholes(op, a, b), scale)
}

function divisionByZero(): Error {
  return hostError('java.lang.ArithmeticException', 'Division by zero')
}

/** Groovy divides exactly where it can, else to ten digits after the point. */
function divide(left: GroovyNumber, right: GroovyNumber): GroovyNumber {
  if (rank(left) === 5 || rank(right) === 5) {
    return new GroovyDouble(toDouble(left) / toDouble(right))
  }
  const a = toDecimal(left)
  const b = toDecimal(right)
  const exact = exactQuotient(a, b)
  if (exact) return exact
  const scale = Math.max(a.scale, b.scale, DIVISION_SCALE)
  const shift = BigInt(scale + b.scale - a.scale)
  return new GroovyDecimal(roundedDivision(a.unscaled * 10n ** shift, b.unscaled), scale)
}

/** With as few decimals as the quotient needs, but no fewer than the two differ in. */
export function exactQuotient(a: GroovyDecimal, b: GroovyDecimal): GroovyDecimal | undefined {
  if (b.unscaled === 0n) throw divisionByZero()
  const least = a.scale - b.scale
  if (a.unscaled === 0n) return new GroovyDecimal(0n, Math.max(0, least))
  let [places, rest] = [0, b.unscaled < 0n ? -b.unscaled : b.unscaled]
  const common = greatestCommon(a.unscaled < 0n ? -a.unscaled : a.unscaled, rest)
  rest /= common
  for (const prime of [2n, 5n]) {
    let count = 0
    for (; rest % prime === 0n; rest /= prime) count += 1
    places = Math.max(places, count)
  }
  if (rest !== 1n) return undefined
  const quotient = (a.unscaled * 10n ** BigInt(places)) / b.unscaled
  const scale = least + places
  // What stands before the point is no reason for a negative scale.
  return scale < 0
    ? new GroovyDecimal(quotient * 10n ** BigInt(-scale), 0)
    : new GroovyDecimal(quotient, scale)
}

function greatestCommon(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommon(b, a % b)
}

function roundedDivision(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const rest = dividend % divisor
  const double = rest < 0n ? -rest * 2n : rest * 2n
  if (double < (divisor < 0n ? -divisor : divisor)) return quotient
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n
}

export function intDivide(left: GroovyNumber, right: GroovyNumber): GroovyNumber {
  const divisor = toBigInt(right)
  if (divisor === 0n) throw hostError('java.lang.ArithmeticException', '/ by zero')
  return whole(toBigInt(left) / divisor, Math.min(3, Math.max(rank(left), rank(right))) as Rank)
}

function power(left: GroovyNumber, right: GroovyNumber): GroovyNumber {
  const exponent = toDouble(right)
  const exact = rank(left) < 5 && Number.isInteger(exponent) && exponent >= 0 && exponent < 10_000
  if (!exact) return new GroovyDouble(toDouble(left) ** exponent)
  if (left instanceof GroovyDecimal) {
    return new GroovyDecimal(left.unscaled ** BigInt(exponent), left.scale * exponent)
  }
  const result = toBigInt(left) ** BigInt(exponent)
  return narrowest(result)
}

/** The smallest of Integer, Long and BigInteger that holds the value. */
export function narrowest(value: bigint): GroovyNumber {
  if (BigInt.asIntN(32, value) === value) return Number(value)
  return BigInt.asIntN(64, value) === value ? value : new GroovyBigInteger(value)
}

export function bitwise(op: string, left: GroovyNumber, right: GroovyNumber): GroovyNumber {
  const shifts = op === '<<' || op === '>>' || op === '>>>'
  const as = Math.min(3, shifts ? rank(left) : Math.max(rank(left), rank(right))) as Rank
  const a = toBigInt(left)
  const b = toBigInt(right)
  const bits = as === 1 ? 32 : 64
  switch (op) {
    case '&':
      return whole(a & b, as)
    case '|':
      return whole(a | b, as)
    case '^':
      return whole(a ^ b, as)
    case '<<':
      return whole(a << (b & BigInt(bits - 1)), as)
    case '>>':
      return whole(a >> (b & BigInt(bits - 1)), as)
    default:
      return whole(BigInt.asUintN(bits, a) >> (b & BigInt(bits - 1)), as)
  }
}

export function negate(value: GroovyNumber): GroovyNumber {
  if (value instanceof GroovyDouble) return new GroovyDouble(-value.value)
  return arithmetic('-', 0, value)
}

export function compareNumbers(left: GroovyNumber, right: GroovyNumber): number {
  if (typeof left === 'number' && typeof right === 'number') return Math.sign(left - right)
  if (rank(left) === 5 || rank(right) === 5) return Math.sign(toDouble(left) - toDouble(right))
  const difference = onDecimals('-', toDecimal(left), toDecimal(right)).unscaled
  if (difference === 0n) return 0
  return difference < 0n ? -1 : 1
}
