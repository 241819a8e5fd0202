import type { ListShape, MapShape, Member, Scalar, Shape, StructShape } from '../schema.ts'
import { writeText } from './text-scalar.ts'

/** Writes a value as the inside of an element. */
type ContentWriter = (value: unknown) => string

const writers = new WeakMap<Shape, ContentWriter>()

export function xmlContent(shape: Shape): ContentWriter {
  const known = writers.get(shape)
  if (known) return known
  const made = make(shape)
  writers.set(shape, made)
  return made
}

function make(shape: Shape): ContentWriter {
  if (shape.kind === 'struct') return structContent(shape.members)
  if (shape.kind === 'list') return listContent(shape)
  if (shape.kind === 'map') return mapContent(shape, 'entry')
  return scalarContent(shape)
}

/** Writes only `members`: a REST body holds those that are bound nowhere else. */
export function structContent(members: Member[]): ContentWriter {
  let fields: [string, ContentWriter][] | undefined
  return (value) => {
    fields ??= members
      .filter((member) => !member.traits.attribute)
      .map((member) => [member.name, memberElement(member)])
    const from = value as Record<string, unknown>
    let out = ''
    for (const [name, write] of fields) {
      const item = from[name]
      if (item !== undefined && item !== null) out += write(item)
    }
    return out
  }
}

/** Writes the whole element (or, flattened, the elements) of a member. */
function memberElement(member: Member): ContentWriter {
  const { shape, traits } = member
  const name = traits.xml ?? member.name
  if (traits.flat && shape.kind === 'list') {
    const item = element(name, shape.member)
    return (value) => eachItem(value, item)
  }
  if (traits.flat && shape.kind === 'map') return mapContent(shape, name)
  return element(name, member)
}

function element(name: string, member: Member): ContentWriter {
  const attributes = attributesOf(member)
  const close = `</${name}>`
  let write: ContentWriter | undefined
  return (value) => {
    write ??= xmlContent(member.shape)
    const content = write(value)
    const open = attributes ? `<${name}${attributes(value)}>` : `<${name}>`
    return open + content + close
  }
}

/** The attributes an element carries: its namespace, and members marked as attributes. */
function attributesOf(member: Member): ContentWriter | undefined {
  const { shape, traits } = member
  const [prefix, uri] = traits.xmlns ?? []
  const namespace = uri ? ` xmlns${prefix ? `:${prefix}` : ''}="${uri}"` : ''
  const inside = shape.kind === 'struct' ? shape.members.filter((m) => m.traits.attribute) : []
  if (!namespace && inside.length === 0) return undefined
  return (value) =>
    namespace +
    inside
      .map((m) => {
        const item = (value as Record<string, unknown>)[m.name]
        return item === undefined || item === null
          ? ''
          : ` ${m.traits.xml ?? m.name}="${escapeXml(String(item))}"`
      })
      .join('')
}

function listContent(shape: ListShape): ContentWriter {
  const item = element(shape.member.traits.xml ?? 'member', shape.member)
  return (value) => eachItem(value, item)
}

function eachItem(value: unknown, write: ContentWriter): string {
  let out = ''
  for (const item of value as Iterable<unknown>) {
    if (item !== undefined && item !== null) out += write(item)
  }
  return out
}

function mapContent(shape: MapShape, entry: string): ContentWriter {
  const keyName = shape.key.traits.xml ?? 'key'
  let writeValue: ContentWriter | undefined
  return (value) => {
    writeValue ??= element(shape.value.traits.xml ?? 'value', shape.value)
    let out = ''
    for (const [key, item] of Object.entries(value as object)) {
      if (item === undefined || item === null) continue
      out += `<${entry}><${keyName}>${escapeXml(key)}</${keyName}>${writeValue(item)}</${entry}>`
    }
    return out
  }
}

function scalarContent(shape: Scalar): ContentWriter {
  if (shape.kind === 'string') return (value) => escapeXml(String(value))
  if (shape.kind === 'number' || shape.kind === 'boolean') return String
  return (value) => escapeXml(writeText(shape, value, 'date-time'))
}

/** An element around a structure, e.g. a root; `inner` is written as it is. */
export function rootElement(name: string, namespace: string | undefined, inner: string): string {
  return `<${name}${namespace ? ` xmlns="${namespace}"` : ''}>${inner}</${name}>`
}

export function rootName(shape: StructShape): string {
  return shape.xml ?? shape.name
}

const special = /[&<>"\u0000-\u0008\u000B-\u001F\u0085\u2028]/
const specials = /[&<>"\u0000-\u0008\u000B-\u001F\u0085\u2028]/g

const rare = /[&<>\u0000-\u0008\u000B-\u001F\u0085\u2028]/

const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Control characters become references, as S3 answers them (not strictly XML 1.0, but real). */
export function escapeXml(text: string): string {
  if (!special.test(text)) return text
  // An ETag has only its quotation marks.
  if (!rare.test(text)) return text.replaceAll('"', '&quot;')
  return text.replaceAll(
    specials,
    (c) => named[c] ?? `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`,
  )
}
