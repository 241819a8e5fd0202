import type { Item, TypeName, Value } from './item-types.ts'
import { canonicalNumber, numberSize } from './number.ts'
import { badValue, invalid } from './refusals.ts'

export const ITEM_LIMIT_BYTES = 409_600
const DEEPEST = 32
const MOST_NAME_BYTES = 65_536

export const typeOf = (value: Value): TypeName => {
  for (const name in value) if (value[name as TypeName] !== undefined) return name as TypeName
  return 'NULL'
}

/** The scalar or collection inside, whatever its type. */
export const contentOf = (value: Value): unknown => value[typeOf(value) as 'S']

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** A value as DynamoDB keeps it (numbers in canonical form), or its refusal. */
export function checkedValue(value: Value, depth = 0): Value {
  const types = Object.keys(value).filter((name) => value[name as TypeName] !== undefined)
  // Numbers are read before types are counted: { S: '', N: '' } complains of the number.
  if (value.N !== undefined) value.N = canonicalNumber(value.N)
  if (value.NS !== undefined) value.NS = checkedNumbers(value.NS)
  if (types.length === 0) {
    throw invalid(
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    )
  }
  checkContent(value, types[0] as TypeName)
  if (types.length > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the ' +
        'supported datatypes',
    )
  }
  if (value.M !== undefined || value.L !== undefined) checkNested(value, depth)
  return value
}

function checkedNumbers(given: string[]): string[] {
  if (given.length === 0) throw badValue('An number set  may not be empty')
  const numbers = given.map(canonicalNumber)
  if (new Set(numbers).size < numbers.length) throw invalid('Input collection contains duplicates')
  return numbers
}

function checkContent(value: Value, type: TypeName): void {
  if (type === 'NULL' && value.NULL !== true) {
    throw badValue('Null attribute value types must have the value of true')
  }
  if (type === 'SS') checkStrings(value.SS!)
  if (type === 'BS') checkBinaries(value.BS!)
}

function checkStrings(given: string[]): void {
  if (given.length === 0) throw badValue('An string set  may not be empty')
  if (new Set(given).size === given.length) return
  throw badValue(`Input collection [${given.join(', ')}] contains duplicates.`)
}

function checkBinaries(given: Uint8Array[]): void {
  if (given.length === 0) throw badValue('Binary sets should not be empty')
  const texts = given.map(base64)
  if (new Set(texts).size === texts.length) return
  throw badValue(`Input collection [${texts.join(', ')}]of type BS contains duplicates.`)
}

function checkNested(value: Value, depth: number): void {
  if (depth >= DEEPEST) throw invalid('Nesting Levels have exceeded supported limits')
  if (value.L) for (const item of value.L) checkedValue(item, depth + 1)
  if (!value.M) return
  for (const name in value.M) {
    checkName(name)
    checkedValue(value.M[name]!, depth + 1)
  }
}

function checkName(name: string): void {
  if (name === '') throw badValue('empty attribute name')
  if (name.length < MOST_NAME_BYTES / 4 || Buffer.byteLength(name) < MOST_NAME_BYTES) return
  throw invalid(`Attribute name is too large, must be less than ${MOST_NAME_BYTES} bytes`)
}

export function checkItem(item: Item): Item {
  for (const name in item) {
    checkName(name)
    checkedValue(item[name]!)
  }
  return item
}

export function itemSize(item: Item): number {
  let size = 0
  for (const name in item) size += Buffer.byteLength(name) + valueSize(item[name]!)
  return size
}

/** Bytes a value counts (developer guide, "DynamoDB item sizes and formats"). */
export function valueSize(value: Value): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return numberSize(value.N)
  if (value.B !== undefined) return value.B.byteLength
  if (value.SS) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (value.NS) return value.NS.reduce((sum, text) => sum + numberSize(text), 0)
  if (value.BS) return value.BS.reduce((sum, bytes) => sum + bytes.byteLength, 0)
  if (value.L) return value.L.reduce((sum, inner) => sum + 1 + valueSize(inner), 3)
  if (value.M) return 3 + Object.keys(value.M).length + itemSize(value.M)
  return 1
}

/** An item as JSON text, as it goes over the wire. */
export const itemText = (item: Item): string =>
  JSON.stringify(hasBytes(item) ? withoutBytes(item) : item)

function hasBytes(item: Item): boolean {
  for (const name in item) if (isOrHoldsBytes(item[name]!)) return true
  return false
}

function isOrHoldsBytes(value: Value): boolean {
  if (value.B !== undefined || value.BS !== undefined) return true
  if (value.L) return value.L.some(isOrHoldsBytes)
  return value.M !== undefined && hasBytes(value.M)
}

function withoutBytes(item: Item): object {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]))
}

function plain(value: Value): object {
  if (value.B !== undefined) return { B: base64(value.B) }
  if (value.BS) return { BS: value.BS.map(base64) }
  if (value.L) return { L: value.L.map(plain) }
  return value.M ? { M: withoutBytes(value.M) } : value
}

/** The inverse of `itemText`; bytes are looked for only where there may be some. */
export function itemOf(text: string): Item {
  const item = JSON.parse(text) as Item
  if (text.includes('"B":') || text.includes('"BS":')) {
    for (const name in item) reviveBytes(item[name]!)
  }
  return item
}

function reviveBytes(value: Value): void {
  if (value.B !== undefined) value.B = Buffer.from(value.B as unknown as string, 'base64')
  else if (value.BS) {
    value.BS = value.BS.map((text) => Buffer.from(text as unknown as string, 'base64'))
  } else if (value.L) value.L.forEach(reviveBytes)
  else if (value.M) for (const name in value.M) reviveBytes(value.M[name]!)
}
