import type { MigrationStep } from '../../../kernel/index.ts'

export interface SnsTables {
  sns_topic: {
    arn: string
    /** JSON: attributes that were set. */
    attributes: string
    tags: string
    deleted_subscriptions: number
  }
  sns_subscription: {
    arn: string
    topic_arn: string
    protocol: string
    endpoint: string
    owner: string
    principal: string
    attributes: string
    /** While it isn't confirmed. */
    token: string | null
    is_authenticated: number
  }
  /** What a FIFO topic took less than five minutes ago: an id is published once. */
  sns_deduplication: {
    topic_arn: string
    deduplication_id: string
    message_id: string
    sequence: string
    until: number
  }
  /** What FIFO topics with an archive policy published. */
  sns_archive: { topic_arn: string; sequence: string; at: number; message: string }
  /** An account's settings in a region: JSON by name. */
  sns_setting: { id: string; content: string }
  /** The key that signs notifications, sealed, and its certificate. */
  sns_signer: { id: string; private_key: string; certificate: string; path: string }
}

export const snsMigrations: MigrationStep[] = [
  {
    id: '001-sns',
    async up(db) {
      await db.schema
        .createTable('sns_topic')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('attributes', 'text', (column) => column.notNull())
        .addColumn('tags', 'text', (column) => column.notNull())
        .addColumn('deleted_subscriptions', 'integer', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('sns_subscription')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('topic_arn', 'text', (column) => column.notNull())
        .addColumn('protocol', 'text', (column) => column.notNull())
        .addColumn('endpoint', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('principal', 'text', (column) => column.notNull())
        .addColumn('attributes', 'text', (column) => column.notNull())
        .addColumn('token', 'text')
        .addColumn('is_authenticated', 'integer', (column) => column.notNull())
        .execute()
    },
  },
  {
    id: '002-settings',
    async up(db) {
      await db.schema
        .createTable('sns_setting')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('content', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('sns_signer')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('private_key', 'text', (column) => column.notNull())
        .addColumn('certificate', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .execute()
    },
  },
  {
    id: '003-deduplication',
    async up(db, types) {
      await db.schema
        .createTable('sns_deduplication')
        .addColumn('topic_arn', 'text', (column) => column.notNull())
        .addColumn('deduplication_id', 'text', (column) => column.notNull())
        .addColumn('message_id', 'text', (column) => column.notNull())
        .addColumn('sequence', 'text', (column) => column.notNull())
        .addColumn('until', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('sns_deduplication_pk', ['topic_arn', 'deduplication_id'])
        .execute()
    },
  },
  {
    id: '004-archive',
    async up(db, types) {
      await db.schema
        .createTable('sns_archive')
        .addColumn('topic_arn', 'text', (column) => column.notNull())
        .addColumn('sequence', 'text', (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('message', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('sns_archive_pk', ['topic_arn', 'sequence'])
        .execute()
    },
  },
]
