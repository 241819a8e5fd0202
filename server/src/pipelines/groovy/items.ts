import { rangeItems } from './range.ts'
import { allMatches } from './regex.ts'
import {
  GroovyMap,
  GroovyMatcher,
  GroovyRange,
  GroovySet,
  GString,
  HostObject,
  MapEntryValue,
} from './value.ts'
import type { Value } from './value.ts'
import { toGroovyString } from './print.ts'

/** What a loop over the value visits; null when it can't be iterated as a collection. */
export function itemsOf(value: Value): Value[] | null {
  if (Array.isArray(value)) return value
  if (value === null) return []
  if (value instanceof GroovyRange) return rangeItems(value)
  if (value instanceof GroovySet) return [...value]
  if (value instanceof GroovyMap)
    return [...value.keys()].map((key) => new MapEntryValue(value, key))
  if (value instanceof HostObject) return value.port.items?.() ?? null
  if (value instanceof GroovyMatcher) return allMatches(value).map(matchValue)
  if (typeof value === 'string' || value instanceof GString) return [...toGroovyString(value)]
  return null
}

/** A match as Groovy shows it: its text, or a list of text and groups. */
export function matchValue(match: RegExpExecArray): Value {
  if (match.length === 1) return match[0]
  return Array.from(match, (group) => group ?? null)
}
