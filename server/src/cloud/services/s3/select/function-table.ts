import type { Value } from './values.ts'

/** What a run reads: a record's members, and the aggregates so far. */
export interface Scope {
  /** The first step's value, or MISSING. */
  member(name: string, exact: boolean): Value
  /** The record itself. */
  whole(): Value
  /** Final values, once all records have been read. */
  aggregates: Value[]
  now: number
}

export type Call = (args: Value[], scope: Pick<Scope, 'now'>) => Value

/** A function by its name: how many arguments it takes, least and most, and itself. */
export type Functions = Record<string, [least: number, most: number, call: Call]>
