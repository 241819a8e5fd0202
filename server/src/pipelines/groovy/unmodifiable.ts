import { hostError } from './errors.ts'
import { GroovyMap, GroovySet } from './value.ts'
import type { Value } from './value.ts'

const refusal = () => hostError('java.lang.UnsupportedOperationException', null)

/** A map that scripts may only read: `params`, and what `asImmutable()` gives. */
class UnmodifiableMap extends GroovyMap {
  isFilled = false

  override set(key: Value, value: Value): this {
    if (this.isFilled) throw refusal()
    return super.set(key, value)
  }

  override delete(_key: Value): boolean {
    throw refusal()
  }

  override clear(): void {
    throw refusal()
  }
}

class UnmodifiableSet extends GroovySet {
  isFilled = false

  override add(value: Value): this {
    if (this.isFilled) throw refusal()
    return super.add(value)
  }

  override delete(_value: Value): boolean {
    throw refusal()
  }

  override clear(): void {
    throw refusal()
  }
}

/** What changes a list changes one of its properties: all that is refused. */
const FROZEN: ProxyHandler<Value[]> = {
  set: () => {
    throw refusal()
  },
  deleteProperty: () => {
    throw refusal()
  },
}

export function unmodifiable(value: Value): Value {
  if (Array.isArray(value)) return new Proxy([...value], FROZEN)
  if (value instanceof GroovySet) {
    const set = new UnmodifiableSet()
    for (const item of value) set.add(item)
    set.isFilled = true
    return set
  }
  if (!(value instanceof GroovyMap)) return value
  const map = new UnmodifiableMap()
  for (const [key, item] of value) map.set(key, item)
  map.isFilled = true
  return map
}
