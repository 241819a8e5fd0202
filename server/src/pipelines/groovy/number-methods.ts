import type { Native } from './machine.ts'
import { arg } from './machine.ts'
import {
  arithmetic,
  bitwise,
  compareNumbers,
  plainDecimal,
  intDivide,
  isNumber,
  negate,
  toBigInt,
  toDecimal,
  toDouble,
  toInt,
  toLong,
} from './numbers.ts'
import type { GroovyNumber } from './numbers.ts'
import { classOf } from './classes.ts'
import { type GroovyError, hostError, missingMethod } from './errors.ts'
import { toGroovyString } from './print.ts'
import { rescale, roundingOf, ROUNDINGS } from './rounding.ts'
import { GroovyBigInteger, GroovyDecimal, GroovyDouble, GroovyFloat } from './value.ts'
import type { Value } from './value.ts'

type Rest = Parameters<Native> extends [unknown, unknown, ...infer R] ? R : never
type NumberNative = (self: GroovyNumber, args: Value[], ...rest: Rest) => ReturnType<Native>

function other(args: Value[]): GroovyNumber {
  const value = arg(args, 0)
  return isNumber(value) ? value : 0
}

/** Of an operator: a number, or there is no such method. */
function operand(self: GroovyNumber, name: string, args: Value[]): GroovyNumber {
  const value = arg(args, 0)
  if (isNumber(value)) return value
  if (value === null && args.length === 1) throw refuseNull(self, name)
  throw missingMethod(name, classOf(self).name, args, args.map(toGroovyString))
}

/** What takes nothing but a number reads it at once; others cannot tell which of them is meant. */
function refuseNull(self: GroovyNumber, name: string): GroovyError {
  const taken = OVERLOADED[name]
  if (!taken) {
    const text = 'Cannot invoke "java.lang.Number.intValue()" because "right" is null'
    return hostError('java.lang.NullPointerException', text)
  }
  const isDecimal = self instanceof GroovyDecimal
  const classes = isDecimal && name !== 'div' ? [...taken, 'java.math.MathContext'] : taken
  return hostError(
    'groovy.lang.GroovyRuntimeException',
    `Ambiguous method overloading for method ${classOf(self).name}#${name}.\n` +
      'Cannot resolve which method to invoke for [null] due to overlapping prototypes between:' +
      classes.map((each) => `\n\t[class ${each}]`).join(''),
  )
}

function stripped({ unscaled, scale }: GroovyDecimal): GroovyDecimal {
  if (unscaled === 0n) return new GroovyDecimal(0n, 0)
  let [digits, places] = [unscaled, scale]
  for (; digits % 10n === 0n; places--) digits /= 10n
  return new GroovyDecimal(digits, places)
}

const OPERANDS = ['java.lang.Character', 'java.lang.Number']
const OVERLOADED: Record<string, string[] | undefined> = {
  plus: ['java.lang.Character', 'java.lang.String', 'java.lang.Number'],
  minus: OPERANDS,
  multiply: OPERANDS,
  div: OPERANDS,
}

const binary =
  (name: string, op: string): NumberNative =>
  (self, args) =>
    arithmetic(op, self, operand(self, name, args))

const times: NumberNative = function* (self, args, machine, frame) {
  for (let at = 0; at < toInt(self); at += 1) yield* machine.call(arg(args, 0), [at], frame)
  return null
}

function walking(step: 1 | -1): NumberNative {
  return function* (self, args, machine, frame) {
    const last = operand(self, step > 0 ? 'upto' : 'downto', [arg(args, 0)])
    const end = toDouble(last)
    if ((end - toDouble(self)) * step < 0) throw refuseEnd(self, last, step)
    for (let at = self; (end - toDouble(at)) * step >= 0; at = arithmetic('+', at, step)) {
      yield* machine.call(arg(args, 1), [at], frame)
    }
    return null
  }
}

function refuseEnd(self: GroovyNumber, end: GroovyNumber, step: 1 | -1): GroovyError {
  const [name, relation] = step > 0 ? ['upto', 'less'] : ['downto', 'greater']
  const text =
    `The argument (${toGroovyString(end)}) to ${name}() cannot be ${relation} than ` +
    `the value (${toGroovyString(self)}) it's called on.`
  return hostError('groovy.lang.GroovyRuntimeException', text)
}

const step: NumberNative = function* (self, args, machine, frame) {
  const by = isNumber(args[1]) ? args[1] : 1
  const sign = toDouble(by) < 0 ? -1 : 1
  const end = toDouble(other(args))
  if (toDouble(by) === 0) {
    const text = `Infinite loop in ${toGroovyString(self)}.step(${toGroovyString(arg(args, 0))}, 0)`
    throw hostError('groovy.lang.GroovyRuntimeException', text)
  }
  for (let at = self; (end - toDouble(at)) * sign > 0; at = arithmetic('+', at, by)) {
    yield* machine.call(arg(args, 2), [at], frame)
  }
  return null
}

