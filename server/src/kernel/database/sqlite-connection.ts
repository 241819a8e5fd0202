import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { QueryOutcome } from './types.ts'

const CACHED_STATEMENTS = 500

interface Prepared {
  statement: StatementSync
  /** Asked once: listing the columns costs more than reading a row. */
  givesRows: boolean
}

/** One SQLite connection with a bounded cache of prepared statements. */
export class SqliteConnection {
  readonly db: DatabaseSync
  readonly #statements = new Map<string, Prepared>()

  constructor(file: string, options: { readOnly?: boolean } = {}) {
    this.db = new DatabaseSync(file, { readOnly: options.readOnly ?? false, timeout: 10_000 })
  }

  /** Runs one statement; rows of a query, or how many rows a change touched. */
  run(sql: string, parameters: readonly unknown[]): QueryOutcome {
    const { statement, givesRows } = this.#prepare(sql)
    const values = parameters.map(asInput)
    if (givesRows) {
      return { rows: statement.all(...values) as Record<string, unknown>[], changes: 0 }
    }
    return { rows: [], changes: Number(statement.run(...values).changes) }
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.db.prepare(sql)
    const prepared = { statement, givesRows: statement.columns().length > 0 }
    if (this.#statements.size >= CACHED_STATEMENTS) {
      this.#statements.delete(this.#statements.keys().next().value!)
    }
    this.#statements.set(sql, prepared)
    return prepared
  }

  close(): void {
    this.#statements.clear()
    this.db.close()
  }
}

function asInput(value: unknown): SQLInputValue {
  if (value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  return value as SQLInputValue
}
