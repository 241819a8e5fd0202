import {
  compilePattern,
  matchesPattern,
  type Pattern,
  PatternFault,
} from '../../../patterns/index.ts'

const read = new WeakMap<string[], Pattern[]>()

/** Lambda's filters are patterns of EventBridge: a record is wanted when any of them matches. */
export function isWanted(patterns: string[], facts: Record<string, unknown>): boolean {
  if (patterns.length === 0) return true
  const known = read.get(patterns) ?? patterns.flatMap((text) => compiled(text) ?? [])
  read.set(patterns, known)
  return known.some((pattern) => matchesPattern(pattern, facts))
}

/** Undefined: it is no pattern. */
export function compiled(text: string): Pattern | undefined {
  try {
    return compilePattern(text)
  } catch (error) {
    if (error instanceof PatternFault) return undefined
    throw error
  }
}

/** Text that is JSON as its value, other text as it is. */
export function asFacts(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
