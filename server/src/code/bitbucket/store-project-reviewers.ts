import type { Db } from './tables.ts'

interface ProjectReviewer {
  person_id: string
  name: string
}

export function projectReviewersOf(db: Db, project: string): Promise<ProjectReviewer[]> {
  return db
    .selectFrom('code_project_reviewer')
    .select(['person_id', 'name'])
    .where('project', '=', project)
    .orderBy('name')
    .execute()
}

/** Once more changes nothing. */
export async function putProjectReviewer(
  db: Db,
  row: ProjectReviewer & { project: string },
): Promise<void> {
  const insert = db.insertInto('code_project_reviewer').values(row)
  await insert
    .onConflict((conflict) => conflict.columns(['project', 'person_id']).doNothing())
    .execute()
}

/** False when there was none. */
export async function removeProjectReviewer(
  db: Db,
  project: string,
  personId: string,
): Promise<boolean> {
  const gone = await db
    .deleteFrom('code_project_reviewer')
    .where('project', '=', project)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return gone.numDeletedRows > 0n
}
