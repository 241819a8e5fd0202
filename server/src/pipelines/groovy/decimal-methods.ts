import { hostError } from './errors.ts'
import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import {
  arithmetic,
  compareNumbers,
  exactQuotient,
  isNumber,
  toBigInt,
  toDecimal,
  toInt,
  toLong,
} from './numbers.ts'
import type { GroovyNumber } from './numbers.ts'
import { numberMethods } from './number-methods.ts'
import { toGroovyString } from './print.ts'
import { rescale, rounded, roundingOf, ROUNDINGS } from './rounding.ts'
import { GroovyBigInteger, GroovyDecimal, GroovyObject } from './value.ts'
import type { Value } from './value.ts'

// What BigDecimal and BigInteger do beyond other numbers.

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type MethodsOf<T> = Record<string, (self: T, args: Value[], ...rest: Rest) => ReturnType<Native>>

function table<T extends Value>(methods: MethodsOf<T>): ReadonlyMap<string, Native> {
  return new Map<string, Native>(Object.entries(methods) as unknown as [string, Native][])
}

function number(args: Value[], at = 0): GroovyNumber {
  const value = arg(args, at)
  if (isNumber(value)) return value
  throw hostError('java.lang.NullPointerException', null)
}

const int = (args: Value[], at = 0) => toInt(number(args, at))
const decimal = (args: Value[], at = 0) => toDecimal(number(args, at))
const digitsOf = (value: bigint) => String(value < 0n ? -value : value).length

/** To so many digits in all; none means as many as there are. */
function toPrecision(value: GroovyDecimal, digits: number, mode: number): GroovyDecimal {
  const spare = digitsOf(value.unscaled) - digits
  if (digits === 0 || spare <= 0) return value
  const cut = rounded(value.unscaled, 10n ** BigInt(spare), mode)
  const made = new GroovyDecimal(cut, value.scale - spare)
  return digitsOf(cut) > digits ? toPrecision(made, digits, mode) : made
}

function contextOf(value: Value): { digits: number; mode: number } | undefined {
  if (!(value instanceof GroovyObject) || !value.fields.has('precision')) return undefined
  const mode = roundingOf(value.fields.get('roundingMode') ?? null)
  return { digits: Number(value.fields.get('precision')), mode }
}

/** `divide(by)`, `divide(by, mode)`, `divide(by, scale, mode)` and `divide(by, context)`. */
function divide(self: GroovyDecimal, args: Value[]): Value {
  const by = decimal(args)
  if (by.unscaled === 0n) {
    const text = self.unscaled === 0n ? 'Division undefined' : 'Division by zero'
    throw hostError('java.lang.ArithmeticException', args.length > 1 ? '/ by zero' : text)
  }
  const context = contextOf(arg(args, 1))
  const exact = args.length === 1 || context ? exactQuotient(self, by) : undefined
  if (args.length === 1 || context?.digits === 0) {
    if (exact) return exact
    const text = 'Non-terminating decimal expansion; no exact representable decimal result.'
    throw hostError('java.lang.ArithmeticException', text)
  }
  if (context) {
    const { digits, mode } = context
    if (exact) return toPrecision(exact, digits, mode)
    // One digit more than is wanted, and one that stands for all the rest.
    const scale =
      digits + 2 + digitsOf(by.unscaled) - digitsOf(self.unscaled) + self.scale - by.scale
    const longer = quotient(self, by, scale, ROUNDINGS.indexOf('DOWN'))
    const marked = new GroovyDecimal(
      longer.unscaled * 10n + (longer.unscaled < 0n ? -1n : 1n),
      longer.scale + 1,
    )
    return toPrecision(marked, digits, mode)
  }
  if (args.length === 2) return quotient(self, by, self.scale, roundingOf(arg(args, 1)))
  return quotient(self, by, int(args, 1), roundingOf(arg(args, 2)))
}

function quotient(a: GroovyDecimal, b: GroovyDecimal, scale: number, mode: number): GroovyDecimal {
  const shift = scale + b.scale - a.scale
  const dividend = shift > 0 ? a.unscaled * 10n ** BigInt(shift) : a.unscaled
  const divisor = shift < 0 ? b.unscaled * 10n ** BigInt(-shift) : b.unscaled
  return new GroovyDecimal(rounded(dividend, divisor, mode), scale)
}

/** A digit moved past the point is written out: there is no scale below zero then. */
function moved({ unscaled, scale }: GroovyDecimal, by: number): GroovyDecimal {
  const to = scale + by
  return to < 0
    ? new GroovyDecimal(unscaled * 10n ** BigInt(-to), 0)
    : new GroovyDecimal(unscaled, to)
}

