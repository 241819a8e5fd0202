import {
  GroovyDecimal,
  GroovyDouble,
  GroovyMap,
  GroovySet,
  GString,
  type Interpreter,
  type Value,
} from '../groovy/index.ts'

/** A JSON value as the script sees it. Numbers with a fraction are BigDecimal, as `readJSON` gives them. */
export function fromJson(value: unknown): Value {
  if (value === undefined || value === null) return null
  if (typeof value === 'number') return fromNumber(value)
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value === 'object') {
    return new GroovyMap(Object.entries(value).map(([key, entry]) => [key, fromJson(entry)]))
  }
  return value as string | boolean
}

function fromNumber(value: number): Value {
  if (Number.isInteger(value)) {
    return Math.abs(value) < 2 ** 31 ? value : BigInt(value)
  }
  const [whole = '0', fraction = ''] = value.toString().split('.')
  if (!/^-?\d+$/.test(whole) || !/^\d+$/.test(fraction)) return new GroovyDouble(value)
  return new GroovyDecimal(BigInt(whole + fraction), fraction.length)
}

/** A value of the script as JSON; GStrings are text by now (see `plain`). */
export function toJson(value: Value): unknown {
  if (value instanceof GroovyMap) {
    return Object.fromEntries([...value].map(([key, entry]) => [String(key), toJson(entry)]))
  }
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof GroovySet) return [...value].map(toJson)
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof GroovyDecimal) return Number(value.unscaled) / 10 ** value.scale
  if (value instanceof GroovyDouble) return value.value
  return value
}

/** The same value with its GStrings, also those inside lists and maps, turned into text. */
export async function plain(
  interpreter: Interpreter,
  value: Value,
  context: unknown,
): Promise<Value> {
  if (value instanceof GString) return interpreter.print(value, context)
  if (Array.isArray(value)) {
    const items: Value[] = []
    for (const item of value) items.push(await plain(interpreter, item, context))
    return items
  }
  if (value instanceof GroovyMap) {
    const map = new GroovyMap()
    for (const [key, entry] of value) map.set(key, await plain(interpreter, entry, context))
    return map
  }
  return value
}
