import type { Item, Value } from '../item-types.ts'
import { parseNumber } from '../number.ts'
import { base64 } from '../value.ts'

/** Ion's own words, which are no symbols unless quoted; nor is `$10`, which names a table's entry. */
const reserved = /^(?:null|true|false|nan|\$\d+)$/
const identifier = /^[A-Za-z_$][\w$]*$/

const quoted = (name: string) =>
  `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

const symbol = (name: string): string =>
  identifier.test(name) && !reserved.test(name) ? name : quoted(name)

/**
 * A number as an Ion decimal the way Ion's writer for Java prints it: the digits that count with
 * a point among them, or with an exponent where zeros would have to be added.
 */
export function decimalText(text: string): string {
  const { negative, digits: all, exponent } = parseNumber(text)
  const digits = all === '' ? '0' : all
  const sign = negative ? '-' : ''
  const power = all === '' ? 0 : exponent - digits.length
  if (power === 0) return `${sign}${digits}.`
  if (power > 0) return `${sign}${digits}d${power}`
  if (exponent > 0) return `${sign}${digits.slice(0, exponent)}.${digits.slice(exponent)}`
  return exponent > -6 ? `${sign}0.${'0'.repeat(-exponent)}${digits}` : `${sign}${digits}d${power}`
}

const blob = (bytes: Uint8Array) => `{{${base64(bytes)}}}`

export const ionItem = (item: Item): string =>
  `{${Object.entries(item)
    .map(([name, value]) => `${symbol(name)}:${ionValue(value)}`)
    .join(',')}}`

/** Sets are lists that say by their annotation what they are (developer guide, "Output format"). */
function ionValue(value: Value): string {
  if (value.S !== undefined) return JSON.stringify(value.S)
  if (value.N !== undefined) return decimalText(value.N)
  if (value.B !== undefined) return blob(value.B)
  if (value.BOOL !== undefined) return String(value.BOOL)
  if (value.SS) return `$dynamodb_SS::[${value.SS.map((one) => JSON.stringify(one)).join(',')}]`
  if (value.NS) return `$dynamodb_NS::[${value.NS.map(decimalText).join(',')}]`
  if (value.BS) return `$dynamodb_BS::[${value.BS.map(blob).join(',')}]`
  if (value.L) return `[${value.L.map(ionValue).join(',')}]`
  return value.M ? ionItem(value.M) : 'null'
}
