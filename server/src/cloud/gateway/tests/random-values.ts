import type { Member, Shape, StructShape } from '../schema.ts'

/** A small seeded generator (mulberry32): a failing case can be run again from its seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

type Random = () => number
type Values = Record<string, unknown>

const texts = [
  'a',
  'web-1',
  'x<y&z>"\'',
  '한국어 yard',
  'tab\there',
  'line\nbreak',
  '🎉',
  'a=b&c=d',
  '100%',
]
const plainTexts = ['alpha', 'b-2', 'c_3.d', 'name', 'zz9']
const depthLimit = 4

/** A structure with its required members and some others; undefined if it would be empty. */
export function randomStruct(shape: StructShape, random: Random, depth = 0): Values | undefined {
  const out: Values = {}
  const { members } = shape
  if (shape.union) {
    const member = members[Math.floor(random() * members.length)]!
    const value = randomMember(member, random, depth)
    return value === undefined ? undefined : { [member.name]: value }
  }
  for (const member of members) {
    if (!member.required && random() > (members.length > 12 ? 0.3 : 0.6)) continue
    const value = randomMember(member, random, depth)
    if (value !== undefined) out[member.name] = value
  }
  return Object.keys(out).length > 0 ? out : undefined
}

function randomMember(member: Member, random: Random, depth: number): unknown {
  const { traits, shape } = member
  if (member.name === 'Bucket' && shape.kind === 'string') return 'my-bucket'
  if (traits.status) return 200
  // The client neither quotes line breaks in attributes nor sends them in headers.
  const plain =
    traits.attribute ||
    traits.label ||
    traits.header ||
    traits.query ||
    traits.prefixHeaders ||
    traits.host
  return randomValue(shape, random, depth, Boolean(plain))
}

function randomValue(shape: Shape, random: Random, depth: number, plain: boolean): unknown {
  if (depth > depthLimit) return undefined
  switch (shape.kind) {
    case 'struct':
      return randomStruct(shape, random, depth + 1)
    case 'list':
      return some(random, () => randomValue(shape.member.shape, random, depth + 1, plain))
    case 'map':
      return randomMap(shape.value.shape, random, depth, plain)
    case 'string':
      return pick(plain ? plainTexts : texts, random)
    case 'number':
      return Math.floor(random() * 1000)
    case 'boolean':
      return random() < 0.5
    case 'timestamp':
      return new Date(Math.floor(random() * 2_000_000_000) * 1000)
    case 'blob':
      return Buffer.from(Array.from({ length: 1 + Math.floor(random() * 9) }, () => random() * 256))
    default:
      throw new Error(`no random ${shape.kind}`)
  }
}

function some(random: Random, make: () => unknown): unknown[] | undefined {
  const items = Array.from({ length: 1 + Math.floor(random() * 3) }, make)
  const kept = items.filter((item) => item !== undefined)
  return kept.length > 0 ? kept : undefined
}

function randomMap(value: Shape, random: Random, depth: number, plain: boolean) {
  const out: Values = {}
  for (const key of plainTexts.slice(0, 1 + Math.floor(random() * 3))) {
    const item = randomValue(value, random, depth + 1, plain)
    if (item !== undefined) out[key] = item
  }
  return Object.keys(out).length > 0 ? out : undefined
}

function pick<T>(items: T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!
}
