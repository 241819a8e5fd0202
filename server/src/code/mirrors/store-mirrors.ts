import type { Kysely, Selectable } from 'kysely'
import type {
  ColumnTypes,
  Database,
  MigrationStep,
  Tables,
  Transaction,
} from '../../kernel/index.ts'

interface MirrorTables {
  code_mirror: {
    id: string
    repo_id: string
    direction: 'pull' | 'push'
    url: string
    auth: 'none' | 'token' | 'sshKey'
    username: string
    /** Sealed: a token, or a private key in OpenSSH's format. */
    secret: string | null
    public_key: string | null
    /** Lines of `known_hosts`, believed since the first connection. */
    host_keys: string | null
    branches: string
    prune: number
    overwrite: number
    every_minutes: number
    is_active: number
    state: 'waiting' | 'running' | 'ok' | 'failed'
    failures: number
    /** JSON of `SpokenError`. */
    error: string | null
    /** JSON: names of references that went different ways. */
    diverged: string
    tried_at: number | null
    succeeded_at: number | null
    next_at: number | null
    created_by: string
    created_by_name: string
    created_at: number
  }
}

export type MirrorRow = Selectable<MirrorTables['code_mirror']>
type From = Pick<Database | Transaction, 'tables'>
const tables = (from: From): Tables<MirrorTables> => from.tables<MirrorTables>()

export const mirrorMigrations: MigrationStep[] = [{ id: '001-mirrors', up: create }]

async function create(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_mirror')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('auth', 'text', (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('secret', 'text')
    .addColumn('public_key', 'text')
    .addColumn('host_keys', 'text')
    .addColumn('branches', 'text', (column) => column.notNull())
    .addColumn('prune', 'integer', (column) => column.notNull())
    .addColumn('overwrite', 'integer', (column) => column.notNull())
    .addColumn('every_minutes', 'integer', (column) => column.notNull())
    .addColumn('is_active', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('error', 'text')
    .addColumn('diverged', 'text', (column) => column.notNull())
    .addColumn('tried_at', types.bigint)
    .addColumn('succeeded_at', types.bigint)
    .addColumn('next_at', types.bigint)
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('created_by_name', 'text', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .execute()
  await db.schema
    .createIndex('code_mirror_repo')
    .on('code_mirror')
    .columns(['repo_id', 'id'])
    .execute()
}

export async function mirrorsOf(from: From, repoId: string): Promise<MirrorRow[]> {
  const rows = tables(from).selectFrom('code_mirror').selectAll().where('repo_id', '=', repoId)
  return rows.orderBy('id').execute()
}

export async function mirrorById(from: From, id: string): Promise<MirrorRow | undefined> {
  const rows = tables(from).selectFrom('code_mirror').selectAll()
  return rows.where('id', '=', id).executeTakeFirst()
}

export async function insertMirror(tx: Transaction, row: MirrorRow): Promise<void> {
  await tables(tx).insertInto('code_mirror').values(row).execute()
}

export async function updateMirror(
  tx: Transaction,
  id: string,
  set: Partial<MirrorRow>,
): Promise<void> {
  await tables(tx).updateTable('code_mirror').set(set).where('id', '=', id).execute()
}

export async function deleteMirror(tx: Transaction, id: string): Promise<void> {
  await tables(tx).deleteFrom('code_mirror').where('id', '=', id).execute()
}

export async function deleteMirrorsOf(tx: Transaction, repoId: string): Promise<void> {
  await tables(tx).deleteFrom('code_mirror').where('repo_id', '=', repoId).execute()
}
