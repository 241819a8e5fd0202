import type { MigrationStep } from '../../../kernel/index.ts'

/** Rows hold what memory holds; values of secure strings are what KMS made of them. */
export interface SsmTables {
  ssm_parameter: { account: string; region: string; name: string; definition: string }
  ssm_version: {
    account: string
    region: string
    name: string
    version: number
    definition: string
  }
}

export const ssmMigrations: MigrationStep[] = [
  {
    id: '001-ssm',
    async up(db) {
      await db.schema
        .createTable('ssm_parameter')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('ssm_parameter_place', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('ssm_version')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('ssm_version_place', ['account', 'region', 'name', 'version'])
        .execute()
    },
  },
]
