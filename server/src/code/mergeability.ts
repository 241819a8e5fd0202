import type { PullRequest } from '@madang/api'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { mergeTrees } from './merge-tree.ts'
import { statusesOf, approvalsOf } from './store-pull-requests.ts'
import type { PullRequestRow } from './tables.ts'

const MOST_REMEMBERED = 500
/** By folder, target and head: commits never change, so neither does the answer. */
const remembered = new Map<string, string[]>()

async function conflictsOf(folder: string, target: string, head: string): Promise<string[]> {
  const key = `${folder} ${target} ${head}`
  const known = remembered.get(key)
  if (known) return known
  const merged = await mergeTrees(folder, target, head)
  const conflicts = 'conflicts' in merged ? merged.conflicts : []
  remembered.set(key, conflicts)
  if (remembered.size > MOST_REMEMBERED) remembered.delete(remembered.keys().next().value!)
  return conflicts
}

/** Whether an open pull request can be merged, and what stands in the way. */
export async function mergeability(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<NonNullable<PullRequest['merge']>> {
  const { objects } = context
  const tip = (branch: string) => objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  const [source, target] = [await tip(pull.source), await tip(pull.target)]
  const blockers = await missing(context, repo, pull)
  if (!source) blockers.push('sourceMissing')
  if (!target) blockers.push('targetMissing')
  const conflicts = target ? await conflictsOf(repo.folder, target.sha, pull.head) : []
  if (conflicts.length > 0) blockers.push('conflicts')
  return { isPossible: blockers.length === 0, conflicts, blockers }
}

/** What the repository's settings ask for and the pull request lacks. */
async function missing(
  context: CodeContext,
  repo: OpenRepo,
  pull: PullRequestRow,
): Promise<string[]> {
  const db = codeTables(context.kernel.database)
  const { required_approvals: wanted, require_passing: mustPass } = repo.row
  const blockers: string[] = []
  if (wanted > 0 && (await approvalsOf(db, [pull.id])).length < wanted) {
    blockers.push('approvalsMissing')
  }
  if (mustPass === 1) {
    const statuses = await statusesOf(db, repo.row.id, [pull.head])
    const isPassing = statuses.length > 0 && statuses.every(({ state }) => state === 'success')
    if (!isPassing) blockers.push('statusNotPassing')
  }
  return blockers
}
