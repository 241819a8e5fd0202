import { parseCondition, type Condition, type Read } from './condition.ts'
import { invalidPattern } from './lexer.ts'

/** `[ip, user, ..., status = 4*, size > 1000]`: one entry a field; `...` stands for any number of fields. */
export interface SpacePattern {
  matches(message: string): boolean
  /** Values by field name, for metric filters. */
  read(message: string): Read | undefined
}

interface Field {
  name: string
  condition: Condition | undefined
}

export function spacePattern(source: string): SpacePattern {
  const entries = splitEntries(source)
  const gap = entries.indexOf('...')
  if (gap !== entries.lastIndexOf('...')) throw invalidPattern()
  const fields = entries.filter((entry) => entry !== '...').map(asField)
  const read = (message: string) => readFields(fields, gap, splitLine(message))
  return {
    read,
    matches(message) {
      const reader = read(message)
      if (!reader) return false
      return fields.every((field) => field.condition?.(reader) ?? true)
    },
  }
}

function asField(entry: string): Field {
  const name = /^\(*\s*([^\s=<>!()]+)/.exec(entry)?.[1]
  if (!name) throw invalidPattern()
  return { name, condition: entry === name ? undefined : parseCondition(entry) }
}

/** Splits at commas that stand outside quotes, parentheses and %regex%. */
function splitEntries(source: string): string[] {
  const parts = source.match(/(?:"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|[^,"%])+/g) ?? []
  return parts.map((part) => part.trim())
}

/** Fields of a line: split at blanks; "…" and […] are one field each. */
function splitLine(message: string): string[] {
  const parts = message.match(/"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\S+/g) ?? []
  return parts.map((part) => (/^(".*"|\[.*\])$/s.test(part) ? part.slice(1, -1) : part))
}

function readFields(fields: Field[], gap: number, values: string[]): Read | undefined {
  const before = gap < 0 ? fields.length : gap
  const after = fields.length - before
  if (gap < 0 ? values.length !== before : values.length < fields.length) return undefined
  const byName = new Map<string, string>()
  for (const [i, field] of fields.entries()) {
    const at = i < before ? i : values.length - after + (i - before)
    byName.set(field.name, values[at]!)
  }
  return (selector) => byName.get(selector.replace(/^\$/, ''))
}
