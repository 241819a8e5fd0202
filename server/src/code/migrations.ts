import { type Kysely, sql } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../kernel/index.ts'
import { reviews } from './migrations-reviews.ts'
import { hooks } from './migrations-hooks.ts'

export const codeMigrations: MigrationStep[] = [
  { id: '001-repos', up: repos },
  { id: '002-pull-requests', up: pullRequests },
  { id: '003-reviews', up: reviews },
  { id: '004-hooks', up: hooks },
  { id: '005-names', up: names },
  { id: '006-members', up: members },
]

async function repos(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_repo')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('default_branch', 'text', (column) => column.notNull())
    .addColumn('is_protected', 'integer', (column) => column.notNull())
    .addColumn('require_passing', 'integer', (column) => column.notNull())
    .addColumn('required_approvals', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addUniqueConstraint('code_repo_name', ['project', 'name'])
    .execute()
  await db.schema
    .createTable('code_ref')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('sha', 'text', (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_ref_key', ['repo_id', 'name'])
    .execute()
  await db.schema
    .createTable('code_push')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('refs', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('code_status')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('sha', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_status_key', ['repo_id', 'sha', 'key'])
    .execute()
}

async function pullRequests(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_pull_request')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('delete_source', 'integer', (column) => column.notNull())
    .addColumn('merging_as', 'text')
    .addColumn('merged_as', 'text')
    .addColumn('base', 'text')
    .addColumn('strategy', 'text')
    .addColumn('closed_by', 'text')
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('closed_at', types.bigint)
    .addUniqueConstraint('code_pull_request_number', ['repo_id', 'number'])
    .execute()
  await db.schema
    .createTable('code_approval')
    .addColumn('pull_request_id', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_approval_key', ['pull_request_id', 'actor_id'])
    .execute()
  await db.schema
    .createTable('code_comment')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('pull_request_id', 'text', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('place', 'text')
    .addColumn('reply_to', 'text')
    .addColumn('resolved_by', 'text')
    .addColumn('is_deleted', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('edited_at', types.bigint)
    .execute()
  await db.schema
    .createIndex('code_comment_pull_request')
    .on('code_comment')
    .columns(['pull_request_id', 'id'])
    .execute()
}

/** A repository is found by every name it had; what projects set for their repositories. */
async function names(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('code_name')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_name_key', ['project', 'name'])
    .execute()
  await sql`insert into code_name select project, name, id from code_repo`.execute(db)
  const slug = db.schema.alterTable('code_repo')
  await slug.addColumn('slug', 'text', (column) => column.notNull().defaultTo('')).execute()
  await sql`update code_repo set slug = name`.execute(db)
  await db.schema
    .createTable('code_project')
    .addColumn('project', 'text', (column) => column.primaryKey())
    .addColumn('model', 'text', (column) => column.notNull())
    .execute()
}

/** Roles in one repository, beside those of its project. */
async function members(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('code_repo_member')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_repo_member_key', ['repo_id', 'person_id'])
    .execute()
  await db.schema
    .createIndex('code_repo_member_person')
    .on('code_repo_member')
    .columns(['person_id'])
    .execute()
}
