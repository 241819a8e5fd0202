import type { Spot } from './refusals.ts'
import type { Value } from './values.ts'

export type Step = { name: string; exact: boolean } | { index: number } | { every: true }

export type Expression =
  | { kind: 'literal'; value: Value }
  | { kind: 'path'; steps: Step[]; spot: Spot }
  | { kind: 'call'; name: string; args: Expression[] }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'not'; of: Expression }
  | { kind: 'like'; of: Expression; pattern: Expression; escape?: Expression }
  | { kind: 'in'; of: Expression; list: Expression[] }
  | { kind: 'between'; of: Expression; low: Expression; high: Expression }
  | { kind: 'is'; of: Expression; what: 'null' | 'missing' }
  | {
      kind: 'case'
      subject?: Expression
      branches: [Expression, Expression][]
      otherwise: Expression
    }
  | { kind: 'cast'; of: Expression; type: string }
  /** Its running state has a place of its own in each run. */
  | { kind: 'aggregate'; name: string; of: Expression | undefined; slot: number }

export interface Column {
  expression: Expression
  alias?: string
}

export interface Query {
  /** Undefined for `*`. */
  columns: Column[] | undefined
  /** After `S3Object`: `[*].items[*]`. */
  from: Step[]
  alias: string | undefined
  where: Expression | undefined
  limit: number | undefined
  /** How many aggregates there are. */
  slots: number
}
