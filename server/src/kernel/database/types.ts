import type { Kysely } from 'kysely'

export type Dialect = 'sqlite' | 'postgres'

/** A value as both databases take it; booleans are 0 and 1, JSON is text, moments are ms since the epoch. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** One compiled statement: what `query.compile()` gives. */
export interface Statement {
  sql: string
  parameters: readonly unknown[]
}

export interface QueryOutcome {
  rows: Record<string, unknown>[]
  changes: number
}

/** A capability names its own tables: `Kysely<PlanTables>`. */
export type Tables<T> = Kysely<T>

/**
 * The relational store, the same over SQLite and PostgreSQL.
 *
 * - Reads see what is committed. A write is answered when it is on disk; whoever awaited it reads it.
 * - Writes are one after the other (serialisable). On PostgreSQL `run` may be called again after a
 *   conflict, so it does nothing but speak to `tx`; no network, no files, no other `write` inside it.
 * - Writes that wait together share one flush to disk (group commit).
 */
export interface Database {
  readonly dialect: Dialect
  /** Reads, and nothing else. */
  tables<T>(): Kysely<T>
  /** A compiled query's rows, past the query builder: the fast path of hot stores. */
  select<R>(query: Statement): Promise<R[]>
  /** Runs in a transaction; resolves when it is durable, rejects (and undoes it) when `run` throws. */
  write<R>(run: (tx: Transaction) => Promise<R>): Promise<R>
  /**
   * Applies statements that need no answer, all or none; the fast path of hot stores. Resolves when durable, with the
   * sums that their `SumText`s asked for, in order.
   */
  apply(statements: Statement[]): Promise<string[]>
  /** Brings one capability's tables forward; each step runs once, in order, in a transaction. */
  migrate(capability: string, steps: MigrationStep[]): Promise<void>
  close(): Promise<void>
}

/** A write under way. Pass it on to whoever has to write in the same transaction. */
export interface Transaction {
  readonly dialect: Dialect
  tables<T>(): Kysely<T>
  /** Called after the commit; not called when the transaction is undone. */
  afterCommit(run: () => void): void
}

export interface MigrationStep {
  /** Unique in its capability and never changed once released, such as `001-issues`. */
  id: string
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>
}

/** Names of column types where the dialects differ. */
export interface ColumnTypes {
  /** 64-bit integers: moments in ms, sizes in bytes. */
  bigint: 'integer' | 'bigint'
  blob: 'blob' | 'bytea'
  /** A number that grows with each row: use with `.primaryKey()`; on SQLite add `.autoIncrement()`. */
  sequence: 'integer' | 'bigserial'
}

export const columnTypes: Record<Dialect, ColumnTypes> = {
  sqlite: { bigint: 'integer', blob: 'blob', sequence: 'integer' },
  postgres: { bigint: 'bigint', blob: 'bytea', sequence: 'bigserial' },
}
