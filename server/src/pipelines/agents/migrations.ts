import type { MigrationStep } from '../../kernel/index.ts'

export const agentMigrations: MigrationStep[] = [
  {
    id: '001-agents',
    async up(db, types) {
      await db.schema
        .createTable('pipelines_agent_token')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull().unique())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('used_at', types.bigint)
        .execute()
      await db.schema
        .createTable('pipelines_agent')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('token_id', 'text', (column) => column.notNull())
        .addColumn('hello', 'text', (column) => column.notNull())
        .addColumn('joined_at', types.bigint, (column) => column.notNull())
        .addColumn('left_at', types.bigint)
        .execute()
    },
  },
  {
    id: '002-node-pause',
    async up(db, types) {
      await db.schema
        .createTable('pipelines_node_pause')
        .addColumn('node', 'text', (column) => column.primaryKey())
        .addColumn('paused_by', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('paused_at', types.bigint, (column) => column.notNull())
        .execute()
    },
  },
]
