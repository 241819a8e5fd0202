import { type Kysely, sql } from 'kysely'
import type { MigrationStep } from '../../../kernel/index.ts'

export interface ItemRow {
  table_id: number
  pk: Uint8Array
  sk: Uint8Array
  /** JSON as it goes over the wire. */
  item: string
  size: number
  /** Seconds since the epoch, where the table's time to live is on. */
  expires_at: number | null
}

export interface DynamoTables {
  dynamodb_table: {
    id: number
    account: string
    region: string
    name: string
    definition: string
  }
  dynamodb_item: ItemRow
  /** An item's place in a secondary index; what the index shows is taken from the item. */
  dynamodb_entry: {
    index_id: number
    pk: Uint8Array
    sk: Uint8Array
    base_pk: Uint8Array
    base_sk: Uint8Array
    table_id: number
  }
  /** What a stream tells of one change, as JSON. */
  dynamodb_stream_record: { stream_id: number; seq: number; at: number; record: string }
  /** What an item was before a change, of tables with point-in-time recovery. */
  dynamodb_change: {
    table_id: number
    seq: number
    at: number
    pk: Uint8Array
    sk: Uint8Array
    /** Null where there was no item. */
    before: string | null
    before_size: number
  }
  /** Its items are rows of `dynamodb_item` under `items_id`. */
  dynamodb_backup: {
    arn: string
    account: string
    region: string
    table_name: string
    created_at: number
    items_id: number
    /** BackupFacts as JSON. */
    facts: string
  }
  /** Exports and imports; `facts` is their description as JSON. */
  dynamodb_transfer: {
    arn: string
    kind: string
    account: string
    region: string
    created_at: number
    facts: string
  }
  /** Answers of transactions, for their tokens' ten minutes. */
  dynamodb_token: {
    account: string
    token: string
    request_hash: string
    answer: string
    expires_at: number
  }
}

export const dynamoMigrations: MigrationStep[] = [
  {
    id: '001-dynamodb',
    async up(db, types) {
      await db.schema
        .createTable('dynamodb_table')
        .addColumn('id', types.bigint, (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('dynamodb_item')
        .addColumn('table_id', types.bigint, (column) => column.notNull())
        .addColumn('pk', types.blob, (column) => column.notNull())
        .addColumn('sk', types.blob, (column) => column.notNull())
        .addColumn('item', 'text', (column) => column.notNull())
        .addColumn('size', 'integer', (column) => column.notNull())
        .addColumn('expires_at', types.bigint)
        .addPrimaryKeyConstraint('dynamodb_item_place', ['table_id', 'pk', 'sk'])
        .execute()
      await db.schema
        .createIndex('dynamodb_item_expiry')
        .on('dynamodb_item')
        .columns(['table_id', 'expires_at'])
        .where(sql.ref('expires_at'), 'is not', null)
        .execute()
      await db.schema
        .createTable('dynamodb_entry')
        .addColumn('index_id', types.bigint, (column) => column.notNull())
        .addColumn('pk', types.blob, (column) => column.notNull())
        .addColumn('sk', types.blob, (column) => column.notNull())
        .addColumn('base_pk', types.blob, (column) => column.notNull())
        .addColumn('base_sk', types.blob, (column) => column.notNull())
        .addColumn('table_id', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('dynamodb_entry_place', [
          'index_id',
          'pk',
          'sk',
          'base_pk',
          'base_sk',
        ])
        .execute()
      await db.schema
        .createTable('dynamodb_token')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('token', 'text', (column) => column.notNull())
        .addColumn('request_hash', 'text', (column) => column.notNull())
        .addColumn('answer', 'text', (column) => column.notNull())
        .addColumn('expires_at', types.bigint, (column) => column.notNull())
        .addPrimaryKeyConstraint('dynamodb_token_key', ['account', 'token'])
        .execute()
      await db.schema
        .createIndex('dynamodb_token_expiry')
        .on('dynamodb_token')
        .column('expires_at')
        .execute()
    },
  },
  {
    id: '002-streams',
    async up(db, types) {
      await db.schema
        .createTable('dynamodb_stream_record')
        .addColumn('stream_id', types.bigint, (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('record', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('dynamodb_stream_record_place', ['stream_id', 'seq'])
        .execute()
    },
  },
  {
    id: '003-backups',
    async up(db, types) {
      await db.schema
        .createTable('dynamodb_change')
        .addColumn('table_id', types.bigint, (column) => column.notNull())
        .addColumn('seq', types.bigint, (column) => column.notNull())
        .addColumn('at', types.bigint, (column) => column.notNull())
        .addColumn('pk', types.blob, (column) => column.notNull())
        .addColumn('sk', types.blob, (column) => column.notNull())
        .addColumn('before', 'text')
        .addColumn('before_size', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('dynamodb_change_place', ['table_id', 'pk', 'sk', 'seq'])
        .execute()
      await db.schema
        .createIndex('dynamodb_change_at')
        .on('dynamodb_change')
        .columns(['table_id', 'at'])
        .execute()
      await db.schema
        .createTable('dynamodb_backup')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('table_name', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('items_id', types.bigint, (column) => column.notNull())
        .addColumn('facts', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('dynamodb_transfer')
        .addColumn('arn', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('facts', 'text', (column) => column.notNull())
        .execute()
    },
  },
  {
    id: '004-index-keys',
    async up(db) {
      const tables = db as Kysely<DynamoTables>
      for (const { id, definition } of await tables
        .selectFrom('dynamodb_table')
        .select(['id', 'definition'])
        .execute()) {
        await tables
          .updateTable('dynamodb_table')
          .set({ definition: JSON.stringify(withKeyLists(JSON.parse(definition))) })
          .where('id', '=', id)
          .execute()
      }
      for (const { arn, facts } of await tables
        .selectFrom('dynamodb_backup')
        .select(['arn', 'facts'])
        .execute()) {
        const parsed = JSON.parse(facts) as { definition: OldDefinition }
        const definition = withKeyLists(parsed.definition)
        await tables
          .updateTable('dynamodb_backup')
          .set({ facts: JSON.stringify({ ...parsed, definition }) })
          .where('arn', '=', arn)
          .execute()
      }
    },
  },
]

interface OldDefinition {
  indexes: { key: { hash: string; range?: string } }[]
}

/** Indexes' keys became lists when they were allowed several attributes. */
const withKeyLists = (definition: OldDefinition) => ({
  ...definition,
  indexes: definition.indexes.map(({ key: { hash, range }, ...index }) => ({
    ...index,
    key: { hash: [hash], range: range === undefined ? [] : [range] },
  })),
})
