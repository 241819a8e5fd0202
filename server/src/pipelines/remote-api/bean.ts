import { readTree, type Tree } from './tree.ts'

export type Value = null | string | number | boolean | Bean | Value[]
export type Members = Record<string, Value | (() => Value | Promise<Value>)>

/**
 * A thing that the API shows. `basic` also stands where it is only mentioned; `full` where it is what
 * was asked for, or lies within `depth`; `named` only where `tree` asks for it by name.
 */
export interface Bean {
  class?: string
  basic: Members
  full?: Members
  named?: Members
}

export type Plain = null | string | number | boolean | Plain[] | { [name: string]: Plain }

/** Made from `depth=` or `tree=`; `tree` wins, as in Jenkins. */
export type Selection = { depth: number } | { tree: Tree }

const DEEPEST = 6

export function selectionOf(query: URLSearchParams): Selection {
  const tree = query.get('tree')
  if (tree !== null && tree !== '') return { tree: readTree(tree) }
  const depth = Number(query.get('depth') ?? 0)
  return { depth: Number.isInteger(depth) ? Math.min(Math.max(depth, 0), DEEPEST) : 0 }
}

/** A value of which everything is shown wherever it stands. */
export const inline = (members: Members, name?: string): Bean =>
  name === undefined ? { basic: members } : { class: name, basic: members }

const isBean = (value: Value): value is Bean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The selected part of a thing; only what is shown is computed. */
export async function select(bean: Bean, selection: Selection): Promise<{ [name: string]: Plain }> {
  const shown: { [name: string]: Plain } = {}
  if (bean.class !== undefined) shown['_class'] = bean.class
  if ('tree' in selection) await selectTree(bean, selection.tree, shown)
  else await selectDepth(bean, selection.depth, shown)
  return shown
}

async function selectDepth(bean: Bean, depth: number, into: { [name: string]: Plain }) {
  const members = depth >= 0 ? { ...bean.basic, ...bean.full } : bean.basic
  for (const [name, member] of Object.entries(members)) {
    into[name] = await plain(await valueOf(member), { depth: depth - 1 })
  }
}

async function selectTree(bean: Bean, tree: Tree, into: { [name: string]: Plain }) {
  const members: Members = { ...bean.basic, ...bean.full, ...bean.named }
  const rest = tree.get('*')
  for (const [name, member] of Object.entries(members)) {
    const wanted = tree.get(name) ?? (bean.named?.[name] === undefined ? rest : undefined)
    if (!wanted) continue
    const value = await valueOf(member)
    const { from, to } = wanted
    into[name] = await plain(Array.isArray(value) ? value.slice(from, to) : value, {
      tree: wanted.tree,
    })
  }
}

async function valueOf(member: Members[string]): Promise<Value> {
  return typeof member === 'function' ? member() : member
}

async function plain(value: Value, selection: Selection): Promise<Plain> {
  if (Array.isArray(value)) {
    const items: Plain[] = []
    for (const item of value) items.push(await plain(item, selection))
    return items
  }
  return isBean(value) ? select(value, selection) : value
}
