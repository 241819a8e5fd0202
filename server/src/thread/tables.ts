import { type Generated, sql } from 'kysely'
import type { MigrationStep } from '../kernel/index.ts'

export interface ThreadTables {
  thread_node: {
    number: Generated<number>
    /** `<kind> <id>` */
    ref: string
    kind: string
    id: string
    project: string | null
    title: string
    url: string | null
    state: string | null
    text: string
    removed: number
    /** Of the latest event about it. */
    seq: number
    at: number
  }
  thread_edge: { from_ref: string; to_ref: string; seq: number }
  /** Which nodes hold a token; see tokens.ts. */
  thread_token: { token: string; node: number }
}

export const threadMigrations: MigrationStep[] = [
  {
    id: '001-thread',
    async up(db, types) {
      // Prefixes are looked up as ranges, which needs the order of code points.
      const ordered = types.sequence === 'integer' ? sql`text` : sql`text collate "C"`
      await db.schema
        .createTable('thread_node')
        .addColumn('number', types.sequence, (column) =>
          types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('ref', 'text', (column) => column.notNull().unique())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('url', 'text')
        .addColumn('state', 'text')
        .addColumn('text', 'text', (column) => column.notNull())
        .addColumn('removed', 'integer', (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('thread_edge')
        .addColumn('from_ref', 'text', (column) => column.notNull())
        .addColumn('to_ref', 'text', (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('thread_edge_key', ['from_ref', 'to_ref'])
        .execute()
      await db.schema
        .createIndex('thread_edge_back')
        .on('thread_edge')
        .columns(['to_ref', 'from_ref'])
        .execute()
      await db.schema
        .createTable('thread_token')
        .addColumn('token', ordered, (column) => column.notNull())
        .addColumn('node', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('thread_token_key', ['token', 'node'])
        .execute()
    },
  },
]
