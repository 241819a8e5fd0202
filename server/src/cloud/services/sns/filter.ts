import { BlockList, isIP } from 'node:net'
import { parseObject } from './model.ts'

/** A message as filter policies see it: each key's values, nested for bodies. */
type Facts = { [key: string]: unknown }

/** Attributes: a String.Array's elements are its values, a Number's is a number. */
export function attributeFacts(
  attributes: Record<string, { type: string; text?: string | undefined }>,
): Facts {
  const facts: Facts = {}
  for (const [name, { type, text = '' }] of Object.entries(attributes)) {
    if (type === 'Number' || type.startsWith('Number.')) facts[name] = Number(text)
    else if (type === 'String.Array') facts[name] = parsedArray(text)
    else if (!type.startsWith('Binary')) facts[name] = text
  }
  return facts
}

function parsedArray(text: string): unknown {
  const wrapped = parseObject(`{"list":${text}}`)
  return wrapped ? wrapped['list'] : text
}

/** A body that isn't a JSON object matches no policy on it. */
export const bodyFacts = (body: string): Facts | undefined => parseObject(body)

/** Every key of the policy has to match, by any of its conditions. */
export function matches(policy: Record<string, unknown>, facts: Facts): boolean {
  return Object.entries(policy).every(([key, condition]) => {
    if (key === '$or' && Array.isArray(condition)) {
      return condition.some((one) => matches(one as Record<string, unknown>, facts))
    }
    const isThere = Object.hasOwn(facts, key)
    const value = isThere ? facts[key] : undefined
    if (Array.isArray(condition)) {
      const values = Array.isArray(value) ? value.flat(5) : [value]
      return condition.some((one) => meets(one, isThere, values))
    }
    return nested(condition as Record<string, unknown>, value)
  })
}

/** In a body, lists of objects match when one of them does. */
function nested(policy: Record<string, unknown>, value: unknown): boolean {
  const candidates = Array.isArray(value) ? value.flat(5) : [value]
  const objects = candidates.filter((one) => typeof one === 'object' && one !== null)
  if (objects.length === 0) return matches(policy, {})
  return objects.some((one) => matches(policy, one as Facts))
}

function meets(condition: unknown, isThere: boolean, values: unknown[]): boolean {
  if (typeof condition !== 'object' || condition === null) {
    return isThere && values.some((value) => isSame(condition, value))
  }
  const [operator, operand] = Object.entries(condition)[0] ?? []
  if (operator === 'exists') return operand === isThere
  if (!isThere) return false
  if (operator === 'anything-but') return values.every((value) => isAnythingBut(operand, value))
  return values.some((value) => isBy(operator, operand, value))
}

/** Numbers are the same up to the sixth digit after the point; the guide says five, the service six. */
function isSame(wanted: unknown, value: unknown): boolean {
  if (typeof wanted !== 'number' || typeof value !== 'number') return wanted === value
  return Math.trunc(wanted * 1e6) === Math.trunc(value * 1e6)
}

function isAnythingBut(operand: unknown, value: unknown): boolean {
  if (Array.isArray(operand)) return !operand.some((one) => isSame(one, value))
  if (typeof operand !== 'object' || operand === null) return !isSame(operand, value)
  const [operator, inner] = Object.entries(operand)[0] ?? []
  return ![inner].flat().some((one) => isBy(operator, one, value))
}

function isBy(operator: string | undefined, operand: unknown, value: unknown): boolean {
  if (operator === 'numeric') return typeof value === 'number' && inRange(operand, value)
  if (typeof value !== 'string' || typeof operand !== 'string') return false
  switch (operator) {
    case 'prefix':
      return value.startsWith(operand)
    case 'suffix':
      return value.endsWith(operand)
    case 'equals-ignore-case':
      return value.toLowerCase() === operand.toLowerCase()
    case 'wildcard':
      return wildcard(operand).test(value)
    case 'cidr':
      return inBlock(operand, value)
    default:
      return false
  }
}

function inRange(operand: unknown, value: number): boolean {
  const list = operand as (string | number)[]
  for (let place = 0; place + 1 < list.length; place += 2) {
    const bound = Number(list[place + 1])
    const holds = {
      '=': isSame(bound, value),
      '<': value < bound,
      '<=': value <= bound,
      '>': value > bound,
      '>=': value >= bound,
    }[String(list[place])]
    if (!holds) return false
  }
  return true
}

const wildcard = (pattern: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
      .join('[^]*')}$`,
  )

function inBlock(block: string, address: string): boolean {
  const [base = '', bits] = block.split('/')
  const version = isIP(base)
  if (version === 0 || isIP(address) !== version) return false
  const list = new BlockList()
  list.addSubnet(base, Number(bits ?? (version === 4 ? 32 : 128)), `ipv${version as 4 | 6}`)
  return list.check(address, `ipv${version as 4 | 6}`)
}
