import type { MigrationStep } from '../kernel/index.ts'
import {
  ociMigration,
  ociProxyMigration,
  ociRulesMigration,
  ociTouchMigration,
} from './oci/index.ts'
import { packagesMigration } from './packages/index.ts'

export const registryMigrations: MigrationStep[] = [
  {
    id: '001-artifacts',
    async up(db, types) {
      await db.schema
        .createTable('registry_artifact')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('project', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('blob', 'text', (column) => column.notNull())
        .addColumn('size', types.bigint, (column) => column.notNull())
        .addColumn('content_type', 'text', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('sha1', 'text', (column) => column.notNull())
        .addColumn('md5', 'text', (column) => column.notNull())
        .addColumn('run_id', 'text')
        .addColumn('repo', 'text')
        .addColumn('commit_sha', 'text')
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addUniqueConstraint('registry_artifact_place', ['project', 'name', 'version', 'path'])
        .execute()
      await db.schema
        .createIndex('registry_artifact_run')
        .on('registry_artifact')
        .columns(['run_id'])
        .execute()
    },
  },
  ociMigration,
  packagesMigration,
  ociTouchMigration,
  ociRulesMigration,
  ociProxyMigration,
]
