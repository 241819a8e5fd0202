import type { Transaction } from '../kernel/index.ts'
import type { CodeContext } from './context.ts'
import type { PullRequestRow } from './tables.ts'

export const AUTO_MERGE = 'code.autoMerge'

/** Looks again, after this change is stored, whether a merge that waits may happen now. */
export async function nudgeAutoMerge(
  context: CodeContext,
  tx: Transaction,
  pull: PullRequestRow,
): Promise<void> {
  if (pull.auto_merge === null || pull.state !== 'open') return
  const payload = { repoId: pull.repo_id, number: pull.number }
  await context.kernel.jobs.enqueue(tx, { kind: AUTO_MERGE, payload, key: pull.id })
}
