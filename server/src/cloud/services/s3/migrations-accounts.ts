import type { ColumnTypes, MigrationStep } from '../../../kernel/index.ts'

export interface AccountRow {
  account: string
  public_access_block: string
}

export interface AccessPointRow {
  account: string
  region: string
  name: string
  alias: string
  bucket: string
  created_at: number
  settings: string
}

export const accountMigration: MigrationStep = {
  id: '004-accounts',
  async up(db, types: ColumnTypes) {
    await db.schema
      .createTable('cloud_s3_account')
      .addColumn('account', 'text', (column) => column.primaryKey())
      .addColumn('public_access_block', 'text', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('cloud_s3_access_point')
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('alias', 'text', (column) => column.notNull())
      .addColumn('bucket', 'text', (column) => column.notNull())
      .addColumn('created_at', types.bigint, (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('cloud_s3_access_point_key', ['account', 'region', 'name'])
      .execute()
  },
}
