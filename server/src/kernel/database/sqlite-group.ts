import { SqliteConnection } from './sqlite-connection.ts'
import type { WriterAnswer, WriterRequest } from './sqlite-messages.ts'
import { withSums } from './sums.ts'
import type { Statement } from './types.ts'

const GROUP_LIMIT = 512
const GROUP_MS = 10

/**
 * The only connection that writes. Interactive transactions run one at a time, each in a savepoint of
 * the open group; whatever else has arrived by the time one ends joins the group; then one COMMIT makes
 * all of them durable.
 */
export class SqliteGroupWriter {
  readonly #connection: SqliteConnection
  readonly #answer: (message: WriterAnswer) => void
  #groupOpen = false
  #groupSince = 0
  #inSavepoint = false
  #beginFailure: unknown
  /** The next transaction is on its way; it follows at once, and GROUP_MS bounds the wait in any case. */
  #moreToCome = false
  #members: number[] = []
  /** Of each member, joined by commas; empty where none of them asked for any. */
  #sums: string[] = []
  readonly #held: WriterRequest[] = []

  /** Without `durable` a commit may be lost with the machine's power; not with the process. */
  constructor(
    file: string,
    { durable }: { durable: boolean },
    answer: (message: WriterAnswer) => void,
  ) {
    this.#answer = answer
    this.#connection = new SqliteConnection(file)
    this.#connection.db.exec(
      `pragma journal_mode = wal; pragma synchronous = ${durable ? 'full' : 'off'};` +
        'pragma foreign_keys = on; pragma cache_size = -32000;' +
        'pragma wal_autocheckpoint = 4000; pragma temp_store = memory',
    )
  }

  /** While a transaction is in its savepoint, others wait: their rows must not fall with it. */
  take(request: WriterRequest): void {
    const mustWait = request.kind === 'apply' || request.kind === 'begin'
    if (this.#inSavepoint && mustWait) this.#held.push(request)
    else this.#perform(request)
    while (!this.#inSavepoint && this.#held.length > 0) this.#perform(this.#held.shift()!)
  }

  /** Nothing else has arrived: what is in the group goes to disk. */
  settle(): void {
    if (!this.#inSavepoint && !this.#moreToCome) this.#commitGroup()
  }

  #perform(request: WriterRequest): void {
    try {
      this.#handle(request)
    } catch (error) {
      if (request.kind === 'begin') this.#beginFailure = error
      else this.#fail([request.id], error)
      this.#abandonIfRolledBack(error)
    }
  }

  #handle(request: WriterRequest): void {
    switch (request.kind) {
      case 'begin':
        return this.#begin()
      case 'query':
        return this.#query(request)
      case 'release':
        return this.#release(request)
      case 'undo':
        return this.#undo(request.id)
      case 'apply':
        return this.#apply(request.id, request.statements)
      case 'close':
        return this.#close(request.id)
    }
  }

  #begin(): void {
    this.#moreToCome = false
    this.#beginFailure = undefined
    this.#openGroup()
    this.#control('savepoint one')
    this.#inSavepoint = true
  }

  #query(request: { id: number; sql: string; parameters: readonly unknown[] }): void {
    this.#checkOpen()
    const outcome = this.#connection.run(request.sql, request.parameters)
    this.#answer({ kind: 'done', id: request.id, ...outcome })
  }

  #release(request: { id: number; more: boolean }): void {
    this.#moreToCome = request.more
    this.#checkOpen()
    this.#control('release one')
    this.#inSavepoint = false
    this.#join(request.id)
  }

  #undo(id: number): void {
    if (this.#inSavepoint) this.#connection.db.exec('rollback to one; release one')
    this.#inSavepoint = false
    this.#answer({ kind: 'done', id, rows: [], changes: 0 })
  }

  #apply(id: number, given: Statement[]): void {
    const sums: string[] = []
    const statements = given.map((statement) => withSums(statement, sums))
    this.#openGroup()
    const [first] = statements
    // One statement is undone as a whole by itself.
    if (statements.length === 1) this.#connection.run(first!.sql, first!.parameters)
    else this.#applyMany(statements)
    if (sums.length > 0) this.#sums[this.#members.length] = sums.join(',')
    this.#join(id)
  }

  #applyMany(statements: Statement[]): void {
    this.#control('savepoint many')
    try {
      for (const { sql, parameters } of statements) this.#connection.run(sql, parameters)
    } catch (error) {
      if (this.#connection.db.isTransaction) {
        this.#control('rollback to many')
        this.#control('release many')
      }
      throw error
    }
    this.#control('release many')
  }

  /** Prepared once, as the statements themselves are. */
  #control(sql: string): void {
    this.#connection.run(sql, [])
  }

  #close(id: number): void {
    this.#commitGroup()
    this.#connection.close()
    this.#answer({ kind: 'done', id, rows: [], changes: 0 })
  }

  #checkOpen(): void {
    if (this.#inSavepoint) return
    throw this.#beginFailure ?? new Error('the transaction was rolled back by the database')
  }

  #openGroup(): void {
    if (this.#groupOpen) return
    this.#control('begin immediate')
    this.#groupOpen = true
    this.#groupSince = Date.now()
  }

  #join(id: number): void {
    this.#members.push(id)
    const isDue = Date.now() - this.#groupSince > GROUP_MS
    if (this.#members.length >= GROUP_LIMIT || isDue) this.#commitGroup()
  }

  #commitGroup(): void {
    if (!this.#groupOpen) return
    const ids = this.#members
    const sums = this.#sums
    this.#sums = []
    try {
      this.#control('commit')
      this.#groupOpen = false
      this.#members = []
      if (ids.length > 0) this.#answer({ kind: 'durable', ids, ...(sums.length > 0 && { sums }) })
    } catch (error) {
      if (this.#connection.db.isTransaction) this.#connection.db.exec('rollback')
      this.#groupOpen = false
      this.#members = []
      this.#fail(ids, error)
    }
  }

  /** A full disk or an I/O error may make SQLite roll the whole group back by itself. */
  #abandonIfRolledBack(error: unknown): void {
    if (!this.#groupOpen || this.#connection.db.isTransaction) return
    this.#groupOpen = false
    this.#inSavepoint = false
    const ids = this.#members
    this.#members = []
    this.#sums = []
    this.#fail(ids, error)
  }

  #fail(ids: number[], error: unknown): void {
    if (ids.length === 0) return
    const known = error as { message?: string; errstr?: string; errcode?: number }
    this.#answer({
      kind: 'failed',
      ids,
      message: known.message ?? String(error),
      code: String(known.errcode ?? ''),
    })
  }
}
