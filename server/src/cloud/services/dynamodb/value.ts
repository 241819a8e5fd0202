import type { Item, TypeName, Value } from './item-types.ts'
import { canonicalNumber, numberSize, type ValueLayer } from './number.ts'
import { badValue, invalid } from './refusals.ts'

export const ITEM_LIMIT_BYTES = 409_600
/** Levels below an attribute: measured on the real service, which counts the attribute as one. */
const DEEPEST = 31
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
export function checkedValue(value: Value, layer: ValueLayer = 'older', depth = 0): Value {
  const types = Object.keys(value).filter((name) => value[name as TypeName] !== undefined)
  // Numbers are read before types are counted: { S: '', N: '' } complains of the number.
  if (value.N !== undefined) value.N = canonicalNumber(value.N, layer)
  if (value.NS !== undefined) value.NS = checkedNumbers(value.NS, layer)
  if (types.length === 0) {
    throw invalid(
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    )
  }
  checkContent(value, types[0] as TypeName, layer)
  if (types.length > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the ' +
        'supported datatypes',
    )
  }
  if (value.M !== undefined || value.L !== undefined) checkNested(value, layer, depth)
  return value
}

function checkedNumbers(given: string[], layer: ValueLayer): string[] {
  if (given.length === 0) throw badValue('An number set  may not be empty')
  const numbers = given.map((one) => canonicalNumber(one, layer))
  if (new Set(numbers).size === numbers.length) return numbers
  if (layer === 'older') throw invalid('Input collection contains duplicates')
  throw badValue('Input collection contains duplicates.')
}

function checkContent(value: Value, type: TypeName, layer: ValueLayer): void {
  if (type === 'NULL' && value.NULL !== true) {
    throw badValue('Null attribute value types must have the value of true')
  }
  if (type === 'SS') checkStrings(value.SS!, layer)
  if (type === 'BS') checkBinaries(value.BS!, layer)
}

function checkStrings(given: string[], layer: ValueLayer): void {
  if (given.length === 0) throw badValue('An string set  may not be empty')
  if (new Set(given).size === given.length) return
  const shown = repeated(given, given.map(utf8), layer)
  throw badValue(`Input collection [${shown.join(', ')}] contains duplicates.`)
}

function checkBinaries(given: Uint8Array[], layer: ValueLayer): void {
  if (given.length === 0) throw badValue('Binary sets should not be empty')
  const texts = given.map(base64)
  if (new Set(texts).size === texts.length) return
  const shown = repeated(texts, given, layer).join(layer === 'current' ? ',' : ', ')
  throw badValue(`Input collection [${shown}]of type BS contains duplicates.`)
}

const utf8 = (text: string) => Buffer.from(text)

/** The current reader shows what it has sorted so far, the repeated member, and the rest as sent. */
function repeated(texts: string[], bytes: Uint8Array[], layer: ValueLayer): string[] {
  if (layer === 'older') return texts
  const at = texts.findIndex((one, i) => texts.indexOf(one) < i)
  const before = texts
    .slice(0, at)
    .map((text, i) => ({ text, bytes: bytes[i]! }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ text }) => text)
  return [...before, ...texts.slice(at)].map((one) => JSON.stringify(one))
}

function checkNested(value: Value, layer: ValueLayer, depth: number): void {
  if (depth >= DEEPEST) {
    throw invalid(
      'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels ' +
        'beyond supported limit',
    )
  }
  if (value.L) for (const item of value.L) checkedValue(item, layer, depth + 1)
  for (const name in value.M) checkedValue(value.M[name]!, layer, depth + 1)
}

/** Names within values are looked at when all of them are known not to be too deep. */
function checkNamesWithin({ L: list, M: map }: Value): void {
  if (list) list.forEach(checkNamesWithin)
  for (const name in map) {
    checkName(name)
    checkNamesWithin(map[name]!)
  }
}

export function checkName(name: string): void {
  if (name === '') throw invalid('Empty attribute name')
  if (name.length < MOST_NAME_BYTES / 4 || Buffer.byteLength(name) < MOST_NAME_BYTES) return
  throw invalid(`Attribute name is too large, must be less than ${MOST_NAME_BYTES} bytes`)
}

export function checkItem(item: Item, layer?: ValueLayer): Item {
  for (const name in item) checkName(name)
  for (const name in item) checkedValue(item[name]!, layer)
  for (const name in item) checkNamesWithin(item[name]!)
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
