import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

export const bitbucketMigrations: MigrationStep[] = [
  {
    id: '001-commit-comments-reports',
    async up(db, types) {
      await comments(db, types)
      await approvals(db, types)
      await reports(db, types)
      await annotations(db, types)
    },
  },
  {
    id: '002-downloads-project-reviewers',
    async up(db, types) {
      await downloads(db, types)
      await projectReviewers(db)
    },
  },
  { id: '003-properties', up: properties },
]

async function comments(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_commit_comment')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('sha', 'text', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('place', 'text')
    .addColumn('reply_to', 'integer')
    .addColumn('is_deleted', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('edited_at', types.bigint)
    .execute()
  const index = db.schema.createIndex('code_commit_comment_commit').on('code_commit_comment')
  await index.columns(['repo_id', 'sha']).execute()
}

async function approvals(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_commit_approval')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('sha', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_commit_approval_key', ['repo_id', 'sha', 'actor_id'])
    .execute()
}

async function reports(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_report')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('sha', 'text', (column) => column.notNull())
    .addColumn('external_id', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
  const index = db.schema.createIndex('code_report_commit').on('code_report')
  await index.columns(['repo_id', 'sha', 'external_id']).unique().execute()
}

async function annotations(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_report_annotation')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('report_id', 'text', (column) => column.notNull())
    .addColumn('external_id', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
  const index = db.schema.createIndex('code_report_annotation_report').on('code_report_annotation')
  await index.columns(['report_id', 'external_id']).unique().execute()
}

async function downloads(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_download')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('blob_id', 'text', (column) => column.notNull().unique())
    .addColumn('size', types.bigint, (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('fetches', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_download_key', ['repo_id', 'name'])
    .execute()
}

async function projectReviewers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('code_project_reviewer')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_project_reviewer_key', ['project', 'person_id'])
    .execute()
}

async function properties(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('code_property')
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('app_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_property_key', ['owner', 'subject', 'app_key', 'name'])
    .execute()
}
