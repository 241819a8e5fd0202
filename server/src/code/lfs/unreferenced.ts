import { type CodeContext, codeTables, openRow } from '../context.ts'
import { pointersIn } from './pointers.ts'
import { repoById } from '../store-repos.ts'
import { deleteOidsBefore, oidsBefore, reposWithObjectsBefore } from './store-lfs.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** As long as git itself keeps what nothing refers to. */
export const GRACE_MS = 14 * DAY_MS

/** Removes objects that no branch, tag or pull request refers to for two weeks. */
export async function removeUnreferenced(context: CodeContext): Promise<void> {
  const { database, clock, blobs } = context.kernel
  const beforeMs = clock.now() - GRACE_MS
  for (const repoId of await reposWithObjectsBefore(database, beforeMs)) {
    const row = await repoById(codeTables(database), repoId)
    if (!row) continue // the sweep of removed repositories takes these
    const { folder } = await openRow(context, row)
    const needed = await pointersIn(folder)
    const old = await oidsBefore(database, repoId, beforeMs)
    const oids = old.filter((oid) => !needed.has(oid))
    if (oids.length === 0) continue
    const gone = await database.write((tx) => deleteOidsBefore(tx, repoId, { oids, beforeMs }))
    for (const id of gone) await blobs.remove(id)
    context.kernel.log.info('code.lfsUnreferenced', { repo: repoId, removed: gone.length })
  }
}
