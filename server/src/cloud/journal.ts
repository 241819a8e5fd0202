import type { Database, Statement } from '../kernel/index.ts'

/** Statements of one turn of the event loop go to the writer together and share its flush. */
export class Journal {
  readonly #database: Database
  #batch: { statements: Statement[]; stored: Promise<void> } | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Resolves when it is on disk; what is added first is stored first. */
  add(sql: string, parameters: readonly unknown[]): Promise<void> {
    this.#batch ??= this.#open()
    this.#batch.statements.push({ sql, parameters })
    return this.#batch.stored
  }

  #open() {
    const statements: Statement[] = []
    const stored = new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        this.#batch = undefined
        this.#database.apply(statements).then(() => resolve(), reject)
      })
    })
    // Every caller awaits it, or, where it writes behind, logs a failure.
    stored.catch(() => undefined)
    return { statements, stored }
  }
}
