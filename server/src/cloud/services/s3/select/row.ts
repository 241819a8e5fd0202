import type { Value } from './values.ts'

/** One record, whatever format it came in. */
export interface Row {
  /** MISSING where there is none. Throws where the format says so. */
  member(name: string, exact: boolean): Value
  entries(): [string, Value][]
  whole(): Value
}
