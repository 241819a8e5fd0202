import type { Value } from './value.ts'
import {
  GroovyClosure,
  GroovyMap,
  GroovyMatcher,
  GroovyObject,
  GroovySet,
  GroovyTime,
  MapEntryValue,
  Scope,
} from './value.ts'

// Jenkins writes a program down whenever a step keeps it waiting: every variable that can still be
// reached has to be serializable. Here nothing is written, so what Jenkins would stumble over is
// looked for; the same programs fail, at the same step, with the same words.

/** Enough for what scripts hold; beyond it the search ends without a find. */
const MOST = 20_000

const UNSAVABLE = new Set([
  'groovy.json.JsonSlurper',
  'groovy.json.JsonSlurperClassic',
  'groovy.json.JsonBuilder',
  'groovy.json.JsonOutput',
])

/** The class of a value that can't be saved, among what these scopes and values reach. */
export function unsavable(roots: Iterable<Scope | Value>): string | undefined {
  const seen = new Set<object>()
  const waiting: (Scope | Value)[] = [...roots]
  while (waiting.length > 0 && seen.size < MOST) {
    const value = waiting.pop()!
    if (value === null || typeof value !== 'object' || seen.has(value)) continue
    seen.add(value)
    if (!(value instanceof Scope)) {
      const name = refused(value)
      if (name !== undefined) return name
    }
    for (const part of partsOf(value)) {
      if (part !== null && typeof part === 'object') waiting.push(part)
    }
  }
  return undefined
}

function refused(value: Value): string | undefined {
  if (value instanceof GroovyMatcher) return 'java.util.regex.Matcher'
  if (value instanceof GroovyMap) {
    return value.javaClass === 'groovy.json.internal.LazyMap' ? value.javaClass : undefined
  }
  if (value instanceof GroovyTime && value.kind === 'DateTimeFormatter') {
    return 'java.time.format.DateTimeFormatter'
  }
  if (!(value instanceof GroovyObject)) return undefined
  return UNSAVABLE.has(value.type.name) ? value.type.name : undefined
}

function partsOf(value: object): Iterable<Scope | Value | undefined> {
  if (value instanceof Scope) return [...value.held(), value.parent]
  if (value instanceof GroovyClosure) {
    return [value.scope, value.delegate, ...value.curried.flatMap(({ args }) => args)]
  }
  if (value instanceof GroovyObject) return value.fields.values()
  if (value instanceof MapEntryValue) return value.map.values()
  if (value instanceof GroovyMap) return [...value.keys(), ...value.values()]
  return Array.isArray(value) || value instanceof GroovySet ? value : []
}
