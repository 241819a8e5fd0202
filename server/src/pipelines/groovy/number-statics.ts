import { enumConstant } from './enums.ts'
import { hostError } from './errors.ts'
import type { Frame, Machine, Run } from './machine.ts'
import { arg } from './machine.ts'
import { isNumber, parseDecimal, parseDouble, toBigInt, toDecimal, toDouble } from './numbers.ts'
import type { GroovyNumber } from './numbers.ts'
import { toGroovyString } from './print.ts'
import { roundingOf, ROUNDINGS } from './rounding.ts'
import {
  GroovyBigInteger,
  GroovyDecimal,
  GroovyDouble,
  GroovyFloat,
  GroovyObject,
} from './value.ts'
import type { Value } from './value.ts'
import { builtinClass } from './classes.ts'

// What Math and the classes of numbers, truth and letters do without an object.

export type Static = (args: Value[], machine: Machine, frame: Frame) => Value | Run

function double(args: Value[], at = 0): number {
  const value = arg(args, at)
  return isNumber(value) ? toDouble(value) : Number(toGroovyString(value))
}

const text = (args: Value[], at = 0) => toGroovyString(arg(args, at))

const isFraction = (value: Value) => value instanceof GroovyDouble || value instanceof GroovyDecimal

/** As Java's overloads have it: whole numbers stay whole, and the widest of them wins. */
function alike(value: GroovyNumber, args: Value[]): Value {
  if (args.some((each) => each instanceof GroovyDouble && !(each instanceof GroovyFloat)))
    return new GroovyDouble(toDouble(value))
  if (args.some((each) => each instanceof GroovyFloat)) return new GroovyFloat(toDouble(value))
  if (args.some(isFraction)) return new GroovyDouble(toDouble(value))
  const isLong = args.some((each) => typeof each === 'bigint')
  return isLong ? BigInt.asIntN(64, toBigInt(value)) : value
}

function larger(sign: 1 | -1): Static {
  return (args) => {
    const [a, b] = [arg(args, 0), arg(args, 1)]
    if (!isNumber(a) || !isNumber(b)) return a
    return alike((toDouble(a) - toDouble(b)) * sign >= 0 ? a : b, args)
  }
}

const onDouble =
  (apply: (value: number) => number): Static =>
  (args) =>
    new GroovyDouble(apply(double(args)))

const onTwo =
  (apply: (a: number, b: number) => number): Static =>
  (args) =>
    new GroovyDouble(apply(double(args), double(args, 1)))

/** Whole numbers that must not overflow, of Java's int unless one of them is a long. */
function exact(apply: (a: bigint, b: bigint) => bigint): Static {
  return (args) => {
    const whole = (at: number) => {
      const value = arg(args, at)
      return isNumber(value) ? toBigInt(value) : 0n
    }
    const result = apply(whole(0), whole(1))
    const isLong = args.some((each) => typeof each === 'bigint')
    if (BigInt.asIntN(isLong ? 64 : 32, result) !== result) {
      const text = `${isLong ? 'long' : 'integer'} overflow`
      throw hostError('java.lang.ArithmeticException', text)
    }
    return isLong ? result : Number(result)
  }
}