/** Without a mode nothing may be lost. */
const EXACTLY = ROUNDINGS.indexOf('UNNECESSARY')

/** `round(n)` of a double answers a double; without n a whole number. Decimals have no such thing. */
function round(self: GroovyNumber, args: Value[]): Value {
  const digits = args.length > 0 ? toInt(other(args)) : 0
  if (self instanceof GroovyDecimal) {
    if (args.length > 0)
      throw missingMethod('round', classOf(self).name, args, args.map(toGroovyString))
    const text = 'Cannot read field "precision" because "mc" is null'
    throw hostError('java.lang.NullPointerException', text)
  }
  if (!(self instanceof GroovyDouble)) {
    throw missingMethod('round', classOf(self).name, args, args.map(toGroovyString))
  }
  const factor = 10 ** digits
  const value = Math.floor(self.value * factor + 0.5) / factor
  if (args.length > 0) return alike(self, value)
  return self instanceof GroovyFloat ? value : BigInt(value)
}

const alike = (self: GroovyDouble, value: number) =>
  self instanceof GroovyFloat ? new GroovyFloat(value) : new GroovyDouble(value)

/** `trunc(n)`, as `round` is only of doubles. */
function trunc(self: GroovyNumber, args: Value[]): Value {
  if (!(self instanceof GroovyDouble)) {
    throw missingMethod('trunc', classOf(self).name, args, args.map(toGroovyString))
  }
  const factor = 10 ** (args.length > 0 ? toInt(other(args)) : 0)
  return alike(self, Math.trunc(self.value * factor) / factor)
}

const methods: Record<string, NumberNative> = {
  times,
  upto: walking(1),
  downto: walking(-1),
  step,
  plus: (self, args) => {
    const added = arg(args, 0)
    if (typeof added === 'string') return toGroovyString(self) + added
    return arithmetic('+', self, operand(self, 'plus', args))
  },
  minus: binary('minus', '-'),
  multiply: binary('multiply', '*'),
  div: binary('div', '/'),
  mod: binary('mod', '%'),
  remainder: binary('remainder', '%'),
  power: binary('power', '**'),
  pow: binary('pow', '**'),
  add: binary('add', '+'),
  subtract: binary('subtract', '-'),
  and: (self, args) => bitwise('&', self, operand(self, 'and', args)),
  or: (self, args) => bitwise('|', self, operand(self, 'or', args)),
  xor: (self, args) => bitwise('^', self, operand(self, 'xor', args)),
  leftShift: (self, args) => bitwise('<<', self, operand(self, 'leftShift', args)),
  rightShift: (self, args) => bitwise('>>', self, operand(self, 'rightShift', args)),
  negate: (self) => negate(self),
  positive: (self) => self,
  signum: (self) => Math.sign(toDouble(self)),
  shortValue: (self) => (toInt(self) << 16) >> 16,
  byteValue: (self) => (toInt(self) << 24) >> 24,
  stripTrailingZeros: (self) => stripped(toDecimal(self)),
  scale: (self) => toDecimal(self).scale,
  isInfinite: (self) => !Number.isFinite(toDouble(self)) && !Number.isNaN(toDouble(self)),
  intdiv: (self, args) => intDivide(self, operand(self, 'intdiv', args)),
  next: (self) => arithmetic('+', self, 1),
  previous: (self) => arithmetic('-', self, 1),
  abs: (self) => (toDouble(self) < 0 ? negate(self) : self),
  intValue: (self) => toInt(self),
  toInteger: (self) => toInt(self),
  longValue: (self) => toLong(self),
  toLong: (self) => toLong(self),
  doubleValue: (self) => new GroovyDouble(toDouble(self)),
  floatValue: (self) => new GroovyFloat(toDouble(self)),
  toDouble: (self) => new GroovyDouble(toDouble(self)),
  toFloat: (self) => new GroovyFloat(toDouble(self)),
  toBigDecimal: (self) => toDecimal(self),
  toBigInteger: (self) => new GroovyBigInteger(toBigInt(self)),
  round,
  trunc,
  setScale: (self, args) => {
    const mode = args.length > 1 ? roundingOf(arg(args, 1)) : EXACTLY
    return rescale(toDecimal(self), toInt(other(args)), mode)
  },
  toPlainString: (self) => plainDecimal(toDecimal(self)),
  compareTo: (self, args) => compareNumbers(self, other(args)),
  isNaN: (self) => Number.isNaN(toDouble(self)),
}

export const numberMethods: ReadonlyMap<string, Native> = new Map<string, Native>(
  Object.entries(methods) as [string, Native][],
)
