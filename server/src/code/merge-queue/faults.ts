import type { QueueOutcome } from '@madang/api'
import { includes } from '../../kernel/index.ts'
import { actorAgain } from '../authorship.ts'
import { rulesOf } from '../branch-rules.ts'
import type { CodeContext, OpenRepo } from '../context.ts'
import { mergeability } from '../mergeability.ts'
import type { PullRequestRow, QueueEntryRow } from '../tables.ts'

export interface Fault {
  outcome: QueueOutcome
  detail?: string
}

/** The queue finds out by itself: it merges onto what will be there, and asks that for its checks. */
const ownBusiness = new Set(['conflicts', 'statusNotPassing', 'tooFarBehind'])

/** Whether what was put into the queue is there no more; undefined while it is. */
export function lossOf(entry: QueueEntryRow, pull: PullRequestRow | undefined): Fault | undefined {
  if (pull?.state === 'merged') return { outcome: 'merged' }
  if (pull?.state !== 'open') return { outcome: 'closed' }
  if (pull.head !== entry.head) return { outcome: 'pushed' }
  if (pull.target !== entry.target) return { outcome: 'retargeted' }
  return undefined
}

/** Why an entry may not be merged any more; undefined while it may. */
export async function faultOf(
  context: CodeContext,
  repo: OpenRepo,
  { entry, pull }: { entry: QueueEntryRow; pull: PullRequestRow },
): Promise<Fault | undefined> {
  const { blockers } = await mergeability(context, repo, pull)
  const missing = blockers.filter((blocker) => !ownBusiness.has(blocker))
  if (missing.length > 0) return { outcome: 'blocked', detail: missing.join(', ') }
  if (!(await mayMerge(context, repo, entry))) return { outcome: 'blocked', detail: 'notAllowed' }
  return undefined
}

/** Whether whoever put it there still may; a run's own token was asked when it did. */
async function mayMerge(
  context: CodeContext,
  repo: OpenRepo,
  entry: QueueEntryRow,
): Promise<boolean> {
  const actor = await actorAgain(context, entry.actor_id, entry.actor_name)
  const rules = await rulesOf(context, repo)
  if (!rules.allows('restrict_merges', entry.target, actor.id)) return false
  return (
    actor.kind !== 'person' ||
    includes(await context.identity.roleIn(actor, repo.project, repo.slug), 'developer')
  )
}
