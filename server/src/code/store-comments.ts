import type { Tables } from '../kernel/index.ts'
import type { CodeTables, CommentRow } from './tables.ts'

type Db = Tables<CodeTables>

/** Oldest first. */
export async function commentsOf(db: Db, pullRequestId: string): Promise<CommentRow[]> {
  return db
    .selectFrom('code_comment')
    .selectAll()
    .where('pull_request_id', '=', pullRequestId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

export async function commentById(
  db: Db,
  pullRequestId: string,
  id: string,
): Promise<CommentRow | undefined> {
  return db
    .selectFrom('code_comment')
    .selectAll()
    .where('pull_request_id', '=', pullRequestId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function insertComment(db: Db, row: Omit<CommentRow, 'number'>): Promise<CommentRow> {
  const last = await db
    .selectFrom('code_comment')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirst()
  const numbered = { ...row, number: Number(last?.last ?? 0) + 1 }
  await db.insertInto('code_comment').values(numbered).execute()
  return numbered
}

export async function updateComment(db: Db, id: string, set: Partial<CommentRow>): Promise<void> {
  await db.updateTable('code_comment').set(set).where('id', '=', id).execute()
}

/** How many there are of each pull request, deleted ones left out. */
export async function countComments(
  db: Db,
  pullRequestIds: string[],
): Promise<Map<string, number>> {
  if (pullRequestIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('code_comment')
    .select(['pull_request_id', ({ fn }) => fn.countAll().as('count')])
    .where('pull_request_id', 'in', pullRequestIds)
    .where('is_deleted', '=', 0)
    .groupBy('pull_request_id')
    .execute()
  return new Map(rows.map((row) => [row.pull_request_id, Number(row.count)]))
}
