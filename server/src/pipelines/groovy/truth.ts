import { isNumber, toDouble } from './numbers.ts'
import { findNext } from './regex.ts'
import { toGroovyString } from './print.ts'
import {
  GroovyBuilder,
  GroovyMap,
  GroovyMatcher,
  GroovyRange,
  GroovySet,
  GString,
} from './value.ts'
import type { Value } from './value.ts'

/** Groovy truth, where no script code (asBoolean) has to run. */
export function isTruthy(value: Value): boolean {
  if (value === null) return false
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return value !== ''
  if (isNumber(value)) return toDouble(value) !== 0
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof GroovyMap || value instanceof GroovySet) return value.size > 0
  if (value instanceof GString) return toGroovyString(value) !== ''
  if (value instanceof GroovyBuilder) return value.text !== ''
  if (value instanceof GroovyRange) return !(value.exclusive && value.from === value.to)
  // As Groovy: asking a matcher for its truth moves it to the next match.
  if (value instanceof GroovyMatcher) return findNext(value)
  return true
}
