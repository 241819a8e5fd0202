import type { Kernel } from '../../../kernel/index.ts'
import type { CloudWatchTables } from './migrations.ts'

const KIND = 'cloud-cloudwatch.prune'
const DAY_MS = 86_400_000
/** CloudWatch keeps metrics for 15 months and alarm history for 30 days (user guide). */
const METRICS_MS = 455 * DAY_MS
const HISTORY_MS = 30 * DAY_MS

/** Removes what CloudWatch no longer keeps, once a day. */
export async function keepPruned({ jobs, database, clock }: Kernel): Promise<void> {
  const enqueue = (runAtMs: number) =>
    database.write((tx) => jobs.enqueue(tx, { kind: KIND, payload: {}, key: 'all', runAtMs }))
  jobs.handle(KIND, {
    async run() {
      const now = clock.now()
      await database.write(async (tx) => {
        const tables = tx.tables<CloudWatchTables>()
        const oldest = now - METRICS_MS
        await tables.deleteFrom('cloudwatch_bucket').where('at', '<', oldest).execute()
        await tables.deleteFrom('cloudwatch_metric').where('last_at', '<', oldest).execute()
        await tables
          .deleteFrom('cloudwatch_alarm_history')
          .where('at', '<', now - HISTORY_MS)
          .execute()
      })
      await enqueue(clock.now() + DAY_MS)
    },
  })
  await enqueue(clock.now() + DAY_MS)
}
