import { type SampleStage, type SampleStageName, sampleStages } from '@madang/api'
import type { Database, MigrationStep, Transaction } from '../kernel/index.ts'

interface SampleTables {
  sample_stage: {
    name: SampleStageName
    state: 'running' | 'done' | 'failed'
    detail: string
    url: string | null
    started_at: number
    finished_at: number | null
  }
}

export const sampleMigrations: MigrationStep[] = [
  {
    id: '001-stages',
    async up(db, types) {
      await db.schema
        .createTable('sample_stage')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('detail', 'text', (column) => column.notNull())
        .addColumn('url', 'text')
        .addColumn('started_at', types.bigint, (column) => column.notNull())
        .addColumn('finished_at', types.bigint)
        .execute()
    },
  },
]

/** Every stage in order, those not begun included. */
export async function stagesOf(database: Database): Promise<SampleStage[]> {
  const rows = await database
    .tables<SampleTables>()
    .selectFrom('sample_stage')
    .selectAll()
    .execute()
  const byName = new Map(rows.map((row) => [row.name, row]))
  return sampleStages.map((name) => {
    const row = byName.get(name)
    if (!row) return { name, state: 'waiting', detail: '' }
    return {
      name,
      state: row.state,
      detail: row.detail,
      startedAt: new Date(row.started_at).toISOString(),
      ...(row.url === null ? {} : { url: row.url }),
      ...(row.finished_at === null ? {} : { finishedAt: new Date(row.finished_at).toISOString() }),
    }
  })
}

export async function stageBegin(
  tx: Transaction,
  name: SampleStageName,
  now: number,
): Promise<void> {
  const fresh = { state: 'running' as const, detail: '', url: null, finished_at: null }
  await tx
    .tables<SampleTables>()
    .insertInto('sample_stage')
    .values({ name, started_at: now, ...fresh })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...fresh, started_at: now }))
    .execute()
}

export async function stageEnd(
  tx: Transaction,
  name: SampleStageName,
  end: { state: 'done' | 'failed'; detail: string; url?: string; now: number },
): Promise<void> {
  await tx
    .tables<SampleTables>()
    .updateTable('sample_stage')
    .set({ state: end.state, detail: end.detail, url: end.url ?? null, finished_at: end.now })
    .where('name', '=', name)
    .execute()
}
