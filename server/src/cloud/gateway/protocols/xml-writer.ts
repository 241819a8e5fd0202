import type { ListShape, MapShape, Member, Scalar, Shape, StructShape } from '../schema.ts'
import { writeText } from './text-scalar.ts'
import { xmlText, type XmlText } from './xml-text.ts'

/** Writes a value as the inside of an element. */
type ContentWriter = (value: unknown, out: XmlText) => void

const writers = new WeakMap<Shape | Member[], ContentWriter>()

function once(key: Shape | Member[], make: () => ContentWriter): ContentWriter {
  let writer = writers.get(key)
  if (!writer) {
    writer = make()
    writers.set(key, writer)
  }
  return writer
}

export function xmlContent(shape: Shape): ContentWriter {
  if (shape.kind === 'struct') return structContent(shape.members)
  return once(shape, () => {
    if (shape.kind === 'list') return listContent(shape)
    return shape.kind === 'map' ? mapContent(shape, 'entry') : scalarContent(shape)
  })
}

interface Field {
  name: string
  write: ContentWriter
}

/** Writes only `members`: a REST body holds those that are bound nowhere else. */
export const structContent = (members: Member[]): ContentWriter =>
  once(members, () => fieldsContent(members))

function fieldsContent(members: Member[]): ContentWriter {
  let fields: Field[] | undefined
  return (value, out) => {
    fields ??= members
      .filter((member) => !member.traits.attribute)
      .map((member) => ({ name: member.name, write: memberElement(member) }))
    const from = value as Record<string, unknown>
    for (const { name, write } of fields) {
      const item = from[name]
      if (item !== undefined && item !== null) write(item, out)
    }
  }
}

/** Writes the whole element (or, flattened, the elements) of a member. */
function memberElement(member: Member): ContentWriter {
  const { shape, traits } = member
  const name = traits.xml ?? member.name
  if (traits.flat && shape.kind === 'list') return eachItem(element(name, shape.member))
  if (traits.flat && shape.kind === 'map') return mapContent(shape, name)
  return element(name, member)
}

function element(name: string, member: Member): ContentWriter {
  const attributes = attributesOf(member)
  const open = Buffer.from(attributes ? `<${name}` : `<${name}>`)
  const close = Buffer.from(`</${name}>`)
  const { shape } = member
  if (!attributes && isScalar(shape)) return scalarElement(shape, open, close)
  let content: ContentWriter | undefined
  return (value, out) => {
    content ??= xmlContent(shape)
    out.bytes(open)
    attributes?.(value, out)
    content(value, out)
    out.bytes(close)
  }
}

const isScalar = (shape: Shape): shape is Scalar =>
  shape.kind !== 'struct' && shape.kind !== 'list' && shape.kind !== 'map'

/** Longer texts are seldom the same, and cost to compare. */
const LONGEST_REPEATED = 24

/** Lists repeat themselves: an element like the last one of its kind is copied from there. */
function scalarElement(shape: Scalar, open: Uint8Array, close: Uint8Array): ContentWriter {
  const write = scalarContent(shape)
  const isMoment = shape.kind === 'timestamp'
  let last: unknown
  let document = 0
  let from = 0
  let size = 0
  return (value, out) => {
    const isLong = typeof value === 'string' && value.length > LONGEST_REPEATED
    const compared = isMoment ? (value as Date).getTime() : value
    if (!isLong && compared === last && document === out.document) return out.repeat(from, size)
    const start = out.size
    out.bytes(open)
    write(value, out)
    out.bytes(close)
    if (isLong) return
    last = compared
    document = out.document
    from = start
    size = out.size - start
  }
}

const endOfTag = Buffer.from('>')

/** The attributes an element carries (its namespace, and members marked as such) and the end of its tag. */
function attributesOf(member: Member): ContentWriter | undefined {
  const { shape, traits } = member
  const [prefix, uri] = traits.xmlns ?? []
  const namespace = uri ? ` xmlns${prefix ? `:${prefix}` : ''}="${uri}"` : ''
  const inside = shape.kind === 'struct' ? shape.members.filter((m) => m.traits.attribute) : []
  if (!namespace && inside.length === 0) return undefined
  return (value, out) => {
    out.raw(namespace)
    for (const { name, traits: own } of inside) {
      const item = (value as Record<string, unknown>)[name]
      if (item === undefined || item === null) continue
      out.raw(` ${own.xml ?? name}="`)
      out.text(String(item))
      out.raw('"')
    }
    out.bytes(endOfTag)
  }
}

const listContent = (shape: ListShape): ContentWriter =>
  eachItem(element(shape.member.traits.xml ?? 'member', shape.member))

const eachItem =
  (write: ContentWriter): ContentWriter =>
  (value, out) => {
    for (const item of value as Iterable<unknown>) {
      if (item !== undefined && item !== null) write(item, out)
    }
  }

function mapContent(shape: MapShape, entry: string): ContentWriter {
  const keyName = shape.key.traits.xml ?? 'key'
  const open = Buffer.from(`<${entry}><${keyName}>`)
  const afterKey = Buffer.from(`</${keyName}>`)
  const close = Buffer.from(`</${entry}>`)
  let writeValue: ContentWriter | undefined
  return (value, out) => {
    writeValue ??= element(shape.value.traits.xml ?? 'value', shape.value)
    for (const [key, item] of Object.entries(value as object)) {
      if (item === undefined || item === null) continue
      out.bytes(open)
      out.text(key)
      out.bytes(afterKey)
      writeValue(item, out)
      out.bytes(close)
    }
  }
}

function scalarContent(shape: Scalar): ContentWriter {
  const { kind, format = 'date-time', milliseconds = false } = shape
  if (kind === 'timestamp' && format === 'date-time') {
    return (value, out) => out.moment(value as Date, milliseconds)
  }
  if (kind === 'timestamp' || kind === 'blob') {
    return (value, out) => out.text(writeText(shape, value, format))
  }
  return (value, out) => out.text(String(value))
}

export interface Root {
  name: string
  namespace: string | undefined
}

/** A document: what stands before its root, and inside the root what `inner` writes. */
export function xmlDocument(
  before: string,
  { name, namespace }: Root,
  inner: (out: XmlText) => void,
): Buffer {
  return xmlText((out) => {
    out.raw(`${before}<${name}${namespace ? ` xmlns="${namespace}"` : ''}>`)
    inner(out)
    out.raw(`</${name}>`)
  })
}

export function rootName(shape: StructShape): string {
  return shape.xml ?? shape.name
}
