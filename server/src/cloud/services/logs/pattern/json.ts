import type { Read } from './condition.ts'

/** Reads `$.a.b[0]["c"]` out of a JSON log line; undefined when the line isn't JSON or has no such value. */
export function jsonReader(message: string): Read | undefined {
  const parsed = parse(message)
  return parsed === undefined ? undefined : (selector) => at(parsed, selector)
}

function parse(message: string): object | undefined {
  const start = message.trimStart()[0]
  if (start !== '{' && start !== '[') return undefined
  try {
    return JSON.parse(message) as object
  } catch {
    return undefined // a line that isn't JSON doesn't match a JSON pattern
  }
}

function at(value: unknown, selector: string): unknown {
  let current = value
  for (const step of selector.matchAll(/\.([\w\-@/]+)|\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]/g)) {
    const name = step[1] ?? step[2] ?? step[3] ?? step[4]!
    if (current === null || typeof current !== 'object') return undefined
    current = Object.hasOwn(current, name) ? (current as Record<string, unknown>)[name] : undefined
  }
  return current
}
