import { invalid } from './refusals.ts'

/**
 * A DynamoDB number: 0.d₁d₂d₃… × 10^exponent. `digits` has no zero at either end and is empty for
 * zero, so that equal numbers are equal in all three members.
 */
export interface Decimal {
  negative: boolean
  digits: string
  exponent: number
}

const MOST_DIGITS = 38
const GREATEST_EXPONENT = 126
const LEAST_EXPONENT = -129
const form = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/**
 * Which of DynamoDB's two readers of values an operation has; they differ in what they say of a
 * wrong one (seen in four regions, October 2026). `current`: PutItem, UpdateItem, DeleteItem,
 * GetItem, BatchGetItem and Query. `older`: the other operations and PartiQL.
 */
export type ValueLayer = 'current' | 'older'

const MOST_LONG = 2n ** 63n - 1n
const MOST_INT = 2 ** 31 - 1

const unreadable = (shown: string) =>
  invalid(`The parameter cannot be converted to a numeric value${shown}`)

/** Reads what a client sent; refuses with DynamoDB's words for what it can't hold. */
export function parseNumber(text: string, layer: ValueLayer = 'current'): Decimal {
  const match = form.exec(text)
  const [, sign, whole = '', fraction = '', power = '0'] = match ?? []
  if (!match || (whole === '' && fraction === '')) {
    throw unreadable(text === '' && layer === 'older' ? '' : `: ${text}`)
  }
  const all = whole + fraction
  const leading = /^0*/.exec(all)![0].length
  const scale = fraction.length - Number(power)
  // A zero counts as one digit, in range or not by the exponent it is written with.
  const precision = Math.max(all.length - leading, 1)
  if (layer === 'older') return decimalOf(sign === '-', all, wrapped(text, scale, precision))
  if (power.length > 15 && absolute(BigInt(power)) > MOST_LONG) throw unreadable(`: ${text}`)
  return decimalOf(sign === '-', all, precision - scale)
}

const absolute = (value: bigint) => (value < 0n ? -value : value)

/** The older reader counts in 32 bits, as Java's BigDecimal does, and falls over its edge. */
function wrapped(text: string, scale: number, precision: number): number {
  const power = Number(/[eE](.+)/.exec(text)?.[1] ?? 0)
  if (Math.abs(power) > MOST_INT || Math.abs(scale) > MOST_INT) throw unreadable(`: ${text}`)
  return (precision - scale) | 0
}

/** `exponent` as a Decimal has it, of digits that may have zeros at both ends. */
function decimalOf(negative: boolean, all: string, exponent: number): Decimal {
  const digits = significant(all)
  if (exponent > GREATEST_EXPONENT) throw overflow()
  if (exponent < LEAST_EXPONENT) {
    throw invalid(`Number underflow. ${TRIED} smaller than supported range`)
  }
  if (digits === '') return { negative: false, digits, exponent: 0 }
  if (digits.length > MOST_DIGITS) {
    throw invalid('Attempting to store more than 38 significant digits in a Number')
  }
  return { negative, digits, exponent }
}

const significant = (all: string) => all.replace(/^0+|0+$/g, '')
const TRIED = 'Attempting to store a number with magnitude'
const overflow = () => invalid(`Number overflow. ${TRIED} larger than supported range`)

/** As DynamoDB gives it back: no exponent, no superfluous zero. */
export function numberText({ negative, digits, exponent }: Decimal): string {
  if (digits === '') return '0'
  const sign = negative ? '-' : ''
  if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`
  if (digits.length <= exponent) return sign + digits.padEnd(exponent, '0')
  return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`
}

const short = /^(?:0|-?[1-9]\d{0,14})$/

/** The canonical text of a number's text; most are small integers, which are that already. */
export const canonicalNumber = (text: string, layer?: ValueLayer): string =>
  short.test(text) ? text : numberText(parseNumber(text, layer))

export function addNumbers(a: string, b: string, subtract: boolean): string {
  if (short.test(a) && short.test(b)) return String(subtract ? +a - +b : +a + +b)
  const [left, right] = [parseNumber(a), parseNumber(b)]
  const scale = Math.min(lowestPlace(left), lowestPlace(right))
  const sum = subtract
    ? scaled(left, scale) - scaled(right, scale)
    : scaled(left, scale) + scaled(right, scale)
  const all = absolute(sum).toString()
  // A sum of too many digits is told so, too, as the service does.
  if (significant(all).length > MOST_DIGITS) throw overflow()
  return sum === 0n ? '0' : numberText(decimalOf(sum < 0n, all, all.length + scale))
}

const lowestPlace = ({ digits, exponent }: Decimal) => exponent - digits.length

function scaled(number: Decimal, scale: number): bigint {
  const { digits, negative } = number
  if (digits === '') return 0n
  const value = BigInt(digits) * 10n ** BigInt(lowestPlace(number) - scale)
  return negative ? -value : value
}

export function compareNumbers(a: string, b: string): number {
  if (a === b) return 0
  if (short.test(a) && short.test(b)) return +a - +b
  return Buffer.compare(numberBytes(a), numberBytes(b))
}

/**
 * Bytes that sort as the numbers do: an exponent to base 100, then pairs of digits; of a negative
 * number the complement, ended by 102 so that a longer mantissa sorts lower. The length is also
 * what a number counts in an item's size (developer guide, "item sizes and formats": about two
 * digits a byte, one for the exponent, one for the sign).
 */
export function numberBytes(text: string): Buffer {
  const { negative, digits, exponent } = parseNumber(text)
  if (digits === '') return Buffer.from([128])
  const odd = exponent % 2 !== 0
  let pairs = odd ? `0${digits}` : digits
  if (pairs.length % 2 === 1) pairs += '0'
  const length = pairs.length / 2
  const bytes = Buffer.alloc(length + 1 + (negative ? 1 : 0))
  const power = 192 + Math.ceil(exponent / 2)
  bytes[0] = negative ? 255 - power : power
  for (let i = 0; i < length; i++) {
    const pair = +pairs.slice(2 * i, 2 * i + 2)
    bytes[i + 1] = negative ? 101 - pair : pair + 1
  }
  if (negative) bytes[length + 1] = 102
  return bytes
}

export const numberSize = (text: string): number => {
  if (!short.test(text)) return numberBytes(text).length
  if (text === '0') return 1
  const negative = text.charCodeAt(0) === 45 ? 1 : 0
  const digits = text.length - negative
  const padded = digits + (digits % 2)
  let trailing = 0
  while (text.charCodeAt(text.length - 1 - trailing) === 48) trailing++
  return 1 + negative + Math.ceil((padded - trailing) / 2)
}
