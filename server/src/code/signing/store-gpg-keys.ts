import type { Kysely, Selectable } from 'kysely'
import type {
  ColumnTypes,
  Database,
  MigrationStep,
  Tables,
  Transaction,
} from '../../kernel/index.ts'

interface GpgTables {
  code_gpg_key: {
    id: string
    /** `person:…`. */
    owner: string
    fingerprint: string
    armour: string
    created_at: number
  }
  /** The key's own id and those of its subkeys: signatures name any of them. */
  code_gpg_key_id: { key_id: string; gpg_key: string }
}

export type GpgKeyRow = Selectable<GpgTables['code_gpg_key']>

export const gpgMigrations: MigrationStep[] = [
  {
    id: '001-keys',
    async up(db: Kysely<unknown>, types: ColumnTypes) {
      await db.schema
        .createTable('code_gpg_key')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('fingerprint', 'text', (column) => column.notNull().unique())
        .addColumn('armour', 'text', (column) => column.notNull())
        .addColumn('created_at', types.bigint, (column) => column.notNull())
        .execute()
      await db.schema
        .createTable('code_gpg_key_id')
        .addColumn('key_id', 'text', (column) => column.primaryKey())
        .addColumn('gpg_key', 'text', (column) => column.notNull())
        .execute()
    },
  },
]

type From = Pick<Database | Transaction, 'tables'>
const tables = (from: From): Tables<GpgTables> => from.tables<GpgTables>()

/** Oldest first. */
export async function gpgKeysOf(from: From, owner: string): Promise<GpgKeyRow[]> {
  return tables(from)
    .selectFrom('code_gpg_key')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('id')
    .execute()
}

export async function gpgKeysByIds(from: From, keyIds: string[]): Promise<GpgKeyRow[]> {
  if (keyIds.length === 0) return []
  return tables(from)
    .selectFrom('code_gpg_key')
    .innerJoin('code_gpg_key_id', 'code_gpg_key_id.gpg_key', 'code_gpg_key.id')
    .selectAll('code_gpg_key')
    .distinct()
    .where('code_gpg_key_id.key_id', 'in', keyIds)
    .execute()
}

export async function insertGpgKey(
  tx: Transaction,
  row: GpgKeyRow,
  keyIds: string[],
): Promise<void> {
  await tables(tx).insertInto('code_gpg_key').values(row).execute()
  const ids = [...new Set(keyIds)].map((key_id) => ({ key_id, gpg_key: row.id }))
  await tables(tx).insertInto('code_gpg_key_id').values(ids).execute()
}

/** Whether there was one of that id and owner. */
export async function deleteGpgKey(
  tx: Transaction,
  { id, owner }: { id: string; owner: string },
): Promise<boolean> {
  const gone = await tables(tx)
    .deleteFrom('code_gpg_key')
    .where('id', '=', id)
    .where('owner', '=', owner)
    .executeTakeFirst()
  if (Number(gone.numDeletedRows) === 0) return false
  await tables(tx).deleteFrom('code_gpg_key_id').where('gpg_key', '=', id).execute()
  return true
}
