import { AwsError } from '../error.ts'
import type { ListShape, MapShape, Shape, StructShape } from '../schema.ts'
import { dynamoDbWording, type Kind, type Wording } from './mismatch-wording.ts'
import { parseTimestamp } from './timestamps.ts'

/** Reads a parsed value (JSON or CBOR) into the shape's form; throws SerializationException. */
export type StructureReader = (value: unknown, depth: number) => unknown

/** How the carriers differ: bytes and numbers that need a text form, and what is said of others. */
export interface Carrier {
  blob(value: unknown): Uint8Array
  /** REST-JSON renames members (`jsonName`). */
  renames: boolean
  /** Default: DynamoDB's. */
  wording?: Wording
  /** Takes numbers and booleans for text, as SQS does. */
  isLenient?: boolean
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
  const { wording = dynamoDbWording } = carrier
  const scalars = scalarReaders(wording, carrier.isLenient ?? false)
  const readWhole = wholeReader(wording)
  const readerOf = (shape: Shape): StructureReader => {
    const found = known.get(shape)
    if (found) return found
    const made = make(shape)
    known.set(shape, made)
    return made
  }
  const make = (shape: Shape): StructureReader => {
    if (shape.kind === 'struct') return structReader(shape, readerOf, wording, carrier.renames)
    if (shape.kind === 'list') return listReader(shape, readerOf, wording)
    if (shape.kind === 'map') return mapReader(shape, readerOf, wording)
    if (shape.kind === 'blob') return carrier.blob
    return shape.kind === 'number' && shape.isWhole ? readWhole : scalars[shape.kind]!
  }
  return readerOf
}

function structReader(
  shape: StructShape,
  readerOf: (shape: Shape) => StructureReader,
  wording: Wording,
  renames: boolean,
): StructureReader {
  // Filled at first use: a recursive shape asks for its own reader while it is being made.
  let fields: Map<string, { name: string; read: StructureReader }> | undefined
  return (value, depth) => {
    if (!isObject(value)) throw mismatch(wording, value, 'structure', shape.name)
    if (depth > depthLimit) throw tooDeep()
    fields ??= new Map(
      shape.members.map((member) => [
        (renames && member.traits.json) || member.name,
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
  wording: Wording,
): StructureReader {
  let read: StructureReader | undefined
  return (value, depth) => {
    if (!Array.isArray(value)) throw mismatch(wording, value, 'list')
    if (depth > depthLimit) throw tooDeep()
    read ??= readerOf(shape.member.shape)
    const out: unknown[] = []
    for (const item of value) {
      if (item !== null && item !== undefined) out.push(read(item, depth + 1))
    }
    return out
  }
}

function mapReader(
  shape: MapShape,
  readerOf: (shape: Shape) => StructureReader,
  wording: Wording,
): StructureReader {
  let read: StructureReader | undefined
  return (value, depth) => {
    if (!isObject(value)) throw mismatch(wording, value, 'map')
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

const greatest = 2 ** 63

/** A fraction is cut off, as the services do; what no whole number holds stays at the last one. */
const wholeReader =
  (wording: Wording): StructureReader =>
  (value) => {
    if (typeof value === 'bigint') return Number(value)
    if (typeof value !== 'number') throw mismatch(wording, value, 'scalar', 'Integer')
    if (Number.isSafeInteger(value)) return value
    return Math.min(Math.max(Math.trunc(value) || 0, -greatest), greatest)
  }

const specialNumbers = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

const scalarReaders = (wording: Wording, isLenient: boolean): Record<string, StructureReader> => {
  const notScalar = (value: unknown, expected: string) =>
    mismatch(wording, value, 'scalar', expected)
  return {
    string: (value) => {
      if (typeof value === 'string') return value
      if (isLenient && ['number', 'bigint', 'boolean'].includes(typeof value)) return String(value)
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
}

/** Reads Base64 text, checked the way AWS's JSON services do. */
export const base64Reader =
  (wording: Wording) =>
  (value: unknown): Uint8Array => {
    if (typeof value !== 'string') throw mismatch(wording, value, 'scalar', 'Blob')
    const fault = base64Fault(value)
    if (fault !== undefined) throw serializationError(wording.notBase64(value, fault))
    return Buffer.from(value, 'base64')
  }

export const blobFromBase64 = base64Reader(dynamoDbWording)

function base64Fault(text: string): string | undefined {
  if (text.length % 4 !== 0) {
    return `Base64 encoded length is expected a multiple of 4 bytes but found: ${text.length}`
  }
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  return `Invalid Base64 character: '${/[^A-Za-z0-9+/]/.exec(text)?.[0]}'`
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

function mismatch(wording: Wording, value: unknown, kind: Kind, name = ''): AwsError {
  const found = Array.isArray(value) ? 'list' : isObject(value) ? 'object' : token(value)
  return serializationError(wording.mismatch(found, kind, name))
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
