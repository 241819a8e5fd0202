import { type Actor, includes, parseColumn, Refusal, stringify } from '../kernel/index.ts'
import { actorAgain } from './authorship.ts'
import type { AutoMerge } from './auto-merge-model.ts'
import { AUTO_MERGE, nudgeAutoMerge } from './auto-merge-nudge.ts'
import { announce, type CodeContext, codeTables, type OpenRepo, openRow } from './context.ts'
import { enterQueue } from './merge-queue/index.ts'
import { mergeability } from './mergeability.ts'
import { type MergeStrategy, mergePullRequest } from './pull-request-merge.ts'
import { openPull } from './pull-requests.ts'
import type { RefsSync } from './refs-sync.ts'
import { queueRuleOf } from './store-merge-queue.ts'
import { pullRequestByNumber, updatePullRequest } from './store-pull-requests.ts'
import { repoById } from './store-repos.ts'

/** From now on it merges by itself when it may; `wish` undefined calls that off. */
export async function setAutoMerge(
  context: CodeContext,
  repo: OpenRepo,
  given: { actor: Actor; number: number; wish?: { strategy: MergeStrategy; message?: string } },
): Promise<void> {
  const { actor, wish } = given
  const pull = await openPull(context, repo, given.number)
  const merge: AutoMerge | undefined = wish && { ...wish, actorId: actor.id, actorName: actor.name }
  const auto_merge = merge ? stringify(merge) : null
  await context.kernel.database.write(async (tx) => {
    await updatePullRequest(codeTables(tx), pull.id, { auto_merge })
    await nudgeAutoMerge(context, tx, { ...pull, auto_merge })
    announce(context, tx, repo, { type: 'code.pullRequestUpdated', id: String(pull.number) })
  })
}

export function handleAutoMerge(context: CodeContext, sync: RefsSync): void {
  context.kernel.jobs.handle(AUTO_MERGE, {
    async run({ payload }) {
      const { repoId, number } = payload as { repoId: string; number: number }
      const row = await repoById(codeTables(context.kernel.database), repoId)
      if (row) await mergeIfPossible(context, sync, await openRow(context, row), number)
    },
  })
}

async function mergeIfPossible(
  context: CodeContext,
  sync: RefsSync,
  repo: OpenRepo,
  number: number,
): Promise<void> {
  const { database, log } = context.kernel
  const pull = await pullRequestByNumber(codeTables(database), repo.row.id, number)
  if (!pull || pull.state !== 'open' || pull.auto_merge === null) return
  if (!(await mergeability(context, repo, pull)).isPossible) return
  const { actorId, actorName, strategy, message } = parseColumn<AutoMerge>(pull.auto_merge)
  const actor = await actorAgain(context, actorId, actorName)
  const role = await context.identity.roleIn(actor, repo.project, repo.slug)
  if (!includes(role, 'developer')) return // who asked for it may not any more
  try {
    const wish = { number, strategy, message, head: pull.head }
    const rule = await queueRuleOf(codeTables(database), repo.row.id, pull.target)
    if (rule) await enterQueue(context, repo, { actor, wish })
    else await mergePullRequest(context, sync, repo, { actor, wish })
  } catch (error) {
    // Something came in between; the change that did looks again.
    if (!(error instanceof Refusal)) throw error
    log.info('code.autoMergeWaits', { repo: repo.row.id, number, why: error.code })
  }
}
