import { sql } from 'kysely'
import type { Tables } from '../kernel/index.ts'
import { deleteQueues } from './store-merge-queue.ts'
import type { CodeTables, PushRow, RefRow, RepoRow } from './tables.ts'

type Db = Tables<CodeTables>

/** A repository of a project, by the name it has or any it had. */
export async function repoByName(
  db: Db,
  project: string,
  name: string,
): Promise<RepoRow | undefined> {
  const row = await repoEverNamed(db, project, name)
  return row?.project === project ? row : undefined
}

/**
 * Also one that has gone to another project since: a new one never takes a name that led elsewhere.
 * Whoever may see the project it left need not be allowed to see it.
 */
export async function repoEverNamed(
  db: Db,
  project: string,
  name: string,
): Promise<RepoRow | undefined> {
  return db
    .selectFrom('code_name')
    .innerJoin('code_repo', 'code_repo.id', 'code_name.repo_id')
    .selectAll('code_repo')
    .where('code_name.project', '=', project)
    .where('code_name.name', '=', name)
    .executeTakeFirst()
}

/** All it ever had, in whatever project. */
export async function namesOf(db: Db, id: string): Promise<string[]> {
  const query = db.selectFrom('code_name').select('name').distinct().where('repo_id', '=', id)
  return (await query.execute()).map(({ name }) => name)
}

/** Its names hold in the new project, and lead to it from the old one. */
export async function moveRow(
  db: Db,
  id: string,
  { project, names }: { project: string; names: string[] },
): Promise<void> {
  await updateRepo(db, id, { project })
  for (const name of names) await keepName(db, { id, project }, name)
}

/** Statuses of commits show the runs of this server, which go with it. */
export async function statusLinksMoved(
  db: Db,
  id: string,
  { before, after }: { before: string; after: string },
): Promise<void> {
  const to = sql<string>`replace(url, ${`/p/${before}/pipelines/`}, ${`/p/${after}/pipelines/`})`
  await db.updateTable('code_status').set({ url: to }).where('repo_id', '=', id).execute()
}

/** Ids of the repositories of all projects that have or had a name. */
export async function reposNamed(db: Db, name: string): Promise<Set<string>> {
  const query = db.selectFrom('code_name').select('repo_id').where('name', '=', name)
  return new Set((await query.execute()).map(({ repo_id: id }) => id))
}

export async function repoById(db: Db, id: string): Promise<RepoRow | undefined> {
  return db.selectFrom('code_repo').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function reposOf(db: Db, project: string): Promise<RepoRow[]> {
  return db
    .selectFrom('code_repo')
    .selectAll()
    .where('project', '=', project)
    .orderBy('slug')
    .execute()
}

/** Of all projects, oldest first. */
export async function allRepos(db: Db): Promise<RepoRow[]> {
  return db.selectFrom('code_repo').selectAll().orderBy('created_at').orderBy('id').execute()
}

export async function insertRepo(db: Db, row: RepoRow): Promise<void> {
  await db.insertInto('code_repo').values(row).execute()
  await keepName(db, row, row.name)
}

/** From now on a name leads to the repository; once more changes nothing. */
export async function keepName(
  db: Db,
  row: Pick<RepoRow, 'id' | 'project'>,
  name: string,
): Promise<void> {
  await db
    .insertInto('code_name')
    .values({ project: row.project, name, repo_id: row.id })
    .onConflict((conflict) => conflict.columns(['project', 'name']).doNothing())
    .execute()
}

export async function updateRepo(db: Db, id: string, set: Partial<RepoRow>): Promise<void> {
  await db.updateTable('code_repo').set(set).where('id', '=', id).execute()
}

/** Removes the repository with everything recorded about it. */
export async function deleteRepo(db: Db, id: string): Promise<void> {
  const pulls = db.selectFrom('code_pull_request').select('id').where('repo_id', '=', id)
  for (const table of ['code_reviewer', 'code_task', 'code_pull_activity'] as const) {
    await db.deleteFrom(table).where('pull_request_id', 'in', pulls).execute()
  }
  const hooks = db.selectFrom('code_hook').select('id').where('owner', '=', id)
  await db.deleteFrom('code_hook_delivery').where('hook_id', 'in', hooks).execute()
  for (const table of ['code_hook', 'code_key'] as const) {
    await db.deleteFrom(table).where('owner', '=', id).execute()
  }
  const ofRepo = [
    'code_branch_rule',
    'code_default_reviewer',
    'code_name',
    'code_repo_member',
  ] as const
  for (const table of ofRepo) {
    await db.deleteFrom(table).where('repo_id', '=', id).execute()
  }
  await deleteQueues(db, id)
  await db.deleteFrom('code_comment').where('pull_request_id', 'in', pulls).execute()
  await db.deleteFrom('code_approval').where('pull_request_id', 'in', pulls).execute()
  await db.deleteFrom('code_pull_request').where('repo_id', '=', id).execute()
  for (const table of ['code_ref', 'code_push', 'code_status'] as const) {
    await db.deleteFrom(table).where('repo_id', '=', id).execute()
  }
  await db.deleteFrom('code_repo').where('id', '=', id).execute()
}

export async function refsOf(db: Db, repoId: string): Promise<RefRow[]> {
  return db.selectFrom('code_ref').selectAll().where('repo_id', '=', repoId).execute()
}

/** Records where a reference is now; `undefined` when it is gone. */
export async function putRef(
  db: Db,
  key: { repoId: string; name: string },
  sha: string | undefined,
  nowMs: number,
): Promise<void> {
  await db
    .deleteFrom('code_ref')
    .where('repo_id', '=', key.repoId)
    .where('name', '=', key.name)
    .execute()
  if (sha === undefined) return
  await db
    .insertInto('code_ref')
    .values({ repo_id: key.repoId, name: key.name, sha, updated_at: nowMs })
    .execute()
}

export async function insertPush(db: Db, row: PushRow): Promise<void> {
  await db.insertInto('code_push').values(row).execute()
}

/** Oldest first. */
export async function pushesOf(db: Db, repoId: string): Promise<PushRow[]> {
  return db
    .selectFrom('code_push')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('created_at')
    .execute()
}

export async function allPushes(db: Db): Promise<PushRow[]> {
  return db.selectFrom('code_push').selectAll().execute()
}

export async function deletePushes(db: Db, ids: string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('code_push').where('id', 'in', ids).execute()
}
