import type { ListShape, MapShape, Shape, StructShape } from '../schema.ts'
import { setOwn } from './structure-reader.ts'
import { epochSeconds, timestampText } from './timestamps.ts'

/** Turns a handler's value into what JSON.stringify or the CBOR encoder takes. */
export type StructureWriter = (value: unknown) => unknown

export interface WriteCarrier {
  /** JSON has no bytes, dates, NaN or big integers; CBOR has all of them. */
  json: boolean
  renames: boolean
}

export function structureWriters(carrier: WriteCarrier): (shape: Shape) => StructureWriter {
  const known = new WeakMap<Shape, StructureWriter>()
  const writerOf = (shape: Shape): StructureWriter => {
    const found = known.get(shape)
    if (found) return found
    const made = make(shape)
    known.set(shape, made)
    return made
  }
  const make = (shape: Shape): StructureWriter => {
    if (shape.kind === 'struct') return structWriter(shape, writerOf, carrier)
    if (shape.kind === 'list') return listWriter(shape, writerOf)
    if (shape.kind === 'map') return mapWriter(shape, writerOf)
    return carrier.json ? jsonScalar(shape) : same
  }
  return writerOf
}

function structWriter(
  shape: StructShape,
  writerOf: (shape: Shape) => StructureWriter,
  carrier: WriteCarrier,
): StructureWriter {
  let fields: [string, string, StructureWriter][] | undefined
  return (value) => {
    fields ??= shape.members.map((member) => [
      member.name,
      (carrier.renames && member.traits.json) || member.name,
      writerOf(member.shape),
    ])
    const from = value as Record<string, unknown>
    const out: Record<string, unknown> = {}
    for (const [name, wireName, write] of fields) {
      const item = from[name]
      if (item !== undefined && item !== null) out[wireName] = write(item)
    }
    return out
  }
}

function listWriter(
  shape: ListShape,
  writerOf: (shape: Shape) => StructureWriter,
): StructureWriter {
  let write: StructureWriter | undefined
  return (value) => {
    write ??= writerOf(shape.member.shape)
    const out: unknown[] = []
    for (const item of value as Iterable<unknown>) {
      if (item !== undefined && item !== null) out.push(write(item))
    }
    return out
  }
}

function mapWriter(shape: MapShape, writerOf: (shape: Shape) => StructureWriter): StructureWriter {
  let write: StructureWriter | undefined
  return (value) => {
    write ??= writerOf(shape.value.shape)
    const out: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value as object)) {
      if (item !== undefined && item !== null) setOwn(out, key, write(item))
    }
    return out
  }
}

function same(value: unknown): unknown {
  return value
}

function jsonScalar(shape: Shape): StructureWriter {
  if (shape.kind === 'blob') return base64Of
  if (shape.kind === 'number' || shape.kind === 'bigDecimal') return jsonNumber
  if (shape.kind === 'bigInteger') return (value) => Number(value)
  if (shape.kind !== 'timestamp') return same
  const { format } = shape
  if (!format || format === 'epoch-seconds') return (value) => epochSeconds(value as Date)
  return (value) => timestampText(value as Date, format)
}

function jsonNumber(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

export function base64Of(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value).toString('base64')
  const bytes = value as Uint8Array
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
