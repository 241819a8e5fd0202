import { AwsError } from '../error.ts'
import type { ListShape, MapShape, Shape, StructShape } from '../schema.ts'
import { parseTimestamp } from './timestamps.ts'

/** Reads a parsed value (JSON or CBOR) into the shape's form; throws SerializationException. */
export type StructureReader = (value: unknown, depth: number) => unknown

/** How the two carriers differ: bytes and numbers that need a text form. */
export interface Carrier {
  blob(value: unknown): Uint8Array
  /** REST-JSON renames members (`jsonName`). */
  renames: boolean
}

// Deeper than any real request (DynamoDB says itself that 100 levels, two each, are too many); stops
// a stack from overflowing.
const depthLimit = 1000

export function serializationError(message: string): AwsError {
  return new AwsError('SerializationException', message, { status: 400 })
}

/** Compiles, once per shape and carrier, a reader that checks types with AWS's own wording. */
export function structureReaders(carrier: Carrier): (shape: Shape) => StructureReader {
  const known = new WeakMap<Shape, StructureReader>()
  const readerOf = (shape: Shape): StructureReader => {
    const found = known.get(shape)
    if (found) return found
    const made = make(shape)
    known.set(shape, made)
    return made
  }
  const make = (shape: Shape): StructureReader => {
    if (shape.kind === 'struct') return structReader(shape, readerOf, carrier)
    if (shape.kind === 'list') return listReader(shape, readerOf)
    if (shape.kind === 'map') return mapReader(shape, readerOf)
    if (shape.kind === 'blob') return carrier.blob
    return scalarReaders[shape.kind]!
  }
  return readerOf
}

function structReader(
  shape: StructShape,
  readerOf: (shape: Shape) => StructureReader,
  carrier: Carrier,
): StructureReader {
  // Filled at first use: a recursive shape asks for its own reader while it is being made.
  let fields: Map<string, { name: string; read: StructureReader }> | undefined
  return (value, depth) => {
    if (!isObject(value)) throw notStructure(value, shape.name)
    if (depth > depthLimit) throw tooDeep()
    fields ??= new Map(
      shape.members.map((member) => [
        (carrier.renames && member.traits.json) || member.name,
        { name: member.name, read: readerOf(member.shape) },
      ]),
    )
    const out: Record<string, unknown> = {}
    for (const key in value) {
      const field = fields.get(key)
      const item = value[key]
      if (field && item !== null && item !== undefined)
        out[field.name] = field.read(item, depth + 1)
    }
    return out
  }
}

function listReader(
  shape: ListShape,
  readerOf: (shape: Shape) => StructureReader,
): StructureReader {
  let read: StructureReader | undefined
  return (value, depth) => {
    if (!Array.isArray(value)) {
      throw serializationError(
        isObject(value)
          ? 'Start of structure or map found where not expected'
          : 'Unexpected field type',
      )
    }
    if (depth > depthLimit) throw tooDeep()
    read ??= readerOf(shape.member.shape)
    const out: unknown[] = []
    for (const item of value) {
      if (item !== null && item !== undefined) out.push(read(item, depth + 1))
    }
    return out
  }
}

function mapReader(shape: MapShape, readerOf: (shape: Shape) => StructureReader): StructureReader {
  let read: StructureReader | undefined
  return (value, depth) => {
    if (!isObject(value)) {
      throw serializationError(
        Array.isArray(value)
          ? 'Unrecognized collection type java.util.Map'
          : 'Unexpected field type',
      )
    }
    if (depth > depthLimit) throw tooDeep()
    read ??= readerOf(shape.value.shape)
    const out: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      const item = value[key]
      if (item !== null && item !== undefined) setOwn(out, key, read(item, depth + 1))
    }
    return out
  }
}

/** Assigns even `__proto__` as plain data. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else target[key] = value
}

const specialNumbers = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

const scalarReaders: Record<string, StructureReader> = {
  string: (value) => {
    if (typeof value === 'string') return value
    throw notScalar(value, 'String')
  },
  number: (value) => {
    if (typeof value === 'number') return value
    if (typeof value === 'bigint') return Number(value)
    const special = typeof value === 'string' ? specialNumbers.get(value) : undefined
    if (special !== undefined) return special
    throw notScalar(value, 'Integer')
  },
  boolean: (value) => {
    if (typeof value === 'boolean') return value
    throw notScalar(value, 'Boolean')
  },
  timestamp: (value) => {
    const date = parseTimestamp(value)
    if (date) return date
    throw notScalar(value, 'Date')
  },
  bigInteger: (value) => {
    if (typeof value === 'bigint') return value
    if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value)
    throw notScalar(value, 'BigInteger')
  },
  bigDecimal: (value) => {
    if (typeof value === 'number' || typeof value === 'string') return value
    throw notScalar(value, 'BigDecimal')
  },
  document: (value) => value,
}

/** Base64 text, checked the way AWS's JSON services do. */
export function blobFromBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw notScalar(value, 'Blob')
  if (value.length % 4 !== 0) {
    throw serializationError(
      `Base64 encoded length is expected a multiple of 4 bytes but found: ${value.length}`,
    )
  }
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw serializationError(`Invalid Base64 character: '${/[^A-Za-z0-9+/]/.exec(value)?.[0]}'`)
  }
  return Buffer.from(value, 'base64')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  )
}

// The texts are those of AWS's Coral framework, as DynamoDB answers them (recorded in the suites of
// several DynamoDB look-alikes that were run against the real service).
function notScalar(value: unknown, expected: string): AwsError {
  if (Array.isArray(value)) {
    return serializationError(`Unrecognized collection type class java.lang.${expected}`)
  }
  if (isObject(value))
    return serializationError('Start of structure or map found where not expected')
  return serializationError(`${token(value)} cannot be converted to ${expected}`)
}

function notStructure(value: unknown, name: string): AwsError {
  return serializationError(
    Array.isArray(value)
      ? `Unrecognized collection type class ${name}`
      : 'Unexpected value type in payload',
  )
}

function token(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE'
  if (value === true) return 'TRUE_VALUE'
  if (value === false) return 'FALSE_VALUE'
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
}

function tooDeep(): AwsError {
  return serializationError('Maximum nesting depth exceeded')
}
