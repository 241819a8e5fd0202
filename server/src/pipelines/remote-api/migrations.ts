import type { MigrationStep } from '../../kernel/index.ts'

export const remoteMigrations: MigrationStep[] = [
  {
    id: '001-items-views',
    async up(db, types) {
      await db.schema
        .createTable('pipelines_item')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('config', 'text', (column) => column.notNull())
        .addColumn('disabled', 'integer', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('pipelines_item_key', ['project', 'path'])
        .execute()
      await db.schema
        .createTable('pipelines_view')
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('config', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('pipelines_view_key', ['project', 'path', 'name'])
        .execute()
    },
  },
]
