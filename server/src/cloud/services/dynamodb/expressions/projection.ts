import type { Item, Value } from '../item-types.ts'
import { pathText } from './ast.ts'

export type Path = (string | number)[]

interface Node {
  whole: boolean
  names: Map<string, Node>
  indexes: Map<number, Node>
}

export type Projection = Node

const newNode = (): Node => ({ whole: false, names: new Map(), indexes: new Map() })

/** Paths as a tree, made once a request and put over every item. */
export function projectionOf(paths: Path[]): Projection {
  const root = newNode()
  for (const path of paths) {
    let node = root
    for (const part of path) {
      const below: Map<string | number, Node> = typeof part === 'number' ? node.indexes : node.names
      if (!below.has(part)) below.set(part, newNode())
      node = below.get(part)!
    }
    node.whole = true
  }
  return root
}

/** What of the item the paths name; elements of lists close up. */
export function project(item: Item, projection: Projection): Item {
  const out: Item = {}
  for (const [name, node] of projection.names) {
    const value = Object.hasOwn(item, name) ? part(item[name]!, node) : undefined
    if (value !== undefined) out[name] = value
  }
  return out
}

function part(value: Value, node: Node): Value | undefined {
  if (node.whole) return value
  if (node.names.size > 0) {
    const inner = value.M && project(value.M, node)
    return inner && Object.keys(inner).length > 0 ? { M: inner } : undefined
  }
  if (!value.L) return undefined
  const list = [...node.indexes.keys()]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const element = value.L![index]
      const inner = element === undefined ? undefined : part(element, node.indexes.get(index)!)
      return inner === undefined ? [] : [inner]
    })
  return list.length > 0 ? { L: list } : undefined
}

/** One path may neither hold another nor see a map where the other sees a list. */
export function checkPaths(paths: Path[], refusal: (message: string) => Error): void {
  const must = 'must remove or rewrite one of these paths'
  const refuse = (what: string, one: Path, two: Path) =>
    refusal(
      `Two document paths ${what} with each other; ${must}; ` +
        `path one: ${pathText(one)}, path two: ${pathText(two)}`,
    )
  const pairs = paths.flatMap((two, i) => paths.slice(0, i).map((one) => [one, two] as const))
  const overlap = pairs.find(([one, two]) => relation(one, two) === 'overlap')
  if (overlap) throw refuse('overlap', ...overlap)
  const conflict = pairs.find(([one, two]) => relation(one, two) === 'conflict')
  if (conflict) throw refuse('conflict', ...conflict)
}

function relation(one: Path, two: Path): 'overlap' | 'conflict' | 'apart' {
  for (let i = 0; i < one.length && i < two.length; i++) {
    if (typeof one[i] !== typeof two[i]) return 'conflict'
    if (one[i] !== two[i]) return 'apart'
  }
  return 'overlap'
}
