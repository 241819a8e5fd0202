import type { PullRequest } from '@madang/api'
import type { Actor, Transaction } from '../kernel/index.ts'
import { type CodeContext, announce, codeTables, type OpenRepo } from './context.ts'
import { pullRequestEvent } from './pull-request-event.ts'
import { type MovedRef, branchOf, NO_SHA } from './ref-name.ts'
import { openPullRequests, pullRequestsOf, updatePullRequest } from './store-pull-requests.ts'
import type { PullRequestRow } from './tables.ts'

type Stack = NonNullable<PullRequest['stack']>

const DEEPEST = 50

/**
 * The open pull requests that stand on each other's branches, lowest first; undefined when this one
 * stands alone.
 */
export function stackOf(pull: PullRequestRow, open: PullRequestRow[]): Stack | undefined {
  const below: PullRequestRow[] = []
  const seen = new Set([pull.number])
  let lowest: PullRequestRow | undefined = pull
  while (lowest && below.length < DEEPEST) {
    const { target }: PullRequestRow = lowest
    lowest = open.find((other) => other.source === target && !seen.has(other.number))
    if (lowest) below.unshift(lowest)
    if (lowest) seen.add(lowest.number)
  }
  const above: PullRequestRow[] = []
  let tips = [pull.source]
  while (tips.length > 0 && above.length < DEEPEST) {
    const next = open.filter(({ target, number }) => tips.includes(target) && !seen.has(number))
    for (const { number } of next) seen.add(number)
    above.push(...next)
    tips = next.map(({ source }) => source)
  }
  if (below.length + above.length === 0) return undefined
  return [...below, pull, ...above].map(({ number, title, source, target }) => {
    return { number, title, source, target }
  })
}

/**
 * When the branch of a merged pull request goes, those that stood on it stand on its target from
 * then on. While the branch stays they stay too: it may be one that lives on, such as `develop`.
 */
export async function retargetStacks(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  { actor, moves }: { actor: Actor; moves: MovedRef[] },
): Promise<void> {
  const gone = moves
    .filter(({ after }) => after === NO_SHA)
    .flatMap(({ ref }) => branchOf(ref) ?? [])
  if (gone.length === 0) return
  const db = codeTables(tx)
  const open = await openPullRequests(db, repo.row.id)
  for (const upper of open.filter(({ target }) => gone.includes(target))) {
    const all = await pullRequestsOf(db, repo.row.id)
    const lower = all.find(({ source, state }) => source === upper.target && state === 'merged')
    const isTaken = open.some(
      ({ source, target }) => source === upper.source && target === lower?.target,
    )
    if (!lower || isTaken) continue
    const set = { target: lower.target, updated_at: context.kernel.clock.now() }
    await updatePullRequest(db, upper.id, set)
    const row = { ...upper, ...set }
    const change = { type: 'code.pullRequestUpdated', actor, row, issues: [] as string[] } as const
    await context.kernel.events.append(tx, pullRequestEvent(repo, change))
    announce(context, tx, repo, { type: 'code.pullRequestUpdated', id: String(row.number) })
  }
}
