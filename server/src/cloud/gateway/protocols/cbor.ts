import { serializationError } from './structure-reader.ts'

// RFC 8949, as far as RPC v2 CBOR uses it: integers, bytes, text, arrays, maps, tag 1 (seconds),
// tags 2 and 3 (big integers), booleans, null, halves, floats and doubles; indefinite lengths read.

const depthLimit = 200
const breakMark = Symbol('break')
const text = new TextDecoder('utf-8', { fatal: true })

/** What a timestamp (tag 1) counts: seconds by the RFC, milliseconds in Kinesis's older form. */
export type TimestampUnit = 's' | 'ms'

/** Decodes one item. Throws SerializationException for anything that isn't exactly one. */
export function decodeCbor(bytes: Uint8Array, unit: TimestampUnit = 's'): unknown {
  const decoder = new Decoder(bytes, unit)
  const value = decoder.item(0)
  if (value === breakMark || decoder.at !== bytes.length) throw malformed('trailing data')
  return value
}

class Decoder {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly unitMs: number
  at = 0

  constructor(bytes: Uint8Array, unit: TimestampUnit) {
    this.bytes = bytes
    this.unitMs = unit === 's' ? 1000 : 1
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  item(depth: number): unknown {
    if (depth > depthLimit) throw malformed('nested too deeply')
    const head = this.bytes[this.at++]
    if (head === undefined) throw malformed('unexpected end')
    const major = head >> 5
    const info = head & 31
    if (major === 7) return this.simple(info)
    if (info === 31) return this.indefinite(major, depth)
    const argument = this.argument(info)
    if (major === 0) return argument
    if (major === 1) return typeof argument === 'bigint' ? -1n - argument : -1 - argument
    const count = Number(argument)
    if (major === 2) return this.take(count)
    if (major === 3) return decodeText(this.take(count))
    if (major === 4) return this.array(count, depth)
    if (major === 5) return this.map(count, depth)
    return this.tag(count, depth)
  }

  argument(info: number): number | bigint {
    if (info < 24) return info
    const { at } = this
    const size = info === 24 ? 1 : info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0
    if (size === 0) throw malformed('reserved length')
    this.need(size)
    this.at += size
    if (size === 1) return this.view.getUint8(at)
    if (size === 2) return this.view.getUint16(at)
    if (size === 4) return this.view.getUint32(at)
    const wide = this.view.getBigUint64(at)
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide
  }

  simple(info: number): unknown {
    if (info === 20) return false
    if (info === 21) return true
    if (info === 22) return null
    if (info === 23) return undefined
    if (info === 31) return breakMark
    const { at } = this
    const size = info === 25 ? 2 : info === 26 ? 4 : info === 27 ? 8 : 0
    if (size === 0) throw malformed(`simple value ${info}`)
    this.need(size)
    this.at += size
    if (size === 2) return half(this.view.getUint16(at))
    return size === 4 ? this.view.getFloat32(at) : this.view.getFloat64(at)
  }

  /** An element takes at least a byte, so a count can't promise more than is there. */
  array(count: number, depth: number): unknown[] {
    this.need(count)
    const out: unknown[] = []
    for (let i = 0; i < count; i++) out.push(this.value(depth + 1))
    return out
  }

  map(count: number, depth: number): Record<string, unknown> {
    this.need(count * 2)
    const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (let i = 0; i < count; i++) out[this.key(this.item(depth + 1))] = this.value(depth + 1)
    return out
  }

  indefinite(major: number, depth: number): unknown {
    if (major < 2 || major > 5) throw malformed('indefinite length')
    if (major === 5) return this.indefiniteMap(depth)
    const out: unknown[] = []
    for (let item = this.item(depth + 1); item !== breakMark; item = this.item(depth + 1)) {
      out.push(item)
    }
    if (major === 4) return out
    if (major === 3) {
      if (out.some((piece) => typeof piece !== 'string')) throw malformed('text in pieces')
      return out.join('')
    }
    if (out.some((piece) => !(piece instanceof Uint8Array))) throw malformed('bytes in pieces')
    return Buffer.concat(out as Uint8Array[])
  }

  indefiniteMap(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (let key = this.item(depth + 1); key !== breakMark; key = this.item(depth + 1)) {
      out[this.key(key)] = this.value(depth + 1)
    }
    return out
  }

  tag(tag: number, depth: number): unknown {
    const value = this.value(depth + 1)
    if (tag === 1) {
      if (typeof value !== 'number') throw malformed('a timestamp that is no number')
      return new Date(Math.round(value * this.unitMs))
    }
    if (tag !== 2 && tag !== 3) return value
    if (!(value instanceof Uint8Array)) throw malformed('a big integer that is no bytes')
    const digits = Buffer.from(value).toString('hex')
    const big = digits === '' ? 0n : BigInt(`0x${digits}`)
    return tag === 2 ? big : -1n - big
  }

  value(depth: number): unknown {
    const value = this.item(depth)
    if (value === breakMark) throw malformed('unexpected break')
    return value
  }

  key(key: unknown): string {
    if (typeof key !== 'string') throw malformed('a key that is no text')
    return key
  }

  take(count: number): Uint8Array {
    this.need(count)
    this.at += count
    return this.bytes.subarray(this.at - count, this.at)
  }

  need(count: number): void {
    if (count > this.bytes.length - this.at) throw malformed('unexpected end')
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return text.decode(bytes)
  } catch {
    throw malformed('text that is no UTF-8')
  }
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function malformed(what: string): Error {
  return serializationError(`Malformed CBOR: ${what}`)
}

/** Encodes strings, numbers, bigints, booleans, bytes, Dates (tag 1), arrays and plain objects. */
export function encodeCbor(value: unknown, unit: TimestampUnit = 's'): Uint8Array {
  const out = new Encoder()
  out.inMs = unit === 'ms'
  out.item(value)
  return out.bytes.subarray(0, out.at)
}

class Encoder {
  bytes = Buffer.allocUnsafe(1024)
  at = 0
  inMs = false

  item(value: unknown): void {
    if (typeof value === 'string') this.text(value)
    else if (typeof value === 'number') this.number(value)
    else if (typeof value === 'boolean') this.byte(value ? 0xf5 : 0xf4)
    else if (typeof value === 'bigint') this.bigint(value)
    else if (value === null || value === undefined) this.byte(0xf6)
    else if (value instanceof Uint8Array) this.raw(2, value)
    else if (value instanceof Date) {
      this.byte(0xc1)
      if (this.inMs) this.number(value.getTime())
      else this.double(value.getTime() / 1000)
    } else if (Array.isArray(value)) {
      this.head(4, value.length)
      for (const item of value) this.item(item)
    } else this.object(value as Record<string, unknown>)
  }

  object(value: Record<string, unknown>): void {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    this.head(5, entries.length)
    for (const [key, item] of entries) {
      this.text(key)
      this.item(item)
    }
  }

  text(value: string): void {
    this.raw(3, Buffer.from(value))
  }

  raw(major: number, bytes: Uint8Array): void {
    this.head(major, bytes.length)
    this.room(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.double(value)
    else if (value >= 0) this.head(0, value)
    else this.head(1, -1 - value)
  }

  bigint(value: bigint): void {
    const magnitude = value >= 0n ? value : -1n - value
    const hex = magnitude.toString(16)
    this.byte(value >= 0n ? 0xc2 : 0xc3)
    this.raw(2, Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'))
  }

  double(value: number): void {
    this.byte(0xfb)
    this.room(8)
    this.at = this.bytes.writeDoubleBE(value, this.at)
  }

  head(major: number, argument: number): void {
    this.room(9)
    const top = major << 5
    if (argument < 24) this.at = this.bytes.writeUInt8(top | argument, this.at)
    else if (argument < 0x100) this.long(top | 24, 1, argument)
    else if (argument < 0x10000) this.long(top | 25, 2, argument)
    else if (argument < 0x100000000) this.long(top | 26, 4, argument)
    else {
      this.at = this.bytes.writeUInt8(top | 27, this.at)
      this.at = this.bytes.writeBigUInt64BE(BigInt(argument), this.at)
    }
  }

  long(head: number, size: number, argument: number): void {
    this.at = this.bytes.writeUInt8(head, this.at)
    this.at = this.bytes.writeUIntBE(argument, this.at, size)
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + count))
    wider.set(this.bytes.subarray(0, this.at))
    this.bytes = wider
  }
}
