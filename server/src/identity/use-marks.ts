import type { Kernel } from '../kernel/index.ts'
import type { IdentityTables } from './tables.ts'

const EVERY_MS = 60_000

/** Notes when a session or token was last used, at most once a minute each and off the request's path. */
export interface UseMarks {
  mark(table: 'identity_session' | 'identity_token', id: string, lastMs: number): void
}

export function createUseMarks(kernel: Kernel): UseMarks {
  const underWay = new Map<string, Promise<void>>()
  kernel.onStop(async () => void (await Promise.all(underWay.values())))
  return {
    mark(table, id, lastMs) {
      const usedAt = kernel.clock.now()
      if (usedAt - lastMs < EVERY_MS || underWay.has(id)) return
      const writing = kernel.database
        .write(async (tx) => {
          const db = tx.tables<IdentityTables>()
          await db.updateTable(table).set({ used_at: usedAt }).where('id', '=', id).execute()
        })
        .catch((error: unknown) => kernel.log.warn('identity.useMark', { table, id, error }))
        .finally(() => underWay.delete(id))
      underWay.set(id, writing)
    },
  }
}
