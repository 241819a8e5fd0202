import { invalid, isStructure, type Structure, type Value } from './value.ts'

const loop = /^Fn::ForEach::(.+)$/

/**
 * `Fn::ForEach::<name>: [variable, list, { "Key${variable}": … }]` written out.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
 */
export function expandLoops(value: Structure, parameters: Record<string, Value>): Structure {
  return expand(value, parameters) as Structure
}

function expand(value: Value, parameters: Record<string, Value>): Value {
  if (Array.isArray(value)) return value.map((item) => expand(item, parameters))
  if (!isStructure(value)) return value
  const result: Structure = {}
  for (const [name, item] of Object.entries(value)) {
    if (!loop.test(name)) {
      result[name] = expand(item, parameters)
      continue
    }
    for (const [key, made] of Object.entries(rounds(name, item, parameters))) {
      if (key in result) throw invalid(`Template error: Fn::ForEach makes ${key} twice.`)
      result[key] = made
    }
  }
  return result
}

function rounds(name: string, item: Value, parameters: Record<string, Value>): Structure {
  const [variable, collection, body] = Array.isArray(item) ? item : []
  const items = collection === undefined ? undefined : listOf(collection, parameters)
  if (typeof variable !== 'string' || !items || !isStructure(body)) {
    throw invalid(`Template error: ${name} requires an identifier, a collection and a map.`)
  }
  return Object.assign(
    {},
    ...items.map((text) => expand(fill(body, variable, text), parameters) as Structure),
  ) as Structure
}

function listOf(value: Value, parameters: Record<string, Value>): string[] | undefined {
  if (Array.isArray(value)) return value.flatMap((item) => listOf(item, parameters) ?? [])
  if (!isStructure(value)) return value === null ? undefined : [String(value)]
  const known = parameters[String(value['Ref'])]
  return Array.isArray(known)
    ? known.map(String)
    : known === undefined
      ? undefined
      : [String(known)]
}

function fill(value: Value, variable: string, text: string): Value {
  const plain = text.replace(/[^a-zA-Z0-9]/g, '')
  const put = (source: string) =>
    source.replaceAll(`\${${variable}}`, text).replaceAll(`&{${variable}}`, plain)
  if (typeof value === 'string') return put(value)
  if (Array.isArray(value)) return value.map((item) => fill(item, variable, text))
  if (!isStructure(value)) return value
  if (value['Ref'] === variable && Object.keys(value).length === 1) return text
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [put(name), fill(item, variable, text)]),
  )
}
