import type { MigrationStep } from '../../../kernel/index.ts'

/** Rows hold what memory holds; images are the registry's. */
export interface EcrTables {
  ecr_repository: { account: string; region: string; name: string; definition: string }
}

export const ecrMigrations: MigrationStep[] = [
  {
    id: '001-ecr',
    async up(db) {
      await db.schema
        .createTable('ecr_repository')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('region', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('definition', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('ecr_repository_place', ['account', 'region', 'name'])
        .execute()
    },
  },
]
