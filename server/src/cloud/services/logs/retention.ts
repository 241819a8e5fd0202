import type { Kernel, Transaction } from '../../../kernel/index.ts'
import type { LogsTables } from './migrations.ts'
import { expire } from './store.ts'

const KIND = 'cloud-logs.retention'
const EVERY_MS = 3_600_000
const DAY_MS = 86_400_000

/** Carries out retention policies: one job a group, each hour while it has a policy. */
export interface Retention {
  begin(tx: Transaction, groupId: string): Promise<void>
  end(tx: Transaction, groupId: string): Promise<void>
}

export function createRetention({ jobs, database, clock }: Kernel): Retention {
  const enqueue = (tx: Transaction, groupId: string, runAtMs: number) =>
    jobs.enqueue(tx, { kind: KIND, payload: { groupId }, key: groupId, runAtMs })

  jobs.handle(KIND, {
    async run(job) {
      const { groupId } = job.payload as { groupId: string }
      const group = await database
        .tables<LogsTables>()
        .selectFrom('logs_group')
        .select('retention_days')
        .where('id', '=', groupId)
        .executeTakeFirst()
      if (!group || group.retention_days === null) return
      await expire(database, groupId, clock.now() - group.retention_days * DAY_MS)
      await database.write(async (tx) => {
        await enqueue(tx, groupId, clock.now() + EVERY_MS)
      })
    },
  })
  return {
    begin: async (tx, groupId) => void (await enqueue(tx, groupId, clock.now())),
    end: (tx, groupId) => jobs.cancel(tx, KIND, groupId),
  }
}
