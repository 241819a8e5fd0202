/** A step into an object or a list; undefined goes into each of its elements. */
export type Path = (string | number | undefined)[]

const step = /^(?:\.([\w$-]+)|\[(\d+)\]|\[\*\]|\.\*|\['([^']+)'\]|\["([^"]+)"\])/

/** `$.detail.items[0].id`; undefined for what is no path. */
export function parsePath(text: string): Path | undefined {
  if (!text.startsWith('$')) return undefined
  const path: Path = []
  let rest = text.slice(1)
  while (rest !== '') {
    const match = step.exec(rest)
    if (!match) return undefined
    const [whole, name, index, quoted, doubled] = match
    path.push(index === undefined ? (name ?? quoted ?? doubled) : Number(index))
    rest = rest.slice(whole.length)
  }
  return path
}

/** What stands there; undefined where nothing does. */
export function valueAt(value: unknown, path: Path): unknown {
  const [first, ...rest] = path
  if (path.length === 0) return value
  if (typeof value !== 'object' || value === null) return undefined
  if (first === undefined) {
    const inside = Object.values(value).map((one) => valueAt(one, rest))
    return inside.filter((one) => one !== undefined)
  }
  if (!Object.hasOwn(value, first)) return undefined
  return valueAt((value as Record<string | number, unknown>)[first], rest)
}
