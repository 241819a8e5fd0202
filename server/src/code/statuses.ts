import type { CommitStatus } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables } from './context.ts'
import { refuse } from './refuse.ts'
import { putStatus } from './store-pull-requests.ts'
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
  await putStatus(db, { repo_id: row.id, ...about, actor_id: actor.id, updated_at: now })
  announce(context, tx, { project, name: repo }, { type: 'code.statusSet', id: sha, state, key })
}
