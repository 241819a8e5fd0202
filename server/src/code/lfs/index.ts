import type { CodeContext } from '../context.ts'
import { deleteOrphans, lfsMigrations } from './store-lfs.ts'
import { removeUnreferenced } from './unreferenced.ts'

export { handleLfs } from './lfs-http.ts'
export { lfsTicket } from './ticket.ts'
export { pointersIn } from './pointers.ts'
export { insertObject, lfsBlobs, lockedByOthers, objectsOf } from './store-lfs.ts'

const SWEEP = 'code.lfsSweep'
const DAILY = 'code.lfsDaily'
const DAY_MS = 24 * 60 * 60 * 1000

/** Tables of Git LFS, and what a removed repository leaves behind. */
export async function createLfs(context: CodeContext): Promise<void> {
  const { database, jobs, events, blobs, clock } = context.kernel
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
  const tomorrow = () =>
    database.write(async (tx) => {
      await jobs.enqueue(tx, {
        kind: DAILY,
        payload: {},
        key: 'all',
        runAtMs: clock.now() + DAY_MS,
      })
    })
  jobs.handle(DAILY, {
    async run() {
      await removeUnreferenced(context)
      await tomorrow()
    },
  })
  await tomorrow()
}
