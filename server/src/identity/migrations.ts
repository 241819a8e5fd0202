import type { Kysely } from 'kysely'
import type { ColumnTypes, MigrationStep } from '../kernel/index.ts'

export const identityMigrations: MigrationStep[] = [
  {
    id: '001-identity',
    async up(db, types) {
      await createPeople(db, types)
      await createCredentials(db, types)
      await createProjects(db, types)
      await createAudit(db, types)
    },
  },
]

async function createPeople(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('identity_person')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('display_name', 'text', (column) => column.notNull())
    .addColumn('password', 'text')
    .addColumn('language', 'text', (column) => column.notNull())
    .addColumn('is_administrator', 'integer', (column) => column.notNull())
    .addColumn('is_disabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('identity_code')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('person', 'text')
    .addColumn('sealed', 'text')
    .addColumn('expires_at', types.bigint, (column) => column.notNull())
    .execute()
}

async function createCredentials(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('identity_session')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('used_at', types.bigint, (column) => column.notNull())
    .addColumn('expires_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('identity_session_person')
    .on('identity_session')
    .column('person')
    .execute()
  await db.schema
    .createTable('identity_token')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('owner_kind', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('project', 'text')
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('used_at', types.bigint)
    .addColumn('expires_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('identity_token_owner')
    .on('identity_token')
    .columns(['owner_kind', 'owner'])
    .execute()
}

async function createProjects(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('identity_project')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('identity_member')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('identity_member_key', ['person', 'project'])
    .execute()
  await db.schema
    .createIndex('identity_member_project')
    .on('identity_member')
    .column('project')
    .execute()
}

async function createAudit(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('identity_audit')
    .addColumn('seq', types.sequence, (column) =>
      types.sequence === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey(),
    )
    .addColumn('at', types.bigint, (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('actor_name', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('project', 'text')
    .addColumn('address', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute()
  for (const column of ['actor', 'project'] as const) {
    await db.schema
      .createIndex(`identity_audit_${column}`)
      .on('identity_audit')
      .columns([column, 'seq'])
      .execute()
  }
}
