import { numberBytes } from './number.ts'
import type { Value } from './item-types.ts'

export function keyBytes(value: Value): Buffer {
  if (value.S !== undefined) return Buffer.from(value.S)
  if (value.N !== undefined) return numberBytes(value.N)
  const { buffer, byteOffset, byteLength } = value.B!
  return Buffer.from(buffer, byteOffset, byteLength)
}

const END = Buffer.from([0, 0])

/** A value's bytes with its zeros marked, so that no value's bytes hold another's end. */
export const markedBytes = (value: Value): Buffer =>
  Buffer.from(keyBytes(value).toString('latin1').replaceAll('\0', '\0\xff'), 'latin1')

/** Values as bytes that sort as they do, one after the other: each is marked and ends in two zeros. */
export const endedBytes = (values: Value[]): Buffer =>
  Buffer.concat(values.flatMap((value) => [markedBytes(value), END]))

/** What a key's values of one kind are stored as; a single one as it is. */
export const joinedBytes = (values: Value[]): Buffer =>
  values.length === 1 ? keyBytes(values[0]!) : endedBytes(values)

export const keyLength = (value: Value): number =>
  value.S === undefined ? keyBytes(value).length : Buffer.byteLength(value.S)
