import { hostError } from './errors.ts'
import { GroovyArray, GroovyMap, GroovySet, HostObject, MapEntryValue } from './value.ts'
import type { Value } from './value.ts'

/** java.util.Iterator and ListIterator, over the items there are when it is made. */
export function iteratorOver(
  source: Value,
  items: Value[],
  typeName = 'java.util.Iterator',
): HostObject {
  let at = 0
  let last = -1
  const moved = (by: 1 | -1) => {
    const next = by > 0 ? at : at - 1
    if (next < 0 || next >= items.length) throw hostError('java.util.NoSuchElementException', null)
    at += by
    last = next
    return items[next]!
  }
  const held = () => {
    if (last < 0) throw hostError('java.lang.IllegalStateException', null)
    return last
  }
  const methods: Record<string, (given: Value[]) => Value> = {
    hasNext: () => at < items.length,
    next: () => moved(1),
    remove: () => {
      const place = held()
      drop(source, place, items[place]!)
      items.splice(place, 1)
      at = Math.min(at, place)
      last = -1
      return null
    },
  }
  const both: typeof methods = {
    hasPrevious: () => at > 0,
    previous: () => moved(-1),
    nextIndex: () => at,
    previousIndex: () => at - 1,
    set: ([value = null]) => {
      items[held()] = value
      if (Array.isArray(source)) source[held()] = value
      return null
    },
  }
  const table = typeName === 'java.util.Iterator' ? methods : { ...methods, ...both }
  return new HostObject({
    typeName,
    get: () => undefined,
    // Groovy's own methods take what is left of it.
    items: () => items.slice(at),
    call: (name, { positional }) =>
      Object.hasOwn(table, name) ? table[name]!(positional) : undefined,
  })
}

function drop(source: Value, place: number, item: Value): void {
  if (source instanceof GroovyArray || typeof source === 'string') {
    throw hostError('java.lang.UnsupportedOperationException', null)
  }
  if (Array.isArray(source)) source.splice(place, 1)
  else if (source instanceof GroovySet) source.delete(item)
  else if (source instanceof GroovyMap && item instanceof MapEntryValue) source.delete(item.key)
}
