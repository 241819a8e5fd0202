import { AwsError } from '../error.ts'
import type { ListShape, MapShape, Member, Shape, StructShape } from '../schema.ts'
import { setOwn } from './structure-reader.ts'
import { readText } from './text-scalar.ts'

// `Tag.1.Key=a&Tag.1.Value=b` becomes a tree by its dots, and the shape reads the tree. EC2 names
// members otherwise and never says `member`.

interface ParameterNode {
  value?: string
  children?: Map<string, ParameterNode>
}

type ParameterReader = (node: ParameterNode, path: string) => unknown

const depthLimit = 60
const parameterLimit = 20_000

/** The tree of a form body (or query string). Throws MalformedInput past the limits. */
export function parameterTree(form: string): ParameterNode {
  const root: ParameterNode = {}
  let count = 0
  for (const [key, value] of new URLSearchParams(form)) {
    if (++count > parameterLimit) throw malformed('Too many parameters')
    place(root, key, value)
  }
  return root
}

function place(root: ParameterNode, key: string, value: string): void {
  const steps = key.split('.')
  if (steps.length > depthLimit) throw malformed(`Parameter name too deep: ${key.slice(0, 64)}`)
  let node = root
  for (const step of steps) {
    node.children ??= new Map()
    let next = node.children.get(step)
    if (!next) {
      next = {}
      node.children.set(step, next)
    }
    node = next
  }
  node.value = value
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedInput', message, { status: 400 })
}

/** Readers for one dialect; `ec2` takes ec2QueryName or the capitalised name, and flat lists. */
export function queryReaders(ec2: boolean): (shape: Shape) => ParameterReader {
  const known = new WeakMap<Shape, ParameterReader>()
  const readerOf = (shape: Shape): ParameterReader => {
    const found = known.get(shape)
    if (found) return found
    const made = make(shape)
    known.set(shape, made)
    return made
  }
  const make = (shape: Shape): ParameterReader => {
    if (shape.kind === 'struct') return structReader(shape, readerOf, ec2)
    if (shape.kind === 'list') return listReader(shape, readerOf, false)
    if (shape.kind === 'map') return mapReader(shape, readerOf, false)
    return (node, path) => {
      const value = readText(shape, node.value ?? '')
      if (value !== undefined) return value
      throw ec2
        ? new AwsError(
            'InvalidParameterValue',
            `Value (${node.value}) for parameter ${path} is invalid.`,
          )
        : malformed(`Invalid value '${node.value}' for ${path}`)
    }
  }
  return readerOf
}

function structReader(
  shape: StructShape,
  readerOf: (shape: Shape) => ParameterReader,
  ec2: boolean,
): ParameterReader {
  let fields: [string, string, ParameterReader][] | undefined
  return (node, path) => {
    fields ??= shape.members.map((member) => [
      member.name,
      parameterName(member, ec2),
      memberReader(member, readerOf, ec2),
    ])
    const out: Record<string, unknown> = {}
    if (!node.children) return out
    for (const [name, wireName, read] of fields) {
      const child = node.children.get(wireName)
      if (child) out[name] = read(child, path ? `${path}.${wireName}` : wireName)
    }
    return out
  }
}

function memberReader(
  { shape, traits }: Member,
  readerOf: (shape: Shape) => ParameterReader,
  ec2: boolean,
): ParameterReader {
  if (shape.kind === 'list' && (ec2 || traits.flat)) return listReader(shape, readerOf, true)
  if (shape.kind === 'map' && traits.flat) return mapReader(shape, readerOf, true)
  return readerOf(shape)
}

function parameterName(member: Member, ec2: boolean): string {
  const { ec2: own, xml } = member.traits
  if (ec2 && own) return own
  const name = xml ?? member.name
  return ec2 ? name[0]!.toUpperCase() + name.slice(1) : name
}

function listReader(
  shape: ListShape,
  readerOf: (shape: Shape) => ParameterReader,
  flat: boolean,
): ParameterReader {
  const wrapper = shape.member.traits.xml ?? 'member'
  return (node, path) => {
    const holder = flat ? node : node.children?.get(wrapper)
    const read = readerOf(shape.member.shape)
    return indexed(holder).map(([index, child]) =>
      read(child, flat ? `${path}.${index}` : `${path}.${wrapper}.${index}`),
    )
  }
}

function mapReader(
  shape: MapShape,
  readerOf: (shape: Shape) => ParameterReader,
  flat: boolean,
): ParameterReader {
  const keyName = shape.key.traits.xml ?? 'key'
  const valueName = shape.value.traits.xml ?? 'value'
  return (node, path) => {
    const out: Record<string, unknown> = {}
    const read = readerOf(shape.value.shape)
    for (const [index, entry] of indexed(flat ? node : node.children?.get('entry'))) {
      const key = entry.children?.get(keyName)?.value
      const value = entry.children?.get(valueName)
      if (key !== undefined && value) setOwn(out, key, read(value, `${path}.${index}.${valueName}`))
    }
    return out
  }
}

/** Children named by a number, in its order; gaps are allowed. */
function indexed(node: ParameterNode | undefined): [number, ParameterNode][] {
  const found: [number, ParameterNode][] = []
  for (const [name, child] of node?.children ?? []) {
    if (/^\d{1,9}$/.test(name)) found.push([Number(name), child])
  }
  return found.sort(([a], [b]) => a - b)
}
