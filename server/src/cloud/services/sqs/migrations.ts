import type { MigrationStep } from '../../../kernel/index.ts'

export interface SqsTables {
  sqs_queue: {
    id: string
    account: string
    region: string
    name: string
    /** Seconds since the epoch, as AWS tells them. */
    created_at: number
    modified_at: number
    /** JSON: attributes that were set, by name. */
    attributes: string
    /** JSON. */
    tags: string
    /** ms; 0 when it never was. */
    purged_at: number
  }
  sqs_message: {
    /** Order of arrival over all queues. */
    seq: number
    queue_id: string
    message_id: string
    group_id: string | null
    sent_at: number
    visible_at: number
    receives: number
    /** Receives that happened in queues before this one (a dead-letter queue's messages). */
    receives_before: number
    first_received_at: number
    /** When the receive began that it is in flight of; 0 when it is not. */
    taken_at: number
    /** JSON: body, attributes and what else is told of the message. */
    content: string
  }
  sqs_dedup: {
    queue_id: string
    dedup_key: string
    message_id: string
    seq: number
    until: number
  }
  sqs_move_task: {
    handle: string
    source_arn: string
    destination_arn: string | null
    rate: number | null
    status: string
    moved: number
    to_move: number
    failure: string | null
    started_at: number
  }
}

export const sqsMigrations: MigrationStep[] = [
  {
    id: '001-sqs',
    async up(db, types) {
      await db.schema
        .createTable('sqs_queue')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('modified_at', types.bigint, (column) => column.notNull())
        .addColumn('attributes', 'text', (column) => column.notNull())
        .addColumn('tags', 'text', (column) => column.notNull())
        .addColumn('purged_at', types.bigint, (column) => column.notNull())
        .addUniqueConstraint('sqs_queue_name', ['account', 'region', 'name'])
        .execute()
      // Rows are found by the index in memory: by `seq` alone, so a send writes one tree.
      await db.schema
        .createTable('sqs_message')
        .addColumn('seq', types.bigint, (column) => column.primaryKey())
        .addColumn('queue_id', 'text', (column) => column.notNull())
        .addColumn('message_id', 'text', (column) => column.notNull())
        .addColumn('group_id', 'text')
        .addColumn('sent_at', types.bigint, (column) => column.notNull())
        .addColumn('visible_at', types.bigint, (column) => column.notNull())
        .addColumn('receives', 'integer', (column) => column.notNull())
        .addColumn('receives_before', 'integer', (column) => column.notNull())
        .addColumn('first_received_at', types.bigint, (column) => column.notNull())
        .addColumn('taken_at', types.bigint, (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('sqs_dedup')
        .addColumn('queue_id', 'text', (column) => column.notNull())
        .addColumn('dedup_key', 'text', (column) => column.notNull())
        .addColumn('message_id', 'text', (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addColumn('until', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('sqs_dedup_key', ['queue_id', 'dedup_key'])
        .execute()
      await db.schema
        .createTable('sqs_move_task')
        .addColumn('handle', 'text', (column) => column.primaryKey())
        .addColumn('source_arn', 'text', (column) => column.notNull())
        .addColumn('destination_arn', 'text')
        .addColumn('rate', 'integer')
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('moved', types.bigint, (column) => column.notNull())
        .addColumn('to_move', types.bigint, (column) => column.notNull())
        .addColumn('failure', 'text')
        .addColumn('started_at', types.bigint, (column) => column.notNull())
        .execute()
    },
  },
]
