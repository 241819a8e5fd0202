import { hash } from 'node:crypto'
import { joinedBytes, keyBytes, keyLength } from './key-bytes.ts'
import { badValue, invalid } from './refusals.ts'
import {
  type Index,
  type IndexKey,
  type Key,
  keyNames,
  type KeyType,
  type Table,
} from './table-model.ts'
import type { Item, TypeName, Value } from './item-types.ts'
import { base64, typeOf } from './value.ts'

/**
 * Where an item lies: `pk` is four bytes of hash and the partition key's own bytes (so a scan goes
 * in hash order and a segment is a range), `sk` the sort key in bytes that sort as it does.
 */
export interface Place {
  readonly pk: Buffer
  readonly sk: Buffer
  /** Table and key as one string, for maps. */
  readonly id: string
}

const none = Buffer.alloc(0)

/** The order AWS scans in isn't documented; this seed was not checked against the real service. */
const seed = Buffer.from('Outliers')
const HASH_BYTES = 4

export const partitionBytes = (values: Value[]): Buffer => hashed(joinedBytes(values))

function hashed(own: Buffer): Buffer {
  const seeded = Buffer.allocUnsafe(seed.length + own.length)
  seeded.set(seed)
  seeded.set(own, seed.length)
  const bytes = Buffer.allocUnsafe(HASH_BYTES + own.length)
  // A string of bytes costs less than a buffer.
  bytes.write(hash('md5', seeded, 'binary'), 0, HASH_BYTES, 'latin1')
  bytes.set(own, HASH_BYTES)
  return bytes
}

/** Its hash is made when the store is asked for it: a hot item is found without. */
class ItemPlace implements Place {
  readonly sk: Buffer
  readonly id: string
  readonly #own: Buffer
  #pk: Buffer | undefined

  constructor(tableId: number, own: Buffer, sk: Buffer) {
    this.#own = own
    this.sk = sk
    this.id = idOf(tableId, own, sk)
  }

