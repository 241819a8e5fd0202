import { type Kysely, sql } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

/** What of the pipelines' tables only this API speaks of. */
export const bitbucketSteps: MigrationStep[] = [
  { id: '007-schedules', up: schedules },
  { id: '008-ssh', up: ssh },
]

/** Runs were known by the queue's number before; those keep it. */
export const buildNumberSteps: MigrationStep[] = [
  {
    id: '010-build-numbers',
    async up(db) {
      await db.schema.alterTable('pipelines_run').addColumn('build_number', 'integer').execute()
      await sql`update pipelines_run set build_number = queue_number where source is null`.execute(
        db,
      )
      await db.schema
        .createTable('pipelines_build_number')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('repo', 'text', (column) => column.notNull())
        .addColumn('next', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('pipelines_build_number_key', ['project', 'repo'])
        .execute()
      await sql`insert into pipelines_build_number (project, repo, next)
        select project, repo, max(build_number) + 1 from pipelines_run
        where build_number is not null group by project, repo`.execute(db)
      await db.schema
        .createIndex('pipelines_run_build')
        .on('pipelines_run')
        .columns(['project', 'repo', 'build_number'])
        .execute()
    },
  },
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
