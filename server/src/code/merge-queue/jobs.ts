import type { CodeParts } from '../code.ts'
import { codeTables, openRow } from '../context.ts'
import { MERGE_QUEUE, type QueuePlace } from '../merge-queue-nudge.ts'
import { repoById } from '../store-repos.ts'
import { runQueue } from './turns.ts'

/** Different queues side by side; one queue one turn after the other. */
export function handleQueues(parts: CodeParts): void {
  const { jobs, database } = parts.context.kernel
  jobs.handle(MERGE_QUEUE, {
    concurrency: 4,
    async run({ payload }) {
      const { repoId, target } = payload as QueuePlace
      await parts.context.locks.hold(`queue:${repoId} ${target}`, async () => {
        const row = await repoById(codeTables(database), repoId)
        const lookAgainAtMs =
          row && (await runQueue(parts, await openRow(parts.context, row), target))
        await lookLater(parts, { repoId, target }, lookAgainAtMs)
      })
    },
  })
}

/** The limit of waiting is a job of its own: what happens meanwhile moves neither of the two. */
async function lookLater(
  { context }: CodeParts,
  place: QueuePlace,
  runAtMs: number | undefined,
): Promise<void> {
  const { jobs, database } = context.kernel
  const key = `${place.repoId} ${place.target} limit`
  await database.write(async (tx) => {
    if (runAtMs === undefined) await jobs.cancel(tx, MERGE_QUEUE, key)
    else await jobs.enqueue(tx, { kind: MERGE_QUEUE, payload: place, key, runAtMs })
  })
}
