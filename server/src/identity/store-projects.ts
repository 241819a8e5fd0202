import type { Role } from '@madang/api'
import type { Selectable } from 'kysely'
import type { Database, Transaction } from '../kernel/index.ts'
import type { IdentityTables } from './tables.ts'

type Reader = Pick<Database, 'tables'>
export type ProjectRow = Selectable<IdentityTables['identity_project']>

export async function projectInsert(tx: Transaction, row: ProjectRow): Promise<void> {
  await tx.tables<IdentityTables>().insertInto('identity_project').values(row).execute()
}

export async function projectSet(
  tx: Transaction,
  key: string,
  change: Partial<Pick<ProjectRow, 'name' | 'description'>>,
): Promise<void> {
  if (Object.keys(change).length === 0) return
  await tx
    .tables<IdentityTables>()
    .updateTable('identity_project')
    .set(change)
    .where('key', '=', key)
    .execute()
}

/** Takes along who was in it and the tokens that reach nothing else. */
export async function projectDelete(tx: Transaction, key: string): Promise<void> {
  const db = tx.tables<IdentityTables>()
  await db.deleteFrom('identity_member').where('project', '=', key).execute()
  await db.deleteFrom('identity_token').where('project', '=', key).execute()
  await db.deleteFrom('identity_project').where('key', '=', key).execute()
}

export function projectByKey(from: Reader, key: string): Promise<ProjectRow | undefined> {
  return from
    .tables<IdentityTables>()
    .selectFrom('identity_project')
    .selectAll()
    .where('key', '=', key)
    .executeTakeFirst()
}

export function projectsAll(from: Reader): Promise<ProjectRow[]> {
  return from
    .tables<IdentityTables>()
    .selectFrom('identity_project')
    .selectAll()
    .orderBy('key')
    .execute()
}

export function projectsOf(from: Reader, person: string): Promise<(ProjectRow & { role: Role })[]> {
  return from
    .tables<IdentityTables>()
    .selectFrom('identity_member')
    .innerJoin('identity_project', 'identity_project.key', 'identity_member.project')
    .selectAll('identity_project')
    .select('role')
    .where('person', '=', person)
    .orderBy('key')
    .execute()
}

export async function roleOf(
  from: Reader,
  person: string,
  project: string,
): Promise<Role | undefined> {
  const row = await from
    .tables<IdentityTables>()
    .selectFrom('identity_member')
    .select('role')
    .where('person', '=', person)
    .where('project', '=', project)
    .executeTakeFirst()
  return row?.role
}

export function membersOf(
  from: Reader,
  project: string,
): Promise<{ name: string; displayName: string; role: Role }[]> {
  return from
    .tables<IdentityTables>()
    .selectFrom('identity_member')
    .innerJoin('identity_person', 'identity_person.id', 'identity_member.person')
    .select(['name', 'display_name as displayName', 'role'])
    .where('project', '=', project)
    .orderBy('name')
    .execute()
}

export async function memberSet(
  tx: Transaction,
  row: { project: string; person: string; role: Role },
): Promise<void> {
  await tx
    .tables<IdentityTables>()
    .insertInto('identity_member')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['person', 'project']).doUpdateSet({ role: row.role }),
    )
    .execute()
}

export async function memberDelete(
  tx: Transaction,
  project: string,
  person: string,
): Promise<boolean> {
  const outcome = await tx
    .tables<IdentityTables>()
    .deleteFrom('identity_member')
    .where('project', '=', project)
    .where('person', '=', person)
    .executeTakeFirst()
  return outcome.numDeletedRows > 0n
}
