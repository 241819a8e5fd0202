import { literalPattern } from './literal-pattern.ts'
import { refuse } from './refusals.ts'
import type { Value } from './values.ts'

/** `%` is any text, `_` any character, and after the escape character each is itself. */
export function likeMatcher(): (value: Value, pattern: Value, escape: Value) => Value {
  let known: { pattern: string; escape: string | undefined; matches: RegExp } | undefined
  return (value, pattern, escape) => {
    if ((value ?? null) === null || (pattern ?? null) === null) return null
    const isText = typeof value === 'string' && typeof pattern === 'string'
    if (!isText || (escape !== undefined && (typeof escape !== 'string' || escape.length !== 1))) {
      throw refuse(
        'LikeInvalidInputs',
        'Invalid argument given to the LIKE clause in the SQL expression.',
      )
    }
    if (known?.pattern !== pattern || known.escape !== escape) {
      known = { pattern, escape, matches: expressionOf(pattern, escape) }
    }
    return known.matches.test(value)
  }
}

function expressionOf(pattern: string, escape: string | undefined): RegExp {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!
    if (character === escape && i + 1 < pattern.length) source += literalPattern(pattern[++i]!)
    else if (character === '%') source += '.*'
    else if (character === '_') source += '.'
    else source += literalPattern(character)
  }
  return new RegExp(`^${source}$`, 'su')
}
