import { entryValue, mapPut } from './equality.ts'
import { hostError } from './errors.ts'
import { itemsOf } from './items.ts'
import { type GroovyNumber, isNumber, numberText, parseDecimal } from './numbers.ts'
import { toGroovyString } from './print.ts'
import {
  GroovyBigInteger,
  GroovyDate,
  GroovyDecimal,
  GroovyDouble,
  GroovyMap,
  GroovyObject,
  GroovyRange,
  GroovySet,
  GString,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const MAX_DEPTH = 500

/**
 * A value as JSON for the journal; `fromJson` gives an equal value back. What JSON has no form
 * for is an object with the single key `$long`, `$big`, `$decimal`, `$double`, `$date`, `$set` or
 * `$map` (a map whose keys aren't all plain strings). Throws a GroovyError
 * (NotSerializableException) for closures, matchers and objects of the host.
 */
export function toJson(value: Value, depth = 0): Json {
  if (depth > MAX_DEPTH) throw hostError('java.lang.StackOverflowError', null)
  if (value === null || typeof value !== 'object') {
    return typeof value === 'bigint' ? { $long: String(value) } : value
  }
  if (Array.isArray(value)) return value.map((item) => toJson(item, depth + 1))
  if (value instanceof GString) return toGroovyString(value)
  if (value instanceof GroovyMap) return mapToJson(value, depth)
  if (value instanceof GroovySet) return { $set: [...value].map((item) => toJson(item, depth + 1)) }
  if (value instanceof GroovyDecimal) return { $decimal: numberText(value) }
  if (value instanceof GroovyDouble) return { $double: String(value.value) }
  if (value instanceof GroovyBigInteger) return { $big: String(value.value) }
  if (value instanceof GroovyDate) return { $date: value.ms }
  if (value instanceof GroovyRange) return itemsOf(value)!.map((item) => toJson(item, depth + 1))
  throw hostError('java.io.NotSerializableException', toGroovyString(value))
}

function mapToJson(map: GroovyMap, depth: number): Json {
  // An object's own order puts names that are numbers first.
  const plain = [...map.keys()].every((key) => typeof key === 'string' && !/^(\$|\d+$)/.test(key))
  if (!plain || map.has('__proto__')) {
    const pairs = [...map].map(([key, value]) => [toJson(key, depth + 1), toJson(value, depth + 1)])
    return { $map: pairs }
  }
  const out: { [key: string]: Json } = {}
  for (const [key, value] of map) out[key as string] = toJson(value, depth + 1)
  return out
}

export function fromJson(json: Json): Value {
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(fromJson)
  const [key, ...rest] = Object.keys(json)
  if (key?.startsWith('$') && rest.length === 0) return tagged(key, json[key]!)
  const map = new GroovyMap()
  for (const [name, value] of Object.entries(json)) map.set(name, fromJson(value))
  return map
}

function tagged(tag: string, json: Json): Value {
  switch (tag) {
    case '$long':
      return BigInt(json as string)
    case '$big':
      return new GroovyBigInteger(BigInt(json as string))
    case '$decimal':
      return parseDecimal(json as string)
    case '$double':
      return new GroovyDouble(Number(json))
    case '$date':
      return new GroovyDate(json as number)
    case '$set':
      return new GroovySet((json as Json[]).map(fromJson))
    default: {
      const map = new GroovyMap()
      for (const pair of json as [Json, Json][]) mapPut(map, fromJson(pair[0]), fromJson(pair[1]))
      return map
    }
  }
}

/** JsonOutput.toJson. */
export function jsonText(value: Value, depth = 0): string {
  if (depth > MAX_DEPTH) throw hostError('java.lang.StackOverflowError', null)
  if (value === null || typeof value === 'boolean') return String(value)
  if (isNumber(value)) return finite(value)
  if (value instanceof GroovyMap) {
    const pairs = [...value].map(([key, item]) => {
      if (key === null) throw hostError('java.lang.IllegalArgumentException', NULL_KEY)
      return `${escapeJson(toGroovyString(key))}:${jsonText(item, depth + 1)}`
    })
    return `{${pairs.join(',')}}`
  }
  if (value instanceof MapEntryValue) {
    return `{${escapeJson(toGroovyString(value.key))}:${jsonText(entryValue(value), depth + 1)}}`
  }
  if (value instanceof GroovyDate) {
    return `"${new Date(value.ms).toISOString().replace(/\.\d+Z/, '+0000')}"`
  }
  if (value instanceof GroovyObject) {
    const pairs = [...value.fields].map(
      ([key, item]) => `${escapeJson(key)}:${jsonText(item, depth + 1)}`,
    )
    return `{${pairs.join(',')}}`
  }
  const items = typeof value === 'string' || value instanceof GString ? null : itemsOf(value)
  if (items) return `[${items.map((item) => jsonText(item, depth + 1)).join(',')}]`
  return escapeJson(toGroovyString(value))
}

const NULL_KEY = "Maps with null keys can't be converted to JSON"

function finite(value: GroovyNumber): string {
  const text = numberText(value)
  if (!(value instanceof GroovyDouble) || Number.isFinite(value.value)) return text
  const why = Number.isNaN(value.value) ? 'NaN are' : 'infinite are'
  const message = `Number ${text} can't be serialized as JSON: ${why} not allowed in JSON.`
  throw hostError('groovy.json.JsonException', message)
}

function escapeJson(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** JsonOutput.prettyPrint: four spaces, `key: value`. */
export function prettyJson(text: string): string {
  let out = ''
  let depth = 0
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? []
  for (const [at, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      depth += 1
      out += `${token}\n${'    '.repeat(depth)}`
    } else if (token === '}' || token === ']') {
      depth -= 1
      const empty = tokens[at - 1] === '{' || tokens[at - 1] === '['
      out = empty ? `${out.trimEnd()}\n${'    '.repeat(depth + 1)}` : out
      out += `\n${'    '.repeat(Math.max(0, depth))}${token}`
    } else if (token === ',') out += `,\n${'    '.repeat(depth)}`
    else out += token === ':' ? ': ' : token
  }
  return out
}
