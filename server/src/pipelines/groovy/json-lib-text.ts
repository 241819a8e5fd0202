import { isNumber, numberText } from './numbers.ts'
import { GroovyMap, JsonArray, jsonNull, JsonObject } from './value.ts'
import type { Value } from './value.ts'

export const isJsonLib = (value: Value): value is JsonObject | JsonArray =>
  value instanceof JsonObject || value instanceof JsonArray

type Print = (value: Value) => string

/** The value as JSON, compact; `print` gives the text of what JSON has no form for. */
export function jsonLibText(value: Value, print: Print): string {
  const written = (item: Value) => jsonLibText(item, print)
  if (value instanceof GroovyMap) {
    const entries = [...value].map(([key, item]) => `${quoted(print(key))}:${written(item)}`)
    return `{${entries.join(',')}}`
  }
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
  return scalarText(value, print)
}

/** `toString(indentFactor)`: one thing stays on its line, and what is nested is set off twice. */
export function jsonLibPretty(value: Value, step: number, print: Print, indent = 0): string {
  if (step <= 0) return jsonLibText(value, print)
  const inner = (item: Value, at: number) => jsonLibPretty(item, step, print, at)
  if (value instanceof GroovyMap) {
    const entries = [...value].map(([key, item]): [string, Value] => [quoted(print(key)), item])
    const texts = (at: number) => entries.map(([key, item]) => `${key}: ${inner(item, at)}`)
    return enclosed('{', '}', entries.length, texts, { step, indent })
  }
  if (Array.isArray(value)) {
    const texts = (at: number) => value.map((item) => inner(item, at))
    return enclosed('[', ']', value.length, texts, { step, indent })
  }
  return scalarText(value, print)
}

function enclosed(
  open: string,
  close: string,
  count: number,
  texts: (indent: number) => string[],
  { step, indent }: { step: number; indent: number },
): string {
  if (count < 2) return open + texts(indent).join('') + close
  const outer = ' '.repeat(indent)
  const lines = texts(indent + step).map((text) => ' '.repeat(indent + step) + text)
  return `${outer}${open}\n${lines.join(',\n')}\n${outer}${close}`
}

function scalarText(value: Value, print: Print): string {
  if (value === null || typeof value === 'boolean' || value === jsonNull)
    return String(print(value))
  if (!isNumber(value)) return quoted(print(value))
  const text = numberText(value)
  return text.includes('.') && !/e/i.test(text) ? text.replace(/\.?0+$/, '') : text
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
}

function quoted(text: string): string {
  // A slash is kept from closing a script tag, and from nothing else.
  const escaped = text.replace(/["\\\u0000-\u001f]|(?<=<)\//g, (char) => {
    if (char === '/') return '\\/'
    return ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}
