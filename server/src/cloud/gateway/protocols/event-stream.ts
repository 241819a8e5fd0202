import { crc32 } from 'node:zlib'
import { AwsError } from '../error.ts'
import type { Member, Scalar, StructShape } from '../schema.ts'
import { writeText } from './text-scalar.ts'

// application/vnd.amazon.eventstream: [total length][header length][CRC of both] headers payload
// [CRC of all before]; CRC-32 as in zlib, big-endian.

type HeaderValue = string | number | boolean | Date | Uint8Array

/** One message, framed. Strings, booleans, 32-bit and 64-bit integers, bytes and timestamps. */
export function eventMessage(
  headers: Record<string, HeaderValue>,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const total = 16 + head.length + payload.length
  const out = Buffer.allocUnsafe(total)
  out.writeUInt32BE(total, 0)
  out.writeUInt32BE(head.length, 4)
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8)
  out.set(head, 12)
  out.set(payload, 12 + head.length)
  out.writeUInt32BE(crc32(out.subarray(0, total - 4)), total - 4)
  return out
}

function header(name: string, value: HeaderValue): Buffer {
  const label = Buffer.from(name)
  return Buffer.concat([Buffer.from([label.length]), label, headerBytes(value)])
}

function headerBytes(value: HeaderValue): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 0 : 1])
  if (typeof value === 'string') return sized(7, Buffer.from(value))
  if (value instanceof Uint8Array) return sized(6, value)
  if (value instanceof Date) return wide(8, value.getTime())
  if (value > 0x7fffffff || value < -0x80000000) return wide(5, value)
  const out = Buffer.alloc(5, 4)
  out.writeInt32BE(value, 1)
  return out
}

function sized(type: number, bytes: Uint8Array): Buffer {
  const head = Buffer.from([type, bytes.length >> 8, bytes.length & 255])
  return Buffer.concat([head, bytes])
}

function wide(type: number, value: number): Buffer {
  const out = Buffer.alloc(9, type)
  out.writeBigInt64BE(BigInt(Math.trunc(value)), 1)
  return out
}

export interface EventCodec {
  contentType: string
  /** A structure as the protocol's own document. */
  document(shape: StructShape, value: Record<string, unknown>): Uint8Array
}

/**
 * Frames what a handler yields (`{ PayloadChunk: { … } }`) as events of the union. An AwsError
 * thrown by the handler while streaming ends the stream as an exception message.
 */
export async function* eventStream(
  union: StructShape,
  events: AsyncIterable<unknown>,
  codec: EventCodec,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const event of events) yield eventOf(union, event as Record<string, unknown>, codec)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    yield exceptionOf(union, error, codec)
  }
}

function eventOf(
  union: StructShape,
  event: Record<string, unknown>,
  codec: EventCodec,
): Uint8Array {
  const member = union.members.find((m) => event[m.name] !== undefined)
  if (!member) throw new Error(`no event of ${union.name} in ${Object.keys(event).join(', ')}`)
  const shape = member.shape as StructShape
  const value = event[member.name] as Record<string, unknown>
  const headers: Record<string, HeaderValue> = {
    ':message-type': shape.error ? 'exception' : 'event',
    [shape.error ? ':exception-type' : ':event-type']: member.name,
  }
  for (const inside of shape.members) {
    const item = value[inside.name]
    if (inside.traits.eventHeader && item !== undefined) headers[inside.name] = item as HeaderValue
  }
  const payload = shape.members.find((m) => m.traits.eventPayload)
  if (payload) return payloadMessage(headers, payload, value, codec)
  const rest = shape.members.filter((m) => !m.traits.eventHeader)
  if (rest.length === 0) return eventMessage(headers)
  headers[':content-type'] = codec.contentType
  return eventMessage(headers, codec.document(shape, value))
}

function payloadMessage(
  headers: Record<string, HeaderValue>,
  payload: Member,
  value: Record<string, unknown>,
  codec: EventCodec,
): Uint8Array {
  const item = value[payload.name]
  if (item === undefined) return eventMessage(headers)
  const { shape } = payload
  if (shape.kind === 'struct') {
    headers[':content-type'] = codec.contentType
    return eventMessage(headers, codec.document(shape, item as Record<string, unknown>))
  }
  headers[':content-type'] = shape.kind === 'blob' ? 'application/octet-stream' : 'text/plain'
  const bytes =
    item instanceof Uint8Array ? item : Buffer.from(writeText(shape as Scalar, item, 'date-time'))
  return eventMessage(headers, bytes)
}

function exceptionOf(union: StructShape, error: AwsError, codec: EventCodec): Uint8Array {
  const member = union.members.find((m) => (m.shape as StructShape).name === error.code)
  if (!member) {
    return eventMessage({
      ':message-type': 'error',
      ':error-code': error.code,
      ':error-message': error.message,
    })
  }
  const shape = member.shape as StructShape
  const text = { message: error.message, Message: error.message, ...error.members }
  return eventMessage(
    {
      ':message-type': 'exception',
      ':exception-type': member.name,
      ':content-type': codec.contentType,
    },
    codec.document(shape, text),
  )
}
