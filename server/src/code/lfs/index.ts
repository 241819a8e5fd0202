import type { CodeContext } from '../context.ts'
import { deleteOrphans, lfsMigrations } from './store-lfs.ts'

export { handleLfs } from './lfs-http.ts'
export { lfsTicket } from './ticket.ts'
export { lfsBlobs } from './store-lfs.ts'

const SWEEP = 'code.lfsSweep'

/** Tables of Git LFS, and what a removed repository leaves behind. */
export async function createLfs({ kernel }: CodeContext): Promise<void> {
  const { database, jobs, events, blobs } = kernel
  await database.migrate('code-lfs', lfsMigrations)
  jobs.handle(SWEEP, {
    async run() {
      const gone = await database.write(deleteOrphans)
      for (const id of gone) await blobs.remove(id)
    },
  })
  events.listen({
    name: 'code.lfs',
    types: ['code.repoDeleted'],
    handle: () =>
      database.write(async (tx) => {
        await jobs.enqueue(tx, { kind: SWEEP, payload: {}, key: 'all' })
      }),
  })
}
