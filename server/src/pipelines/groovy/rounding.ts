import { hostError } from './errors.ts'
import { isNumber, toInt } from './numbers.ts'
import { GroovyDecimal, GroovyObject } from './value.ts'
import type { Value } from './value.ts'

// BigDecimal's rounding, by the numbers of its constants (`ROUND_UP` is 0).

export const ROUNDINGS = [
  'UP',
  'DOWN',
  'CEILING',
  'FLOOR',
  'HALF_UP',
  'HALF_DOWN',
  'HALF_EVEN',
  'UNNECESSARY',
] as const

const HALF_UP = 4

/** A constant of RoundingMode, or its number. */
export function roundingOf(mode: Value): number {
  const at = mode instanceof GroovyObject ? (mode.fields.get('$ordinal') ?? null) : mode
  return isNumber(at) ? toInt(at) : HALF_UP
}

/** The quotient of two whole numbers, rounded. */
export function rounded(dividend: bigint, divisor: bigint, mode: number): bigint {
  const quotient = dividend / divisor
  const rest = dividend % divisor
  if (rest === 0n) return quotient
  const sign = dividend < 0n === divisor < 0n ? 1n : -1n
  const size = (value: bigint) => (value < 0n ? -value : value)
  const past = size(rest) * 2n - size(divisor)
  switch (ROUNDINGS[mode]) {
    case 'UP':
      return quotient + sign
    case 'DOWN':
      return quotient
    case 'CEILING':
      return sign > 0n ? quotient + 1n : quotient
    case 'FLOOR':
      return sign > 0n ? quotient : quotient - 1n
    case 'HALF_UP':
      return past >= 0n ? quotient + sign : quotient
    case 'HALF_DOWN':
      return past > 0n ? quotient + sign : quotient
    case 'HALF_EVEN':
      return past > 0n || (past === 0n && quotient % 2n !== 0n) ? quotient + sign : quotient
    case 'UNNECESSARY':
      throw hostError('java.lang.ArithmeticException', 'Rounding necessary')
    default:
      throw hostError('java.lang.IllegalArgumentException', 'Invalid rounding mode')
  }
}

export function rescale(value: GroovyDecimal, scale: number, mode = HALF_UP): GroovyDecimal {
  const factor = 10n ** BigInt(Math.abs(scale - value.scale))
  if (value.scale <= scale) return new GroovyDecimal(value.unscaled * factor, scale)
  return new GroovyDecimal(rounded(value.unscaled, factor, mode), scale)
}
