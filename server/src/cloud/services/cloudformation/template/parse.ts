import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { invalid, isStructure, type Structure, type Value } from './value.ts'

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
const shortForms: Record<string, string> = {
  '!Ref': 'Ref',
  '!Condition': 'Condition',
  ...Object.fromEntries(
    'And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap ForEach GetAZs GetAtt If ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString Transform ValueOf ValueOfAll'
      .split(' ')
      .map((name) => [`!${name}`, `Fn::${name}`]),
  ),
}

/** Reads a template's text, JSON or YAML, with the short forms written out. */
export function parseTemplate(text: string): Structure {
  const isJson = text.trimStart().startsWith('{')
  const kind = isJson ? 'JSON' : 'YAML'
  const document = parseDocument(text, { schema: 'core', logLevel: 'silent', version: '1.2' })
  const error = document.errors[0]
  if (error) {
    const place = error.linePos?.[0]
    const where = place ? ` (line ${place.line}, column ${place.col})` : ''
    throw invalid(`Template format error: ${kind} not well-formed.${where}`)
  }
  const value = read(document.contents)
  if (!isStructure(value)) throw invalid('Template format error: unsupported structure.')
  return value
}

function read(node: unknown): Value {
  if (isAlias(node)) {
    throw invalid('Template error: YAML aliases are not allowed in CloudFormation templates')
  }
  if (isMap(node)) return tagged(node.tag, mapOf(node.items))
  if (isSeq(node)) {
    const items = node.items.map((item) => read(item))
    return tagged(node.tag, items)
  }
  if (isScalar(node)) return tagged(node.tag, scalar(node.value, node.source))
  return null
}

function mapOf(items: { key: unknown; value: unknown }[]): Structure {
  const result: Structure = Object.create(null) as Structure
  for (const { key, value } of items) {
    const name = read(key)
    if (typeof name === 'object') {
      throw invalid('Template format error: YAML not well-formed.')
    }
    result[String(name)] = read(value)
  }
  return { ...result }
}

function tagged(tag: string | undefined, value: Value): Value {
  if (!tag || tag.startsWith('tag:yaml.org')) return value
  const name = shortForms[tag]
  if (!name) throw invalid(`Template format error: Unsupported tag ${tag}`)
  if (name === 'Fn::GetAtt' && typeof value === 'string') {
    const dot = value.indexOf('.')
    return { [name]: dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)] }
  }
  return { [name]: value }
}

function scalar(value: unknown, source: string | undefined): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  // A long number (an account id, an ETag) keeps its digits.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  if (typeof value === 'number' && String(value) === source) return value
  return source ?? String(value)
}
