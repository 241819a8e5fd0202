import type { Generated, Selectable } from 'kysely'
import type { MigrationStep } from './database/index.ts'

export interface EventTables {
  kernel_event: {
    seq: Generated<number>
    id: string
    type: string
    subject: string
    project: string | null
    actor: string | null
    at: number
    cause: string | null
    path: string
    data: string
    thread: string
  }
  /** How far each listener has come. */
  kernel_event_cursor: { listener: string; seq: number }
  /** Events a listener failed on, and later ones of the same subject that wait behind them. */
  kernel_event_parked: {
    listener: string
    seq: number
    subject: string
    attempts: number
    due: number
    error: string | null
  }
}

export type EventRow = Selectable<EventTables['kernel_event']>

export const eventMigrations: MigrationStep[] = [
  {
    id: '001-events',
    async up(db, types) {
      await db.schema
        .createTable('kernel_event')
        .addColumn('seq', types.sequence, (column) =>
          types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('type', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('actor', 'text')
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('cause', 'text')
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('data', 'text', (column) => column.notNull())
        .addColumn('thread', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('kernel_event_project')
        .on('kernel_event')
        .columns(['project', 'seq'])
        .execute()
      await db.schema
        .createTable('kernel_event_cursor')
        .addColumn('listener', 'text', (column) => column.primaryKey())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('kernel_event_parked')
        .addColumn('listener', 'text', (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('due', types.bigint, (column) => column.notNull())
        .addColumn('error', 'text')
        .addPrimaryKeyConstraint('kernel_event_parked_key', ['listener', 'seq'])
        .execute()
    },
  },
]
