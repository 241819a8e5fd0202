import type { CodeParts } from '../code.ts'
import { handleQueues } from './jobs.ts'
import { queueMigrations } from './migrations.ts'
import { queueRoutes } from './routes.ts'

export { enterQueue } from './entries.ts'

/**
 * Queues of pull requests: each is merged onto the target and all before it, on a branch of its own,
 * and the target moves to that very commit once its checks have passed.
 */
export async function createMergeQueue(parts: CodeParts): Promise<void> {
  const { database, http } = parts.context.kernel
  await database.migrate('code-merge-queue', queueMigrations)
  handleQueues(parts)
  http.add(queueRoutes(parts))
}
