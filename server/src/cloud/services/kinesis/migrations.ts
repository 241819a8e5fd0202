import type { MigrationStep } from '../../../kernel/index.ts'

export interface RecordRow {
  shard: number
  count: number
  at: number
  partition_key: string
  data: Uint8Array
  /** 1 where `data` is sealed under a key of KMS. */
  sealed: number
}

export interface KinesisTables {
  /** By account and region. */
  kinesis_account: { id: string; commitment: string }
  kinesis_stream: { id: number; definition: string }
  kinesis_record: RecordRow
}

export const kinesisMigrations: MigrationStep[] = [
  {
    id: '001-kinesis',
    async up(db, types) {
      await db.schema
        .createTable('kinesis_stream')
        .addColumn('id', types.bigint, (column) => column.primaryKey())
        .addColumn('definition', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('kinesis_record')
        .addColumn('shard', types.bigint, (column) => column.notNull())
        .addColumn('count', types.bigint, (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('partition_key', 'text', (column) => column.notNull())
        .addColumn('data', types.blob, (column) => column.notNull())
        .addColumn('sealed', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('kinesis_record_place', ['shard', 'count'])
        .execute()
    },
  },
  {
    id: '002-accounts',
    async up(db) {
      await db.schema
        .createTable('kinesis_account')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('commitment', 'text', (column) => column.notNull())
        .execute()
    },
  },
]
