import { Refusal } from '../../kernel/index.ts'
import { actorAgain } from '../authorship.ts'
import type { CodeParts } from '../code.ts'
import { codeTables, type OpenRepo } from '../context.ts'
import { mergedCommit, type MergeStrategy } from '../pull-request-merge.ts'
import { queueBranch } from '../queue-branch.ts'
import { changeRefs } from '../ref-change.ts'
import { readRefFiles } from '../ref-files.ts'
import { NO_SHA } from '../ref-name.ts'
import { updateEntry } from '../store-merge-queue.ts'
import type { PullRequestRow, QueueEntryRow } from '../tables.ts'
import type { Fault } from './faults.ts'

export interface Queued {
  entry: QueueEntryRow
  pull: PullRequestRow
}

type Placed = { sha: string } | { fault: Fault }

/**
 * Makes the merge of an entry onto `base`, unless it is made, and puts its branch there. Written
 * down before the branch moves: a server that dies in between goes on with the same commit.
 */
export async function placeEntry(
  { context, sync }: CodeParts,
  repo: OpenRepo,
  { entry, pull, base }: Queued & { base: string },
): Promise<Placed> {
  const actor = await actorAgain(context, entry.actor_id, entry.actor_name)
  try {
    let { sha } = entry
    if (sha === null || entry.base !== base) {
      const strategy = entry.strategy as MergeStrategy
      const order = { pull, target: base, strategy, message: entry.message ?? undefined, actor }
      const outcome = await mergedCommit(context, repo, order)
      if ('conflicts' in outcome) {
        return { fault: { outcome: 'conflict', detail: outcome.conflicts.join(', ') } }
      }
      ;({ sha } = outcome)
      const made = { sha, base, built_at: context.kernel.clock.now() }
      await context.kernel.database.write((tx) => updateEntry(codeTables(tx), entry.id, made))
    }
    const ref = `refs/heads/${queueBranch(entry.target, entry.number)}`
    const before = (await readRefFiles(repo.folder)).refs.get(ref) ?? NO_SHA
    if (before !== sha)
      await changeRefs(sync, repo, { actor, moves: [{ ref, before, after: sha }] })
    return { sha }
  } catch (error) {
    return { fault: faultBy(error) }
  }
}

/**
 * What git, the gate or a strategy will not do is the entry's own fault; anything else is ours, and a
 * reference that moved meanwhile is nobody's: both are for the next turn.
 */
export function faultBy(error: unknown): Fault {
  if (!(error instanceof Refusal) || error.code === 'refMoved') throw error
  const { reason, blockers } = error.parameters
  return { outcome: 'refused', detail: String(reason ?? blockers ?? error.code) }
}
