import { sql } from 'kysely'
import type { MigrationStep } from '../../../kernel/index.ts'

export interface IamTables {
  cloud_iam_entity: EntityRow
  cloud_iam_session: SessionRow
  cloud_iam_use: UseRow
  cloud_iam_version: VersionRow
}

/** When an entity or a key was used last, and for what. */
export interface UseRow {
  id: string
  body: string
}

/** Grows with each change of an entity, so that another server sees that there was one. */
export interface VersionRow {
  id: number
  version: number
}

export interface EntityRow {
  account: string
  kind: string
  /** Lower case: IAM's names are unique without regard to case. */
  name: string
  body: string
}

export interface SessionRow {
  access_key_id: string
  expires_at: number
  /** Sealed JSON: secret, token and principal. */
  sealed: string
}

export const iamMigrations: MigrationStep[] = [
  {
    id: '001-entities-and-sessions',
    async up(db, types) {
      await db.schema
        .createTable('cloud_iam_entity')
        .addColumn('account', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('cloud_iam_entity_key', ['account', 'kind', 'name'])
        .execute()
      await db.schema
        .createTable('cloud_iam_session')
        .addColumn('access_key_id', 'text', (column) => column.primaryKey())
        .addColumn('expires_at', types.bigint, (column) => column.notNull())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createIndex('cloud_iam_session_expires')
        .on('cloud_iam_session')
        .column('expires_at')
        .execute()
    },
  },
  {
    id: '002-uses-and-version',
    async up(db, types) {
      await db.schema
        .createTable('cloud_iam_use')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('cloud_iam_version')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('version', types.bigint, (column) => column.notNull())
        .execute()
      await sql`insert into cloud_iam_version (id, version) values (1, 0)`.execute(db)
    },
  },
]
