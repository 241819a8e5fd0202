import type { Selectable } from 'kysely'
import type { MigrationStep } from './database/index.ts'

export interface JobTables {
  kernel_job: {
    id: string
    kind: string
    key: string
    payload: string
    state: 'waiting' | 'running' | 'failed'
    run_at: number
    attempts: number
    error: string | null
    /** The fact in whose handling it was enqueued, and the chain before it; JSON. */
    cause: string | null
  }
}

export type JobRow = Selectable<JobTables['kernel_job']>

export const jobMigrations: MigrationStep[] = [
  {
    id: '001-jobs',
    async up(db, types) {
      await db.schema
        .createTable('kernel_job')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('run_at', types.bigint, (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('error', 'text')
        .execute()
      await db.schema
        .createIndex('kernel_job_key')
        .unique()
        .on('kernel_job')
        .columns(['kind', 'key', 'state'])
        .execute()
      await db.schema
        .createIndex('kernel_job_due')
        .on('kernel_job')
        .columns(['kind', 'state', 'run_at'])
        .execute()
    },
  },
  {
    id: '002-cause',
    async up(db) {
      await db.schema.alterTable('kernel_job').addColumn('cause', 'text').execute()
    },
  },
]
