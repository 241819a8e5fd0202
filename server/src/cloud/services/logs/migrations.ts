import type { Generated } from 'kysely'
import type { MigrationStep } from '../../../kernel/index.ts'

export interface LogsTables {
  logs_group: {
    id: string
    account: string
    region: string
    name: string
    class: string
    kms_key: string | null
    retention_days: number | null
    deletion_protected: number
    created_at: number
    tags: string
  }
  logs_stream: {
    id: string
    group_id: string
    name: string
    created_at: number
    first_event_at: number | null
    last_event_at: number | null
    last_ingestion_at: number | null
    stored_bytes: number
  }
  /** Events of one PutLogEvents: `[[timestamp, message], …]` by time, then by order of arrival. */
  logs_batch: {
    seq: Generated<number>
    group_id: string
    stream_id: string
    first_at: number
    last_at: number
    ingested_at: number
    events: string
  }
  logs_metric_filter: {
    group_id: string
    name: string
    pattern: string
    transformations: string
    created_at: number
  }
  logs_subscription_filter: {
    group_id: string
    name: string
    pattern: string
    destination_arn: string
    role_arn: string | null
    distribution: string
    created_at: number
  }
  logs_resource_policy: {
    account: string
    region: string
    name: string
    document: string
    at: number
  }
}

export const logsMigrations: MigrationStep[] = [
  {
    id: '001-logs',
    async up(db, types) {
      await db.schema
        .createTable('logs_group')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('class', 'text', (column) => column.notNull())
        .addColumn('kms_key', 'text')
        .addColumn('retention_days', 'integer')
        .addColumn('deletion_protected', 'integer', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('tags', 'text', (column) => column.notNull())
        .addUniqueConstraint('logs_group_name', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('logs_stream')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('group_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('first_event_at', types.bigint)
        .addColumn('last_event_at', types.bigint)
        .addColumn('last_ingestion_at', types.bigint)
        .addColumn('stored_bytes', types.bigint, (column) => column.notNull())
        .addUniqueConstraint('logs_stream_name', ['group_id', 'name'])
        .execute()
      await db.schema
        .createTable('logs_metric_filter')
        .addColumn('group_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('pattern', 'text', (column) => column.notNull())
        .addColumn('transformations', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('logs_metric_filter_key', ['group_id', 'name'])
        .execute()
    },
  },
  {
    id: '002-batches',
    async up(db, types) {
      await db.schema
        .createTable('logs_batch')
        .addColumn('seq', types.sequence, (column) =>
          types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('group_id', 'text', (column) => column.notNull())
        .addColumn('stream_id', 'text', (column) => column.notNull())
        .addColumn('first_at', types.bigint, (column) => column.notNull())
        .addColumn('last_at', types.bigint, (column) => column.notNull())
        .addColumn('ingested_at', types.bigint, (column) => column.notNull())
        .addColumn('events', 'text', (column) => column.notNull())
        .execute()
      for (const owner of ['stream', 'group']) {
        for (const end of ['first', 'last']) {
          await db.schema
            .createIndex(`logs_batch_${owner}_${end}`)
            .on('logs_batch')
            .columns([`${owner}_id`, `${end}_at`])
            .execute()
        }
      }
    },
  },
  {
    id: '003-subscriptions-policies',
    async up(db, types) {
      await db.schema
        .createTable('logs_subscription_filter')
        .addColumn('group_id', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('pattern', 'text', (column) => column.notNull())
        .addColumn('destination_arn', 'text', (column) => column.notNull())
        .addColumn('role_arn', 'text')
        .addColumn('distribution', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('logs_subscription_filter_key', ['group_id', 'name'])
        .execute()
      await db.schema
        .createTable('logs_resource_policy')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('document', 'text', (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('logs_resource_policy_key', ['account', 'region', 'name'])
        .execute()
    },
  },
]