function floored(a: bigint, b: bigint): bigint {
  if (b === 0n) throw hostError('java.lang.ArithmeticException', '/ by zero')
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

/** To the nearest, of two as near the even one. */
function nearestEven(value: number): number {
  const low = Math.floor(value)
  const past = value - low
  if (past !== 0.5) return Math.round(value)
  return low % 2 === 0 ? low : low + 1
}

const MOST_INT = 2n ** 31n - 1n

const math: Record<string, Static> = {
  max: larger(1),
  min: larger(-1),
  abs: (args, machine, frame) => {
    const value = arg(args, 0)
    if (value instanceof GroovyDecimal) return new GroovyDouble(Math.abs(toDouble(value)))
    return machine.method(value, 'abs', [], frame)
  },
  round: (args) => {
    const rounded = Math.floor(double(args) + 0.5)
    if (!Number.isFinite(rounded)) return 0n
    return args[0] instanceof GroovyFloat ? rounded | 0 : BigInt(rounded)
  },
  random: function* (_args, machine) {
    return new GroovyDouble(yield* machine.random())
  },
  toDegrees: onDouble((value) => (value * 180) / Math.PI),
  toRadians: onDouble((value) => (value / 180) * Math.PI),
  rint: onDouble(nearestEven),
  signum: onDouble(Math.sign),
  pow: onTwo((a, b) => a ** b),
  IEEEremainder: onTwo((a, b) => a - b * nearestEven(a / b)),
  atan2: onTwo(Math.atan2),
  hypot: onTwo(Math.hypot),
  addExact: exact((a, b) => a + b),
  subtractExact: exact((a, b) => a - b),
  multiplyExact: exact((a, b) => a * b),
  incrementExact: exact((a) => a + 1n),
  negateExact: exact((a) => -a),
  floorDiv: exact(floored),
  floorMod: exact((a, b) => a - floored(a, b) * b),
  toIntExact: (args) => {
    const value = toBigInt(args[0] as GroovyNumber)
    if (value <= MOST_INT && value >= -MOST_INT - 1n) return Number(value)
    throw hostError('java.lang.ArithmeticException', 'integer overflow')
  },
}
const PLAIN =
  'floor ceil sqrt log log10 log1p exp expm1 cbrt sin cos tan asin acos atan sinh cosh tanh'
for (const name of PLAIN.split(' ')) {
  math[name] = onDouble(Math[name as 'floor'])
}

const notNumber = (shown: string) => hostError('java.lang.NumberFormatException', shown)

/** Integer.parseInt and its like, with the limits of so many bits. */
export function parseWhole(given: Value, radix: number, bits: 8 | 16 | 32 | 64): Value {
  if (given === null) throw notNumber('Cannot parse null string')
  if (radix > 36) throw notNumber(`radix ${radix} greater than Character.MAX_RADIX`)
  if (radix < 2) throw notNumber(`radix ${radix} less than Character.MIN_RADIX`)
  const digits = toGroovyString(given)
  const under = radix === 10 ? '' : ` under radix ${radix}`
  const bad = notNumber(`For input string: "${digits}"${under}`)
  const match = /^([+-]?)([0-9a-z]+)$/i.exec(digits)
  if (!match) throw bad
  let value = 0n
  for (const digit of match[2]!) {
    const code = Number.parseInt(digit, 36)
    if (code >= radix) throw bad
    value = value * BigInt(radix) + BigInt(code)
  }
  if (match[1] === '-') value = -value
  if (BigInt.asIntN(bits, value) !== value) {
    if (bits >= 32 || BigInt.asIntN(32, value) !== value) throw bad
    throw notNumber(`Value out of range. Value:"${digits}" Radix:${radix}`)
  }
  return bits === 64 ? value : Number(value)
}

/** `0x1F`, `#1F`, `017`, `12`. */
function decoded(args: Value[], bits: 32 | 64): Value {
  const match = /^([+-]?)(0x|#|0(?=.))?(.*)$/is.exec(text(args))!
  const radix = match[2] === undefined ? 10 : match[2] === '0' ? 8 : 16
  return parseWhole(match[1]! + match[3]!, radix, bits)
}

const unsigned = (args: Value[], bits: number, radix: number) =>
  BigInt.asUintN(bits, toBigInt(args[0] as GroovyNumber)).toString(radix)

function wholeStatics(bits: 8 | 16 | 32 | 64, name: string): Record<string, Static> {
  const parse: Static = (args) => {
    const radix = arg(args, 1)
    return parseWhole(arg(args, 0), isNumber(radix) ? toDouble(radix) : 10, bits)
  }
  const made = (value: number): Value => (bits === 64 ? BigInt(value) : value)
  const big = (args: Value[]) => BigInt.asUintN(bits, toBigInt(args[0] as GroovyNumber))
  return {
    [`parse${name}`]: parse,
    valueOf: (args: Value[], machine: Machine, frame: Frame) => {
      const value = arg(args, 0)
      if (!isNumber(value)) return parse(args, machine, frame)
      return bits === 64 ? toBigInt(value) : value
    },
    decode: (args) => decoded(args, bits === 64 ? 64 : 32),
    toString: (args: Value[]) =>
      isNumber(args[1])
        ? toBigInt(args[0] as GroovyNumber).toString(toDouble(args[1]))
        : text(args),
    toHexString: (args) => unsigned(args, bits, 16),
    toBinaryString: (args) => unsigned(args, bits, 2),
    toOctalString: (args) => unsigned(args, bits, 8),
    compare: (args) => Math.sign(double(args) - double(args, 1)),
    signum: (args) => Math.sign(double(args)),
    hashCode: (args, machine, frame) => machine.method(arg(args, 0), 'hashCode', [], frame),
    max: larger(1),
    min: larger(-1),
    sum: (args, machine, frame) => machine.method(arg(args, 0), 'plus', args.slice(1), frame),
    bitCount: (args) => [...big(args).toString(2)].filter((digit) => digit === '1').length,
    numberOfLeadingZeros: (args) => (big(args) === 0n ? bits : bits - big(args).toString(2).length),
    numberOfTrailingZeros: (args) => (/0*$/.exec(`1${big(args).toString(2)}`)?.[0] ?? '').length,
    highestOneBit: (args) => made(big(args) === 0n ? 0 : 2 ** (big(args).toString(2).length - 1)),
    reverse: (args) => {
      const digits = [...big(args).toString(2).padStart(bits, '0')].reverse().join('')
      const value = BigInt.asIntN(bits, BigInt(`0b${digits}`))
      return bits === 64 ? value : Number(value)
    },
  }
}

function fractionStatics(name: 'Double' | 'Float'): Record<string, Static> {
  const made = (value: number): Value =>
    name === 'Float' ? new GroovyFloat(value) : new GroovyDouble(value)
  const parse: Static = (args) => {
    if (args[0] === null) throw hostError('java.lang.NullPointerException', null)
    return made(parseDouble(text(args)))
  }
  return {
    [`parse${name}`]: parse,
    valueOf: (args: Value[], machine: Machine, frame: Frame) =>
      isNumber(args[0]) ? made(toDouble(args[0])) : parse(args, machine, frame),
    toString: (args: Value[]) => toGroovyString(made(double(args))),
    isNaN: (args) => Number.isNaN(double(args)),
    isInfinite: (args) => Math.abs(double(args)) === Infinity,
    isFinite: (args) => Number.isFinite(double(args)),
    compare: (args) => Math.sign(double(args) - double(args, 1)),
    max: onTwo(Math.max),
    min: onTwo(Math.min),
    sum: onTwo((a, b) => a + b),
  }
}

const letter = (args: Value[]) => {
  const value = arg(args, 0)
  return isNumber(value) ? String.fromCodePoint(toDouble(value)) : toGroovyString(value)
}

const isLetterOf =
  (pattern: RegExp): Static =>
  (args) =>
    pattern.test(letter(args))

/** What Java asks of a letter; the same are methods of a text of one letter. */
export const LETTERS: Record<string, RegExp> = {
  isDigit: /^\p{Nd}$/u,
  isLetter: /^\p{L}$/u,
  isAlphabetic: /^\p{Alphabetic}$/u,
  isLetterOrDigit: /^[\p{L}\p{Nd}]$/u,
  isUpperCase: /^\p{Lu}$/u,
  isLowerCase: /^\p{Ll}$/u,
  isWhitespace: /^[\s\x1C-\x1F]$/,
  isSpaceChar: /^\p{Z}$/u,
}

const character: Record<string, Static> = {
  toUpperCase: (args) => letter(args).toUpperCase(),
  toLowerCase: (args) => letter(args).toLowerCase(),
  getNumericValue: (args) => {
    const value = Number.parseInt(letter(args), 36)
    return Number.isNaN(value) ? -1 : value
  },
  digit: (args) => {
    const value = Number.parseInt(letter(args), 36)
    return value < double(args, 1) ? value : -1
  },
  forDigit: (args) => double(args).toString(double(args, 1)),
  toChars: (args) => [...letter(args)],
  valueOf: (args: Value[]) => letter(args),
  toString: (args: Value[]) => letter(args),
  compare: (args) => letter(args).charCodeAt(0) - letter(args.slice(1)).charCodeAt(0),
}
for (const [name, pattern] of Object.entries(LETTERS)) character[name] = isLetterOf(pattern)

const isTrue = (value: Value) =>
  typeof value === 'boolean' ? value : value !== null && /^true$/i.test(toGroovyString(value))

const boolean: Record<string, Static> = {
  parseBoolean: (args) => isTrue(arg(args, 0)),
  valueOf: (args: Value[]) => isTrue(arg(args, 0)),
  toString: (args: Value[]) => text(args),
  logicalAnd: (args) => isTrue(arg(args, 0)) && isTrue(arg(args, 1)),
  logicalOr: (args) => isTrue(arg(args, 0)) || isTrue(arg(args, 1)),
  logicalXor: (args) => isTrue(arg(args, 0)) !== isTrue(arg(args, 1)),
  compare: (args) => Number(isTrue(arg(args, 0))) - Number(isTrue(arg(args, 1))),
}

/** `new BigInteger('ff', 16)`, of a text or of a sign and bytes. */
export function bigInteger(args: Value[]): Value {
  const [first = null, second = null] = args
  if (isNumber(first) && !Array.isArray(second)) return new GroovyBigInteger(toBigInt(first))
  const bytes = Array.isArray(first) ? first : Array.isArray(second) ? second : null
  if (bytes) {
    const hex = bytes.map((byte) => (Number(byte) & 255).toString(16).padStart(2, '0')).join('')
    const value = BigInt(`0x0${hex}`)
    if (bytes === first) return new GroovyBigInteger(BigInt.asIntN(bytes.length * 8, value))
    return new GroovyBigInteger(value * BigInt(double(args)))
  }
  const digits = toGroovyString(first)
  const radix = isNumber(second) ? toDouble(second) : 10
  if (digits === '') throw notNumber('Zero length BigInteger')
  const sign = digits.startsWith('-') ? -1n : 1n
  let value = 0n
  for (const digit of digits.replace(/^[+-]/, '')) {
    const code = Number.parseInt(digit, 36)
    if (!(code < radix)) throw notNumber(`For input string: "${digits}"`)
    value = value * BigInt(radix) + BigInt(code)
  }
  return new GroovyBigInteger(sign * value)
}

/** A double as the binary fraction that it is, to its last digit. */
function wholeFraction(value: number): GroovyDecimal {
  if (!Number.isFinite(value)) throw notNumber('Infinite or NaN')
  let [mantissa, places] = [value, 0]
  while (!Number.isInteger(mantissa)) [mantissa, places] = [mantissa * 2, places + 1]
  return new GroovyDecimal(BigInt(mantissa) * 5n ** BigInt(places), places)
}

/** `new BigDecimal(x)`: a fraction given as a number is taken for the double that it is. */
export function bigDecimal(args: Value[]): Value {
  const first = arg(args, 0)
  if (isFraction(first)) return wholeFraction(toDouble(first as GroovyNumber))
  if (isNumber(first)) {
    const scale = first instanceof GroovyBigInteger && isNumber(args[1]) ? toDouble(args[1]) : 0
    return new GroovyDecimal(toBigInt(first), scale)
  }
  const digits = toGroovyString(first)
  if (digits === '')
    throw hostError('java.lang.NumberFormatException', 'Index 0 out of bounds for length 0')
  return parseDecimal(digits)
}

/** `new MathContext(5, RoundingMode.DOWN)`. */
export function mathContext(args: Value[]): Value {
  const made = new GroovyObject(builtinClass('java.math.MathContext')!)
  made.fields.set('precision', double(args))
  const mode = args.length > 1 ? roundingOf(arg(args, 1)) : ROUNDINGS.indexOf('HALF_UP')
  made.fields.set('roundingMode', enumConstant('java.math.RoundingMode', ROUNDINGS[mode]!)!)
  return made
}

const CONTEXTS: Record<string, Value[]> = {
  UNLIMITED: [0, ROUNDINGS.indexOf('HALF_UP')],
  DECIMAL32: [7, ROUNDINGS.indexOf('HALF_EVEN')],
  DECIMAL64: [16, ROUNDINGS.indexOf('HALF_EVEN')],
  DECIMAL128: [34, ROUNDINGS.indexOf('HALF_EVEN')],
}

export const numberStatics: Record<string, Record<string, Static>> = {
  'java.lang.Math': math,
  'java.lang.Integer': wholeStatics(32, 'Int'),
  'java.lang.Long': wholeStatics(64, 'Long'),
  'java.lang.Short': wholeStatics(16, 'Short'),
  'java.lang.Byte': wholeStatics(8, 'Byte'),
  'java.lang.Double': fractionStatics('Double'),
  'java.lang.Float': fractionStatics('Float'),
  'java.lang.Boolean': boolean,
  'java.lang.Character': character,
  'java.math.BigDecimal': {
    valueOf: (args: Value[]) => {
      const value = arg(args, 0)
      if (!isNumber(value)) return parseDecimal(text(args))
      return isNumber(args[1])
        ? new GroovyDecimal(toBigInt(value), toDouble(args[1]))
        : toDecimal(value)
    },
  },
  'java.math.BigInteger': {
    valueOf: (args: Value[]) => new GroovyBigInteger(toBigInt(args[0] as GroovyNumber)),
  },
}

const decimal = (value: bigint) => new GroovyDecimal(value, 0)
const big = (value: bigint) => new GroovyBigInteger(value)

export const NUMBER_CONSTANTS: Record<string, Value> = {
  'java.lang.Integer.MAX_VALUE': 2_147_483_647,
  'java.lang.Integer.MIN_VALUE': -2_147_483_648,
  'java.lang.Integer.SIZE': 32,
  'java.lang.Long.MAX_VALUE': 9_223_372_036_854_775_807n,
  'java.lang.Long.MIN_VALUE': -9_223_372_036_854_775_808n,
  'java.lang.Short.MAX_VALUE': 32_767,
  'java.lang.Short.MIN_VALUE': -32_768,
  'java.lang.Byte.MAX_VALUE': 127,
  'java.lang.Byte.MIN_VALUE': -128,
  'java.lang.Math.PI': new GroovyDouble(Math.PI),
  'java.lang.Math.E': new GroovyDouble(Math.E),
  'java.lang.Boolean.TRUE': true,
  'java.lang.Boolean.FALSE': false,
  'java.lang.Double.MAX_VALUE': new GroovyDouble(Number.MAX_VALUE),
  'java.lang.Double.MIN_VALUE': new GroovyDouble(Number.MIN_VALUE),
  'java.lang.Double.NaN': new GroovyDouble(Number.NaN),
  'java.lang.Double.POSITIVE_INFINITY': new GroovyDouble(Infinity),
  'java.lang.Double.NEGATIVE_INFINITY': new GroovyDouble(-Infinity),
  'java.lang.Float.MAX_VALUE': new GroovyFloat(3.402_823_466_385_288_6e38),
  'java.lang.Float.MIN_VALUE': new GroovyFloat(1.401_298_464_324_817e-45),
  'java.lang.Float.NaN': new GroovyFloat(Number.NaN),
  'java.math.BigDecimal.ZERO': decimal(0n),
  'java.math.BigDecimal.ONE': decimal(1n),
  'java.math.BigDecimal.TEN': decimal(10n),
  'java.math.BigInteger.ZERO': big(0n),
  'java.math.BigInteger.ONE': big(1n),
  'java.math.BigInteger.TWO': big(2n),
  'java.math.BigInteger.TEN': big(10n),
  ...Object.fromEntries(ROUNDINGS.map((each, at) => [`java.math.BigDecimal.ROUND_${each}`, at])),
}

export function numberConstant(className: string, name: string): Value | undefined {
  if (className === 'java.math.MathContext') {
    return Object.hasOwn(CONTEXTS, name) ? mathContext(CONTEXTS[name]!) : undefined
  }
  const key = `${className}.${name}`
  return Object.hasOwn(NUMBER_CONSTANTS, key) ? NUMBER_CONSTANTS[key] : undefined
}
