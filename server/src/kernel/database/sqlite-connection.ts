import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { QueryOutcome } from './types.ts'

const CACHED_STATEMENTS = 500

interface Prepared {
  statement: StatementSync
  /** Names of what a query gives. Asked once: listing the columns costs more than reading a row. */
  columns: string[]
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
    const { statement, columns } = this.#prepare(sql)
    const values = parameters.map(asInput)
    if (columns.length > 0) {
      const rows = statement.all(...values) as unknown as unknown[][]
      return { rows: rows.map((row) => asObject(columns, row)), changes: 0 }
    }
    return { rows: [], changes: Number(statement.run(...values).changes) }
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.db.prepare(sql)
    const columns = statement.columns().map(({ name }) => name)
    if (columns.length > 0) statement.setReturnArrays(true)
    const prepared = { statement, columns }
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

/** An object made here has a shape; node:sqlite's own is a dictionary, of which a thousand take twice the time. */
function asObject(columns: string[], row: unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) object[columns[index]!] = row[index]
  return object
}

function asInput(value: unknown): SQLInputValue {
  if (value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  return value as SQLInputValue
}
