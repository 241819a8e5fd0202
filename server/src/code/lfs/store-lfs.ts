import type { Kysely, Selectable } from 'kysely'
import type {
  ColumnTypes,
  Database,
  Kernel,
  MigrationStep,
  OwnedBlobs,
  Tables,
  Transaction,
} from '../../kernel/index.ts'

interface LfsTables {
  code_lfs_object: {
    repo_id: string
    /** SHA-256 of the bytes, hex. */
    oid: string
    blob_id: string
    size_bytes: number
    created_at: number
  }
  code_lfs_lock: {
    id: string
    repo_id: string
    path: string
    ref: string
    owner_id: string
    owner_name: string
    locked_at: number
  }
  /** Only to know which repositories are still there. */
  code_repo: { id: string }
}

export type LfsObjectRow = Selectable<LfsTables['code_lfs_object']>
export type LfsLockRow = Selectable<LfsTables['code_lfs_lock']>

export const lfsMigrations: MigrationStep[] = [{ id: '001-lfs', up: create }]

async function create(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('code_lfs_object')
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('oid', 'text', (column) => column.notNull())
    .addColumn('blob_id', 'text', (column) => column.notNull())
    .addColumn('size_bytes', types.bigint, (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('code_lfs_object_key', ['repo_id', 'oid'])
    .execute()
  await db.schema
    .createIndex('code_lfs_object_blob')
    .on('code_lfs_object')
    .column('blob_id')
    .execute()
  await db.schema
    .createTable('code_lfs_lock')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('repo_id', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('ref', 'text', (column) => column.notNull())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addColumn('owner_name', 'text', (column) => column.notNull())
    .addColumn('locked_at', types.bigint, (column) => column.notNull())
    .addUniqueConstraint('code_lfs_lock_path', ['repo_id', 'path'])
    .execute()
}

type From = Pick<Database | Transaction, 'tables'>
const tables = (from: From): Tables<LfsTables> => from.tables<LfsTables>()

export async function objectsOf(
  from: From,
  repoId: string,
  oids: string[],
): Promise<Map<string, LfsObjectRow>> {
  if (oids.length === 0) return new Map()
  const rows = await tables(from)
    .selectFrom('code_lfs_object')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('oid', 'in', oids)
    .execute()
  return new Map(rows.map((row) => [row.oid, row]))
}

/** False when it was there already: two clients may bring the same object at once. */
export async function insertObject(tx: Transaction, row: LfsObjectRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables(tx)
    .insertInto('code_lfs_object')
    .values(row)
    .onConflict((conflict) => conflict.columns(['repo_id', 'oid']).doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows ?? 0) > 0
}

/** Where the bytes are written; which of them are needed is what the rows say. */
export function lfsBlobs({ blobs, database }: Kernel): OwnedBlobs {
  return blobs.of('lfs', async (ids) => {
    const objects = tables(database).selectFrom('code_lfs_object')
    const rows = await objects.select('blob_id').where('blob_id', 'in', ids).execute()
    return rows.map((row) => row.blob_id)
  })
}

/** Forgets what belonged to repositories that are gone; gives their blobs. */
export async function deleteOrphans(tx: Transaction): Promise<string[]> {
  const db = tables(tx)
  const alive = db.selectFrom('code_repo').select('id')
  await db.deleteFrom('code_lfs_lock').where('repo_id', 'not in', alive).execute()
  const rows = await db
    .deleteFrom('code_lfs_object')
    .where('repo_id', 'not in', alive)
    .returning('blob_id')
    .execute()
  return rows.map((row) => row.blob_id)
}

export interface LockFilter {
  path?: string | undefined
  id?: string | undefined
  afterId?: string | undefined
  limit: number
}

/** By id, which is by age. */
export async function locksOf(
  from: From,
  repoId: string,
  filter: LockFilter,
): Promise<LfsLockRow[]> {
  let query = tables(from).selectFrom('code_lfs_lock').selectAll().where('repo_id', '=', repoId)
  if (filter.path !== undefined) query = query.where('path', '=', filter.path)
  if (filter.id !== undefined) query = query.where('id', '=', filter.id)
  if (filter.afterId !== undefined) query = query.where('id', '>', filter.afterId)
  return query.orderBy('id').limit(filter.limit).execute()
}

export async function insertLock(tx: Transaction, row: LfsLockRow): Promise<void> {
  await tables(tx).insertInto('code_lfs_lock').values(row).execute()
}

export async function deleteLock(tx: Transaction, id: string): Promise<void> {
  await tables(tx).deleteFrom('code_lfs_lock').where('id', '=', id).execute()
}

/** Path and owner's name of each lock that somebody else holds. */
export async function lockedByOthers(
  from: From,
  repoId: string,
  actorId: string,
): Promise<Map<string, string>> {
  const rows = await tables(from)
    .selectFrom('code_lfs_lock')
    .select(['path', 'owner_name'])
    .where('repo_id', '=', repoId)
    .where('owner_id', '!=', actorId)
    .orderBy('path')
    .execute()
  return new Map(rows.map((row) => [row.path, row.owner_name]))
}

/** Repositories with objects that arrived before a moment. */
export async function reposWithObjectsBefore(from: From, beforeMs: number): Promise<string[]> {
  const rows = await tables(from)
    .selectFrom('code_lfs_object')
    .select('repo_id')
    .distinct()
    .where('created_at', '<', beforeMs)
    .execute()
  return rows.map((row) => row.repo_id)
}

export async function oidsBefore(from: From, repoId: string, beforeMs: number): Promise<string[]> {
  const rows = await tables(from)
    .selectFrom('code_lfs_object')
    .select('oid')
    .where('repo_id', '=', repoId)
    .where('created_at', '<', beforeMs)
    .execute()
  return rows.map((row) => row.oid)
}

/** Only those still older than the moment: what a client asked for meanwhile stays. */
export async function deleteOidsBefore(
  tx: Transaction,
  repoId: string,
  { oids, beforeMs }: { oids: string[]; beforeMs: number },
): Promise<string[]> {
  const blobs: string[] = []
  for (let at = 0; at < oids.length; at += 500) {
    const rows = await tables(tx)
      .deleteFrom('code_lfs_object')
      .where('repo_id', '=', repoId)
      .where('oid', 'in', oids.slice(at, at + 500))
      .where('created_at', '<', beforeMs)
      .returning('blob_id')
      .execute()
    blobs.push(...rows.map((row) => row.blob_id))
  }
  return blobs
}

/** A client that is told "it is here already" is about to push a commit that needs it. */
export async function renewOids(
  tx: Transaction,
  repoId: string,
  { oids, nowMs }: { oids: string[]; nowMs: number },
): Promise<void> {
  await tables(tx)
    .updateTable('code_lfs_object')
    .set({ created_at: nowMs })
    .where('repo_id', '=', repoId)
    .where('oid', 'in', oids)
    .execute()
}
