import type { Repo } from '@madang/api'
import { repoName } from '@madang/api'
import {
  type Actor,
  refuse as refuseRequest,
  stringify,
  type Transaction,
} from '../kernel/index.ts'
import { announce, type CodeContext, codeTables, type OpenRepo } from './context.ts'
import { isEmptyRepo } from './commit-create.ts'
import { nudgeQueues } from './merge-queue-nudge.ts'
import { removeFolderLater } from './jobs.ts'
import { gitPath, type RepoName, subjectOf } from './model.ts'
import { iso } from './pull-request-view.ts'
import type { RepoSettings } from './repo-settings.ts'
import { refuse } from './refuse.ts'
import { setDefaultBranch } from './refs-sync.ts'
import { deleteScan } from './secrets/index.ts'
import { deleteRepo, insertRepo, repoById, repoByName, updateRepo } from './store-repos.ts'
import type { RepoRow } from './tables.ts'

/** Its folder is made at first use. Throws `repoExists`. */
export async function createRepo(
  context: CodeContext,
  tx: Transaction,
  actor: Actor,
  given: { project: string; name: string; description?: string; settings?: RepoSettings },
): Promise<RepoRow> {
  const { project, name, description = '' } = given
  if (!repoName.safeParse(name).success) {
    throw refuseRequest('badRequest', { reason: `${name} cannot be the name of a repository` })
  }
  const db = codeTables(tx)
  if (await repoByName(db, project, name)) throw refuse('repoExists', { project, repo: name })
  const row: RepoRow = {
    id: context.kernel.ids.next('repo'),
    project,
    name,
    description,
    default_branch: 'main',
    is_protected: 1,
    require_passing: 0,
    required_approvals: 0,
    created_at: context.kernel.clock.now(),
    created_by: actor.id,
    settings: stringify(given.settings ?? {}),
  }
  await insertRepo(db, row)
  await audit(context, tx, { actor, action: 'repo.created', repo: row })
  const data = { project, repo: name }
  const of = { subject: subjectOf({ project, name }), project, actor: actor.id }
  await context.kernel.events.append(tx, { type: 'code.repoCreated', ...of, data })
  tx.afterCommit(() =>
    context.kernel.live.publish(`project:${project}`, { type: 'code.repoCreated', id: name }),
  )
  return row
}

function audit(
  context: CodeContext,
  tx: Transaction,
  given: { actor: Actor; action: string; repo: RepoName; detail?: object },
): Promise<void> {
  const { actor, action, detail, repo } = given
  const { project, name } = repo
  return context.identity.audit(tx, {
    actor,
    action,
    subject: `${project}/${name}`,
    project,
    detail,
  })
}

export async function removeRepo(
  context: CodeContext,
  actor: Actor,
  repo: OpenRepo,
): Promise<void> {
  const { project, name } = repo
  await context.kernel.database.write(async (tx) => {
    await deleteRepo(codeTables(tx), repo.row.id)
    await deleteScan(tx, repo.row.id)
    await removeFolderLater(context, tx, repo.row.id)
    await audit(context, tx, { actor, action: 'repo.deleted', repo })
    await context.kernel.events.append(tx, {
      type: 'code.repoDeleted',
      subject: subjectOf(repo),
      project,
      actor: actor.id,
      data: { project, repo: name, id: repo.row.id },
    })
    tx.afterCommit(() =>
      context.kernel.live.publish(`project:${project}`, { type: 'code.repoDeleted', id: name }),
    )
  })
}

export interface RepoEdit {
  description?: string
  defaultBranch?: string
  isProtected?: boolean
  requirePassing?: boolean
  requiredApprovals?: number
  settings?: RepoSettings
}

export async function editRepo(
  context: CodeContext,
  repo: OpenRepo,
  { actor, edit }: { actor: Actor; edit: RepoEdit },
): Promise<RepoRow> {
  const { row } = repo
  if (edit.defaultBranch !== undefined && edit.defaultBranch !== row.default_branch) {
    await chooseDefault(context, repo, edit.defaultBranch)
  }
  const set = {
    description: edit.description ?? row.description,
    is_protected: Number(edit.isProtected ?? row.is_protected === 1),
    require_passing: Number(edit.requirePassing ?? row.require_passing === 1),
    required_approvals: edit.requiredApprovals ?? row.required_approvals,
    settings: edit.settings ? stringify(edit.settings) : row.settings,
  }
  await context.kernel.database.write(async (tx) => {
    await updateRepo(codeTables(tx), row.id, set)
    await audit(context, tx, { actor, action: 'repo.changed', repo, detail: edit })
    await nudgeQueues(context, tx, { repoId: row.id })
    announce(context, tx, repo, { type: 'code.repoChanged', id: repo.name })
  })
  return (await repoById(codeTables(context.kernel.database), row.id)) ?? { ...row, ...set }
}

async function chooseDefault(context: CodeContext, repo: OpenRepo, branch: string): Promise<void> {
  const tip = await context.objects.info(repo.folder, `refs/heads/${branch}^{commit}`)
  if (!tip) throw refuse('refNotFound', { ref: branch })
  await setDefaultBranch(context, repo, branch)
}

export async function presentRepo(
  context: CodeContext,
  repo: OpenRepo,
  origin: string,
): Promise<Repo> {
  const { row } = repo
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    description: row.description,
    defaultBranch: row.default_branch,
    isProtected: row.is_protected === 1,
    requirePassing: row.require_passing === 1,
    requiredApprovals: row.required_approvals,
    isEmpty: await isEmptyRepo(context, repo),
    cloneUrl: `${origin}${gitPath(repo)}`,
    createdAt: iso(row.created_at),
  }
}
