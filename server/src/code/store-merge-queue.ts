import type { Tables } from '../kernel/index.ts'
import { matchesGlob } from './branch-glob.ts'
import type { CodeTables, QueueEntryRow, QueueRuleRow } from './tables.ts'

type Db = Tables<CodeTables>

export async function queueRulesOf(db: Db, repoId: string): Promise<QueueRuleRow[]> {
  return db
    .selectFrom('code_queue_rule')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('number')
    .execute()
}

/** Of the rules that fit a target, the one that says most about it; undefined without a queue. */
export async function queueRuleOf(
  db: Db,
  repoId: string,
  target: string,
): Promise<QueueRuleRow | undefined> {
  const fitting = (await queueRulesOf(db, repoId)).filter(({ pattern }) =>
    matchesGlob(pattern, target),
  )
  const weight = ({ pattern }: QueueRuleRow) => (pattern === target ? Infinity : pattern.length)
  return fitting.sort((a, b) => weight(b) - weight(a))[0]
}

/** Replaces the rule of the same pattern; gives the one that is there now. */
export async function putQueueRule(
  db: Db,
  row: Omit<QueueRuleRow, 'number'>,
): Promise<QueueRuleRow> {
  const known = (await queueRulesOf(db, row.repo_id)).find(({ pattern }) => pattern === row.pattern)
  const { most_builds, wait_minutes } = row
  if (known) {
    const set = { most_builds, wait_minutes }
    await db.updateTable('code_queue_rule').set(set).where('id', '=', known.id).execute()
    return { ...known, ...set }
  }
  const last = await db
    .selectFrom('code_queue_rule')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirst()
  const numbered = { ...row, number: Number(last?.last ?? 0) + 1 }
  await db.insertInto('code_queue_rule').values(numbered).execute()
  return numbered
}

export async function deleteQueueRule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('code_queue_rule').where('id', '=', id).execute()
}

/** Those that wait in the queues of a repository, or of one target, the next one first. */
export async function queuedOf(db: Db, repoId: string, target?: string): Promise<QueueEntryRow[]> {
  let query = db
    .selectFrom('code_queue_entry')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('ended_at', 'is', null)
  if (target !== undefined) query = query.where('target', '=', target)
  return query.orderBy('position').orderBy('id').execute()
}

export async function queuedPull(
  db: Db,
  pullRequestId: string,
): Promise<QueueEntryRow | undefined> {
  return db
    .selectFrom('code_queue_entry')
    .selectAll()
    .where('pull_request_id', '=', pullRequestId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
}

/** Stays that are over, newest first: of a repository or of one pull request. */
export async function endedOf(
  db: Db,
  of: { repo_id: string } | { pull_request_id: string },
  limit: number,
): Promise<QueueEntryRow[]> {
  const [[column, value]] = Object.entries(of) as [['repo_id' | 'pull_request_id', string]]
  return db
    .selectFrom('code_queue_entry')
    .selectAll()
    .where(column, '=', value)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function insertEntry(db: Db, row: QueueEntryRow): Promise<void> {
  await db.insertInto('code_queue_entry').values(row).execute()
}

export async function updateEntry(db: Db, id: string, set: Partial<QueueEntryRow>): Promise<void> {
  await db.updateTable('code_queue_entry').set(set).where('id', '=', id).execute()
}

/** Leaves the newest of those that are over. */
export async function trimEnded(db: Db, repoId: string, keep: number): Promise<void> {
  const [oldest] = (await endedOf(db, { repo_id: repoId }, keep)).slice(keep - 1)
  if (!oldest) return
  await db
    .deleteFrom('code_queue_entry')
    .where('repo_id', '=', repoId)
    .where('ended_at', '<', oldest.ended_at)
    .execute()
}

export async function deleteQueues(db: Db, repoId: string): Promise<void> {
  for (const table of ['code_queue_rule', 'code_queue_entry'] as const) {
    await db.deleteFrom(table).where('repo_id', '=', repoId).execute()
  }
}
