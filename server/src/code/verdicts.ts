import type { Actor } from '../kernel/index.ts'
import { nudgeAutoMerge } from './auto-merge-nudge.ts'
import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { type Activity, noteActivity } from './pull-request-activity.ts'
import { openPull } from './pull-requests.ts'
import { refuse } from './refuse.ts'
import { putApproval, removeApproval, verdictsOf } from './store-pull-requests.ts'

interface Given {
  actor: Actor
  number: number
}

/** An approval of the head as it is now. Authors may give theirs; rules don't count it. */
export const approvePullRequest = (context: CodeContext, repo: OpenRepo, given: Given) =>
  say(context, repo, { ...given, verdict: 'approved' })

/** Somebody else's wish for changes; it takes the place of their approval. Throws `ownChangesRequest`. */
export const requestChanges = (context: CodeContext, repo: OpenRepo, given: Given) =>
  say(context, repo, { ...given, verdict: 'changesRequested' })

export const unapprovePullRequest = (context: CodeContext, repo: OpenRepo, given: Given) =>
  takeBack(context, repo, { ...given, verdict: 'approved', kind: 'unapproved' })

export const withdrawChangeRequest = (context: CodeContext, repo: OpenRepo, given: Given) =>
  takeBack(context, repo, {
    ...given,
    verdict: 'changesRequested',
    kind: 'changesRequestRemoved',
  })

async function say(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number, verdict }: Given & { verdict: 'approved' | 'changesRequested' },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  if (verdict === 'changesRequested' && pull.author_id === actor.id) {
    throw refuse('ownChangesRequest')
  }
  await context.kernel.database.write(async (tx) => {
    await putApproval(codeTables(tx), {
      pull_request_id: pull.id,
      actor_id: actor.id,
      actor_name: actor.name,
      head: pull.head,
      created_at: context.kernel.clock.now(),
      verdict,
    })
    await noteActivity(context, tx, repo, { kind: verdict, actor, pull })
    await nudgeAutoMerge(context, tx, pull)
  })
}

async function takeBack(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number, verdict, kind }: Given & { verdict: string; kind: Activity['kind'] },
): Promise<void> {
  const pull = await openPull(context, repo, number)
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    const mine = (await verdictsOf(db, [pull.id])).find((row) => row.actor_id === actor.id)
    if (mine?.verdict !== verdict) return
    await removeApproval(db, pull.id, actor.id)
    await noteActivity(context, tx, repo, { kind, actor, pull })
    await nudgeAutoMerge(context, tx, pull)
  })
}
