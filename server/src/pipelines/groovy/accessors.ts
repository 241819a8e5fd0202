import { neighbour } from './class-facts.ts'
import type { GroovyObject, Value } from './value.ts'

/** getX() and setX(v) of a field x; name() and ordinal() of an enum constant. */
export function accessor(self: GroovyObject, name: string, args: Value[]): Value | undefined {
  if (name === 'name' && args.length === 0) return self.fields.get('$name')
  if (name === 'ordinal' || name === 'next' || name === 'previous') {
    if (!self.fields.has('$ordinal')) return undefined
    return name === 'ordinal'
      ? self.fields.get('$ordinal')
      : neighbour(self, name === 'next' ? 1 : -1)
  }
  const match = /^(get|is|set)([A-Z_]\w*)$/.exec(name)
  if (!match) return undefined
  const property = match[2]![0]!.toLowerCase() + match[2]!.slice(1)
  if (!self.fields.has(property)) return undefined
  if (match[1] !== 'set') return args.length === 0 ? self.fields.get(property) : undefined
  self.fields.set(property, args[0] ?? null)
  return null
}
