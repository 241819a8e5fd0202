import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

export const importMigrations: MigrationStep[] = [{ id: '001-imports', up: create }]

async function create(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_import')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('git_url', 'text', (column) => column.notNull())
    .addColumn('api_url', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('token', 'text')
    .addColumn('with_pulls', 'integer', (column) => column.notNull())
    .addColumn('with_lfs', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('phase', 'text', (column) => column.notNull())
    .addColumn('progress', 'text')
    .addColumn('branches', 'integer', (column) => column.notNull())
    .addColumn('tags', 'integer', (column) => column.notNull())
    .addColumn('comments', 'integer', (column) => column.notNull())
    .addColumn('next_page', 'text')
    .addColumn('error', 'text')
    .addColumn('waits_until', types.bigint)
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_by_name', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('finished_at', types.bigint)
    .execute()
  await db.schema
    .createIndex('code_import_project')
    .on('code_import')
    .columns(['project', 'id'])
    .execute()
  await db.schema
    .createTable('code_import_item')
    .addColumn('import_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('source_id', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('error', 'text')
    .addPrimaryKeyConstraint('code_import_item_key', ['import_id', 'kind', 'source_id'])
    .execute()
}
