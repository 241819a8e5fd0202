import { Readable } from 'node:stream'
import type { Actor, Kernel, Transaction } from '../../kernel/index.ts'
import type { FormFile } from './body.ts'
import type { Range } from './ranges.ts'
import * as store from './store-downloads.ts'
import { bitbucketTables, type DownloadRow } from './tables.ts'

/** Files that stand beside a repository: what a team gives away of it. */
export interface Downloads {
  /** Newest first. */
  list(repoId: string): Promise<DownloadRow[]>
  find(repoId: string, name: string): Promise<DownloadRow | undefined>
  /** All or none; each takes the place of what had its name. */
  put(actor: Actor, repoId: string, files: FormFile[]): Promise<void>
  /** Its bytes, or a range of them; counts when the first is read. */
  fetch(row: DownloadRow, range?: Range): Readable
  remove(row: DownloadRow): Promise<void>
  /** Those of a repository that is gone. */
  forget(tx: Transaction, repoId: string): Promise<void>
}

export function createDownloads({ blobs, database, clock }: Kernel): Downloads {
  const own = blobs.of('downloads', (ids) => store.keptBlobs(bitbucketTables(database), ids))

  async function removeIn(tx: Transaction, row: DownloadRow): Promise<void> {
    const isGone = await store.deleteDownload(bitbucketTables(tx), row)
    if (isGone) tx.afterCommit(() => void blobs.remove(row.blob_id))
  }

  async function insert(tx: Transaction, row: DownloadRow): Promise<void> {
    const earlier = await store.downloadAt(bitbucketTables(tx), row)
    if (earlier) await removeIn(tx, earlier)
    await store.insertDownload(bitbucketTables(tx), row)
  }

  async function* counted(row: DownloadRow, range: Range | undefined) {
    await database.write((tx) => store.countFetch(bitbucketTables(tx), row.blob_id))
    yield* blobs.read(row.blob_id, range)
  }

  return {
    list: (repoId) => store.downloadsOf(bitbucketTables(database), repoId),
    find: (repoId, name) => store.downloadAt(bitbucketTables(database), { repo_id: repoId, name }),
    async put(actor, repoId, files) {
      const rows: DownloadRow[] = []
      try {
        for (const { name, bytes } of files) {
          const { id, sizeBytes } = await own.writePlain(bytes)
          const author = { author_id: actor.id, author_name: actor.name }
          const place = { repo_id: repoId, name, blob_id: id, size: sizeBytes }
          rows.push({ ...place, ...author, fetches: 0, created_at: clock.now() })
        }
        await database.write(async (tx) => {
          for (const row of rows) await insert(tx, row)
        })
      } catch (error) {
        for (const row of rows) await blobs.remove(row.blob_id)
        throw error
      }
    },
    fetch: (row, range) => Readable.from(counted(row, range)),
    remove: (row) => database.write((tx) => removeIn(tx, row)),
    async forget(tx, repoId) {
      for (const row of await store.downloadsOf(bitbucketTables(tx), repoId)) {
        await removeIn(tx, row)
      }
    },
  }
}
