import type { MigrationStep } from '../../../kernel/index.ts'

export interface EventsTables {
  /** Buses, rules, archives and replays: JSON by their ARN. */
  events_definition: { arn: string; kind: string; definition: string }
  events_archived: { id: string; archive: string; at: number; bytes: number; event: string }
}

export const eventsMigrations: MigrationStep[] = [
  {
    id: '001-events',
    async up(db, types) {
      await db.schema
        .createTable('events_definition')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('events_archived')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('archive', 'text', (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('bytes', 'integer', (column) => column.notNull())
        .addColumn('event', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('events_archived_at')
        .on('events_archived')
        .columns(['archive', 'at'])
        .execute()
    },
  },
]
