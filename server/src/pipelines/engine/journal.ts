import type { Database, Log } from '../../kernel/index.ts'
import { parseColumn, stringify } from '../../kernel/index.ts'
import type { PipelinesTables, StepRow } from '../tables.ts'

/**
 * What the steps of a run came to. After a crash the program runs again from its beginning, and a
 * step that is in here is answered from here instead of being done again. A step is known by its
 * path: the blocks it is in and its number among the calls there, which are the same each time
 * because everything a program can learn (results, the time, randomness) comes from here.
 */
export class Journal {
  readonly #database: Database
  readonly #log: Log
  readonly #runId: string
  readonly #now: () => number
  #steps = new Map<string, StepRow>()
  #unsettled = new Set<Promise<void>>()

  constructor(parts: { database: Database; log: Log; runId: string; now: () => number }) {
    this.#database = parts.database
    this.#log = parts.log
    this.#runId = parts.runId
    this.#now = parts.now
  }

  /** Reads what an earlier server has noted. */
  async load(): Promise<void> {
    const rows = await this.#database
      .tables<PipelinesTables>()
      .selectFrom('pipelines_step')
      .selectAll()
      .where('run_id', '=', this.#runId)
      .execute()
    this.#steps = new Map(rows.map((row) => [row.path, row]))
  }

  get isEmpty(): boolean {
    return this.#steps.size === 0
  }

  get(path: string): { state: StepRow['state']; result: unknown; startedMs: number } | undefined {
    const row = this.#steps.get(path)
    if (!row) return undefined
    return {
      state: row.state,
      result: parseColumn<unknown>(row.result),
      startedMs: row.started_at,
    }
  }

  /** What was begun under a step's name and has not ended. */
  begun(name: string): unknown[] {
    const open = [...this.#steps.values()].filter(
      (row) => row.name === name && row.state === 'open',
    )
    return open.map((row) => parseColumn<unknown>(row.result))
  }

  /** Resolves when it is on disk. Writes that wait together share one flush. */
  async put(
    path: string,
    name: string,
    state: StepRow['state'],
    result: unknown,
    startedMs: number,
  ): Promise<void> {
    const row: StepRow = {
      run_id: this.#runId,
      path,
      name,
      state,
      result: stringify(result ?? null),
      started_at: startedMs,
      ended_at: this.#now(),
    }
    this.#steps.set(path, row)
    const { state: newState, result: newResult, ended_at } = row
    const statement = this.#database
      .tables<PipelinesTables>()
      .insertInto('pipelines_step')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['run_id', 'path'])
          .doUpdateSet({ state: newState, result: newResult, ended_at }),
      )
      .compile()
    await this.#database.apply([{ sql: statement.sql, parameters: statement.parameters }])
  }

  /** Like `put`, for what can be found out again after a crash: nobody waits for the disk. */
  putLater(...entry: Parameters<Journal['put']>): void {
    const writing = this.put(...entry)
      .catch((error: unknown) =>
        this.#log.error('pipelines.journal', { run: this.#runId, step: entry[0], error }),
      )
      .finally(() => this.#unsettled.delete(writing))
    this.#unsettled.add(writing)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#unsettled)
  }

  /** A value that must be the same when the program runs again (the time, a workspace). */
  async fixed<T>(path: string, make: () => Promise<T> | T): Promise<T> {
    const known = this.get(path)
    if (known) return known.result as T
    const value = await make()
    await this.put(path, 'fixed', 'done', value, this.#now())
    return value
  }
}
