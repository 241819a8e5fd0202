import type { Tables } from '../kernel/index.ts'
import type { ApprovalRow, CodeTables, PullRequestRow, StatusRow } from './tables.ts'

type Db = Tables<CodeTables>
type State = 'open' | 'merged' | 'declined'

export async function nextNumber(db: Db, repoId: string): Promise<number> {
  const row = await db
    .selectFrom('code_pull_request')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('repo_id', '=', repoId)
    .executeTakeFirst()
  return Number(row?.last ?? 0) + 1
}

export async function insertPullRequest(db: Db, row: PullRequestRow): Promise<void> {
  await db.insertInto('code_pull_request').values(row).execute()
}

export async function updatePullRequest(
  db: Db,
  id: string,
  set: Partial<PullRequestRow>,
): Promise<void> {
  await db.updateTable('code_pull_request').set(set).where('id', '=', id).execute()
}

export async function pullRequestByNumber(
  db: Db,
  repoId: string,
  number: number,
): Promise<PullRequestRow | undefined> {
  return db
    .selectFrom('code_pull_request')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('number', '=', number)
    .executeTakeFirst()
}

export async function openPullRequests(db: Db, repoId: string): Promise<PullRequestRow[]> {
  return db
    .selectFrom('code_pull_request')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('state', '=', 'open')
    .orderBy('number')
    .execute()
}

/** When the one before it from the same branch was closed. */
export async function closedBefore(
  db: Db,
  { repo_id: repo, source, number }: PullRequestRow,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('code_pull_request')
    .select(({ fn }) => fn.max('closed_at').as('at'))
    .where('repo_id', '=', repo)
    .where('source', '=', source)
    .where('number', '<', number)
    .executeTakeFirst()
  return row?.at === null || row?.at === undefined ? undefined : Number(row.at)
}

/** Newest first; `before` is the number that ended the page before. */
export async function pagePullRequests(
  db: Db,
  repoId: string,
  page: { state: State | 'all'; before: number | undefined; limit: number },
): Promise<PullRequestRow[]> {
  let query = db.selectFrom('code_pull_request').selectAll().where('repo_id', '=', repoId)
  if (page.state !== 'all') query = query.where('state', '=', page.state)
  if (page.before !== undefined) query = query.where('number', '<', page.before)
  return query.orderBy('number', 'desc').limit(page.limit).execute()
}

/** In every state, newest first. */
export async function pullRequestsOf(db: Db, repoId: string): Promise<PullRequestRow[]> {
  return db
    .selectFrom('code_pull_request')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('number', 'desc')
    .execute()
}

/** Of one head: those that a verdict on that commit may let through. */
export async function openPullRequestsAt(
  db: Db,
  repoId: string,
  head: string,
): Promise<PullRequestRow[]> {
  return (await openPullRequests(db, repoId)).filter((pull) => pull.head === head)
}

/** Approvals and wishes for changes alike, oldest first. */
export async function verdictsOf(db: Db, pullRequestIds: string[]): Promise<ApprovalRow[]> {
  if (pullRequestIds.length === 0) return []
  return db
    .selectFrom('code_approval')
    .selectAll()
    .where('pull_request_id', 'in', pullRequestIds)
    .orderBy('created_at')
    .execute()
}

export async function removeVerdicts(db: Db, pullRequest: string, verdict: string): Promise<void> {
  await db
    .deleteFrom('code_approval')
    .where('pull_request_id', '=', pullRequest)
    .where('verdict', '=', verdict)
    .execute()
}

export async function approvalsOf(db: Db, pullRequestIds: string[]): Promise<ApprovalRow[]> {
  if (pullRequestIds.length === 0) return []
  return db
    .selectFrom('code_approval')
    .selectAll()
    .where('pull_request_id', 'in', pullRequestIds)
    .where('verdict', '=', 'approved')
    .orderBy('created_at')
    .execute()
}

export async function putApproval(db: Db, row: ApprovalRow): Promise<void> {
  await removeApproval(db, row.pull_request_id, row.actor_id)
  await db.insertInto('code_approval').values(row).execute()
}

export async function removeApproval(db: Db, pullRequest: string, actor: string): Promise<void> {
  await db
    .deleteFrom('code_approval')
    .where('pull_request_id', '=', pullRequest)
    .where('actor_id', '=', actor)
    .execute()
}

/** Gives what it replaces. */
export async function putStatus(db: Db, row: StatusRow): Promise<StatusRow | undefined> {
  const before = await statusByKey(db, row)
  await db
    .deleteFrom('code_status')
    .where('repo_id', '=', row.repo_id)
    .where('sha', '=', row.sha)
    .where('key', '=', row.key)
    .execute()
  const created_at = before?.created_at || row.created_at
  await db
    .insertInto('code_status')
    .values({ ...row, created_at })
    .execute()
  return before
}

export async function statusByKey(
  db: Db,
  of: { repo_id: string; sha: string; key: string },
): Promise<StatusRow | undefined> {
  return db
    .selectFrom('code_status')
    .selectAll()
    .where('repo_id', '=', of.repo_id)
    .where('sha', '=', of.sha)
    .where('key', '=', of.key)
    .executeTakeFirst()
}

export async function statusesOf(db: Db, repoId: string, shas: string[]): Promise<StatusRow[]> {
  if (shas.length === 0) return []
  return db
    .selectFrom('code_status')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('sha', 'in', shas)
    .orderBy('key')
    .execute()
}