  get pk(): Buffer {
    return (this.#pk ??= hashed(this.#own))
  }
}

export function placeOf(id: number, { hash, range }: Key | IndexKey, item: Item): Place {
  const sk = range === undefined ? none : bytesOf(range, item)
  return new ItemPlace(id, bytesOf(hash, item), sk)
}

const bytesOf = (names: string | string[], item: Item): Buffer =>
  typeof names === 'string' ? keyBytes(item[names]!) : joinedBytes(names.map((name) => item[name]!))

export const placeId = (tableId: number, pk: Buffer, sk: Buffer): string =>
  idOf(tableId, pk.subarray(HASH_BYTES), sk)

function idOf(tableId: number, own: Buffer, sk: Buffer): string {
  const id = `${tableId}:${own.length}:${own.toString('latin1')}`
  return sk.length === 0 ? id : id + sk.toString('latin1')
}

/** Has all attributes of the index's key, be they of its types or not. */
export const hasIndexKey = ({ key: { hash, range } }: Index, item: Item): boolean =>
  hash.every((name) => item[name] !== undefined) && range.every((name) => item[name] !== undefined)

/**
 * Only items that have the index's whole key are in it. What was there before the index may have
 * attributes that are no key's, of which nothing is told.
 */
export const isIndexed = (table: Table, index: Index, item: Item): boolean =>
  hasIndexKey(index, item) &&
  keyNames(index.key).every(
    (name) => hasType(item[name], table.attributes[name]!) && !isEmptyKey(item[name]!),
  ) &&
  !isLong(limitedValues(table, index.key.hash, item), true) &&
  !isLong(limitedValues(table, index.key.range, item), false)

const MOST_HASH_BYTES = 2048
const MOST_RANGE_BYTES = 1024

const isLong = (values: Value[], isHash: boolean): boolean =>
  values.reduce((sum, value) => sum + keyLength(value), 0) >
  (isHash ? MOST_HASH_BYTES : MOST_RANGE_BYTES)

/** Of an index's key; the table's own attributes have limits of their own. */
function limitedValues(table: Table, names: string[], item: Item): Value[] {
  const own = keyNames(table.key)
  return names.flatMap((name) => (own.includes(name) ? [] : (item[name] ?? [])))
}

/** An item about to be stored has its key, of the right types. */
export function checkItemKeys(table: Table, item: Item): void {
  for (const name of keyNames(table.key)) {
    const value = item[name]
    if (value === undefined) throw badValue(`Missing the key ${name} in the item`)
    const [expected, actual] = [table.attributes[name]!, typeOf(value)]
    if (expected !== actual) {
      throw badValue(`Type mismatch for key ${name} expected: ${expected} actual: ${actual}`)
    }
    checkKeySize(table.key, name, value)
  }
}

function checkKeySize({ hash }: Key, name: string, value: Value): void {
  checkEmptyKey(name, value)
  refuseLongKey([value], name === hash)
}

function refuseLongKey(values: Value[], isHash: boolean): void {
  if (!isLong(values, isHash)) return
  throw badValue(
    isHash
      ? `Size of hashkey has exceeded the maximum size limit of${MOST_HASH_BYTES} bytes`
      : `Aggregated size of all range keys has exceeded the size limit of ${MOST_RANGE_BYTES} bytes`,
  )
}

type WrittenBy = 'item' | 'update'
const aboutIndex: Record<WrittenBy, string> = {
  item: 'A value specified for a secondary index key is not supported. ',
  update:
    'The update expression attempted to update a secondary index key to a value that is not ' +
    'supported. ',
}

const isEmptyKey = (value: Value): boolean => value.S === '' || value.B?.byteLength === 0

function refuseEmptyKey(value: Value, end: (what: string) => string, about = ''): void {
  if (!isEmptyKey(value)) return
  const what = value.S === '' ? 'string' : 'binary'
  throw invalid(
    `One or more parameter values are not valid. ${about}` +
      `The AttributeValue for a key attribute cannot contain ${end(what)}`,
  )
}

export const checkEmptyKey = (name: string, value: Value): void =>
  refuseEmptyKey(value, (what) => `an empty ${what} value. Key: ${name}`)

/** Empty keys in what is put or looked up, the table's and its indexes'. */
export function checkEmptyKeys(table: Table, item: Item, by: WrittenBy = 'item'): void {
  for (const name of keyNames(table.key)) {
    const value = item[name]
    if (value) checkEmptyKey(name, value)
  }
  for (const index of table.indexes) {
    for (const name of keyNames(index.key)) {
      const value = item[name]
      if (value) checkEmptyIndexKey(table, name, value, by)
    }
  }
}

export function checkIndexKeys(table: Table, item: Item, by: WrittenBy = 'item'): void {
  for (const { key } of table.indexes) {
    for (const names of [key.hash, key.range]) {
      for (const name of names) if (item[name]) checkIndexKey(table, name, item[name], by)
      refuseLongKey(limitedValues(table, names, item), names === key.hash)
    }
  }
}

/** Of several indexes with this key, the first by name is the one that is told. */
function indexTold(table: Table, name: string): string {
  const over = table.indexes.filter(({ key }) => keyNames(key).includes(name))
  return over.map((index) => index.name).sort()[0]!
}

function checkIndexKey(table: Table, name: string, value: Value, by: WrittenBy): void {
  checkIndexType(table, name, typeOf(value))
  checkEmptyIndexKey(table, name, value, by)
}

function checkIndexType(table: Table, name: string, actual: TypeName): void {
  const expected = table.attributes[name]!
  if (expected === actual) return
  throw badValue(
    `Type mismatch for Index Key ${name} Expected: ${expected} Actual: ${actual} ` +
      `IndexName: ${indexTold(table, name)}`,
  )
}

/** What an update would make of indexes' keys, as far as it is known without the item. */
export function checkGivenTypes(table: Table, given: ReadonlyMap<string, TypeName>): void {
  for (const { key } of table.indexes) {
    for (const name of keyNames(key)) {
      const type = given.get(name)
      if (type) checkIndexType(table, name, type)
    }
  }
}

/** What an update made of indexes' keys; attributes that it doesn't name are let alone. */
export function checkUpdatedKeys(table: Table, item: Item, named: ReadonlySet<string>): void {
  const attempted = 'The update expression attempted to update the secondary index key'
  for (const { key } of table.indexes) {
    for (const names of [key.hash, key.range]) {
      const touched = names.filter((name) => named.has(name) && item[name])
      for (const name of touched) {
        if (!hasType(item[name], table.attributes[name]!)) {
          throw invalid(`${attempted} to unsupported type`)
        }
        checkEmptyIndexKey(table, name, item[name]!, 'update')
      }
      if (touched.length > 0 && isLong(limitedValues(table, names, item), names === key.hash)) {
        throw invalid(`${attempted} beyond allowed size limits`)
      }
    }
  }
}

/** `told` is the index that is named. */
export function checkEmptyIndexKey(
  table: Table,
  name: string,
  value: Value,
  by: WrittenBy,
  told = indexTold(table, name),
): void {
  if (name === table.key.hash || name === table.key.range || !isEmptyKey(value)) return
  const where = by === 'item' ? ` IndexName: ${told}, IndexKey: ${name}` : ''
  refuseEmptyKey(value, (what) => `an empty ${what} value.${where}`, aboutIndex[by])
}

/** A key is a scalar: no expression goes into one, the table's or an index's. */
export function checkNested(table: Table, nested: ReadonlySet<string>): void {
  if (nested.size === 0) return
  const inside = (key: Key | IndexKey) => keyNames(key).find((name) => nested.has(name))
  const own = inside(table.key)
  const indexed = table.indexes.map(({ key }) => inside(key)).find((name) => name !== undefined)
  if (own === undefined && indexed === undefined) return
  throw invalid(
    "Key attributes must be scalars; list random access '[]' and map lookup '.' are not " +
      `allowed: ${own === undefined ? `IndexKey: ${indexed}` : `Key: ${own}`}`,
  )
}

/** A `Key` member: exactly the key's attributes, of their types. */
export function checkKey(table: Table, key: Item): void {
  const names = keyNames(table.key)
  const fits = names.every((name) => hasType(key[name], table.attributes[name]!))
  if (!fits || Object.keys(key).length !== names.length) {
    throw invalid('The provided key element does not match the schema')
  }
  for (const name of names) checkKeySize(table.key, name, key[name]!)
}

const hasType = (value: Value | undefined, type: KeyType): boolean =>
  value !== undefined && typeOf(value) === type

/** An item beside its text; parsed when first looked into. */
export class Stored {
  readonly text: string
  readonly sizeBytes: number
  #item: Item | undefined
  readonly #parse: (text: string) => Item

  constructor(text: string, sizeBytes: number, parse: (text: string) => Item, item?: Item) {
    this.text = text
    this.sizeBytes = sizeBytes
    this.#parse = parse
    this.#item = item
  }

  get item(): Item {
    return (this.#item ??= this.#parse(this.text))
  }
}

export const keyOf = (key: Key | IndexKey, item: Item): Item =>
  Object.fromEntries(keyNames(key).map((name) => [name, item[name]!]))

/** How a key reads in a message. */
export const keyText = (key: Item): string =>
  Object.values(key)
    .map((value) => (value.B ? base64(value.B) : String(value[typeOf(value)])))
    .join(', ')
