import type { Actor, Transaction } from '../kernel/index.ts'
import type { ChangeRow, CommentRow, FieldChange } from './model.ts'
import type { From } from './store-issues.ts'
import type { PlanTables } from './tables.ts'

/** Labels by issue key, in alphabetical order. */
export async function labelsOf(from: From, keys: string[]): Promise<Map<string, string[]>> {
  const labels = new Map<string, string[]>(keys.map((key) => [key, []]))
  if (keys.length === 0) return labels
  const rows = await from
    .tables<PlanTables>()
    .selectFrom('plan_label')
    .select(['issue', 'label'])
    .where('issue', 'in', keys)
    .orderBy('label')
    .execute()
  for (const row of rows) labels.get(row.issue)?.push(row.label)
  return labels
}

export async function labelsSet(
  tx: Transaction,
  issue: { key: string; project: string },
  labels: string[],
): Promise<void> {
  const db = tx.tables<PlanTables>()
  await db.deleteFrom('plan_label').where('issue', '=', issue.key).execute()
  const rows = [...new Set(labels)].map((label) => ({
    issue: issue.key,
    label,
    project: issue.project,
  }))
  if (rows.length > 0) await db.insertInto('plan_label').values(rows).execute()
}

export function labelCounts(
  from: From,
  project: string,
): Promise<{ label: string; issues: number }[]> {
  return from
    .tables<PlanTables>()
    .selectFrom('plan_label')
    .select((select) => ['label', select.fn.countAll<number>().as('issues')])
    .where('project', '=', project)
    .groupBy('label')
    .orderBy('label')
    .limit(1000)
    .execute()
}

export async function changesInsert(
  tx: Transaction,
  issue: string,
  given: { actor: Actor; at: number; changes: FieldChange[] },
): Promise<void> {
  if (given.changes.length === 0) return
  const rows = given.changes.map(({ field, before, after }) => ({
    issue,
    at: given.at,
    actor: given.actor.id,
    actor_name: given.actor.name,
    field,
    before: before ?? null,
    after: after ?? null,
  }))
  await tx.tables<PlanTables>().insertInto('plan_change').values(rows).execute()
}

/** Newest first. */
export function changeList(
  from: From,
  issue: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<ChangeRow[]> {
  let query = from
    .tables<PlanTables>()
    .selectFrom('plan_change')
    .selectAll()
    .where('issue', '=', issue)
  if (page.cursor) query = query.where('seq', '<', Number(page.cursor) || 0)
  return query.orderBy('seq', 'desc').limit(page.limit).execute()
}

/** Oldest first. */
export function commentList(
  from: From,
  issue: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<CommentRow[]> {
  let query = comments(from).where('issue', '=', issue)
  if (page.cursor) query = query.where('id', '>', page.cursor)
  return query.orderBy('id').limit(page.limit).execute()
}

export function commentById(
  from: From,
  issue: string,
  id: string,
): Promise<CommentRow | undefined> {
  return comments(from).where('issue', '=', issue).where('id', '=', id).executeTakeFirst()
}

export async function commentInsert(tx: Transaction, row: CommentRow): Promise<void> {
  await tx.tables<PlanTables>().insertInto('plan_comment').values(row).execute()
}

export async function commentSet(
  tx: Transaction,
  id: string,
  change: { text: string; edited_at: number },
): Promise<void> {
  await tx
    .tables<PlanTables>()
    .updateTable('plan_comment')
    .set(change)
    .where('id', '=', id)
    .execute()
}

export async function commentRemove(tx: Transaction, id: string): Promise<void> {
  await tx.tables<PlanTables>().deleteFrom('plan_comment').where('id', '=', id).execute()
}

export function linksOf(
  from: From,
  issue: string,
): Promise<{ id: string; title: string; url: string }[]> {
  return from
    .tables<PlanTables>()
    .selectFrom('plan_link')
    .select(['id', 'title', 'url'])
    .where('issue', '=', issue)
    .orderBy('id')
    .execute()
}

/** One link for each address; a second one renames it. Gives the id that stands. */
export async function linkPut(tx: Transaction, row: PlanTables['plan_link']): Promise<string> {
  const stored = await tx
    .tables<PlanTables>()
    .insertInto('plan_link')
    .values(row)
    .onConflict((conflict) => conflict.columns(['issue', 'url']).doUpdateSet({ title: row.title }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return stored.id
}

export async function linkRemove(tx: Transaction, id: string): Promise<void> {
  await tx.tables<PlanTables>().deleteFrom('plan_link').where('id', '=', id).execute()
}

function comments(from: From) {
  return from.tables<PlanTables>().selectFrom('plan_comment').selectAll()
}
