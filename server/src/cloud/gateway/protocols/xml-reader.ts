import type { Member, Shape, StructShape } from '../schema.ts'
import { setOwn } from './structure-reader.ts'
import { readText } from './text-scalar.ts'
import { malformedXml, type XmlNode } from './xml-tree.ts'

type NodeReader = (node: XmlNode) => unknown
type FieldReader = (parent: XmlNode, out: Record<string, unknown>) => void

const readers = new WeakMap<Shape, NodeReader>()

/** A reader of one element's content as the shape. Throws MalformedXML. */
export function xmlReader(shape: Shape): NodeReader {
  const known = readers.get(shape)
  if (known) return known
  const made = make(shape)
  readers.set(shape, made)
  return made
}

function make(shape: Shape): NodeReader {
  if (shape.kind === 'struct') return structReader(shape, shape.members)
  if (shape.kind === 'list') {
    return (node) =>
      children(node, shape.member.traits.xml ?? 'member').map(xmlReader(shape.member.shape))
  }
  if (shape.kind === 'map') {
    return (node) => readEntries(shape, children(node, 'entry'))
  }
  return (node) => {
    const value = readText(shape, node.text)
    if (value === undefined) throw malformedXml()
    return value
  }
}

/** Reads only `members` of a structure: REST bodies hold those that are bound nowhere else. */
export function structReader(_shape: StructShape, members: Member[]): NodeReader {
  let fields: FieldReader[] | undefined
  return (node) => {
    fields ??= members.map(fieldReader)
    const out: Record<string, unknown> = {}
    for (const read of fields) read(node, out)
    return out
  }
}

function fieldReader(member: Member): FieldReader {
  const { name, shape, traits } = member
  const element = traits.xml ?? name
  if (traits.attribute) {
    return (parent, out) => {
      const value = parent.attributes[element]
      if (value !== undefined) out[name] = value
    }
  }
  if (traits.flat && shape.kind === 'list') {
    return (parent, out) => {
      const found = children(parent, element)
      if (found.length > 0) out[name] = found.map(xmlReader(shape.member.shape))
    }
  }
  if (traits.flat && shape.kind === 'map') {
    return (parent, out) => {
      const found = children(parent, element)
      if (found.length > 0) out[name] = readEntries(shape, found)
    }
  }
  return (parent, out) => {
    const found = parent.children.find((child) => child.name === element)
    if (found) out[name] = xmlReader(shape)(found)
  }
}

function readEntries(shape: Shape & { kind: 'map' }, entries: XmlNode[]): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const entry of entries) {
    const key = children(entry, shape.key.traits.xml ?? 'key')[0]
    const value = children(entry, shape.value.traits.xml ?? 'value')[0]
    if (!key || !value) throw malformedXml()
    setOwn(out, key.text, xmlReader(shape.value.shape)(value))
  }
  return out
}

function children(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name)
}
