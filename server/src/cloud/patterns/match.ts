import type { Alternative, Field, Pattern } from './compile.ts'
import type { Scalar } from './expression.ts'

/** A value of an event and in which element of which lists it stands. */
interface Leaf {
  value: Scalar
  /** By the list's own number: the element's. */
  places: Map<number, number>
}

type Leaves = Map<string, Leaf[]>

/**
 * Whether an event matches. Values in lists of objects have to come from the same element, as with
 * AWS ("array consistency").
 */
export function matchesPattern(pattern: Pattern, event: unknown): boolean {
  const leaves: Leaves = new Map()
  const lists = { count: 0 }
  flatten(event, '', new Map(), leaves, lists)
  return pattern.alternatives.some((alternative) => meets(alternative, leaves))
}

function flatten(
  value: unknown,
  path: string,
  places: Leaf['places'],
  leaves: Leaves,
  lists: { count: number },
): void {
  if (Array.isArray(value)) {
    const list = lists.count++
    for (const [index, one] of value.entries()) {
      // Only lists of objects hold their values together.
      const isObject = typeof one === 'object' && one !== null
      const inside = isObject ? new Map([...places, [list, index]]) : places
      flatten(one, path, inside, leaves, lists)
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      flatten(one, path === '' ? key : `${path}.${key}`, places, leaves, lists)
    }
  } else {
    const leaf = { value: value as Scalar, places }
    const known = leaves.get(path)
    if (known) known.push(leaf)
    else leaves.set(path, [leaf])
  }
}

function meets(alternative: Alternative, leaves: Leaves): boolean {
  return choose([...alternative], leaves, new Map())
}

/** Tries the values of each field in turn, keeping to the list elements chosen so far. */
function choose(fields: [string, Field][], leaves: Leaves, chosen: Leaf['places']): boolean {
  const [first, ...rest] = fields
  if (!first) return true
  const [path, { conditions }] = first
  const found = leaves.get(path) ?? []
  if (found.length === 0 && conditions.some(({ kind }) => kind === 'absent')) {
    return choose(rest, leaves, chosen)
  }
  for (const { value, places } of found) {
    const isMet = conditions.some(
      (one) => one.kind === 'exists' || (one.kind === 'value' && one.test(value)),
    )
    const isElsewhere = [...places].some(([list, at]) => (chosen.get(list) ?? at) !== at)
    if (!isMet || isElsewhere) continue
    if (choose(rest, leaves, new Map([...chosen, ...places]))) return true
  }
  return false
}
