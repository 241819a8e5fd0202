import type { CommitStatus } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables } from './context.ts'
import { refuse } from './refuse.ts'
import { nudgeAutoMerge } from './auto-merge-nudge.ts'
import { nudgeQueues } from './merge-queue-nudge.ts'
import { openPullRequestsAt, putStatus } from './store-pull-requests.ts'
import { repoByName } from './store-repos.ts'

export interface NewStatus {
  project: string
  repo: string
  /** All 40 digits. */
  sha: string
  /** Whose verdict it is, such as `pipeline`; a later one of the same key replaces it. */
  key: string
  state: CommitStatus['state']
  description: string
  url: string
  /** What people read instead of the key. */
  name?: string
}

export async function setStatus(
  context: CodeContext,
  tx: Transaction,
  actor: Actor,
  given: NewStatus,
): Promise<void> {
  const { project, repo, sha, key, state, description, url } = given
  const db = codeTables(tx)
  const row = await repoByName(db, project, repo)
  if (!row) throw refuse('repoNotFound', { project, repo })
  const about = { sha, key, state, description: description.slice(0, 500), url }
  const now = context.kernel.clock.now()
  const name = given.name ?? ''
  const times = { updated_at: now, created_at: now }
  const before = await putStatus(db, {
    repo_id: row.id,
    ...about,
    ...times,
    name,
    actor_id: actor.id,
  })
  await context.kernel.events.append(tx, {
    type: before ? 'code.commitStatusUpdated' : 'code.commitStatusCreated',
    subject: `status:${row.id}@${sha}`,
    project,
    actor: actor.id,
    data: { project, repo, sha, key, state },
  })
  for (const pull of await openPullRequestsAt(db, row.id, sha)) {
    await nudgeAutoMerge(context, tx, pull)
  }
  await nudgeQueues(context, tx, { repoId: row.id, sha })
  announce(context, tx, row, { type: 'code.statusSet', id: sha, state, key })
}
