import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../../kernel/index.ts'

export const snippetMigrations: MigrationStep[] = [
  {
    id: '001-snippets',
    async up(db, types) {
      await snippets(db, types)
      await comments(db, types)
      await watchers(db)
    },
  },
]

async function snippets(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_snippet')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('creator_id', 'text', (column) => column.notNull())
    .addColumn('creator_name', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('is_private', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .execute()
}

async function comments(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_snippet_comment')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('number', 'integer', (column) => column.notNull().unique())
    .addColumn('snippet_id', 'text', (column) => column.notNull())
    .addColumn('author_id', 'text', (column) => column.notNull())
    .addColumn('author_name', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('reply_to', 'integer')
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('edited_at', types.bigint)
    .execute()
  const index = db.schema.createIndex('code_snippet_comment_of').on('code_snippet_comment')
  await index.column('snippet_id').execute()
}

async function watchers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('code_snippet_watcher')
    .addColumn('snippet_id', 'text', (column) => column.notNull())
    .addColumn('person_id', 'text', (column) => column.notNull())
    .addColumn('person_name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('code_snippet_watcher_key', ['snippet_id', 'person_id'])
    .execute()
}
