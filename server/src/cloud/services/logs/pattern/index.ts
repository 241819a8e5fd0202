import { parseCondition, type Read } from './condition.ts'
import { jsonReader } from './json.ts'
import { invalidPattern } from './lexer.ts'
import { spacePattern } from './space.ts'
import { termsPattern } from './terms.ts'

/** A compiled filter pattern (CloudWatch Logs user guide, "Filter pattern syntax"). */
export interface FilterPattern {
  matches(message: string): boolean
  /** Reads `$.member` or `$field` of a matching message, for metric filters. */
  read(message: string): Read
}

const nothing: Read = () => undefined

/** Throws InvalidParameterException when the pattern isn't one. */
export function compilePattern(source: string): FilterPattern {
  const text = source.trim()
  if (text === '') return { matches: () => true, read: () => nothing }
  if (text.startsWith('{')) return jsonPattern(inside(text, '}'))
  if (text.startsWith('[')) {
    const pattern = spacePattern(inside(text, ']'))
    return { matches: pattern.matches, read: (message) => pattern.read(message) ?? nothing }
  }
  return { matches: termsPattern(text), read: () => nothing }
}

function jsonPattern(source: string): FilterPattern {
  const condition = parseCondition(source)
  return {
    matches(message) {
      const read = jsonReader(message)
      return read !== undefined && condition(read)
    },
    read: (message) => jsonReader(message) ?? nothing,
  }
}

function inside(text: string, close: string): string {
  if (!text.endsWith(close)) throw invalidPattern()
  return text.slice(1, -1)
}
