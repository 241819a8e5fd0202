import type { Transaction } from '../kernel/index.ts'
import { type CodeContext, codeTables } from './context.ts'
import { queuedOf, queuedPull } from './store-merge-queue.ts'

export const MERGE_QUEUE = 'code.mergeQueue'

export interface QueuePlace {
  repoId: string
  target: string
}

/** Looks at a queue again, after this change is stored. */
export async function nudgeQueue(
  context: CodeContext,
  tx: Transaction,
  { repoId, target }: QueuePlace,
): Promise<void> {
  const payload: QueuePlace = { repoId, target }
  await context.kernel.jobs.enqueue(tx, { kind: MERGE_QUEUE, payload, key: `${repoId} ${target}` })
}

/** The queues of a repository in which anything waits; or only that in which this commit is built. */
export async function nudgeQueues(
  context: CodeContext,
  tx: Transaction,
  { repoId, sha }: { repoId: string; sha?: string },
): Promise<void> {
  const waiting = await queuedOf(codeTables(tx), repoId)
  const concerned = waiting.filter((entry) => sha === undefined || entry.sha === sha)
  for (const target of new Set(concerned.map((entry) => entry.target))) {
    await nudgeQueue(context, tx, { repoId, target })
  }
}

export async function nudgeQueueOf(
  context: CodeContext,
  tx: Transaction,
  pull: { id: string },
): Promise<void> {
  const entry = await queuedPull(codeTables(tx), pull.id)
  if (entry) await nudgeQueue(context, tx, { repoId: entry.repo_id, target: entry.target })
}
