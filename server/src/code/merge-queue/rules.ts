import type { MergeQueueRule } from '@madang/api'
import type { Actor, Transaction } from '../../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from '../context.ts'
import { nudgeQueues } from '../merge-queue-nudge.ts'
import { refuse } from '../refuse.ts'
import { deleteQueueRule, putQueueRule, queueRulesOf } from '../store-merge-queue.ts'
import type { QueueRuleRow } from '../tables.ts'

export function presentRule(row: QueueRuleRow): MergeQueueRule {
  const { number: id, pattern, most_builds: mostBuilds, wait_minutes: waitMinutes } = row
  return { id, pattern, mostBuilds, waitMinutes }
}

export async function setQueueRule(
  context: CodeContext,
  repo: OpenRepo,
  { actor, given }: { actor: Actor; given: Omit<MergeQueueRule, 'id'> },
): Promise<QueueRuleRow> {
  const { database, ids, clock } = context.kernel
  return database.write(async (tx) => {
    const row = await putQueueRule(codeTables(tx), {
      id: ids.next('qrule'),
      repo_id: repo.row.id,
      pattern: given.pattern,
      most_builds: given.mostBuilds,
      wait_minutes: given.waitMinutes,
      created_at: clock.now(),
    })
    await tell(context, tx, repo, { actor, action: 'mergeQueue.set', detail: given })
    return row
  })
}

/** What waits in it is taken out at its next turn. Throws `mergeQueueRuleNotFound`. */
export async function removeQueueRule(
  context: CodeContext,
  repo: OpenRepo,
  { actor, number }: { actor: Actor; number: number },
): Promise<void> {
  await context.kernel.database.write(async (tx) => {
    const db = codeTables(tx)
    const row = (await queueRulesOf(db, repo.row.id)).find((rule) => rule.number === number)
    if (!row) throw refuse('mergeQueueRuleNotFound', { id: number })
    await deleteQueueRule(db, row.id)
    const detail = { pattern: row.pattern }
    await tell(context, tx, repo, { actor, action: 'mergeQueue.removed', detail })
  })
}

async function tell(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  { actor, action, detail }: { actor: Actor; action: string; detail: object },
): Promise<void> {
  const { project, name } = repo
  const subject = `${project}/${name}`
  await context.identity.audit(tx, { actor, action, subject, project, detail })
  await nudgeQueues(context, tx, { repoId: repo.row.id })
  announce(context, tx, repo, { type: 'code.repoChanged', id: name })
}
