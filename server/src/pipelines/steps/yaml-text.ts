import { GroovyDate, GroovyMap, type Value, toGroovyString } from '../groovy/index.ts'
import { plainScalar } from './yaml-values.ts'

// The block style in which SnakeYAML dumps, which `writeYaml` goes through: lists stand under their
// key without a deeper indent, texts are quoted where they would else mean something, and folded
// behind column 80.

const WIDTH = 80

export function yamlText(value: Value): string {
  return `${node(value, 0, 0).trimStart()}\n`
}

/** What follows a key or a dash: ` scalar`, or the lines of a block. */
function node(value: Value, indent: number, column: number): string {
  const pad = ' '.repeat(indent)
  if (value instanceof GroovyMap && value.size > 0) {
    return [...value].map(([key, item]) => `\n${pad}${entry(key, item, indent)}`).join('')
  }
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item) => `\n${pad}-${listed(item, indent)}`).join('')
  }
  if (value instanceof GroovyMap) return ' {}'
  if (Array.isArray(value)) return ' []'
  return ` ${scalar(value, indent, column)}`
}

function entry(key: Value, item: Value, indent: number): string {
  const name = scalar(key, indent, indent, true)
  const isBlockList = Array.isArray(item) && item.length > 0
  return `${name}:${node(item, isBlockList ? indent : indent + 2, indent + name.length + 2)}`
}

/** A collection in a list begins on the line of its dash. */
function listed(item: Value, indent: number): string {
  const text = node(item, indent + 2, indent + 2)
  return text.startsWith('\n') ? ` ${text.trimStart()}` : text
}

function scalar(value: Value, indent: number, column: number, isKey = false): string {
  if (value instanceof GroovyDate) {
    return new Date(value.ms).toISOString().replace(/\.000Z$/, 'Z')
  }
  const text = toGroovyString(value)
  if (typeof value !== 'string') return text
  if (!isKey && text.includes('\n') && isPrintable(text)) return literal(text, indent)
  if (text.includes('\n') || !isPrintable(text) || text.includes('\t')) return doubleQuoted(text)
  const place = { indent: Math.max(indent, 2), column }
  if (!isPlain(text)) return isKey ? `'${single(text)}'` : folded(`'${single(text)}'`, place)
  return isKey ? text : folded(text, place)
}

const isPrintable = (text: string) => !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)

const single = (text: string) => text.replaceAll("'", "''")

/** Whether the text says the same without quotes. */
function isPlain(text: string): boolean {
  if (text === '' || /^\s|\s$/.test(text) || plainScalar(text) !== text) return false
  if (/^[,[\]{}#&*!|>'"%@`]/.test(text) || /^(?:[-?:](?:\s|$)|---|\.\.\.)/.test(text)) return false
  return !/:(?:\s|$)|\s#/.test(text) && text !== '<<'
}

function literal(text: string, indent: number): string {
  const pad = ' '.repeat(Math.max(indent, 2))
  const hint = /^[ \n]/.test(text) ? '2' : ''
  const chomp = text.endsWith('\n\n') || text === '\n' ? '+' : text.endsWith('\n') ? '' : '-'
  const lines = text.replace(/\n$/, '').split('\n')
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : pad + line)).join('\n')}`
}

const ESCAPED: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
}

function doubleQuoted(text: string): string {
  const shown = text.replace(/["\\\u0000-\u001f\u007f]/g, (char) => {
    return ESCAPED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `"${shown}"`
}

/** Breaks at the single spaces behind the last column. */
function folded(text: string, { indent, column }: { indent: number; column: number }): string {
  let out = ''
  let at = column
  for (const [index, word] of text.split(/(?<=\S) (?=\S)/).entries()) {
    const breaks = index > 0 && at > WIDTH
    if (breaks) out += `\n${' '.repeat(indent)}`
    else if (index > 0) out += ' '
    at = (breaks ? indent : at + (index > 0 ? 1 : 0)) + word.length
    out += word
  }
  return out
}
