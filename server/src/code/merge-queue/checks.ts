import { rulesOf } from '../branch-rules.ts'
import { type CodeContext, codeTables, type OpenRepo } from '../context.ts'
import { checksNeeded } from '../mergeability.ts'
import { statusesOf } from '../store-pull-requests.ts'
import type { StatusRow } from '../tables.ts'

export type Verdict = 'passed' | 'failed' | 'checking'

/** What the statuses of a commit come to, where so many have to pass and none may fail. */
export function verdictOf(statuses: Pick<StatusRow, 'state'>[], needed: number): Verdict {
  if (needed === 0) return 'passed'
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'failed'
  const isPassing = statuses.every(({ state }) => state === 'success')
  return isPassing && statuses.length >= needed ? 'passed' : 'checking'
}

export async function neededFor(
  context: CodeContext,
  repo: OpenRepo,
  target: string,
): Promise<number> {
  return checksNeeded(repo, await rulesOf(context, repo), target)
}

/** Of a commit of the queue, with the keys of what failed. */
export async function checkCommit(
  context: CodeContext,
  repo: OpenRepo,
  { sha, target }: { sha: string; target: string },
): Promise<{ verdict: Verdict; failed: string[] }> {
  const db = codeTables(context.kernel.database)
  const statuses = await statusesOf(db, repo.row.id, [sha])
  const verdict = verdictOf(statuses, await neededFor(context, repo, target))
  const failed = statuses.filter(({ state }) => state === 'failure' || state === 'error')
  return { verdict, failed: failed.map(({ key, name }) => name || key) }
}
