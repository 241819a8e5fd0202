import type { Method } from '@madang/api'
import type { Route } from './types.ts'

interface Branch {
  literal: Map<string, Branch>
  parameter: { name: string; branch: Branch } | undefined
  rest: { name: string; routes: Map<Method, Route> } | undefined
  routes: Map<Method, Route>
}

export interface RouteMatch {
  route: Route | undefined
  params: Record<string, string>
  /** Methods that this path knows; empty when the path itself is unknown. */
  allowed: Method[]
}

/** Finds routes by path: a literal part wins over a parameter, a parameter over the rest. */
export class Router {
  readonly #root = branch()

  add(route: Route): void {
    let at = this.#root
    const parts = route.endpoint.path.split('/').slice(1)
    for (const part of parts) {
      if (part.startsWith('*')) {
        at.rest ??= { name: part.slice(1), routes: new Map() }
        return put(at.rest.routes, route)
      }
      at = part.startsWith(':') ? parameterOf(at, part.slice(1)) : literalOf(at, part)
    }
    put(at.routes, route)
  }

  find(method: string, path: string): RouteMatch {
    const parts = path.split('/').slice(1).map(decode)
    const found = walk(this.#root, parts, 0, {})
    if (!found) return { route: undefined, params: {}, allowed: [] }
    const route = found.routes.get(method as Method)
    return { route, params: found.params, allowed: [...found.routes.keys()] }
  }
}

interface Found {
  routes: Map<Method, Route>
  params: Record<string, string>
}

function walk(
  at: Branch,
  parts: string[],
  index: number,
  params: Record<string, string>,
): Found | undefined {
  if (index === parts.length) return at.routes.size > 0 ? { routes: at.routes, params } : undefined
  const part = parts[index]!
  const literal = at.literal.get(part)
  const exact = literal && walk(literal, parts, index + 1, params)
  if (exact) return exact
  if (at.parameter && part !== '') {
    const more = { ...params, [at.parameter.name]: part }
    const found = walk(at.parameter.branch, parts, index + 1, more)
    if (found) return found
  }
  if (!at.rest) return undefined
  const rest = parts.slice(index).join('/')
  return { routes: at.rest.routes, params: { ...params, [at.rest.name]: rest } }
}

function branch(): Branch {
  return { literal: new Map(), parameter: undefined, rest: undefined, routes: new Map() }
}

function literalOf(at: Branch, part: string): Branch {
  const next = at.literal.get(part) ?? branch()
  at.literal.set(part, next)
  return next
}

function parameterOf(at: Branch, name: string): Branch {
  at.parameter ??= { name, branch: branch() }
  if (at.parameter.name !== name) {
    throw new Error(`a path calls the same part :${at.parameter.name} and :${name}`)
  }
  return at.parameter.branch
}

function put(routes: Map<Method, Route>, route: Route): void {
  const { method, path } = route.endpoint
  if (routes.has(method)) throw new Error(`two routes for ${method} ${path}`)
  routes.set(method, route)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a lone % is not an escape; such a path simply matches nothing
  }
}
