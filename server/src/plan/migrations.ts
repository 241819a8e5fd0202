import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../kernel/index.ts'

export const planMigrations: MigrationStep[] = [
  {
    id: '001-plan',
    async up(db, types) {
      await createIssues(db, types)
      await createIssueIndexes(db)
      await createParts(db, types)
      await createHistory(db, types)
    },
  },
]

async function createIssues(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('plan_counter')
    .addColumn('project', 'text', (column) => column.primaryKey())
    .addColumn('last', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('plan_issue')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('priority', 'text', (column) => column.notNull())
    .addColumn('assignee', 'text')
    .addColumn('reporter', 'text', (column) => column.notNull())
    .addColumn('reporter_name', 'text', (column) => column.notNull())
    .addColumn('rank', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('comments', 'integer', (column) => column.notNull())
    .addColumn('search', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('done_at', types.bigint)
    .execute()
}

async function createIssueIndexes(db: Kysely<unknown>): Promise<void> {
  const on = (name: string, columns: string[]) =>
    db.schema.createIndex(`plan_issue_${name}`).on('plan_issue').columns(columns)
  await on('number', ['project', 'number']).unique().execute()
  await on('rank', ['project', 'rank']).unique().execute()
  await on('column', ['project', 'status', 'rank']).execute()
  await on('done', ['project', 'status', 'done_at']).execute()
  await on('updated', ['project', 'updated_at']).execute()
}

async function createParts(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('plan_label')
    .addColumn('issue', 'text', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('plan_label_key', ['issue', 'label'])
    .execute()
  await db.schema
    .createIndex('plan_label_project')
    .on('plan_label')
    .columns(['project', 'label'])
    .execute()
  await db.schema
    .createTable('plan_comment')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('issue', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('edited_at', types.bigint)
    .execute()
  await db.schema
    .createIndex('plan_comment_issue')
    .on('plan_comment')
    .columns(['issue', 'id'])
    .execute()
  await db.schema
    .createTable('plan_link')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('issue', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addUniqueConstraint('plan_link_url', ['issue', 'url'])
    .execute()
}

async function createHistory(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('plan_change')
    .addColumn('seq', types.sequence, (column) =>
      types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn('issue', 'text', (column) => column.notNull())
    .addColumn('at', types.bigint, (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('field', 'text', (column) => column.notNull())
    .addColumn('before', 'text')
    .addColumn('after', 'text')
    .execute()
  await db.schema
    .createIndex('plan_change_issue')
    .on('plan_change')
    .columns(['issue', 'seq'])
    .execute()
}
