import type { Role } from '@madang/api'
import type { RunRow } from '../tables.ts'
import type { Bean } from './bean.ts'
import type { Call, Reply } from './exchange.ts'
import type { Container, Item, JobItem } from './model.ts'

/** What a path leads to; `tail` is what `*` stood for. */
export interface At<I extends Item = Item> {
  item: I
  params: Record<string, string>
  tail: string[]
}

export interface AtBuild extends At<JobItem> {
  run: RunRow
}

export type AtContainer = At<Container>
export type AtJob = At<JobItem>

/** Whom a path is for beyond somebody who sees the item (a viewer of its project). */
export type Needs = Role | 'administrator' | 'signedIn'

/** Something that is done, or text that is no thing of the API. */
export interface Action<A> {
  method: 'GET' | 'POST' | 'any'
  path: string
  needs: Needs
  run(call: Call, at: A): Promise<Reply>
}

/** A thing at a path: `<path>/api/json`, `/api/xml`, `/api/python`. */
export interface Thing<A> {
  path: string
  needs: Needs
  show(call: Call, at: A): Promise<Bean>
}

export interface Table<A> {
  things: Thing<A>[]
  actions: Action<A>[]
}

/** The parts of a path that a pattern names; undefined when it is another path. */
export function match(
  pattern: string,
  rest: readonly string[],
): { params: Record<string, string>; tail: string[] } | undefined {
  const parts = pattern === '' ? [] : pattern.split('/')
  const isOpen = parts.at(-1) === '*'
  if (isOpen) parts.pop()
  if (isOpen ? rest.length <= parts.length : rest.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = rest[index]!
    else if (part !== rest[index]) return undefined
  }
  return { params, tail: rest.slice(parts.length) }
}
