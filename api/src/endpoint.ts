import type { z } from 'zod'

/** What a person may do in a project; each role includes the ones before it. */
export const roles = ['viewer', 'developer', 'maintainer'] as const
export type Role = (typeof roles)[number]

/**
 * Who may call an endpoint. `{ project: role }` reads the project's key from the path parameter
 * `:project` and asks for at least that role in it.
 */
export type Access = 'anyone' | 'signedIn' | 'administrator' | { project: Role }

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * One call of Madang's own API, as data: server, web and CLI derive their types from it.
 * `path` holds parameters as `:name`, and `*name` for the rest of the path (may hold slashes).
 */
export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Result extends z.ZodType = z.ZodType,
> {
  method: Method
  path: `/api/${string}`
  access: Access
  params?: Params
  query?: Query
  body?: Body
  result: Result
}

/** Declares an endpoint; only gives it its type. */
export function endpoint<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Result extends z.ZodType = z.ZodType,
>(declaration: Endpoint<Params, Query, Body, Result>): Endpoint<Params, Query, Body, Result> {
  return declaration
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined
type Given<S> = S extends z.ZodType ? z.input<S> : undefined
type Without<S, K extends string> = [S] extends [undefined] ? object : Record<K, S>

/** What a caller hands over: only the parts that the endpoint declares. */
export type CallInput<E> =
  E extends Endpoint<infer P, infer Q, infer B, z.ZodType>
    ? Without<Given<P>, 'params'> & OptionalQuery<Given<Q>> & Without<Given<B>, 'body'>
    : never
type OptionalQuery<Q> = [Q] extends [undefined] ? object : { query?: Q }

/** What a handler receives, parsed. */
export type HandlerInput<E> =
  E extends Endpoint<infer P, infer Q, infer B, z.ZodType>
    ? { params: Parsed<P>; query: Parsed<Q>; body: Parsed<B> }
    : never

export type CallResult<E> =
  E extends Endpoint<z.ZodType, z.ZodType, z.ZodType, infer R> ? z.output<R> : never
export type HandlerResult<E> =
  E extends Endpoint<z.ZodType, z.ZodType, z.ZodType, infer R> ? z.input<R> : never
