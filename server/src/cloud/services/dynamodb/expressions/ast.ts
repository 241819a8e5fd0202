import type { Value } from '../item-types.ts'

/** Names in the expression are still as written; `resolve` puts the real ones in. */
export interface PathNode {
  kind: 'path'
  parts: (string | number)[]
}

export interface ValueNode {
  kind: 'value'
  name: string
  /** Known once resolved. */
  value?: Value
}

export interface CallNode {
  kind: 'call'
  name: string
  args: Operand[]
}

export interface ArithmeticNode {
  kind: 'arithmetic'
  operator: '+' | '-'
  left: Operand
  right: Operand
}

export type Operand = PathNode | ValueNode | CallNode | ArithmeticNode
export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>='

export type Condition =
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; condition: Condition }
  | { kind: 'compare'; operator: Comparator; left: Operand; right: Operand }
  | { kind: 'between'; operand: Operand; low: Operand; high: Operand }
  | { kind: 'in'; operand: Operand; list: Operand[] }
  | CallNode

export type UpdateAction =
  | { section: 'SET'; path: PathNode; operand: Operand }
  | { section: 'REMOVE'; path: PathNode }
  | { section: 'ADD' | 'DELETE'; path: PathNode; value: ValueNode }

export const pathText = (parts: (string | number)[]): string =>
  `[${parts.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join(', ')}]`
