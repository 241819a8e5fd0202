import type { AnnotationRow, Db, ReportRow } from './tables.ts'

type OfCommit = Pick<ReportRow, 'repo_id' | 'sha'>

export function reportsOf(db: Db, { repo_id, sha }: OfCommit): Promise<ReportRow[]> {
  return db
    .selectFrom('code_report')
    .selectAll()
    .where('repo_id', '=', repo_id)
    .where('sha', '=', sha)
    .orderBy('created_at')
    .orderBy('external_id')
    .execute()
}

/** A report of the same external id gets the new content and keeps its id and its birthday. */
export async function putReport(db: Db, row: ReportRow): Promise<void> {
  const { content, updated_at } = row
  await db
    .insertInto('code_report')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['repo_id', 'sha', 'external_id']).doUpdateSet({ content, updated_at }),
    )
    .execute()
}

export async function removeReport(db: Db, id: string): Promise<void> {
  await db.deleteFrom('code_report_annotation').where('report_id', '=', id).execute()
  await db.deleteFrom('code_report').where('id', '=', id).execute()
}

export function annotationsOf(db: Db, reportId: string): Promise<AnnotationRow[]> {
  return db
    .selectFrom('code_report_annotation')
    .selectAll()
    .where('report_id', '=', reportId)
    .orderBy('created_at')
    .orderBy('external_id')
    .execute()
}

export async function putAnnotation(db: Db, row: AnnotationRow): Promise<void> {
  const { content, updated_at } = row
  await db
    .insertInto('code_report_annotation')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['report_id', 'external_id']).doUpdateSet({ content, updated_at }),
    )
    .execute()
}

export async function removeAnnotation(db: Db, id: string): Promise<void> {
  await db.deleteFrom('code_report_annotation').where('id', '=', id).execute()
}
