import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

/** What of the pipelines' tables only this API speaks of. */
export const bitbucketSteps: MigrationStep[] = [
  { id: '007-schedules', up: schedules },
  { id: '008-ssh', up: ssh },
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

async function ssh(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_ssh_key')
    .addColumn('owner', 'text', (column) => column.primaryKey())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('pipelines_known_host')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('hostname', 'text', (column) => column.notNull())
    .addColumn('key_type', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .execute()
  const index = db.schema.createIndex('pipelines_known_host_owner').on('pipelines_known_host')
  await index.column('owner').execute()
}
