import type { Kysely } from 'kysely'
import type { SecretScan } from '@madang/api'
import {
  type Database,
  type MigrationStep,
  parseColumn,
  stringify,
  type Transaction,
} from '../../kernel/index.ts'

interface SecretTables {
  code_secret_scan: {
    repo_id: string
    is_on: number
    with_optional: number
    /** JSON of `SecretScan['allow']`. */
    allow: string
  }
}

export const secretMigrations: MigrationStep[] = [
  {
    id: '001-scan',
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('code_secret_scan')
        .addColumn('repo_id', 'text', (column) => column.primaryKey())
        .addColumn('is_on', 'integer', (column) => column.notNull())
        .addColumn('with_optional', 'integer', (column) => column.notNull())
        .addColumn('allow', 'text', (column) => column.notNull())
        .execute()
    },
  },
]

/** On, without what guesses, unless somebody decided otherwise. */
export async function scanOf(from: Pick<Database, 'tables'>, repoId: string): Promise<SecretScan> {
  const row = await from
    .tables<SecretTables>()
    .selectFrom('code_secret_scan')
    .selectAll()
    .where('repo_id', '=', repoId)
    .executeTakeFirst()
  if (!row) return { isOn: true, withHighEntropy: false, allow: [] }
  return {
    isOn: row.is_on === 1,
    withHighEntropy: row.with_optional === 1,
    allow: parseColumn<SecretScan['allow']>(row.allow),
  }
}

export async function putScan(tx: Transaction, repoId: string, scan: SecretScan): Promise<void> {
  const set = {
    is_on: Number(scan.isOn),
    with_optional: Number(scan.withHighEntropy),
    allow: stringify(scan.allow),
  }
  await tx
    .tables<SecretTables>()
    .insertInto('code_secret_scan')
    .values({ repo_id: repoId, ...set })
    .onConflict((conflict) => conflict.column('repo_id').doUpdateSet(set))
    .execute()
}

export async function deleteScan(tx: Transaction, repoId: string): Promise<void> {
  await tx
    .tables<SecretTables>()
    .deleteFrom('code_secret_scan')
    .where('repo_id', '=', repoId)
    .execute()
}
