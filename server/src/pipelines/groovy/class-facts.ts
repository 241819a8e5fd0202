import { groovyEquals } from './equality.ts'
import { hostError } from './errors.ts'
import type { MethodDecl } from './ast.ts'
import type { GroovyClass, GroovyObject, Value } from './value.ts'

// What annotations of a class add to it (`@Canonical`, `@Immutable`, `@ToString` …), and what its
// declarations say of its properties.

const ADDS: Record<string, readonly string[]> = {
  tuple: ['TupleConstructor', 'Canonical', 'Immutable'],
  text: ['ToString', 'Canonical', 'Immutable'],
  equality: ['EqualsAndHashCode', 'Canonical', 'Immutable'],
  frozen: ['Immutable'],
}

export function hasAdded(
  type: GroovyClass,
  what: 'tuple' | 'text' | 'equality' | 'frozen',
): boolean {
  return (
    type.decl?.annotations.some(({ name }) => ADDS[what]!.includes(name.split('.').at(-1)!)) ??
    false
  )
}

/** What Jenkins leaves as it is. */
export const isPlain = (decl: MethodDecl) =>
  decl.annotations.some(({ name }) => name.endsWith('NonCPS'))

/** Properties in the order of their declaration: fields that are neither static nor private. */
export function propertiesOf(type: GroovyClass): string[] {
  const own = (type.decl?.fields ?? [])
    .filter(({ modifiers }) => !modifiers.includes('static') && !modifiers.includes('private'))
    .map(({ name }) => name)
  return type.superclass?.decl ? [...propertiesOf(type.superclass), ...own] : own
}

/** Whether objects of both have the same properties with the same values. */
export function sameProperties(left: GroovyObject, right: GroovyObject): boolean {
  if (left.type !== right.type) return false
  return propertiesOf(left.type).every((name) =>
    groovyEquals(left.fields.get(name) ?? null, right.fields.get(name) ?? null),
  )
}

/** Whether a class declares a field and a getter for it. */
export function ownsBoth(type: GroovyClass | null, field: string): boolean {
  const getter = new RegExp(`^(?:get|is)${field[0]!.toUpperCase()}${field.slice(1)}$`)
  const { fields = [], methods = [] } = type?.decl ?? {}
  return (
    fields.some(({ name }) => name === field) &&
    methods.some(({ name, params }) => params.length === 0 && getter.test(name))
  )
}

export function isReadOnly(type: GroovyClass, name: string): boolean {
  if (hasAdded(type, 'frozen')) return true
  const field = type.decl?.fields.find((each) => each.name === name)
  return field?.modifiers.includes('final') ?? false
}

export function readOnly(type: GroovyClass, name: string): Error {
  const text = `Cannot set readonly property: ${name} for class: ${type.name}`
  return hostError('groovy.lang.ReadOnlyPropertyException', text)
}

/** Names near enough to be meant, the nearest first: Groovy proposes up to five. */
export function nearbyProperties(type: GroovyClass, wanted: string): string {
  const near = propertiesOf(type)
    .map((name) => ({ name, cost: distance(wanted, name) }))
    .filter(({ cost }) => cost <= 3)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, 5)
    .map(({ name }) => name)
  return near.length === 0 ? '' : `\nPossible solutions: ${near.join(', ')}`
}

/** Damerau and Levenshtein's, which counts a swap of neighbours as one. */
function distance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, at) => at)]
  for (let a = 1; a <= from.length; a += 1) {
    const row = [a]
    for (let b = 1; b <= to.length; b += 1) {
      const cost = from[a - 1]!.toLowerCase() === to[b - 1]!.toLowerCase() ? 0 : 1
      const up = rows[a - 1]!
      let least = Math.min(up[b]! + 1, row[b - 1]! + 1, up[b - 1]! + cost)
      const swaps = a > 1 && b > 1 && from[a - 1] === to[b - 2] && from[a - 2] === to[b - 1]
      if (swaps) least = Math.min(least, rows[a - 2]![b - 2]! + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[from.length]![to.length]!
}

/** The constant after or before one of an enum, around its end. */
export function neighbour(constant: GroovyObject, step: 1 | -1): Value {
  const all = [
    ...(staticHolder(constant.type, String(constant.fields.get('$name')))?.statics ?? []),
  ]
    .map(([, each]) => each)
    .filter(
      (each): each is GroovyObject =>
        each !== null &&
        typeof each === 'object' &&
        'fields' in each &&
        each.fields.has('$ordinal'),
    )
  const at = all.indexOf(constant)
  return all[(at + step + all.length) % all.length] ?? null
}

/** The class or interface, going up from one, that a static name is in. */
export function staticHolder(type: GroovyClass, name: string): GroovyClass | null {
  for (let at: GroovyClass | null = type; at; at = at.superclass) {
    if (at.statics.has(name)) return at
    for (const each of at.interfaces) {
      const found = staticHolder(each, name)
      if (found) return found
    }
  }
  return null
}
