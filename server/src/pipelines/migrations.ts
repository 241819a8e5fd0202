import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../kernel/index.ts'
import { bitbucketSteps, buildNumberSteps } from './bitbucket/index.ts'

export const pipelinesMigrations: MigrationStep[] = [
  {
    id: '001-runs',
    async up(db, types) {
      await jobs(db, types)
      await runs(db, types)
      await steps(db, types)
      await stages(db, types)
    },
  },
  {
    id: '002-tests-inputs-credentials',
    async up(db, types) {
      await tests(db)
      await inputs(db)
      await credentials(db, types)
      await changes(db)
    },
  },
  {
    id: '003-tags-properties-milestones',
    async up(db) {
      const text = (table: string, column: string) =>
        db.schema.alterTable(table).addColumn(column, 'text').execute()
      await text('pipelines_job', 'properties')
      await text('pipelines_job', 'tag')
      await text('pipelines_run', 'tag')
      await text('pipelines_run', 'restart')
      await milestones(db)
    },
  },
  {
    id: '004-plain-jobs',
    async up(db, types) {
      const add = (table: string, column: string, type: 'text' | 'integer' | typeof types.bigint) =>
        db.schema.alterTable(table).addColumn(column, type).execute()
      await add('pipelines_job', 'source', 'text')
      await add('pipelines_run', 'source', 'text')
      await add('pipelines_run', 'queue_number', 'integer')
      await add('pipelines_run', 'not_before', types.bigint)
      const index = db.schema.createIndex('pipelines_run_queue').on('pipelines_run')
      await index.column('queue_number').execute()
    },
  },
  { id: '005-reports', up: reports },
  { id: '006-variables', up: variables },
  ...bitbucketSteps,
  {
    id: '009-input-steps',
    up: (db) => db.schema.alterTable('pipelines_input').addColumn('step', 'text').execute(),
  },
  ...buildNumberSteps,
]

async function reports(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pipelines_report')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('summary', 'text', (column) => column.notNull())
    .addColumn('details', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('pipelines_report_key', ['run_id', 'kind', 'id'])
    .execute()
}

async function milestones(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pipelines_milestone')
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('pipelines_milestone_key', ['job_id', 'ordinal'])
    .execute()
}

async function jobs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_job')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('branch', 'text', (column) => column.notNull())
    .addColumn('disabled', 'text')
    .addColumn('next_number', 'integer', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('cron', 'text', (column) => column.notNull())
    .addColumn('cron_due', types.bigint)
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addUniqueConstraint('pipelines_job_place', ['project', 'repo', 'branch'])
    .execute()
}

async function runs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_run')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('job_id', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('branch', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('commit_sha', 'text', (column) => column.notNull())
    .addColumn('commit_title', 'text', (column) => column.notNull())
    .addColumn('before_sha', 'text')
    .addColumn('cause', 'text', (column) => column.notNull())
    .addColumn('trigger_key', 'text', (column) => column.notNull().unique())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('jenkinsfile', 'text', (column) => column.notNull())
    .addColumn('description', 'text')
    .addColumn('tests_passed', 'integer', (column) => column.notNull())
    .addColumn('tests_failed', 'integer', (column) => column.notNull())
    .addColumn('tests_skipped', 'integer', (column) => column.notNull())
    .addColumn('queued_at', types.bigint, (column) => column.notNull())
    .addColumn('started_at', types.bigint)
    .addColumn('finished_at', types.bigint)
    .addUniqueConstraint('pipelines_run_number', ['job_id', 'number'])
    .execute()
  const index = (name: string, columns: string[]) =>
    db.schema.createIndex(name).on('pipelines_run').columns(columns).execute()
  await index('pipelines_run_project', ['project', 'id'])
  await index('pipelines_run_state', ['state'])
}

async function steps(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_step')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('result', 'text', (column) => column.notNull())
    .addColumn('started_at', types.bigint, (column) => column.notNull())
    .addColumn('ended_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('pipelines_step_key', ['run_id', 'path'])
    .execute()
}

async function stages(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_stage')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('parent', 'text')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('result', 'text')
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('started_at', types.bigint, (column) => column.notNull())
    .addColumn('finished_at', types.bigint)
    .addPrimaryKeyConstraint('pipelines_stage_key', ['run_id', 'path'])
    .execute()
}

async function tests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pipelines_test')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('ordinal', 'integer', (column) => column.notNull())
    .addColumn('step', 'text', (column) => column.notNull())
    .addColumn('suite', 'text', (column) => column.notNull())
    .addColumn('class_name', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('duration_ms', 'real', (column) => column.notNull())
    .addColumn('message', 'text')
    .addColumn('stack_trace', 'text')
    .addColumn('output', 'text')
    .addPrimaryKeyConstraint('pipelines_test_key', ['run_id', 'ordinal'])
    .execute()
}

async function inputs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pipelines_input')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('ok', 'text', (column) => column.notNull())
    .addColumn('submitter', 'text')
    .addColumn('parameters', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('answered_by', 'text')
    .addColumn('answered_name', 'text')
    .addColumn('answer', 'text')
    .addPrimaryKeyConstraint('pipelines_input_key', ['run_id', 'id'])
    .execute()
}

async function credentials(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_credential')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('username', 'text')
    .addColumn('file_name', 'text')
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('pipelines_credential_key', ['project', 'id'])
    .execute()
}

async function changes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('pipelines_change')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('repo', 'text', (column) => column.notNull())
    .addColumn('branch', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('pipelines_change_key', ['project', 'repo', 'number'])
    .execute()
}

async function variables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipelines_variable')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text', (column) => column.notNull())
    .addColumn('is_secured', 'integer', (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
  const index = db.schema.createIndex('pipelines_variable_owner').on('pipelines_variable')
  await index.columns(['owner', 'key']).unique().execute()
}
