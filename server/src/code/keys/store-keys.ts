import type { Generated, Kysely, Selectable } from 'kysely'
import type {
  ColumnTypes,
  Database,
  MigrationStep,
  Tables,
  Transaction,
} from '../../kernel/index.ts'

interface KeyTables {
  code_key: {
    id: string
    number: number
    /** A repository's id or `project:GB` (deploy keys), or `person:…`. */
    owner: string
    label: string
    key: string
    fingerprint: string
    can_write: Generated<number>
    used_at: Generated<number | null>
    created_at: number
    created_by: string
  }
}

export type KeyRow = Selectable<KeyTables['code_key']>

/** The table itself is made with the others of `code`; this is what SSH adds to it. */
export const keyMigrations: MigrationStep[] = [{ id: '001-ssh', up: sshColumns }]

async function sshColumns(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .alterTable('code_key')
    .addColumn('can_write', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema.alterTable('code_key').addColumn('used_at', types.bigint).execute()
  await db.schema.createIndex('code_key_fingerprint').on('code_key').column('fingerprint').execute()
  await db.schema.createIndex('code_key_owner').on('code_key').column('owner').execute()
}

type From = Pick<Database | Transaction, 'tables'>
const tables = (from: From): Tables<KeyTables> => from.tables<KeyTables>()

/** Oldest first. */
export async function keysOf(from: From, owner: string): Promise<KeyRow[]> {
  return tables(from)
    .selectFrom('code_key')
    .selectAll()
    .where('owner', '=', owner)
    .orderBy('number')
    .execute()
}

export async function keysByFingerprint(from: From, fingerprint: string): Promise<KeyRow[]> {
  return tables(from)
    .selectFrom('code_key')
    .selectAll()
    .where('fingerprint', '=', fingerprint)
    .orderBy('number')
    .execute()
}

export async function insertKey(tx: Transaction, row: Omit<KeyRow, 'number'>): Promise<KeyRow> {
  const last = await tables(tx)
    .selectFrom('code_key')
    .select((eb) => eb.fn.max('number').as('number'))
    .executeTakeFirst()
  const whole = { ...row, number: Number(last?.number ?? 0) + 1 }
  await tables(tx).insertInto('code_key').values(whole).execute()
  return whole
}

/** How many went: 0 when there is none of that id and owner. */
export async function deleteKey(
  tx: Transaction,
  key: { id: string; owner: string },
): Promise<number> {
  const { numDeletedRows } = await tables(tx)
    .deleteFrom('code_key')
    .where('id', '=', key.id)
    .where('owner', '=', key.owner)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** How many got it: 0 when there is none of that id and owner. */
export async function labelKey(
  tx: Transaction,
  key: { id: string; owner: string; label: string },
): Promise<number> {
  const { numUpdatedRows } = await tables(tx)
    .updateTable('code_key')
    .set({ label: key.label })
    .where('id', '=', key.id)
    .where('owner', '=', key.owner)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

export async function markKeyUsed(tx: Transaction, id: string, nowMs: number): Promise<void> {
  await tables(tx).updateTable('code_key').set({ used_at: nowMs }).where('id', '=', id).execute()
}
