import type { MigrationStep } from '../../../kernel/index.ts'

/** Rows hold what memory holds; secrets in `definition` are sealed. */
export interface KmsTables {
  kms_key: { account: string; region: string; id: string; definition: string }
  kms_alias: { account: string; region: string; name: string; definition: string }
  kms_grant: { id: string; definition: string }
  /** Wrapping keys given out for an import, for their 24 hours. */
  kms_import: { id: string; key_arn: string; sealed: string; expires_at: number }
}

export const kmsMigrations: MigrationStep[] = [
  {
    id: '001-kms',
    async up(db, types) {
      await db.schema
        .createTable('kms_key')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('kms_key_place', ['account', 'region', 'id'])
        .execute()
      await db.schema
        .createTable('kms_alias')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('kms_alias_place', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('kms_grant')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('definition', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('kms_import')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('key_arn', 'text', (column) => column.notNull())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .addColumn('expires_at', types.bigint, (column) => column.notNull())
        .execute()
    },
  },
]
