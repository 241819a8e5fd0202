import type { Role } from '@madang/api'
import type { Tables } from '../kernel/index.ts'
import type { CodeTables, RepoRow } from './tables.ts'

type Db = Tables<CodeTables>

export function repoMembers(db: Db, repoId: string): Promise<{ person_id: string; role: Role }[]> {
  return db
    .selectFrom('code_repo_member')
    .select(['person_id', 'role'])
    .where('repo_id', '=', repoId)
    .execute()
}

/** By any name that the repository had; `personId` without `person:`. */
export async function repoMemberRole(
  db: Db,
  { project, repo, personId }: { project: string; repo: string; personId: string },
): Promise<Role | undefined> {
  const row = await db
    .selectFrom('code_repo_member')
    .innerJoin('code_name', 'code_name.repo_id', 'code_repo_member.repo_id')
    .innerJoin('code_repo', 'code_repo.id', 'code_repo_member.repo_id')
    .select('role')
    .where('code_name.project', '=', project)
    .where('code_repo.project', '=', project)
    .where('code_name.name', '=', repo)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row?.role
}

export function reposOfMember(db: Db, personId: string): Promise<(RepoRow & { role: Role })[]> {
  return db
    .selectFrom('code_repo_member')
    .innerJoin('code_repo', 'code_repo.id', 'code_repo_member.repo_id')
    .selectAll('code_repo')
    .select('role')
    .where('person_id', '=', personId)
    .orderBy('project')
    .orderBy('slug')
    .execute()
}

export async function putRepoMember(
  db: Db,
  row: { repo_id: string; person_id: string; role: Role },
): Promise<void> {
  await db
    .insertInto('code_repo_member')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['repo_id', 'person_id']).doUpdateSet({ role: row.role }),
    )
    .execute()
}

/** False when there was none. */
export async function removeRepoMember(db: Db, repoId: string, personId: string): Promise<boolean> {
  const gone = await db
    .deleteFrom('code_repo_member')
    .where('repo_id', '=', repoId)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return gone.numDeletedRows > 0n
}
