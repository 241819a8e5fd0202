import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

export const queueMigrations: MigrationStep[] = [{ id: '001-queues', up: queues }]

async function queues(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_queue_rule')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('pattern', 'text', (column) => column.notNull())
    .addColumn('most_builds', 'integer', (column) => column.notNull())
    .addColumn('wait_minutes', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addUniqueConstraint('code_queue_rule_pattern', ['repo_id', 'pattern'])
    .execute()
  await db.schema
    .createTable('code_queue_entry')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('pull_request_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('strategy', 'text', (column) => column.notNull())
    .addColumn('message', 'text')
    .addColumn('delete_source', 'integer', (column) => column.notNull())
    .addColumn('sha', 'text')
    .addColumn('base', 'text')
    .addColumn('built_at', types.bigint)
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('added_at', types.bigint, (column) => column.notNull())
    .addColumn('ended_at', types.bigint)
    .addColumn('outcome', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .addColumn('ended_by', 'text')
    .execute()
  await db.schema
    .createIndex('code_queue_entry_repo')
    .on('code_queue_entry')
    .columns(['repo_id', 'ended_at'])
    .execute()
  await db.schema
    .createIndex('code_queue_entry_pull')
    .on('code_queue_entry')
    .columns(['pull_request_id', 'ended_at'])
    .execute()
}
