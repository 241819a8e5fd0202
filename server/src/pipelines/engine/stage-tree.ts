import type { RunResult, RunStage } from '@madang/api'
import type { Database, Log } from '../../kernel/index.ts'
import type { PipelinesTables, StageRow } from '../tables.ts'
import { worseOf } from '../model.ts'

type StageResult = NonNullable<RunStage['result']>

/** The stages of a run as the page shows them, noted while the run goes on. */
export class StageTree {
  readonly #parts: { database: Database; log: Log; runId: string; now: () => number }
  readonly #changed: () => void
  readonly #rows = new Map<string, StageRow>()

  constructor(
    parts: { database: Database; log: Log; runId: string; now: () => number },
    changed: () => void,
  ) {
    this.#parts = parts
    this.#changed = changed
  }

  async load(): Promise<void> {
    const rows = await this.#parts.database
      .tables<PipelinesTables>()
      .selectFrom('pipelines_stage')
      .selectAll()
      .where('run_id', '=', this.#parts.runId)
      .execute()
    for (const row of rows) this.#rows.set(row.path, row)
  }

  open(path: string, name: string, kind: StageRow['kind'], parent: string | undefined): void {
    if (this.#rows.has(path)) return
    this.#keep({
      run_id: this.#parts.runId,
      path,
      parent: parent ?? null,
      name,
      kind,
      state: 'running',
      result: null,
      ordinal: this.#rows.size,
      started_at: this.#parts.now(),
      finished_at: null,
    })
  }

  /** Makes the stage's result at least this bad. */
  worsen(path: string | undefined, result: RunResult): void {
    const row = path === undefined ? undefined : this.#rows.get(path)
    if (!row || row.result === 'SKIPPED') return
    this.#keep({ ...row, result: worseOf(row.result ?? 'SUCCESS', result) })
  }

  /** Another attempt at a stage (`retry`) starts with a clean slate. */
  begin(path: string | undefined): void {
    const row = path === undefined ? undefined : this.#rows.get(path)
    if (row && row.state !== 'finished' && row.result !== null) this.#keep({ ...row, result: null })
  }

  pause(path: string | undefined, isPaused: boolean): void {
    const row = path === undefined ? undefined : this.#rows.get(path)
    if (!row || row.state === 'finished') return
    this.#keep({ ...row, state: isPaused ? 'paused' : 'running' })
    this.pause(row.parent ?? undefined, isPaused)
  }

  /** Ends a stage; what went wrong in it counts for the stage around it. */
  close(path: string, result: StageResult): void {
    const row = this.#rows.get(path)
    if (!row || row.state === 'finished') return
    const isSkip = result === 'SKIPPED'
    const whole = isSkip ? result : worseOf((row.result as RunResult | null) ?? 'SUCCESS', result)
    this.#keep({ ...row, state: 'finished', result: whole, finished_at: this.#parts.now() })
    if (row.parent !== null && whole !== 'SKIPPED') this.worsen(row.parent, whole)
  }

  result(path: string): StageResult {
    return this.#rows.get(path)?.result ?? 'SUCCESS'
  }

  /** Ends what an abort or a crash left open. */
  closeAll(result: RunResult): void {
    for (const row of [...this.#rows.values()].reverse()) {
      if (row.state !== 'finished') this.close(row.path, result)
    }
  }

  #keep(row: StageRow): void {
    this.#rows.set(row.path, row)
    const { state, result, finished_at } = row
    const { sql, parameters } = this.#parts.database
      .tables<PipelinesTables>()
      .insertInto('pipelines_stage')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'path']).doUpdateSet({ state, result, finished_at }),
      )
      .compile()
    this.#parts.database
      .apply([{ sql, parameters }])
      .then(this.#changed, (error: unknown) =>
        this.#parts.log.error('pipelines.stage', { run: row.run_id, stage: row.path, error }),
      )
  }
}
