import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

export const bitbucketPipelinesMigrations: MigrationStep[] = [
  { id: '001-schedules', up: schedules },
]

async function schedules(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_schedule')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('branch', 'text', (column) => column.notNull())
    .addColumn('selector', 'text', (column) => column.notNull())
    .addColumn('cron', 'text', (column) => column.notNull())
    .addColumn('is_enabled', 'integer', (column) => column.notNull())
    .addColumn('due', types.bigint)
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
  const index = db.schema.createIndex('pipelines_schedule_due').on('pipelines_schedule')
  await index.column('due').execute()
}
