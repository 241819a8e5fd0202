import type { Tables } from '../kernel/index.ts'
import type { BranchRuleRow, CodeTables } from './tables.ts'

type Db = Tables<CodeTables>

export async function branchRulesOf(db: Db, repoId: string): Promise<BranchRuleRow[]> {
  return db
    .selectFrom('code_branch_rule')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('number')
    .execute()
}

export async function insertBranchRule(
  db: Db,
  row: Omit<BranchRuleRow, 'number'>,
): Promise<BranchRuleRow> {
  const last = await db
    .selectFrom('code_branch_rule')
    .select(({ fn }) => fn.max('number').as('last'))
    .executeTakeFirst()
  const numbered = { ...row, number: Number(last?.last ?? 0) + 1 }
  await db.insertInto('code_branch_rule').values(numbered).execute()
  return numbered
}

export async function updateBranchRule(
  db: Db,
  id: string,
  set: Partial<BranchRuleRow>,
): Promise<void> {
  await db.updateTable('code_branch_rule').set(set).where('id', '=', id).execute()
}

export async function deleteBranchRule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('code_branch_rule').where('id', '=', id).execute()
}
