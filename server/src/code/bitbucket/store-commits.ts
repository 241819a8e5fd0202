import type { CommitApprovalRow, CommitCommentRow, Db } from './tables.ts'

interface OfCommit {
  repo_id: string
  sha: string
}

/** Oldest first. */
export function commitComments(db: Db, { repo_id, sha }: OfCommit): Promise<CommitCommentRow[]> {
  return db
    .selectFrom('code_commit_comment')
    .selectAll()
    .where('repo_id', '=', repo_id)
    .where('sha', '=', sha)
    .orderBy('number')
    .execute()
}

export async function insertCommitComment(
  db: Db,
  row: Omit<CommitCommentRow, 'number'>,
): Promise<CommitCommentRow> {
  const last = await db
    .selectFrom('code_commit_comment')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirst()
  const numbered = { ...row, number: Number(last?.last ?? 0) + 1 }
  await db.insertInto('code_commit_comment').values(numbered).execute()
  return numbered
}

export async function updateCommitComment(
  db: Db,
  id: string,
  set: Partial<CommitCommentRow>,
): Promise<void> {
  await db.updateTable('code_commit_comment').set(set).where('id', '=', id).execute()
}

export function commitApprovals(db: Db, { repo_id, sha }: OfCommit): Promise<CommitApprovalRow[]> {
  return db
    .selectFrom('code_commit_approval')
    .selectAll()
    .where('repo_id', '=', repo_id)
    .where('sha', '=', sha)
    .orderBy('created_at')
    .execute()
}

/** Once more changes nothing. */
export async function putApproval(db: Db, row: CommitApprovalRow): Promise<void> {
  const insert = db.insertInto('code_commit_approval').values(row)
  await insert
    .onConflict((conflict) => conflict.columns(['repo_id', 'sha', 'actor_id']).doNothing())
    .execute()
}

export async function removeApproval(
  db: Db,
  { repo_id, sha, actor_id }: OfCommit & { actor_id: string },
): Promise<void> {
  await db
    .deleteFrom('code_commit_approval')
    .where('repo_id', '=', repo_id)
    .where('sha', '=', sha)
    .where('actor_id', '=', actor_id)
    .execute()
}

/** All that this API alone keeps of a repository that is gone. */
export async function forgetRepo(db: Db, repoId: string): Promise<void> {
  const reports = db.selectFrom('code_report').select('id').where('repo_id', '=', repoId)
  await db.deleteFrom('code_report_annotation').where('report_id', 'in', reports).execute()
  await db.deleteFrom('code_report').where('repo_id', '=', repoId).execute()
  await db.deleteFrom('code_commit_comment').where('repo_id', '=', repoId).execute()
  await db.deleteFrom('code_commit_approval').where('repo_id', '=', repoId).execute()
  await db.deleteFrom('code_property').where('owner', '=', repoId).execute()
}