/** With a context as the last argument, to its digits. */
const inContext =
  (op: string) =>
  (self: GroovyDecimal, args: Value[]): Value => {
    const made = arithmetic(op, self, decimal(args)) as GroovyDecimal
    const context = contextOf(arg(args, 1))
    return context ? toPrecision(made, context.digits, context.mode) : made
  }

function whole(self: GroovyDecimal, by: GroovyDecimal): bigint {
  if (by.unscaled === 0n) throw hostError('java.lang.ArithmeticException', 'Division by zero')
  return toBigInt(quotient(self, by, 0, ROUNDINGS.indexOf('DOWN')))
}

const preferred = (value: bigint, scale: number): GroovyDecimal =>
  scale > 0 ? rescale(new GroovyDecimal(value, 0), scale) : new GroovyDecimal(value, 0)

export const decimalMethods = table<GroovyDecimal>({
  divide,
  add: inContext('+'),
  subtract: inContext('-'),
  remainder: (self, args) => {
    const by = decimal(args)
    return arithmetic('-', self, arithmetic('*', new GroovyDecimal(whole(self, by), 0), by))
  },
  divideToIntegralValue: (self, args) => {
    const by = decimal(args)
    return preferred(whole(self, by), self.scale - by.scale)
  },
  precision: (self) => digitsOf(self.unscaled),
  unscaledValue: (self) => new GroovyBigInteger(self.unscaled),
  movePointLeft: (self, args) => moved(self, int(args)),
  movePointRight: (self, args) => moved(self, -int(args)),
  scaleByPowerOfTen: (self, args) => new GroovyDecimal(self.unscaled, self.scale - int(args)),
  max: (self, args) => (compareNumbers(self, number(args)) >= 0 ? self : number(args)),
  min: (self, args) => (compareNumbers(self, number(args)) <= 0 ? self : number(args)),
  round: (self, args, ...rest) => {
    const context = contextOf(arg(args, 0))
    if (context) return toPrecision(self, context.digits, context.mode)
    return numberMethods.get('round')!(self, args, ...rest)
  },
  pow: (self, args) => arithmetic('**', self, int(args)),
  intValueExact: (self) => exactly(self, toInt(self)),
  longValueExact: (self) => exactly(self, toLong(self)),
})

function exactly(self: GroovyDecimal, value: Value & GroovyNumber): Value {
  if (compareNumbers(self, value) === 0) return value
  const isFraction = compareNumbers(self, new GroovyBigInteger(toBigInt(self))) !== 0
  throw hostError('java.lang.ArithmeticException', isFraction ? 'Rounding necessary' : 'Overflow')
}

const big = (value: bigint) => new GroovyBigInteger(value)
const other = (args: Value[], at = 0) => toBigInt(number(args, at))

function powered(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square, left] = [1n, base % modulus, exponent]
  for (; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result < 0n ? result + modulus : result
}

function divisor(args: Value[]): bigint {
  const value = other(args)
  if (value !== 0n) return value
  throw hostError('java.lang.ArithmeticException', 'BigInteger divide by zero')
}

function common(a: bigint, b: bigint): bigint {
  return b === 0n ? (a < 0n ? -a : a) : common(b, a % b)
}

/** Trial division goes far enough for numbers that scripts ask about. */
function isPrime(value: bigint): boolean {
  if (value < 2n) return false
  for (let at = 2n; at * at <= value && at < 100_000n; at += 1n) if (value % at === 0n) return false
  return true
}

export const bigMethods = table<GroovyBigInteger>({
  divide: (self, args) => big(self.value / divisor(args)),
  remainder: (self, args) => big(self.value % divisor(args)),
  mod: (self, args) => {
    const by = other(args)
    if (by <= 0n) {
      throw hostError('java.lang.ArithmeticException', 'BigInteger: modulus not positive')
    }
    return big(((self.value % by) + by) % by)
  },
  modPow: (self, args) => big(powered(self.value, other(args), other(args, 1))),
  gcd: (self, args) => big(common(self.value, other(args))),
  pow: (self, args) => big(self.value ** BigInt(int(args))),
  isProbablePrime: (self) => isPrime(self.value),
  testBit: (self, args) => ((self.value >> BigInt(int(args))) & 1n) === 1n,
  bitLength: (self) => (self.value === 0n ? 0 : self.value.toString(2).replace('-', '').length),
  bitCount: (self) => [...self.value.toString(2)].filter((digit) => digit === '1').length,
  shiftLeft: (self, args) => big(self.value << BigInt(int(args))),
  shiftRight: (self, args) => big(self.value >> BigInt(int(args))),
  not: (self) => big(~self.value),
  max: (self, args) => (other(args) > self.value ? big(other(args)) : self),
  min: (self, args) => (other(args) < self.value ? big(other(args)) : self),
  toString: (self: GroovyBigInteger, args: Value[]) =>
    isNumber(args[0]) ? self.value.toString(toInt(args[0])) : toGroovyString(self),
})
