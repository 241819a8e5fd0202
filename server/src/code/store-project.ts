import { parseColumn, stringify, type Tables } from '../kernel/index.ts'
import { projectKeyOwner } from './keys/index.ts'
import type { BranchingModel } from './repo-settings.ts'
import type { CodeTables } from './tables.ts'

type Db = Tables<CodeTables>

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

/** The branching model that repositories of a project take over; undefined where none was set. */
export async function projectModel(db: Db, project: string): Promise<BranchingModel | undefined> {
  const query = db.selectFrom('code_project').select('model').where('project', '=', project)
  const row = await query.executeTakeFirst()
  return row && parseColumn<BranchingModel>(row.model)
}

export async function putProjectModel(
  db: Db,
  project: string,
  given: BranchingModel,
): Promise<void> {
  const model = stringify(given)
  await db
    .insertInto('code_project')
    .values({ project, model })
    .onConflict((conflict) => conflict.column('project').doUpdateSet({ model }))
    .execute()
}

/** What was set for its repositories goes with a project. */
export async function forgetProject(db: Db, project: string): Promise<void> {
  for (const table of ['code_project', 'code_project_reviewer'] as const) {
    await db.deleteFrom(table).where('project', '=', project).execute()
  }
  const { id } = projectKeyOwner(project)
  await db.deleteFrom('code_key').where('owner', '=', id).execute()
}
