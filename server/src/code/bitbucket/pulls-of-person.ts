import { codeTables, type OpenRepo, openRow } from '../context.ts'
import { pullRequestsOf } from '../store-pull-requests.ts'
import { allRepos } from '../store-repos.ts'
import type { PullRequestRow } from '../tables.ts'
import type { Ask } from './call.ts'

/** Pull requests of all repositories that the asker may see. */
export async function visiblePulls(
  ask: Ask,
  isWanted: (row: PullRequestRow) => boolean,
): Promise<{ repo: OpenRepo; row: PullRequestRow }[]> {
  const { context } = ask.parts
  const db = codeTables(context.kernel.database)
  const found: { repo: OpenRepo; row: PullRequestRow }[] = []
  for (const repoRow of await allRepos(db)) {
    if (!(await context.identity.roleIn(ask.actor, repoRow.project, repoRow.slug))) continue
    const repo = await openRow(context, repoRow)
    const rows = await pullRequestsOf(db, repoRow.id)
    found.push(...rows.filter(isWanted).map((row) => ({ repo, row })))
  }
  return found
}
