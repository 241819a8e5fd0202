import type { Db, DownloadRow } from './tables.ts'

interface Place {
  repo_id: string
  name: string
}

/** Newest first. */
export function downloadsOf(db: Db, repoId: string): Promise<DownloadRow[]> {
  return db
    .selectFrom('code_download')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('created_at', 'desc')
    .orderBy('name')
    .execute()
}

export function downloadAt(db: Db, { repo_id, name }: Place): Promise<DownloadRow | undefined> {
  return db
    .selectFrom('code_download')
    .selectAll()
    .where('repo_id', '=', repo_id)
    .where('name', '=', name)
    .executeTakeFirst()
}

export async function insertDownload(db: Db, row: DownloadRow): Promise<void> {
  await db.insertInto('code_download').values(row).execute()
}

export async function countFetch(db: Db, blobId: string): Promise<void> {
  await db
    .updateTable('code_download')
    .set((row) => ({ fetches: row('fetches', '+', 1) }))
    .where('blob_id', '=', blobId)
    .execute()
}

/** This one, not what has taken its name since; false when it is gone already. */
export async function deleteDownload(db: Db, row: DownloadRow): Promise<boolean> {
  const gone = await db
    .deleteFrom('code_download')
    .where('blob_id', '=', row.blob_id)
    .executeTakeFirst()
  return gone.numDeletedRows > 0n
}

/** Of these blobs, those that hold a download. */
export async function keptBlobs(db: Db, ids: string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('code_download')
    .select('blob_id')
    .where('blob_id', 'in', ids)
    .execute()
  return rows.map(({ blob_id: id }) => id)
}
