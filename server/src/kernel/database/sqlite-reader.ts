import { SqliteConnection } from './sqlite-connection.ts'
import type { QueryOutcome } from './types.ts'

/**
 * The connection that reads. What is read in one turn of the event loop reads one snapshot: opening
 * one is a third of a small read. Whoever was told that a write is on disk must see it, so the snapshot
 * ends before the writer's answers are given out (`refresh`), and with the turn in any case.
 */
export class SqliteReader {
  readonly #connection: SqliteConnection
  #hasSnapshot = false

  constructor(file: string) {
    this.#connection = new SqliteConnection(file)
    this.#connection.db.exec(
      'pragma query_only = on; pragma cache_size = -32000; pragma mmap_size = 268435456',
    )
  }

  run(sql: string, parameters: readonly unknown[]): QueryOutcome {
    if (!this.#hasSnapshot) {
      this.#connection.run('begin', [])
      this.#hasSnapshot = true
      setImmediate(() => this.refresh())
    }
    return this.#connection.run(sql, parameters)
  }

  /** The next read sees everything that is committed now. */
  refresh(): void {
    if (!this.#hasSnapshot) return
    this.#hasSnapshot = false
    // An error while reading may have ended it already.
    if (this.#connection.db.isTransaction) this.#connection.run('commit', [])
  }

  close(): void {
    this.refresh()
    this.#connection.close()
  }
}
