import type { Tables } from '../kernel/index.ts'
import type { ActivityRow, CodeTables, ReviewerRow, TaskRow } from './tables.ts'

type Db = Tables<CodeTables>

export async function reviewersOf(db: Db, pullRequestIds: string[]): Promise<ReviewerRow[]> {
  if (pullRequestIds.length === 0) return []
  return db
    .selectFrom('code_reviewer')
    .selectAll()
    .where('pull_request_id', 'in', pullRequestIds)
    .orderBy('name')
    .execute()
}

export async function putReviewers(
  db: Db,
  pullRequestId: string,
  rows: ReviewerRow[],
): Promise<void> {
  await db.deleteFrom('code_reviewer').where('pull_request_id', '=', pullRequestId).execute()
  if (rows.length > 0) await db.insertInto('code_reviewer').values(rows).execute()
}

export async function defaultReviewersOf(
  db: Db,
  repoId: string,
): Promise<{ person_id: string; name: string }[]> {
  return db
    .selectFrom('code_default_reviewer')
    .select(['person_id', 'name'])
    .where('repo_id', '=', repoId)
    .orderBy('name')
    .execute()
}

/** False when there was none. */
export async function removeDefaultReviewer(
  db: Db,
  repoId: string,
  person: string,
): Promise<boolean> {
  const gone = await db
    .deleteFrom('code_default_reviewer')
    .where('repo_id', '=', repoId)
    .where('person_id', '=', person)
    .executeTakeFirst()
  return gone.numDeletedRows > 0n
}

export async function putDefaultReviewer(
  db: Db,
  row: { repo_id: string; person_id: string; name: string },
): Promise<void> {
  await removeDefaultReviewer(db, row.repo_id, row.person_id)
  await db.insertInto('code_default_reviewer').values(row).execute()
}

/** Oldest first. */
export async function tasksOf(db: Db, pullRequestIds: string[]): Promise<TaskRow[]> {
  if (pullRequestIds.length === 0) return []
  return db
    .selectFrom('code_task')
    .selectAll()
    .where('pull_request_id', 'in', pullRequestIds)
    .orderBy('number')
    .execute()
}

export async function insertTask(db: Db, row: Omit<TaskRow, 'number'>): Promise<TaskRow> {
  const last = await db
    .selectFrom('code_task')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirst()
  const numbered = { ...row, number: Number(last?.last ?? 0) + 1 }
  await db.insertInto('code_task').values(numbered).execute()
  return numbered
}

export async function updateTask(db: Db, id: string, set: Partial<TaskRow>): Promise<void> {
  await db.updateTable('code_task').set(set).where('id', '=', id).execute()
}

export async function deleteTask(db: Db, id: string): Promise<void> {
  await db.deleteFrom('code_task').where('id', '=', id).execute()
}

export async function insertActivity(db: Db, row: ActivityRow): Promise<void> {
  await db.insertInto('code_pull_activity').values(row).execute()
}

/** Newest first. */
export async function activityOf(db: Db, pullRequestIds: string[]): Promise<ActivityRow[]> {
  if (pullRequestIds.length === 0) return []
  return db
    .selectFrom('code_pull_activity')
    .selectAll()
    .where('pull_request_id', 'in', pullRequestIds)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1000)
    .execute()
}
