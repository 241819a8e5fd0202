import { type Kysely, sql } from 'kysely'
import type { ColumnTypes } from '../kernel/index.ts'

/** Reviewers, tasks, drafts, merges that wait, and rules by branch. */
export async function reviews(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await newColumns(db, types)
  await peopleTables(db, types)
  await taskTables(db, types)
  await db.schema
    .createTable('code_branch_rule')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('pattern', 'text', (column) => column.notNull())
    .addColumn('branch_type', 'text')
    .addColumn('value', 'integer')
    .addColumn('people', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('code_branch_rule_repo')
    .on('code_branch_rule')
    .columns(['repo_id', 'number'])
    .execute()
}

async function newColumns(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const pull = () => db.schema.alterTable('code_pull_request')
  await pull()
    .addColumn('is_draft', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await pull().addColumn('auto_merge', 'text').execute()
  await pull().addColumn('closed_by_id', 'text').execute()
  const comment = () => db.schema.alterTable('code_comment')
  await comment().addColumn('resolved_by_id', 'text').execute()
  await comment().addColumn('resolved_at', types.bigint).execute()
  await pull()
    .addColumn('reason', 'text', (column) => column.notNull().defaultTo(''))
    .execute()
  await db.schema
    .alterTable('code_approval')
    .addColumn('verdict', 'text', (column) => column.notNull().defaultTo('approved'))
    .execute()
  await db.schema
    .alterTable('code_repo')
    .addColumn('settings', 'text', (column) => column.notNull().defaultTo('{}'))
    .execute()
  const status = () => db.schema.alterTable('code_status')
  await status()
    .addColumn('name', 'text', (column) => column.notNull().defaultTo(''))
    .execute()
  await status()
    .addColumn('created_at', types.bigint, (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .alterTable('code_comment')
    .addColumn('number', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  // Ids sort by their time, so the numbers follow the order in which the comments were written.
  await sql`update code_comment set number =
    (select count(*) from code_comment as earlier where earlier.id <= code_comment.id)`.execute(db)
  await db.schema
    .createIndex('code_comment_number')
    .on('code_comment')
    .column('number')
    .unique()
    .execute()
}

async function peopleTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_reviewer')
    .addColumn('pull_request_id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_reviewer_key', ['pull_request_id', 'person_id'])
    .execute()
  await db.schema
    .createTable('code_default_reviewer')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_default_reviewer_key', ['repo_id', 'person_id'])
    .execute()
}

async function taskTables(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_task')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('pull_request_id', 'text', (column) => column.notNull())
    .addColumn('comment_id', 'text')
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('is_done', 'integer', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('done_by_id', 'text')
    .addColumn('done_by', 'text')
    .addColumn('done_at', types.bigint)
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('code_pull_activity')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('pull_request_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  for (const table of ['code_task', 'code_pull_activity']) {
    await db.schema
      .createIndex(`${table}_pull`)
      .on(table)
      .columns(['pull_request_id', 'id'])
      .execute()
  }
}
