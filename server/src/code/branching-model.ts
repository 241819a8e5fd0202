import { type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { type BranchingModel, plainModel, settingsOf } from './repo-settings.ts'
import { projectModel } from './store-project.ts'

/** What applies to a repository: its own model, its project's, or that of every new one. */
export async function modelOf(context: CodeContext, repo: OpenRepo): Promise<BranchingModel> {
  return settingsOf(repo.row).model ?? modelOfProject(context, repo.project)
}

export async function modelOfProject(
  context: CodeContext,
  project: string,
): Promise<BranchingModel> {
  return (await projectModel(codeTables(context.kernel.database), project)) ?? plainModel
}
