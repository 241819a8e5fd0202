import type { Statement } from './types.ts'

/**
 * What the main thread asks of the writer thread, many in a message; `id` names the request in the answer. A `begin` is not
 * answered: should it fail, what follows in its transaction fails with the reason.
 */
export type WriterRequest =
  | { kind: 'begin'; id: number }
  | { kind: 'query'; id: number; sql: string; parameters: readonly unknown[] }
  /** `more`: another transaction waits to join the group, so the flush to disk can serve both. */
  | { kind: 'release'; id: number; more: boolean }
  | { kind: 'undo'; id: number }
  | { kind: 'apply'; id: number; statements: Statement[] }
  | { kind: 'close'; id: number }

/**
 * What it answers. A `release` and an `apply` are answered by `durable` (or `failed`) once the commit
 * they are part of is on disk; `durable` carries many of them at once, with each one's sums joined by commas (where
 * any of them asked for some).
 */
export type WriterAnswer =
  | { kind: 'done'; id: number; rows: Record<string, unknown>[]; changes: number }
  | { kind: 'failed'; ids: number[]; message: string; code: string }
  | { kind: 'durable'; ids: number[]; sums?: string[] }
