import type { Transaction } from '../kernel/index.ts'
import type { CodeContext } from './context.ts'
import { nudgeQueueOf } from './merge-queue-nudge.ts'
import type { PullRequestRow } from './tables.ts'

export const AUTO_MERGE = 'code.autoMerge'

/**
 * Looks again, after this change is stored, whether a merge that waits may happen now, and whether
 * a place in the merge queue is still deserved.
 */
export async function nudgeAutoMerge(
  context: CodeContext,
  tx: Transaction,
  pull: PullRequestRow,
): Promise<void> {
  await nudgeQueueOf(context, tx, pull)
  if (pull.auto_merge === null || pull.state !== 'open') return
  const payload = { repoId: pull.repo_id, number: pull.number }
  await context.kernel.jobs.enqueue(tx, { kind: AUTO_MERGE, payload, key: pull.id })
}
