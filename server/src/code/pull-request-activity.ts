import { type Actor, stringify, type Transaction } from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import type { PullRequestActivity } from './events.ts'
import { subjectOf } from './model.ts'
import { insertActivity } from './store-reviews.ts'
import type { PullRequestRow } from './tables.ts'

export interface Activity {
  kind: PullRequestActivity['kind']
  actor: Actor
  pull: PullRequestRow
  data?: object
}

/** Notes what happened to a pull request besides its state, and tells whoever listens. */
export async function noteActivity(
  context: CodeContext,
  tx: Transaction,
  repo: OpenRepo,
  { kind, actor, pull, data = {} }: Activity,
): Promise<void> {
  const { ids, clock, events } = context.kernel
  await insertActivity(codeTables(tx), {
    id: ids.next('act'),
    pull_request_id: pull.id,
    kind,
    actor_id: actor.id,
    actor_name: actor.name,
    data: stringify(data),
    created_at: clock.now(),
  })
  const { project, name } = repo
  const about: PullRequestActivity = { project, repo: name, number: pull.number, kind, ...data }
  await events.append(tx, {
    type: 'code.pullRequestActivity',
    subject: subjectOf(repo),
    project,
    actor: actor.id,
    data: about,
  })
  announce(context, tx, repo, { type: `code.pullRequestActivity`, id: String(pull.number), kind })
}
